import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { OWNER_LOCK_CLASS } from '../../src/store/dialect.ts'
import { embeddedOwner, type Owner, postgresOwner } from '../../src/store/owner.ts'
import { freshDatabase, query, startPostgres } from '../support/postgres.ts'
import { eventually } from '../support/process.ts'

/** Whether another process finds this owner's lock. */
async function seen(url: string, owner: Owner): Promise<boolean> {
  const rows = await query(
    url,
    `select 1 from pg_locks where locktype = 'advisory' and granted and classid = $1 and objid = $2
     and database = (select oid from pg_database where datname = current_database())`,
    [OWNER_LOCK_CLASS, owner.id],
  )
  return rows.length === 1
}

describe('an owner on Postgres', () => {
  test('is alive once it has its lock, which others see until it closes', async (t) => {
    const url = await freshDatabase()
    const owner = postgresOwner(url)
    t.after(() => owner.close())
    assert.equal(owner.alive, false)
    await eventually('the lock', () => owner.alive)
    assert.ok(owner.id > 0 && owner.id < 2 ** 31)
    assert.equal(await seen(url, owner), true)
    await owner.close()
    assert.equal(owner.alive, false)
    await eventually('its end', async () => !(await seen(url, owner)))
  })

  test('is told from others', async (t) => {
    const url = await freshDatabase()
    const owners = [postgresOwner(url), postgresOwner(url)]
    for (const owner of owners) t.after(() => owner.close())
    await eventually('both locks', () => owners.every(({ alive }) => alive))
    assert.notEqual(owners[0]?.id, owners[1]?.id)
  })

  test('has its number again when its connection is back', async (t) => {
    const url = await freshDatabase()
    const owner = postgresOwner(url)
    t.after(() => owner.close())
    await eventually('the lock', () => owner.alive)
    const { id } = owner
    await query(url, 'select pg_terminate_backend(pid) from pg_locks where objid = $1 and granted', [id])
    await eventually('its loss to be noticed', () => !owner.alive)
    await eventually('the lock again', async () => owner.alive && (await seen(url, owner)))
    assert.equal(owner.id, id)
  })

  test('is not alive while the store is away, and comes back with it', async (t) => {
    const server = await startPostgres()
    t.after(() => server.stop())
    const url = await server.database()
    const owner = postgresOwner(url)
    t.after(() => owner.close())
    await eventually('the lock', () => owner.alive)
    await server.kill()
    await eventually('its loss to be noticed', () => !owner.alive)
    await server.start()
    await eventually('the lock again', async () => owner.alive && (await seen(url, owner)))
  })

  test('can be closed before it was ever connected', async () => {
    const owner = postgresOwner(await freshDatabase())
    await owner.close()
    assert.equal(owner.alive, false)
  })
})

test('an embedded owner is alive at once, and new each time', () => {
  const [first, second] = [embeddedOwner(), embeddedOwner()]
  assert.ok(first.alive && second.alive)
  assert.notEqual(first.id, second.id)
})
