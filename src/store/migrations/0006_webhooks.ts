import { type Generated, type Kysely, sql } from 'kysely'
import type { DeliveryStatus, WebhookEvent } from '../../contract/webhooks.ts'
import type { Dialect } from '../dialect.ts'
import type { Time } from './0001_parse_requests.ts'

/** One row is one delivery of one event to one receiver: queue, status and log of it in one. */
export interface DeliveriesTable {
  id: Generated<number>
  caller: string | null
  request_id: number | null
  group_id: number | null
  url: string
  event: WebhookEvent
  /** JSON list of secrets that sign it. */
  secrets: unknown
  payload: string
  status: Generated<DeliveryStatus>
  /** How often it was tried. */
  tried: Generated<number>
  /** JSON list of the last tries. */
  attempts: Generated<unknown>
  /** Due from this time on; while a worker has it, until when it does. */
  run_at: Generated<Time>
  /** Since when it is to be delivered: the time it was made, or that of its replay. */
  since: Generated<Time>
  created_at: Generated<Time>
}

/** Of requests and of groups. */
export interface WebhookColumn {
  /** JSON: where to tell of what; null where nobody asked to be told. */
  webhook: unknown
}

export async function up(db: Kysely<unknown>, { name }: Dialect): Promise<void> {
  const pg = name === 'postgres'
  const time = pg ? sql`timestamptz` : sql`text`
  const json = pg ? 'jsonb' : 'text'
  const now = pg ? sql`now()` : sql`(strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))`
  await db.schema
    .createTable('deliveries')
    .addColumn('id', pg ? 'bigint' : 'integer', (c) =>
      pg ? c.generatedByDefaultAsIdentity().primaryKey() : c.primaryKey().autoIncrement(),
    )
    .addColumn('caller', 'text')
    .addColumn('request_id', 'bigint')
    .addColumn('group_id', 'bigint')
    .addColumn('url', 'text', (c) => c.notNull())
    .addColumn('event', 'text', (c) => c.notNull())
    .addColumn('secrets', json, (c) => c.notNull())
    .addColumn('payload', 'text', (c) => c.notNull())
    .addColumn('status', 'text', (c) =>
      c.notNull().defaultTo('pending').check(sql`status in ('pending', 'delivered', 'failed')`),
    )
    .addColumn('tried', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('attempts', json, (c) => c.notNull().defaultTo('[]'))
    .addColumn('run_at', time, (c) => c.notNull().defaultTo(now))
    .addColumn('since', time, (c) => c.notNull().defaultTo(now))
    .addColumn('created_at', time, (c) => c.notNull().defaultTo(now))
    .execute()
  for (const table of ['parse_requests', 'request_groups'])
    await db.schema.alterTable(table).addColumn('webhook', json).execute()
  await sql`create index deliveries_due on deliveries (run_at) where status = 'pending'`.execute(db)
  await sql`create index deliveries_of_request on deliveries (request_id) where request_id is not null`.execute(
    db,
  )
  await sql`create index deliveries_of_group on deliveries (group_id) where group_id is not null`.execute(db)
}
