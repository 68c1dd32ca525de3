import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Attempt, DetailedRequest, ParseRequest, Timings } from '../contract/models.ts'
import { MOST_PLACES } from '../contract/models.ts'
import type { NewRequest } from '../contract/repository.ts'
import { Status } from '../contract/status.ts'
import type { Database, Tables } from './database.ts'
import type { Time } from './migrations/0001_parse_requests.ts'
import { cacheKey, fromJson, toFlags, toIso } from './page.ts'

/** How far apart the turns of a group's requests stand, in ms: single ones posted meanwhile come between. */
const TURN_STEP_MS = 1000

/** The rows in one statement. */
const ROWS_AT_ONCE = 1000

/** Where rows go: into no group, and of no schedule, by default. */
export interface Place {
  groupId?: number
  /** The turn of the first, in ms since 1970; for those of a group. */
  turn?: number
  scheduleId?: number | null
}

/** The turns that `count` requests of a group take up, in ms. */
export const turnsOf = (count: number) => count * TURN_STEP_MS

/** Inserts pending rows. @returns them in the order given */
export async function insertRequests(
  { kysely, dialect }: Pick<Database, 'kysely' | 'dialect'>,
  requests: NewRequest[],
  { groupId, turn, scheduleId }: Place = {},
): Promise<ParseRequest[]> {
  const made: ParseRequest[] = []
  for (let at = 0; at < requests.length; at += ROWS_AT_ONCE) {
    const json = JSON.stringify(requests.slice(at, at + ROWS_AT_ONCE).map(toNewRow))
    const first = turn === undefined ? dialect.clock : sql`cast(${turn + turnsOf(at)} as bigint)`
    const step = turn === undefined ? 0 : TURN_STEP_MS
    const { rows } = await sql<StatusRow>`insert into parse_requests
      (url, host, queue, priority, caller, options, webhook, cache_key, group_id, schedule_id, run_at, delayed, turn)
      select r.url, r.host, r.queue, r.priority, r.caller, r.options, r.webhook, r.cache_key,
        cast(${groupId ?? null} as bigint), cast(${scheduleId ?? null} as bigint), ${dialect.laterBy(sql`r.delay`)},
        case when r.delay > 0 then 1 else 0 end,
        ${first} + r.n * cast(${step} as integer) + cast(r.delay as bigint)
      from ${dialect.newRows(json)} where true order by r.n
      returning ${statusList}`.execute(kysely)
    // Ids are given out in the order of the rows; the order of RETURNING is promised by neither database.
    made.push(...rows.sort((a, b) => a.id - b.id).map(toRequest))
  }
  return made
}

function toNewRow(request: NewRequest, n: number) {
  const { url, queue, priority, options, caller, delayMs = 0, webhook } = request
  const { hostname: host } = new URL(url)
  return {
    n,
    url,
    host,
    queue,
    priority,
    caller,
    options,
    webhook,
    cache_key: cacheKey(url, options),
    delay: delayMs,
  }
}

/** What is told of every request. */
export const statusColumns = [
  'id',
  'url',
  'status',
  'attempt',
  'created_at',
  'updated_at',
  'error_code',
  'error',
  'group_id',
  'page_flags',
] as const

export const statusList = sql.join(statusColumns.map((name) => sql.ref(`parse_requests.${name}`)))

export interface StatusRow {
  id: number
  url: string
  status: Status
  attempt: number
  created_at: Time
  updated_at: Time
  error_code: string | null
  error: string | null
  group_id: number | null
  page_flags: string | null
}

export function toRequest(row: StatusRow): ParseRequest {
  const { id, url, status, attempt, created_at, updated_at, error_code, error, group_id, page_flags } = row
  return {
    id,
    url,
    status,
    attempt,
    created_at: toIso(created_at),
    updated_at: toIso(updated_at),
    error: error_code === null ? null : { code: error_code, message: error ?? '' },
    group_id,
    page_flags: toFlags(page_flags),
  }
}

const detailColumns = [
  ...statusColumns,
  'attempts',
  'timings',
  'run_at',
  'claimed_at',
  'queue',
  'priority',
  'turn',
] as const

/** A request with how it has fared; with a caller, if it is its own. */
export async function readStatus(
  { kysely, dialect }: Database,
  id: number,
  caller: string | null,
): Promise<DetailedRequest | undefined> {
  const query = kysely
    .selectFrom('parse_requests')
    .select([...detailColumns, dialect.since('run_at').as('overdue')])
    .where('id', '=', id)
  const row = await (caller === null ? query : query.where('caller', '=', caller)).executeTakeFirst()
  if (!row) return undefined
  const isWaiting = row.status === Status.pending && row.overdue >= 0
  return {
    ...toRequest(row),
    attempts: (fromJson<StoredAttempt[]>(row.attempts) ?? []).map(toAttempt),
    timings: toTimings(row),
    place: isWaiting ? await countAhead(kysely, row) : null,
  }
}

interface StoredAttempt {
  started_at: string
  ended_at: string
  code: string | null
  message: string | null
  target_status: number | null
}

function toAttempt({ started_at, ended_at, code, message, target_status }: StoredAttempt): Attempt {
  const error = code === null ? null : { code, message: message ?? '' }
  return { started_at: inUtc(started_at), ended_at: inUtc(ended_at), error, target_status }
}

/** Times within JSON are text in both databases, in Postgres with an offset. */
const inUtc = (time: string) => new Date(time).toISOString()

function toTimings(row: { timings: unknown; run_at: Time; claimed_at: Time | null }): Timings {
  const known = fromJson<Timings>(row.timings) ?? {}
  if (row.claimed_at === null) return known
  const queued = new Date(row.claimed_at).getTime() - new Date(row.run_at).getTime()
  return { queued: Math.max(0, queued), ...known }
}

interface Waiting {
  queue: string
  priority: number
  turn: number
}

/** How many ready rows go before one, in ranges of the indexes that claims go by. */
async function countAhead(kysely: Kysely<Tables>, { queue, priority, turn }: Waiting): Promise<number> {
  const before = [sql`priority > ${priority}`, sql`priority = ${priority} and turn < ${turn}`]
  const kinds = [sql`group_id is null`, sql`group_id is not null`]
  const ranges = kinds.flatMap((kind) =>
    before.map(
      (range): RawBuilder<unknown> => sql`select * from (select 1 from parse_requests
        where status = 'pending' and delayed = 0 and ${kind} and queue = ${queue} and ${range}
        limit ${MOST_PLACES}) ahead`,
    ),
  )
  const { rows } = await sql<{ ahead: number }>`
    select count(*) as ahead from (${sql.join(ranges, sql` union all `)}) ranges`.execute(kysely)
  return Math.min(rows[0]?.ahead ?? 0, MOST_PLACES)
}
