import { type Generated, type Kysely, sql } from 'kysely'
import type { GroupKind } from '../../contract/groups.ts'
import type { Dialect } from '../dialect.ts'
import type { Time } from './0001_parse_requests.ts'

/** What a request needs to be one of many. */
export interface ManyColumns {
  /** The host of its URL, without a port. */
  host: string | null
  group_id: number | null
  /** The number of its ending among those of its group. */
  group_seq: number | null
  /** Its place in the order of claims: ms since 1970, later than its time where it is far behind in a group. */
  turn: Generated<number>
  /** 1 where it became pending with a time to wait for. */
  delayed: Generated<number>
  /** JSON: the attempts that have ended; Postgres gives it parsed. */
  attempts: unknown
  /** JSON: milliseconds by stage; Postgres gives it parsed. */
  timings: unknown
}

export interface RequestGroupsTable {
  id: Generated<number>
  kind: GroupKind
  caller: string | null
  /** JSON; Postgres gives it parsed. */
  options: unknown
  created_at: Generated<Time>
  updated_at: Generated<Time>
  /** Requests put in. */
  total: Generated<number>
  success: Generated<number>
  failure: Generated<number>
  cancelled: Generated<number>
  /** The number of its last event. */
  seq: Generated<number>
  /** The turn of what is added next: ms since 1970. */
  turn: Generated<number>
  /** 1 when nothing is added any more. */
  closed: Generated<number>
  /** 1 when it was cancelled as a whole. */
  is_cancelled: Generated<number>
}

export interface OnceKeysTable {
  /** Empty where there are no API keys. */
  caller: string
  key: string
  digest: string
  /** JSON: what was answered; Postgres gives it parsed. */
  answer: unknown
  created_at: Generated<Time>
}

export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const pg = dialect.name === 'postgres'
  const kinds = {
    id: pg ? sql`bigint` : sql`integer`,
    json: pg ? sql`jsonb` : sql`text`,
    time: pg ? sql`timestamptz` : sql`text`,
    now: pg ? sql`now()` : sql`(strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))`,
  }
  await addGroups(db, pg, kinds)
  await db.schema
    .createTable('once_keys')
    .addColumn('caller', 'text', (c) => c.notNull())
    .addColumn('key', 'text', (c) => c.notNull())
    .addColumn('digest', 'text', (c) => c.notNull())
    .addColumn('answer', kinds.json)
    .addColumn('created_at', kinds.time, (c) => c.notNull().defaultTo(kinds.now))
    .addPrimaryKeyConstraint('once_keys_primary', ['caller', 'key'])
    .execute()
  await sql`create index once_keys_age on once_keys (created_at)`.execute(db)
  await addColumns(db, kinds)
  await fillColumns(db, dialect)
  await addIndexes(db)
}

interface Kinds {
  id: ReturnType<typeof sql>
  json: ReturnType<typeof sql>
  time: ReturnType<typeof sql>
  now: ReturnType<typeof sql>
}

async function addGroups(db: Kysely<unknown>, pg: boolean, { json, time, now }: Kinds): Promise<void> {
  const table = db.schema
    .createTable('request_groups')
    .addColumn('id', pg ? 'bigint' : 'integer', (c) =>
      pg ? c.generatedByDefaultAsIdentity().primaryKey() : c.primaryKey().autoIncrement(),
    )
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('caller', 'text')
    .addColumn('options', json, (c) => c.notNull().defaultTo('{}'))
    .addColumn('created_at', time, (c) => c.notNull().defaultTo(now))
    .addColumn('updated_at', time, (c) => c.notNull().defaultTo(now))
    .addColumn('turn', 'bigint', (c) => c.notNull().defaultTo(0))
  const counts = ['total', 'success', 'failure', 'cancelled', 'seq', 'closed', 'is_cancelled']
  await counts
    .reduce((all, name) => all.addColumn(name, 'integer', (c) => c.notNull().defaultTo(0)), table)
    .execute()
  // Each ending in a group changes its row: with room on the page that costs no index and no new page.
  if (pg)
    await sql`alter table request_groups set (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02)`.execute(
      db,
    )
}

async function addColumns(db: Kysely<unknown>, { id, json }: Kinds): Promise<void> {
  const add = (name: string, type: ReturnType<typeof sql>) =>
    sql`alter table parse_requests add column ${sql.ref(name)} ${type}`.execute(db)
  await add('host', sql`text`)
  await add('group_id', id)
  await add('group_seq', sql`integer`)
  await add('turn', sql`bigint not null default 0`)
  await add('delayed', sql`integer not null default 0`)
  await add('attempts', json)
  await add('timings', json)
}

/** What earlier versions stored: its hosts, so that it is found by them, and what waits for its time. */
async function fillColumns(db: Kysely<unknown>, { name }: Dialect): Promise<void> {
  // Stored URLs are WHATWG hrefs without user:password@, so a host ends before the first "/", or the ":" of a port.
  const host =
    name === 'postgres'
      ? sql`substring(url from '^[a-z]+://(\\[[^]]*\\]|[^/:?#]*)')`
      : sql`(with rest(t) as (select substr(url, instr(url, '://') + 3)),
          place(t) as (select substr(t, 1, instr(t || '/', '/') - 1) from rest)
          select case when substr(t, 1, 1) = '[' then substr(t, 1, instr(t, ']'))
            else substr(t, 1, instr(t || ':', ':') - 1) end from place)`
  await sql`update parse_requests set host = ${host}`.execute(db)
  await sql`update parse_requests set delayed = 1 where status = 'pending'`.execute(db)
}

async function addIndexes(db: Kysely<unknown>): Promise<void> {
  const indexes = [
    // A pending row is in one of these four; each gives a claim its rows in order, past nothing that may not be claimed.
    sql`parse_requests_ready on parse_requests (queue, priority desc, turn, id)
      where status = 'pending' and delayed = 0 and group_id is null`,
    sql`parse_requests_ready_many on parse_requests (queue, priority desc, turn, id)
      where status = 'pending' and delayed = 0 and group_id is not null`,
    sql`parse_requests_delayed on parse_requests (queue, priority, run_at)
      where status = 'pending' and delayed = 1 and group_id is null`,
    sql`parse_requests_delayed_many on parse_requests (queue, priority, run_at)
      where status = 'pending' and delayed = 1 and group_id is not null`,
    // Lists go by id within each status; those with a caller in front serve where there are API keys.
    sql`parse_requests_list on parse_requests (status, id)`,
    sql`parse_requests_list_host on parse_requests (host, status, id)`,
    sql`parse_requests_list_own on parse_requests (caller, status, id) where caller is not null`,
    sql`parse_requests_list_own_host on parse_requests (caller, host, status, id) where caller is not null`,
    sql`parse_requests_group on parse_requests (group_id, status, id) where group_id is not null`,
    sql`parse_requests_group_seq on parse_requests (group_id, group_seq) where group_seq is not null`,
  ]
  await sql`drop index parse_requests_due`.execute(db)
  for (const index of indexes) await sql`create index ${index}`.execute(db)
}
