import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { openPostgres } from '../../src/store/database.ts'
import { freshDatabase, query } from '../support/postgres.ts'
import { eventually } from '../support/process.ts'

// What random kills found once, each on its own and without chance.

describe('found under random kills', () => {
  test('a connection that is lost between two queries of its user does not end the process', async (t) => {
    const url = await freshDatabase()
    const { kysely, close } = openPostgres(url, {
      connections: 1,
      connectTimeoutMs: 5000,
      queryTimeoutMs: 5000,
    })
    t.after(close)
    await kysely.connection().execute(async (held) => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(held)
      const pid = rows[0]?.pid
      await query(url, 'select pg_terminate_backend($1)', [pid])
      const seen = () => query(url, 'select 1 from pg_stat_activity where pid = $1', [pid])
      await eventually('its end', async () => (await seen()).length === 0)
      await assert.rejects(sql`select 1`.execute(held), { code: 'store_unavailable' })
    })
    assert.equal((await sql`select 1`.execute(kysely)).rows.length, 1)
  })
})
