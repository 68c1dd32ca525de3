import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { type Database, openPostgres } from '../../src/store/database.ts'
import { migrate } from '../../src/store/migrate.ts'
import { createRepository } from '../../src/store/repository.ts'
import { freshDatabase } from '../support/postgres.ts'
import { page, request } from '../support/stores.ts'

const BURST = 600

test('Postgres finds what is claimed and settled by its ids, though its statistics know of no burst', async () => {
  // One connection: what it counts is written before what is asked next.
  const limits = { connections: 1, connectTimeoutMs: 5000, queryTimeoutMs: 10_000 }
  const database = openPostgres(await freshDatabase(), limits)
  try {
    await migrate(database)
    await haveOnlyEnded(database)
    const store = createRepository(database, { leaseMs: 60_000 })
    const one = request()
    await Promise.all(Array.from({ length: BURST }, () => store.create(one)))
    const before = await entriesRead(database)
    const first = await store.claim(1, ['api'], BURST / 2)
    const rest = await store.claim(1, ['api'], BURST / 2)
    const ended = await Promise.all([...first, ...rest].map(({ id }) => store.succeed(id, page)))
    assert.deepEqual(
      ended,
      Array.from({ length: BURST }, () => true),
    )
    assert.equal((await entriesRead(database)) - before, 0)
  } finally {
    await database.close()
  }
})

/** Rows that have all ended, which is what the statistics say from then on. */
async function haveOnlyEnded({ kysely }: Database): Promise<void> {
  await sql`alter table parse_requests set (autovacuum_enabled = off)`.execute(kysely)
  await sql`insert into parse_requests (url, host, status)
    select 'https://example.com/', 'example.com', 'success' from generate_series(1, 5000)`.execute(kysely)
  await sql`analyze parse_requests`.execute(kysely)
}

/** Entries read so far of the index that lists are made of, by status. */
async function entriesRead({ kysely }: Database): Promise<number> {
  await sql`select pg_stat_force_next_flush()`.execute(kysely)
  const { rows } = await sql<{ read: string }>`select idx_tup_read as read from pg_stat_user_indexes
    where indexrelname = 'parse_requests_list'`.execute(kysely)
  return Number(rows[0]?.read)
}
