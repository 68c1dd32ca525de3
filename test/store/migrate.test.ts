import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { type Kysely, sql } from 'kysely'
import { type Database, openPostgres, openSqlite } from '../../src/store/database.ts'
import { lockFolder } from '../../src/store/lock.ts'
import { migrate, missingMigrations } from '../../src/store/migrate.ts'
import { up as parseRequests } from '../../src/store/migrations/0001_parse_requests.ts'
import { up as fetching } from '../../src/store/migrations/0002_fetching.ts'
import { up as many } from '../../src/store/migrations/0004_many.ts'
import { freshDatabase, query } from '../support/postgres.ts'
import { run } from '../support/process.ts'

const limits = { connections: 2, connectTimeoutMs: 5000, queryTimeoutMs: 20_000 }
const names = [
  ...['0001_parse_requests', '0002_fetching', '0003_formats', '0004_many', '0005_sites', '0006_webhooks'],
  ...['0007_schedules', '0008_frontier'],
]

async function assertRunsOnce(database: Database): Promise<void> {
  assert.deepEqual(await missingMigrations(database), names)
  assert.deepEqual(await migrate(database), names)
  assert.deepEqual(await missingMigrations(database), [])
  assert.deepEqual(await migrate(database), [])
  await database.close()
}

/** Runs the command twice at once. @returns what was said */
async function migrateTwice(env: NodeJS.ProcessEnv): Promise<string> {
  const { DATABASE_URL: _, REDIS_URL: __, ...clean } = process.env
  const both = [1, 2].map(() =>
    run(process.execPath, ['src/main.ts', 'migrate'], { env: { ...clean, ...env } }),
  )
  for (const one of both) assert.equal(await one.ended, 0, one.output())
  return both.map((one) => one.output()).join('')
}

describe('migrations', () => {
  test('of SQLite run once', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'parsegate-migrate-'))
    await assertRunsOnce(openSqlite(folder))
    rmSync(folder, { recursive: true })
  })

  test('of Postgres run once', async () => {
    await assertRunsOnce(openPostgres(await freshDatabase(), limits))
  })

  test('of SQLite run once from two processes', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'parsegate-migrate-'))
    const said = await migrateTwice({ DATA_DIR: folder })
    assert.equal(said.match(/ran 0001_parse_requests, 0002_fetching, 0003_formats/g)?.length, 1, said)
    rmSync(folder, { recursive: true })
  })

  test('of Postgres run once from two processes', async () => {
    const said = await migrateTwice({ DATABASE_URL: await freshDatabase() })
    assert.equal(said.match(/ran 0001_parse_requests, 0002_fetching, 0003_formats/g)?.length, 1, said)
  })

  test('keep the names of columns that other programs know, and compress pages with lz4', async () => {
    const url = await freshDatabase()
    const database = openPostgres(url, limits)
    await migrate(database)
    await database.close()
    const columns = await query<{ name: string; compression: string }>(
      url,
      `select attname as name, attcompression as compression from pg_attribute
        where attrelid = 'parse_requests'::regclass and attnum > 0`,
    )
    const known = ['id', 'url', 'status', 'title', 'html_content', 'created_at', 'updated_at']
    assert.deepEqual(
      known.filter((name) => !columns.some((column) => column.name === name)),
      [],
    )
    assert.equal(columns.find(({ name }) => name === 'html_content')?.compression, 'l')
  })
})

describe('the fourth migration', () => {
  const urls = [
    'https://example.com/a:b',
    'http://[2001:db8::1]:8080/',
    'http://example.org:81/',
    'https://xn--e1afmkfd.example/?a',
  ]
  const hosts = ['example.com', '[2001:db8::1]', 'example.org', 'xn--e1afmkfd.example']

  /** The schema as it was, with rows in it, brought up to date. */
  async function assertFills({ kysely, dialect, close }: Database): Promise<void> {
    // Migrations know of no tables but their own.
    const db = kysely as unknown as Kysely<unknown>
    await parseRequests(db, dialect)
    await fetching(db, dialect)
    for (const url of urls) await sql`insert into parse_requests (url) values (${url})`.execute(kysely)
    await many(db, dialect)
    const rows = await kysely.selectFrom('parse_requests').select(['host', 'delayed']).orderBy('id').execute()
    assert.deepEqual(
      rows.map(({ host }) => host),
      hosts,
    )
    // Whether ready or not: looked for by their time, as they were until then.
    assert.ok(rows.every(({ delayed }) => delayed === 1))
    await close()
  }

  test('tells the hosts of what SQLite had stored', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'parsegate-migrate-'))
    await assertFills(openSqlite(folder))
    rmSync(folder, { recursive: true })
  })

  test('tells the hosts of what Postgres had stored', async () => {
    await assertFills(openPostgres(await freshDatabase(), limits))
  })
})

describe('the lock of a data folder', () => {
  test('is had by all of those who ask at once, one after the other', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'parsegate-lock-'))
    const lockers = [1, 2, 3].map(() => fork(join(import.meta.dirname, '../support/locker.ts')))
    t.after(() => {
      for (const locker of lockers) locker.kill()
      rmSync(folder, { recursive: true })
    })
    await Promise.all(lockers.map((locker) => once(locker, 'message')))
    for (let round = 0; round < 40; round++) {
      const answers = lockers.map((locker) => once(locker, 'message'))
      for (const locker of lockers) locker.send({ folder, name: `round-${round}` })
      assert.deepEqual(
        (await Promise.all(answers)).map(([had]) => had),
        [true, true, true],
      )
    }
  })

  test('is held by one, and free again when that lets it go', () => {
    const folder = mkdtempSync(join(tmpdir(), 'parsegate-lock-'))
    const release = lockFolder(folder, 'serve', 0)
    assert.ok(release)
    assert.equal(lockFolder(folder, 'serve', 0), undefined)
    assert.ok(lockFolder(folder, 'other', 0), 'another lock is another matter')
    release()
    assert.ok(lockFolder(folder, 'serve', 0))
    rmSync(folder, { recursive: true })
  })
})
