import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Redis } from 'ioredis'
import { type Postgres, query, startPostgres } from '../support/postgres.ts'
import { freePort, run } from '../support/process.ts'
import { type RedisServer, startRedis } from '../support/redis.ts'
import type { Change, GroupRow, Row } from './judge.ts'
import { type Part, type Role, role } from './parts.ts'
import type { Random } from './random.ts'

/** A running shape of the service. */
export interface Shape {
  /** Where its apis listen. */
  bases: string[]
  roles: Role[]
  /** What the roles work over, which can be killed too. */
  servers: Part[]
  /** How many requests have not ended. */
  unfinished(): Promise<number>
  rows(): Promise<Row[]>
  groups(): Promise<GroupRow[]>
  changes(): Promise<Change[]>
  /** What is in Redis that should be gone, or expire, when nothing is left to do. */
  leftovers(): Promise<string[]>
  stop(): Promise<void>
}

const rowsQuery = `select id, url, status, attempt, title, html_content, error_code, group_id, group_seq
  from parse_requests order by id`
const groupsQuery = 'select id, total, success, failure, seq from request_groups order by id'
const changesQuery = 'select id, was, becomes, attempt, error_code, at from chaos_log order by n'
const unfinishedQuery = `select count(*) as count from parse_requests where status in ('pending', 'processing')`

const postgresTrigger = `
  create table chaos_log (n bigserial primary key, id int, was text, becomes text, attempt int, error_code text,
    at float8 default extract(epoch from clock_timestamp()) * 1000);
  create function chaos_note() returns trigger language plpgsql as $$
    begin
      insert into chaos_log (id, was, becomes, attempt, error_code)
        values (old.id, old.status, new.status, new.attempt, new.error_code);
      return null;
    end $$;
  create trigger chaos after update of status on parse_requests for each row
    when (old.status is distinct from new.status) execute function chaos_note();`

/** One or two apis, two workers and two parsers over a Postgres and an unpersisted Redis; all of them can be killed. */
export async function startDistributed(site: string, random: Random): Promise<Shape> {
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis()])
  const roles: Role[] = []
  const stop = async () => {
    await Promise.all(roles.map((one) => one.stop()))
    await Promise.all([postgres.stop(), redis.stop()])
  }
  try {
    const database = await postgres.database()
    const env = { DATABASE_URL: database, REDIS_URL: redis.url, ALLOW_PRIVATE: new URL(site).host }
    await run(process.execPath, ['src/main.ts', 'migrate'], { env: { ...process.env, ...env } }).ended
    await query(database, postgresTrigger)
    const ports = random.pick([[await freePort()], [await freePort(), await freePort()]])
    roles.push(
      ...ports.map((port, index) => role(`api ${index + 1}`, 'api', { ...env, PORT: String(port) })),
      ...[1, 2].map((index) => role(`worker ${index}`, 'worker', env)),
      ...[1, 2].map((index) => role(`parser ${index}`, 'parser', { ...env, PORT: '0' })),
    )
    await Promise.all(roles.map((one) => one.start()))
    const bases = ports.map((port) => `http://127.0.0.1:${port}`)
    return { bases, roles, servers: servers(postgres, redis), ...reading(database, redis), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

function servers(postgres: Postgres, redis: RedisServer): Part[] {
  return [
    { name: 'postgres', start: () => postgres.start(), kill: () => postgres.kill() },
    { name: 'redis', start: () => redis.start(), kill: () => redis.kill() },
  ]
}

function reading(database: string, redis: RedisServer) {
  return {
    unfinished: async () => Number((await query<{ count: string }>(database, unfinishedQuery))[0]?.count),
    rows: async () => (await query<Row>(database, rowsQuery)).map(withNumbers),
    groups: async () => (await query<GroupRow>(database, groupsQuery)).map(withNumbers),
    changes: () => query<Change>(database, changesQuery),
    leftovers: () => leftovers(redis.url, 2),
  }
}

/** The driver gives int8 as text. */
function withNumbers<T extends { id: number; group_id?: number | null }>(row: T): T {
  const group = row.group_id ? { group_id: Number(row.group_id) } : {}
  return { ...row, id: Number(row.id), ...group }
}

/** The epoch stays, and the set of the parsers that live. Results nobody wants, hints and counts must expire. */
async function leftovers(url: string, parsers: number): Promise<string[]> {
  const redis = new Redis(url)
  try {
    const left: string[] = []
    for (const key of await redis.keys('*')) {
      const ttl = await redis.pttl(key)
      if (key === 'parser:tasks:epoch' || (ttl > 0 && !/^parser:tasks$|:taken:/.test(key))) continue
      if (key === 'parser:tasks:parsers' && (await redis.scard(key)) === parsers) continue
      left.push(`${key} (${await redis.type(key)}, expires in ${ttl} ms)`)
    }
    return left
  } finally {
    redis.disconnect()
  }
}

const sqliteTrigger = `
  create table chaos_log (n integer primary key, id integer, was text, becomes text, attempt integer,
    error_code text, at real default (unixepoch('subsec') * 1000));
  create trigger chaos after update of status on parse_requests when old.status is not new.status
    begin
      insert into chaos_log (id, was, becomes, attempt, error_code)
        values (old.id, old.status, new.status, new.attempt, new.error_code);
    end;`

/** `serve` with SQLite inside; the one process can be killed. */
export async function startEmbedded(site: string): Promise<Shape> {
  const folder = mkdtempSync(join(tmpdir(), 'parsegate-chaos-'))
  const port = await freePort()
  const serve = role('serve', 'serve', {
    DATA_DIR: folder,
    PORT: String(port),
    ALLOW_PRIVATE: new URL(site).host,
  })
  let file: DatabaseSync | undefined
  const stop = async () => {
    file?.close()
    await serve.stop()
    rmSync(folder, { recursive: true })
  }
  try {
    await serve.start()
    const opened = new DatabaseSync(join(folder, 'parsegate.sqlite'), { timeout: 10_000 })
    file = opened
    opened.exec(sqliteTrigger)
    const all = <T>(sql: string) =>
      opened
        .prepare(sql)
        .all()
        .map((row) => ({ ...row }) as T)
    return {
      bases: [`http://127.0.0.1:${port}`],
      roles: [serve],
      servers: [],
      unfinished: async () => all<{ count: number }>(unfinishedQuery)[0]?.count ?? 0,
      rows: async () => all<Row>(rowsQuery),
      groups: async () => all<GroupRow>(groupsQuery),
      changes: async () => all<Change>(changesQuery),
      leftovers: async () => [],
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}
