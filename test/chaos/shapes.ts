import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Redis } from 'ioredis'
import { query, startPostgres } from '../support/postgres.ts'
import { eventually, freePort, type Running, run } from '../support/process.ts'
import { startRedis } from '../support/redis.ts'
import type { Change, Row } from './history.ts'

/** A part that can be killed at any moment and started again. */
export interface Part {
  name: string
  start(): Promise<void>
  kill(): Promise<void>
}

/** A running shape of the service. */
export interface Shape {
  /** Where its apis listen. */
  bases: string[]
  parts: Part[]
  /** How many requests have not ended. */
  unfinished(): Promise<number>
  rows(): Promise<Row[]>
  changes(): Promise<Change[]>
  /** Keys in Redis that should be gone when nothing is left to do. */
  leftovers(): Promise<string[]>
  stop(): Promise<void>
}

const settings = { MAX_ATTEMPTS: '5', RESULT_TIMEOUT: '10', LOG_LEVEL: 'warn' }

/** A role as a process; it counts as started when it says so. */
function role(name: string, command: string, env: NodeJS.ProcessEnv): Part & { stop(): Promise<unknown> } {
  let running: Running | undefined
  return {
    name,
    async start() {
      const { DATABASE_URL: _, REDIS_URL: __, ...clean } = process.env
      // With the database away at the start a role gives up after a while, as under a supervisor: it is started again.
      await eventually(
        `${name} to start`,
        async () => {
          if (!running || running.child.exitCode !== null || running.child.signalCode !== null)
            running = run(process.execPath, ['src/main.ts', command], {
              env: { ...clean, ...settings, ...env },
            })
          return /(at work|listens on)/.test(running.output())
        },
        60_000,
      )
    },
    kill: async () => void (await running?.stop('SIGKILL')),
    stop: async () => running?.stop('SIGKILL'),
  }
}

const rowsQuery =
  'select id, url, status, attempt, title, html_content, error_code from parse_requests order by id'
const changesQuery = 'select id, was, becomes from chaos_log order by n'
const unfinishedQuery = `select count(*) as count from parse_requests where status in ('pending', 'processing')`

const postgresTrigger = `
  create table chaos_log (n bigserial primary key, id bigint, was text, becomes text);
  create function chaos_note() returns trigger language plpgsql as $$
    begin insert into chaos_log (id, was, becomes) values (old.id, old.status, new.status); return null; end $$;
  create trigger chaos after update of status on parse_requests for each row
    when (old.status is distinct from new.status) execute function chaos_note();`

/** Two apis, two workers and two parsers over a Postgres and an unpersisted Redis; all of them can be killed. */
export async function startDistributed(site: string): Promise<Shape> {
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis()])
  const database = await postgres.database()
  const env = { DATABASE_URL: database, REDIS_URL: redis.url, ALLOW_PRIVATE: new URL(site).host }
  await run(process.execPath, ['src/main.ts', 'migrate'], { env: { ...process.env, ...env } }).ended
  await query(database, postgresTrigger)
  const ports = [await freePort(), await freePort()]
  const roles = [
    ...ports.map((port, index) => role(`api ${index + 1}`, 'api', { ...env, PORT: String(port) })),
    ...[1, 2].map((index) => role(`worker ${index}`, 'worker', env)),
    ...[1, 2].map((index) => role(`parser ${index}`, 'parser', { ...env, PORT: '0' })),
  ]
  await Promise.all(roles.map((one) => one.start()))
  return {
    bases: ports.map((port) => `http://127.0.0.1:${port}`),
    parts: [
      ...roles,
      { name: 'postgres', start: () => postgres.start(), kill: () => postgres.kill() },
      { name: 'redis', start: () => redis.start(), kill: () => redis.kill() },
    ],
    unfinished: async () => Number((await query<{ count: string }>(database, unfinishedQuery))[0]?.count),
    rows: async () =>
      (await query<Row>(database, rowsQuery)).map(({ id, ...row }) => ({ ...row, id: Number(id) })),
    changes: async () =>
      (await query<Change>(database, changesQuery)).map(({ id, ...change }) => ({
        ...change,
        id: Number(id),
      })),
    leftovers: () => leftovers(redis.url),
    stop: async () => {
      await Promise.all(roles.map((one) => one.stop()))
      await Promise.all([postgres.stop(), redis.stop()])
    },
  }
}

/** Lists and hashes of tasks: what is done leaves nothing in them. */
async function leftovers(url: string): Promise<string[]> {
  const redis = new Redis(url)
  try {
    const keys = await redis.keys('parser:*')
    // Results nobody wants any more expire; the set of parsers, the epoch and the count of returns stay by design.
    const staying = /^parser:(results:|tasks:(parsers|epoch|returns|wake:))/
    return keys.filter((key) => !staying.test(key))
  } finally {
    redis.disconnect()
  }
}

const sqliteTrigger = `
  create table if not exists chaos_log (n integer primary key, id integer, was text, becomes text);
  create trigger if not exists chaos after update of status on parse_requests when old.status is not new.status
    begin insert into chaos_log (id, was, becomes) values (old.id, old.status, new.status); end;`

/** `serve` with SQLite inside; the one process can be killed. */
export async function startEmbedded(site: string): Promise<Shape> {
  const folder = mkdtempSync(join(tmpdir(), 'parsegate-chaos-'))
  const port = await freePort()
  const env = { DATA_DIR: folder, PORT: String(port), ALLOW_PRIVATE: new URL(site).host }
  const serve = role('serve', 'serve', env)
  await serve.start()
  const file = new DatabaseSync(join(folder, 'parsegate.sqlite'), { timeout: 10_000 })
  file.exec(sqliteTrigger)
  const all = (sql: string) =>
    file
      .prepare(sql)
      .all()
      .map((row) => ({ ...row }))
  return {
    bases: [`http://127.0.0.1:${port}`],
    parts: [serve],
    unfinished: async () => Number(all(unfinishedQuery)[0]?.count),
    rows: async () => all(rowsQuery) as unknown as Row[],
    changes: async () => all(changesQuery) as unknown as Change[],
    leftovers: async () => [],
    stop: async () => {
      file.close()
      await serve.stop()
      rmSync(folder, { recursive: true })
    },
  }
}
