import { type Generated, type Kysely, sql } from 'kysely'
import type { Status } from '../../contract/status.ts'
import type { Dialect } from '../dialect.ts'

/** A time as the driver gives it: Date from Postgres, ISO 8601 text from SQLite. */
export type Time = Date | string

/** One row is outbox, queue and status of a request in one; `title` and `html_content` are its result. */
export interface ParseRequestsTable {
  id: Generated<number>
  url: string
  status: Generated<Status>
  title: string | null
  html_content: string | null
  created_at: Generated<Time>
  updated_at: Generated<Time>
  queue: Generated<string>
  priority: Generated<number>
  /** JSON; Postgres gives it parsed. */
  options: Generated<unknown>
  /** Whose request it is, where API keys are in use. */
  caller: string | null
  attempt: Generated<number>
  /** Due from this time on. */
  run_at: Generated<Time>
  /** Number of the worker that holds it. */
  owner: number | null
  claimed_at: Time | null
  /** 1 where it was handed out before without an answer having come. */
  again: Generated<number>
  lease_until: Time | null
  error_code: string | null
  error: string | null
  final_url: string | null
  target_status: number | null
  content_type: string | null
  encoding: string | null
  fetched_at: Time | null
}

export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const pg = dialect.name === 'postgres'
  const time = pg ? sql`timestamptz` : sql`text`
  const now = pg ? sql`now()` : sql`(strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))`
  await db.schema
    .createTable('parse_requests')
    .addColumn('id', pg ? 'bigint' : 'integer', (c) =>
      pg ? c.generatedByDefaultAsIdentity().primaryKey() : c.primaryKey().autoIncrement(),
    )
    .addColumn('url', 'text', (c) => c.notNull())
    .addColumn('status', 'text', (c) =>
      c
        .notNull()
        .defaultTo('pending')
        .check(sql`status in ('pending', 'processing', 'success', 'failure', 'cancelled')`),
    )
    .addColumn('title', 'text')
    .addColumn('html_content', 'text')
    .addColumn('created_at', time, (c) => c.notNull().defaultTo(now))
    .addColumn('updated_at', time, (c) => c.notNull().defaultTo(now))
    .addColumn('queue', 'text', (c) => c.notNull().defaultTo('api'))
    .addColumn('priority', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('options', pg ? 'jsonb' : 'text', (c) => c.notNull().defaultTo('{}'))
    .addColumn('caller', 'text')
    .addColumn('attempt', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('run_at', time, (c) => c.notNull().defaultTo(now))
    .addColumn('owner', 'integer')
    .addColumn('claimed_at', time)
    .addColumn('again', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('lease_until', time)
    .addColumn('error_code', 'text')
    .addColumn('error', 'text')
    .addColumn('final_url', 'text')
    .addColumn('target_status', 'integer')
    .addColumn('content_type', 'text')
    .addColumn('encoding', 'text')
    .addColumn('fetched_at', time)
    .execute()
  await addIndexes(db)
  if (pg) await tune(db)
}

async function addIndexes(db: Kysely<unknown>): Promise<void> {
  await sql`create index parse_requests_due on parse_requests (queue, priority desc, run_at, id)
    where status = 'pending'`.execute(db)
  await sql`create index parse_requests_held on parse_requests (owner) where status = 'processing'`.execute(
    db,
  )
}

/** lz4 packs a page several times faster than pglz; a queue's dead rows must go early or claims walk over them. */
async function tune(db: Kysely<unknown>): Promise<void> {
  await sql`alter table parse_requests alter column html_content set compression lz4`.execute(db)
  await sql`alter table parse_requests set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0)`.execute(
    db,
  )
}
