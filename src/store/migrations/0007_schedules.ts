import { type Generated, type Kysely, sql } from 'kysely'
import type { ScheduleKind } from '../../contract/schedules.ts'
import type { Dialect } from '../dialect.ts'
import type { Time } from './0001_parse_requests.ts'

/** One row is one thing that is asked for again and again. */
export interface SchedulesTable {
  id: Generated<number>
  caller: string | null
  kind: ScheduleKind
  /** The page, or where a crawl begins; null for a batch. */
  url: string | null
  /** How many requests a run begins with. */
  size: number
  /** JSON: when it runs. */
  timing: unknown
  /** JSON: what a run asks for. */
  target: unknown
  /** JSON: whom to tell of its runs. */
  webhook: unknown
  only_changed: Generated<number>
  paused: Generated<number>
  /** Due from this time on; null where it never comes. */
  next_run_at: Time | null
  last_run_at: Time | null
  /** The request or the group of its last run. */
  last_request_id: number | null
  last_group_id: number | null
  created_at: Generated<Time>
}

/** Of requests and of groups. */
export interface ScheduleColumn {
  /** The schedule whose run it is of. */
  schedule_id: number | null
}

export interface ChangeColumn {
  /** JSON: what became of the page since the run before; null where that cannot be told. */
  change: unknown
}

export async function up(db: Kysely<unknown>, { name }: Dialect): Promise<void> {
  const pg = name === 'postgres'
  const time = pg ? sql`timestamptz` : sql`text`
  const json = pg ? 'jsonb' : 'text'
  const now = pg ? sql`now()` : sql`(strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))`
  await db.schema
    .createTable('schedules')
    .addColumn('id', pg ? 'bigint' : 'integer', (c) =>
      pg ? c.generatedByDefaultAsIdentity().primaryKey() : c.primaryKey().autoIncrement(),
    )
    .addColumn('caller', 'text')
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('url', 'text')
    .addColumn('size', 'integer', (c) => c.notNull())
    .addColumn('timing', json, (c) => c.notNull())
    .addColumn('target', json, (c) => c.notNull())
    .addColumn('webhook', json)
    .addColumn('only_changed', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('paused', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('next_run_at', time)
    .addColumn('last_run_at', time)
    .addColumn('last_request_id', 'bigint')
    .addColumn('last_group_id', 'bigint')
    .addColumn('created_at', time, (c) => c.notNull().defaultTo(now))
    .execute()
  for (const table of ['parse_requests', 'request_groups'])
    await db.schema.alterTable(table).addColumn('schedule_id', 'bigint').execute()
  await db.schema.alterTable('parse_requests').addColumn('change', json).execute()
  const indexes = [
    sql`schedules_due on schedules (next_run_at) where paused = 0`,
    sql`schedules_own on schedules (caller, id) where caller is not null`,
    // The runs of a schedule, and those of one page that the next is compared with.
    sql`parse_requests_schedule on parse_requests (schedule_id, status, id) where schedule_id is not null`,
    sql`parse_requests_compared on parse_requests (schedule_id, cache_key, id)
      where schedule_id is not null and change is not null`,
  ]
  for (const index of indexes) await sql`create index ${index}`.execute(db)
}
