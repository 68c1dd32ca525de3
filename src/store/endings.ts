import { type Kysely, type RawBuilder, sql } from 'kysely'
import { type Fault, MOST_ATTEMPTS_TOLD, type NewPage, type Page } from '../contract/models.ts'
import { comesFrom, Status } from '../contract/status.ts'
import type { Database, Tables } from './database.ts'
import { addDeliveries } from './deliveries.ts'
import { type Dialect, stateIs } from './dialect.ts'
import { tend } from './frontier.ts'
import { type CountedGroup, countedGroup, ofGroups, ofRequest } from './happenings.ts'
import { pageColumns, pageValues } from './page.ts'
import type { Room } from './room.ts'

/** How a request ends: `owner` is null where it may end whoever holds it, `group` where it is not known to have one. */
export interface Ending {
  id: number
  group: number | null
  owner: number | null
  status: Status
  page: Partial<NewPage>
  fault: Fault | null
  /** When it was asked for, by performance.now(): until it is written, it waits for others to be. */
  since?: number
}

type NumberedEnding = Ending & { seq?: number }

/**
 * Ends many requests. Two endings of one request go into statements of their own, in the order they came.
 * @param room for what crawls are led to
 * @returns for each whether it was this that ended it
 */
export async function settle(database: Database, endings: Ending[], room: Room): Promise<boolean[]> {
  const isFirst = endings.map(({ id }, index) => endings.findIndex((one) => one.id === id) === index)
  const ended = await settleDifferent(
    database,
    endings.filter((_, index) => isFirst[index]),
    room,
  )
  const rest = endings.filter((_, index) => !isFirst[index])
  const late = rest.length > 0 ? await settle(database, rest, room) : []
  return endings.map(({ id }, index) => (isFirst[index] ? ended.has(id) : (late.shift() ?? false)))
}

/**
 * Endings of different requests. One statement is enough for those of no group that nobody asked to be told of; the others
 * take a transaction.
 */
async function settleDifferent(
  { kysely, dialect }: Database,
  endings: Ending[],
  room: Room,
): Promise<Set<number>> {
  const single = endings.filter(({ group }) => group === null)
  const untold = sql`webhook is null`
  const ended = single.length > 0 ? await settleOnce(kysely, dialect, single, untold) : new Set<number>()
  // What did not end may be of a group, or have a webhook, that nobody told of.
  const rest = endings.filter(({ id }) => !ended.has(id))
  if (rest.length === 0) return ended
  return ended.union(
    await kysely.transaction().execute((trx) => settleWatched({ kysely: trx, dialect }, rest, room)),
  )
}

interface LockedRow {
  id: number
  url: string
  caller: string | null
  status: Status
  owner: number | null
  group_id: number | null
  schedule_id: number | null
  webhook: unknown
}

/**
 * The rows are locked first, then their groups, each by id, so that no two settlements wait for each other. A group's lock
 * lasts until the commit: whoever reads a number has all the numbers before it.
 */
async function settleWatched(
  base: Pick<Database, 'kysely' | 'dialect'>,
  endings: Ending[],
  room: Room,
): Promise<Set<number>> {
  const { kysely: trx, dialect } = base
  const ids = endings.map(({ id }) => id)
  const { rows } =
    await sql<LockedRow>`select id, url, caller, status, owner, group_id, schedule_id, webhook from parse_requests
    where ${dialect.among('id', ids)} and (group_id is not null or webhook is not null)
    order by id ${dialect.waiting}`.execute(trx)
  const found = new Map(rows.map((row) => [row.id, row]))
  const moving = endings.flatMap((ending) => {
    const row = found.get(ending.id)
    return row && mayEnd(row, ending) ? [{ ...ending, group: row.group_id, url: row.url, row }] : []
  })
  if (moving.length === 0) return new Set()
  const numbered: NumberedEnding[] = moving.filter(({ group }) => group === null)
  const groups = new Map<number, CountedGroup>()
  for (const [group, ones] of [...Map.groupBy(moving, (one) => one.group)].sort(byGroup)) {
    if (group === null) continue
    const counted = await countEndings(trx, dialect, group, countByStatus(ones))
    groups.set(group, counted)
    numbered.push(...ones.map((one, index) => ({ ...one, seq: counted.seq - ones.length + 1 + index })))
  }
  const ended = await settleOnce(trx, dialect, numbered, sql`true`)
  await tend(
    base,
    moving.flatMap(({ group, ...one }) => (group === null ? [] : [{ ...one, group }])),
    room,
  )
  await addDeliveries(trx, [
    ...moving.flatMap(({ row, group, ...ending }) =>
      ofRequest({ ...row, ...ending, group: groups.get(group ?? 0) }),
    ),
    ...(await ofGroups(trx, dialect, [...groups.values()])),
  ])
  return ended
}

