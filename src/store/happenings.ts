import { type Kysely, sql } from 'kysely'
import type { GroupKind } from '../contract/groups.ts'
import type { Fault, NewPage } from '../contract/models.ts'
import { Status } from '../contract/status.ts'
import type { Webhook, WebhookEvent } from '../contract/webhooks.ts'
import type { Tables } from './database.ts'
import { addDeliveries, type Happening } from './deliveries.ts'
import type { Dialect } from './dialect.ts'
import { fromJson } from './page.ts'

/** A group right after something in it changed. */
export interface CountedGroup {
  id: number
  kind: GroupKind
  caller: string | null
  webhook: unknown
  total: number
  success: number
  failure: number
  cancelled: number
  closed: number
  /** The number of its last event. */
  seq: number
}

/** The columns of one, for RETURNING. */
export const countedGroup = sql`id, kind, caller, webhook, total, success, failure, cancelled, closed, seq`

/** The end of a request, as it is stored. */
interface EndedRequest {
  id: number
  url: string
  caller: string | null
  webhook: unknown
  schedule_id: number | null
  status: Status
  page: Partial<NewPage>
  fault: Fault | null
  group: CountedGroup | undefined
}

const requestEvents: Partial<Record<Status, WebhookEvent>> = {
  [Status.success]: 'request.success',
  [Status.failure]: 'request.failure',
  [Status.cancelled]: 'request.cancelled',
}

/**
 * What is told of a request's end, and that its page changed where it did: to its own webhook, and to that of its group where
 * that names such events.
 */
export function ofRequest({
  id,
  url,
  caller,
  status,
  page,
  fault,
  group,
  ...request
}: EndedRequest): Happening[] {
  const event = requestEvents[status]
  const own = fromJson<Webhook>(request.webhook)
  const groups = fromJson<Webhook>(group?.webhook ?? null)
  const webhooks = [own, groups?.events ? groups : null].filter((webhook) => webhook !== null)
  if (event === undefined) return []
  const { title, final_url, target_status, change } = page
  const data = {
    request_id: id,
    status,
    url,
    ...(group ? { [`${group.kind}_id`]: group.id } : {}),
    ...(title == null ? {} : { title }),
    ...(final_url == null ? {} : { final_url }),
    ...(target_status == null ? {} : { target_status }),
    ...(fault ? { error: fault } : {}),
    ...(request.schedule_id === null ? {} : { schedule_id: request.schedule_id }),
    ...(change ? { changed: change.changed, hash: change.hash } : {}),
  }
  const events: WebhookEvent[] = [event, ...(change?.changed ? (['schedule.changed'] as const) : [])]
  const of = { caller, requestId: id, groupId: group?.id ?? null, data }
  return webhooks.flatMap((webhook) => events.map((one) => ({ webhook, event: one, ...of })))
}

/** What is told of a group that is done; nothing of one that is not. */
export function ofGroup(group: CountedGroup): Happening[] {
  const { id, kind, caller, total, success, failure, cancelled, closed } = group
  const webhook = fromJson<Webhook>(group.webhook)
  if (!webhook || closed === 0 || success + failure + cancelled < total) return []
  const data = { [`${kind}_id`]: id, total, counts: { success, failure, cancelled } }
  return [{ webhook, event: `${kind}.done`, caller, requestId: null, groupId: id, data }]
}

/** The same of several whose requests have ended, as they are after all that their ends brought about. */
export async function ofGroups(
  trx: Kysely<Tables>,
  dialect: Dialect,
  groups: CountedGroup[],
): Promise<Happening[]> {
  const watched = groups.filter(({ webhook }) => webhook !== null).map(({ id }) => id)
  if (watched.length === 0) return []
  const { rows } = await sql<CountedGroup>`select ${countedGroup} from request_groups
    where ${dialect.among('id', watched)}`.execute(trx)
  return rows.flatMap(ofGroup)
}

/** Closes a group. One that has nothing left to do is done by that. @returns whether it was open */
export async function closeGroup(trx: Kysely<Tables>, dialect: Dialect, id: number): Promise<boolean> {
  const { rows } =
    await sql<CountedGroup>`update request_groups set closed = 1, waiting = 0, updated_at = ${dialect.later(0)}
    where id = ${id} and closed = 0 returning ${countedGroup}`.execute(trx)
  await trx.deleteFrom('crawl_frontier').where('group_id', '=', id).execute()
  await addDeliveries(trx, rows.flatMap(ofGroup))
  return rows.length > 0
}
