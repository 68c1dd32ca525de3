import { type Kysely, type Selectable, sql } from 'kysely'
import type {
  Deliveries,
  Delivery,
  DeliveryAttempt,
  DueDelivery,
  Webhook,
  WebhookEvent,
} from '../contract/webhooks.ts'
import type { Database, Tables } from './database.ts'
import { stateIs } from './dialect.ts'
import type { DeliveriesTable } from './migrations/0006_webhooks.ts'
import { fromJson, toIso } from './page.ts'

/** An event that somebody may want to be told of. */
export interface Happening {
  webhook: Webhook
  event: WebhookEvent
  caller: string | null
  requestId: number | null
  groupId: number | null
  /** What is told of it. */
  data: Record<string, unknown>
}

/** Makes the deliveries of events, in the transaction that brings them about. */
export async function addDeliveries(transaction: Kysely<Tables>, happenings: Happening[]): Promise<void> {
  const timestamp = new Date().toISOString()
  const wanted = happenings.filter(({ webhook, event }) => webhook.events?.includes(event) ?? true)
  if (wanted.length === 0) return
  const rows = wanted.map(({ webhook, event, caller, requestId, groupId, data }) => ({
    caller,
    request_id: requestId,
    group_id: groupId,
    url: webhook.url,
    event,
    secrets: JSON.stringify(webhook.secret ?? []),
    payload: JSON.stringify({ type: event, timestamp, data }),
  }))
  await transaction.insertInto('deliveries').values(rows).execute()
}

/** Most tries kept in a delivery's log. */
const LOGGED = 30

/** The store's side of deliveries, over either database. */
export function createDeliveries({ kysely, dialect }: Database): Deliveries {
  return {
    async claim(limit, leaseMs) {
      const { rows } = await sql<DueRow>`
        with picked as materialized (
          select id from deliveries where status = 'pending' and run_at <= ${dialect.later(0)}
          order by run_at limit ${limit} ${dialect.locking})
        update deliveries set run_at = ${dialect.later(leaseMs)}
        where ${dialect.picked} and ${stateIs('pending')}
        returning id, url, secrets, payload, tried, ${dialect.since('since')} as age_ms`.execute(kysely)
      return rows.map(toDue)
    },

    async tried(id, attempt, { status, retryMs }) {
      await kysely.transaction().execute(async (transaction) => {
        const row = await transaction
          .selectFrom('deliveries')
          .select('attempts')
          .where('id', '=', id)
          .executeTakeFirst()
        if (!row) return
        const log = [...(fromJson<DeliveryAttempt[]>(row.attempts) ?? []), attempt].slice(-LOGGED)
        await sql`update deliveries set status = ${status}, tried = tried + 1,
          attempts = ${dialect.json(JSON.stringify(log))}, run_at = ${dialect.later(retryMs ?? 0)}
          where id = ${id} and ${stateIs('pending')}`.execute(transaction)
      })
    },

    async find(id, caller) {
      const row = await seen(kysely, caller).where('id', '=', id).executeTakeFirst()
      return row && toDelivery(row)
    },

    async list({ caller, status, request, group, before, limit }) {
      let query = seen(kysely, caller).orderBy('id', 'desc').limit(limit)
      if (status !== undefined) query = query.where('status', '=', status)
      if (request !== undefined) query = query.where('request_id', '=', request)
      if (group !== undefined) query = query.where('group_id', '=', group)
      if (before !== undefined) query = query.where('id', '<', before)
      return (await query.execute()).map(toDelivery)
    },

    async replay(id, caller) {
      const row = await seen(kysely, caller).where('id', '=', id).executeTakeFirst()
      if (!row) return undefined
      const { numAffectedRows } = await sql`update deliveries
        set status = 'pending', tried = 0, since = ${dialect.later(0)}, run_at = ${dialect.later(0)}
        where id = ${id} and status <> 'pending'`.execute(kysely)
      return numAffectedRows === 1n
    },
  }
}

const columns = [
  'id',
  'url',
  'event',
  'request_id',
  'group_id',
  'status',
  'attempts',
  'run_at',
  'created_at',
] as const

function seen(kysely: Kysely<Tables>, caller: string | null) {
  const query = kysely.selectFrom('deliveries').select(columns)
  return caller === null ? query : query.where('caller', '=', caller)
}

interface DueRow {
  id: number
  url: string
  secrets: unknown
  payload: string
  tried: number
  age_ms: number
}

function toDue({ id, url, secrets, payload, tried, age_ms }: DueRow): DueDelivery {
  return { id, url, payload, tried, secrets: fromJson<string[]>(secrets) ?? [], ageMs: Math.max(0, age_ms) }
}

function toDelivery(row: Pick<Selectable<DeliveriesTable>, (typeof columns)[number]>): Delivery {
  const { id, url, event, request_id, group_id, status } = row
  return {
    id,
    url,
    event,
    request_id,
    group_id,
    status,
    attempts: fromJson<DeliveryAttempt[]>(row.attempts) ?? [],
    created_at: toIso(row.created_at),
    next_attempt_at: status === 'pending' ? toIso(row.run_at) : null,
  }
}