type GroupEntry = [group: number | null, unknown]
const byGroup = ([a]: GroupEntry, [b]: GroupEntry) => (a ?? 0) - (b ?? 0)

function mayEnd(row: LockedRow, { status, owner }: Ending): boolean {
  return comesFrom(status).includes(row.status) && (owner === null || owner === row.owner)
}

export type EndingCounts = Record<'success' | 'failure' | 'cancelled', number>

function countByStatus(endings: Ending[]): EndingCounts {
  const count = (status: Status) => endings.filter((one) => one.status === status).length
  return { success: count('success'), failure: count('failure'), cancelled: count('cancelled') }
}

/** What the attempt of a request is told to have ended with when a client ended it, as SQL. */
export const CANCELLED_WORDS = sql`'A client cancelled the request.'`

/** Counts endings of a group, and keeps it locked until the commit. @returns the group as it then is */
export async function countEndings(
  trx: Kysely<Tables>,
  dialect: Dialect,
  group: number,
  { success, failure, cancelled }: EndingCounts,
): Promise<CountedGroup> {
  const count = success + failure + cancelled
  const { rows } = await sql<CountedGroup>`update request_groups set seq = seq + ${count},
    success = success + ${success}, failure = failure + ${failure}, cancelled = cancelled + ${cancelled},
    updated_at = ${dialect.later(0)} where id = ${group}
    returning ${countedGroup}`.execute(trx)
  return rows[0] as CountedGroup
}

/**
 * One statement for endings of different requests; those with a number are of groups.
 * @param only what else must be true of a row
 * @returns the ids of those it ended
 */
async function settleOnce(
  kysely: Kysely<Tables>,
  dialect: Dialect,
  endings: NumberedEnding[],
  only: RawBuilder<unknown>,
): Promise<Set<number>> {
  const values = endings.map(
    ({ id, owner, status, page, fault, seq, since }) =>
      sql`(cast(${id} as bigint), cast(${owner} as integer), cast(${status} as text), cast(${seq ?? null} as integer),
      cast(${fault?.code ?? null} as text), cast(${fault?.message ?? null} as text),
      ${dialect.json(timingsOf(page, since))}, ${sql.join(pageValues(page, dialect))})`,
  )
  const columns = pageColumns.map((name) => sql.ref(name))
  const copies = pageColumns.map((name) => sql`${sql.ref(name)} = ${sql.ref(`v.${name}`)}`)
  const isCancelled = sql`v.ending = 'cancelled'`
  const end = {
    code: sql`case when ${isCancelled} then 'cancelled' else v.code end`,
    message: sql`case when ${isCancelled} then ${CANCELLED_WORDS} else v.message end`,
    targetStatus: sql`v.target_status`,
  }
  const { rows } = await sql<{ id: number }>`
    with v(id, by_owner, ending, seq, code, message, stages, ${sql.join(columns)}) as (values ${sql.join(values)})
    update parse_requests
    set status = v.ending, group_seq = v.seq, error_code = v.code, error = v.message, timings = v.stages,
      attempts = case when status = 'processing' then ${dialect.withAttempt(end, MOST_ATTEMPTS_TOLD)} else attempts end,
      ${sql.join(copies)}, owner = null, lease_until = null, updated_at = ${dialect.later(0)}
    from v
    where parse_requests.id = v.id and (v.by_owner is null or owner = v.by_owner) and (group_id is null) = (v.seq is null) and ${only}
      and (${stateIs(...comesFrom(Status.success))}
        or (${isCancelled} and ${stateIs(...comesFrom(Status.cancelled))}))
    returning parse_requests.id`.execute(kysely)
  return new Set(rows.map(({ id }) => id))
}

/** The stages of a page, as JSON, with how long it has waited to be stored. */
function timingsOf({ timings }: Partial<Page>, since: number | undefined): string | null {
  if (!timings) return null
  const waited = since === undefined ? {} : { store: Math.round((performance.now() - since) * 10) / 10 }
  return JSON.stringify({ ...timings, ...waited })
}
