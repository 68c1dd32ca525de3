import { type RawBuilder, sql } from 'kysely'
import { dueOf, postgresDue, sqliteDue } from './due.ts'

/** The first key of the advisory lock that each worker holds; the second is its owner number. */
export const OWNER_LOCK_CLASS = 0x70617273

/** What the repository says differently to the two databases. Times come from the database's clock, never from ours. */
export interface Dialect {
  name: 'postgres' | 'sqlite'
  /** The time `ms` from now. */
  later(ms: number): RawBuilder<string>
  /** The same by an expression. */
  laterBy(ms: RawBuilder<unknown>): RawBuilder<string>
  /** A time given as ISO 8601 text. */
  time(iso: string | null): RawBuilder<string | null>
  /** A value given as JSON text. */
  json(text: string | null): RawBuilder<unknown>
  /** Milliseconds since a column's time. */
  since(column: string): RawBuilder<number>
  /** Milliseconds since 1970. */
  clock: RawBuilder<number>
  /** Whether a column's value is among these. */
  among(column: string, ids: number[]): RawBuilder<boolean>
  /** Whether a row's id is among those of the table `picked`, which the statement has made. */
  picked: RawBuilder<boolean>
  /** Texts as rows of a table, in its column `value`. */
  texts(texts: string[]): RawBuilder<unknown>
  /** The requests of a JSON text as rows of a table `r`; its columns are `newColumns` in requests.ts. */
  newRows(json: string): RawBuilder<unknown>
  /** The column `attempts` with one more that has ended now, the oldest dropped where there are `most`. */
  withAttempt(end: AttemptEnd, most: number): RawBuilder<unknown>
  /** Ids of up to `limit` due rows, by priority, then turn, up to `ofGroups` of them of groups; rows that another claim has in hand are passed over. */
  due(queues: string[], limit: number, ofGroups: number): RawBuilder<{ id: number }>
  /** Whether a row's owner is gone, as seen by `owner`. */
  orphaned(owner: number): RawBuilder<boolean>
  /** Row locks for a SELECT whose rows are about to be updated. */
  locking: RawBuilder<unknown>
  /** The same, but locked rows are waited for. */
  waiting: RawBuilder<unknown>
  /** Whether a lock of this name was free until the end of the transaction, which then holds it. */
  tryLock(name: string): RawBuilder<boolean>
}

/** How an attempt ended, as expressions. */
export interface AttemptEnd {
  code: RawBuilder<unknown>
  message: RawBuilder<unknown>
  targetStatus: RawBuilder<unknown>
}

/**
 * Whether a row that its id finds is in one of these states. As a CASE, because planners take no index for that: by
 * statistics from before a burst an index of states looks empty, and a walk over all of the burst was taken for cheaper than
 * the ids (250 ms for 4 ms to settle 50 rows).
 */
export const stateIs = (...states: readonly string[]): RawBuilder<boolean> =>
  sql`case when status in (${sql.join(states)}) then true else false end`

export const postgres: Dialect = {
  name: 'postgres',
  laterBy: (ms) => sql`clock_timestamp() + ${ms} * interval '1 millisecond'`,
  later: (ms) => sql`clock_timestamp() + ${ms}::float8 * interval '1 millisecond'`,
  time: (iso) => sql`cast(${iso} as timestamptz)`,
  json: (text) => sql`cast(${text} as jsonb)`,
  since: (column) => sql`extract(epoch from clock_timestamp() - ${sql.ref(column)})::float8 * 1000`,
  clock: sql`(extract(epoch from clock_timestamp()) * 1000)::bigint`,
  among: (column, ids) => sql`${sql.ref(column)} = any(cast(${ids} as bigint[]))`,
  // As an array, so that the ids are looked up whatever the statistics say of a join with what was picked.
  picked: sql`id = any(array(select id from picked))`,
  texts: (texts) => sql`unnest(cast(${texts} as text[])) as t(value)`,
  newRows: (json) => sql`jsonb_to_recordset(cast(${json} as jsonb)) as r(n integer, url text, host text,
    queue text, priority integer, caller text, options jsonb, webhook jsonb, cache_key text, delay float8)`,
  withAttempt: ({ code, message, targetStatus }, most) => sql`
    (case when jsonb_array_length(coalesce(attempts, '[]')) >= ${most}::integer then attempts - 0
      else coalesce(attempts, '[]') end) || jsonb_build_array(jsonb_build_object('started_at', claimed_at,
      'ended_at', clock_timestamp(), 'code', ${code}, 'message', ${message}, 'target_status', ${targetStatus}))`,
  due: (queues, limit, ofGroups) => dueOf(limit, ofGroups, (kind, most) => postgresDue[kind](queues, most)),
  // A worker's session lock vanishes with its connection, within milliseconds of a kill -9.
  orphaned: () => sql`not exists (
    select 1 from pg_locks l where l.locktype = 'advisory' and l.granted and l.objsubid = 2
    and l.classid = ${OWNER_LOCK_CLASS} and l.objid = parse_requests.owner
    and l.database = (select oid from pg_database where datname = current_database()))`,
  locking: sql`for update skip locked`,
  waiting: sql`for update`,
  tryLock: (name) => sql`pg_try_advisory_xact_lock(hashtextextended(${name}, 0))`,
}

const ISO = '%Y-%m-%dT%H:%M:%fZ'

export const sqlite: Dialect = {
  name: 'sqlite',
  laterBy: (ms) => sql`strftime(${ISO}, 'now', (${ms} / 1000.0) || ' seconds')`,
  later: (ms) => sql`strftime(${ISO}, 'now', ${`${ms / 1000} seconds`})`,
  time: (iso) => sql`cast(${iso} as text)`,
  json: (text) => sql`cast(${text} as text)`,
  since: (column) => sql`(julianday('now') - julianday(${sql.ref(column)})) * 86400000`,
  clock: sql`cast(unixepoch('subsec') * 1000 as integer)`,
  among: (column, ids) => sql`${sql.ref(column)} in (select value from json_each(${JSON.stringify(ids)}))`,
  picked: sql`id in (select id from picked)`,
  texts: (texts) => sql`json_each(${JSON.stringify(texts)}) as t`,
  newRows: (json) => sql`(select key as n, value ->> 'url' as url, value ->> 'host' as host,
    value ->> 'queue' as queue, value ->> 'priority' as priority, value ->> 'caller' as caller,
    value -> 'options' as options, value -> 'webhook' as webhook, value ->> 'cache_key' as cache_key, value ->> 'delay' as delay
    from json_each(${json})) as r`,
  withAttempt: ({ code, message, targetStatus }, most) => sql`json_insert(
    case when json_array_length(coalesce(attempts, '[]')) >= ${most} then json_remove(attempts, '$[0]')
      else coalesce(attempts, '[]') end, '$[#]', json_object('started_at', claimed_at,
      'ended_at', strftime(${ISO}, 'now'), 'code', ${code}, 'message', ${message}, 'target_status', ${targetStatus}))`,
  due: (queues, limit, ofGroups) => dueOf(limit, ofGroups, (kind, most) => sqliteDue[kind](queues, most)),
  // One process holds the file (see lock.ts): whoever else owned a row is gone.
  orphaned: (owner) => sql`owner <> ${owner}`,
  locking: sql``,
  waiting: sql``,
  // Its one connection runs one transaction at a time.
  tryLock: () => sql`true`,
}
