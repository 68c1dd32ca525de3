import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { sql } from 'kysely'
import type { Expiry } from '../../src/contract/repository.ts'
import { openSqlite } from '../../src/store/database.ts'
import { migrate } from '../../src/store/migrate.ts'
import { createRepository } from '../../src/store/repository.ts'
import { startJanitor } from '../../src/worker/janitor.ts'
import { quiet } from '../support/link.ts'
import { eventually } from '../support/process.ts'
import { request } from '../support/stores.ts'

test('a janitor removes what is old in steps, and leaves what has not ended', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'parsegate-janitor-'))
  const database = openSqlite(folder)
  t.after(async () => {
    await database.close()
    rmSync(folder, { recursive: true })
  })
  await migrate(database)
  const repository = createRepository(database, { leaseMs: 60_000 })
  const group = { kind: 'batch', caller: null, options: {}, closed: true } as const
  const made = await repository.createGroup(
    group,
    Array.from({ length: 450 }, () => request()),
  )
  await repository.cancelSome(made.id, 449)
  const old = sql`created_at = '2020-01-01T00:00:00.000Z', updated_at = '2020-01-01T00:00:00.000Z'`
  await sql`update parse_requests set ${old}`.execute(database.kysely)
  await repository.once({ caller: null, key: 'k', digest: 'd' }, async () => ({
    status: 202,
    location: null,
    body: {},
  }))
  await sql`update once_keys set created_at = '2020-01-01T00:00:00.000Z'`.execute(database.kysely)
  const steps: number[] = []
  const watched: Expiry = {
    ...repository,
    async purge(ageMs, after) {
      const step = await repository.purge(ageMs, after)
      steps.push(step.removed)
      return step
    },
  }
  const janitor = startJanitor({ repository: watched, retentionMs: 1000, log: quiet })
  const keys = () => database.kysely.selectFrom('once_keys').selectAll().execute()
  await eventually('the key to go', async () => (await keys()).length === 0)
  await janitor.stop()
  const { items } = await repository.list({ caller: null }, null, 1000)
  assert.deepEqual(
    items.map(({ id }) => id),
    made.requests.slice(449),
  )
  assert.deepEqual(steps, [200, 200, 49])
})

test('a janitor that keeps requests for ever removes none, but keys that no longer hold', async () => {
  const asked: string[] = []
  const repository: Expiry = {
    purge: async () => {
      asked.push('requests')
      return { removed: 0, next: null }
    },
    purgeGroups: async () => asked.push('groups'),
    purgeDeliveries: async () => asked.push('deliveries'),
    purgeKeys: async () => (asked.push('keys') > 1 ? 0 : 1),
  }
  const janitor = startJanitor({ repository, retentionMs: 0, log: quiet })
  await eventually('keys to be looked for until there are none', () => asked.length === 2)
  await janitor.stop()
  assert.deepEqual(asked, ['keys', 'keys'])
})
