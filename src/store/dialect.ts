import { type RawBuilder, sql } from 'kysely'

/** The first key of the advisory lock that each worker holds; the second is its owner number. */
export const OWNER_LOCK_CLASS = 0x70617273

/** What the repository says differently to the two databases. Times come from the database's clock, never from ours. */
export interface Dialect {
  name: 'postgres' | 'sqlite'
  /** The time `ms` from now. */
  later(ms: number): RawBuilder<string>
  /** A time given as ISO 8601 text. */
  time(iso: string | null): RawBuilder<string | null>
  /** A value given as JSON text. */
  json(text: string | null): RawBuilder<unknown>
  /** Milliseconds since a column's time. */
  since(column: string): RawBuilder<number>
  /** Ids of up to `limit` due rows, by priority, then age; rows that another claim has in hand are passed over. */
  due(queues: string[], limit: number): RawBuilder<{ id: number }>
  /** Whether a row's owner is gone, as seen by `owner`. */
  orphaned(owner: number): RawBuilder<boolean>
  /** Row locks for a SELECT whose rows are about to be updated. */
  locking: RawBuilder<unknown>
}

export const postgres: Dialect = {
  name: 'postgres',
  later: (ms) => sql`clock_timestamp() + ${ms}::float8 * interval '1 millisecond'`,
  time: (iso) => sql`cast(${iso} as timestamptz)`,
  json: (text) => sql`cast(${text} as jsonb)`,
  since: (column) => sql`extract(epoch from clock_timestamp() - ${sql.ref(column)})::float8 * 1000`,
  // One index range per queue: a long backlog in one queue costs the others nothing.
  due: (queues, limit) => sql`
    select c.id from unnest(${queues}::text[]) as q(name) cross join lateral (
      select id, priority, run_at from parse_requests
      where status = 'pending' and queue = q.name and run_at <= clock_timestamp()
      order by priority desc, run_at, id limit ${limit} for update skip locked) c
    order by c.priority desc, c.run_at, c.id limit ${limit}`,
  // A worker's session lock vanishes with its connection, within milliseconds of a kill -9.
  orphaned: () => sql`not exists (
    select 1 from pg_locks l where l.locktype = 'advisory' and l.granted and l.objsubid = 2
    and l.classid = ${OWNER_LOCK_CLASS} and l.objid = parse_requests.owner
    and l.database = (select oid from pg_database where datname = current_database()))`,
  locking: sql`for update skip locked`,
}

const ISO = '%Y-%m-%dT%H:%M:%fZ'

export const sqlite: Dialect = {
  name: 'sqlite',
  later: (ms) => sql`strftime(${ISO}, 'now', ${`${ms / 1000} seconds`})`,
  time: (iso) => sql`cast(${iso} as text)`,
  json: (text) => sql`cast(${text} as text)`,
  since: (column) => sql`(julianday('now') - julianday(${sql.ref(column)})) * 86400000`,
  due: (queues, limit) => sql`
    select id from parse_requests
    where status = 'pending' and queue in (${sql.join(queues)}) and run_at <= strftime(${ISO}, 'now')
    order by priority desc, run_at, id limit ${limit}`,
  // One process holds the file (see lock.ts): whoever else owned a row is gone.
  orphaned: (owner) => sql`owner <> ${owner}`,
  locking: sql``,
}
