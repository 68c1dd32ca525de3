import { type Kysely, type RawBuilder, sql } from 'kysely'
import { ServiceError } from '../contract/errors.ts'
import type { Creator } from '../contract/repository.ts'
import { type Target, toRun } from '../contract/runs.ts'
import type { Began, Fired, LastRun, Schedule, ScheduleKind, Schedules } from '../contract/schedules.ts'
import { nextRun, type Timing } from '../contract/timing.ts'
import type { Webhook } from '../contract/webhooks.ts'
import type { Database, Tables } from './database.ts'
import type { Dialect } from './dialect.ts'
import { createGroup } from './members.ts'
import type { Time } from './migrations/0001_parse_requests.ts'
import { fromJson, toIso } from './page.ts'
import { insertRequests } from './requests.ts'

type Base = Pick<Database, 'kysely' | 'dialect'>

/** The store's side of schedules that there are, over either database. */
export function createSchedules({ kysely, dialect }: Database): Schedules {
  return {
    async find(id, caller) {
      const [row] = await readSchedules({ kysely, dialect }, [sql`s.id = ${id}`, ...ownedBy(caller)], 1)
      return row
    },

    list: (caller, before, limit) =>
      readSchedules(
        { kysely, dialect },
        [...(before === null ? [] : [sql`s.id < ${before}`]), ...ownedBy(caller), sql`true`],
        limit,
      ),

    pause: (id, caller, paused) =>
      kysely.transaction().execute((trx) => pause({ kysely: trx, dialect }, { id, caller, paused })),

    async remove(id, caller) {
      const { numAffectedRows } = await sql`delete from schedules as s
        where ${sql.join([sql`s.id = ${id}`, ...ownedBy(caller)], sql` and `)}`.execute(kysely)
      return numAffectedRows === 1n
    },

    async due(limit) {
      const { rows } = await sql<{ id: number }>`select id from schedules
        where paused = 0 and next_run_at <= ${dialect.later(0)}
        order by next_run_at limit ${limit}`.execute(kysely)
      return rows.map(({ id }) => id)
    },

    fire: (id) => kysely.transaction().execute((trx) => fire({ kysely: trx, dialect }, id)),
  }
}

/** Stores a schedule. Its first run comes after the first of its times, counted from now. */
export async function createSchedule(
  { kysely, dialect }: Base,
  ...[{ caller, timing, target, webhook, onlyChanged }, most]: Parameters<Creator['createSchedule']>
): Promise<{ id: number; next_run_at: string | null }> {
  if (most > 0 && (await isAtMost(kysely, caller, most))) throw new ServiceError('too_many_schedules')
  const now = await readClock(kysely, dialect)
  const next = nextRun(timing, now, now)?.toISOString() ?? null
  const url = target.kind === 'batch' ? null : target.url
  const size = target.kind === 'batch' ? target.pages.length : 1
  const json = (value: unknown) => dialect.json(value === undefined ? null : JSON.stringify(value))
  const { rows } = await sql<{ id: number }>`
    insert into schedules (caller, kind, url, size, timing, target, webhook, only_changed, next_run_at)
    values (${caller}, ${target.kind}, ${url}, ${size}, ${json(timing)}, ${json(target)}, ${json(webhook)},
      ${onlyChanged ? 1 : 0}, ${dialect.time(next)}) returning id`.execute(kysely)
  return { id: rows[0]?.id ?? 0, next_run_at: next }
}

/** Whether a caller has as many schedules as it may; without keys, all are of one caller. */
async function isAtMost(kysely: Kysely<Tables>, caller: string | null, most: number): Promise<boolean> {
  const { rows } = await sql<{
    count: number
  }>`select count(*) as count from (select 1 as one from schedules s
    where ${sql.join([...ownedBy(caller), sql`true`], sql` and `)} limit ${most}) as own`.execute(kysely)
  return Number(rows[0]?.count) >= most
}

/** Runs a schedule beside its times, within a transaction. */
export async function runSchedule(
  base: Base,
  ...[id, caller]: Parameters<Creator['runSchedule']>
): Promise<Began | null | undefined> {
  const row = await lock(base, [sql`s.id = ${id}`, ...ownedBy(caller)], base.dialect.waiting)
  if (!row) return undefined
  return (await isUnderWay(base, row)) ? null : begin(base, row)
}

async function fire(base: Base, id: number): Promise<Fired | undefined> {
  const { dialect, kysely } = base
  const isDue = sql`s.paused = 0 and s.next_run_at <= ${dialect.later(0)}`
  const row = await lock(base, [sql`s.id = ${id}`, isDue], dialect.locking)
  if (!row) return undefined
  const next = nextOf(row, await readClock(kysely, dialect))
  await sql`update schedules set next_run_at = ${dialect.time(next)} where id = ${id}`.execute(kysely)
  return (await isUnderWay(base, row)) ? undefined : begin(base, row)
}

interface ScheduleRow {
  id: number
  caller: string | null
  timing: unknown
  target: unknown
  webhook: unknown
  only_changed: number
  next_run_at: Time | null
  last_request_id: number | null
  last_group_id: number | null
}

async function lock(
  { kysely }: Base,
  conditions: RawBuilder<unknown>[],
  locking: RawBuilder<unknown>,
): Promise<ScheduleRow | undefined> {
  const { rows } =
    await sql<ScheduleRow>`select id, caller, timing, target, webhook, only_changed, next_run_at,
    last_request_id, last_group_id from schedules s where ${sql.join(conditions, sql` and `)} ${locking}`.execute(
      kysely,
    )
  return rows[0]
}

/** The time after that which has come. */
function nextOf({ timing, next_run_at }: Pick<ScheduleRow, 'timing' | 'next_run_at'>, now: Date) {
  const last = next_run_at === null ? now : new Date(next_run_at)
  return nextRun(fromJson<Timing>(timing) as Timing, last, now)?.toISOString() ?? null
}

/** Runs of one schedule never overlap: each has an end before it to be compared with, and slow ones do not pile up. */
async function isUnderWay(
  { kysely }: Base,
  { last_request_id, last_group_id }: Pick<ScheduleRow, 'last_request_id' | 'last_group_id'>,
): Promise<boolean> {
  const { rows } = await sql`
    select 1 from parse_requests where id = ${last_request_id} and status in ('pending', 'processing')
    union all
    select 1 from request_groups where id = ${last_group_id}
      and (closed = 0 or success + failure + cancelled < total)`.execute(kysely)
  return rows.length > 0
}

/** Makes the rows of a run, and notes it. */
async function begin(base: Base, row: ScheduleRow): Promise<Fired> {
  const webhook = fromJson<Webhook>(row.webhook)
  const told = webhook && row.only_changed === 1 ? { ...webhook, events: [CHANGED] } : webhook
  const target = fromJson<Target>(row.target) as Target
  const run = toRun(target, { caller: row.caller, webhook: told ?? undefined })
  const requests = run.kind === 'url' ? 1 : run.requests.length
  const began: Fired = { kind: run.kind, requestId: null, groupId: null, requests }
  if (run.kind === 'url') {
    const [made] = await insertRequests(base, [run.request], { scheduleId: row.id })
    began.requestId = made?.id ?? null
  } else {
    const made = await createGroup(base, { ...run.group, scheduleId: row.id }, run.requests)
    began.groupId = made.id
  }
  await sql`update schedules set last_run_at = ${base.dialect.later(0)}, last_request_id = ${began.requestId},
    last_group_id = ${began.groupId} where id = ${row.id}`.execute(base.kysely)
  return began
}

const CHANGED = 'schedule.changed' as const

/** One that goes on keeps a time that is still to come; those that passed meanwhile are not made up for. */
async function pause(
  base: Base,
  { id, caller, paused }: { id: number; caller: string | null; paused: boolean },
): Promise<boolean> {
  const { kysely, dialect } = base
  const row = await lock(base, [sql`s.id = ${id}`, ...ownedBy(caller)], dialect.waiting)
  if (!row) return false
  const now = await readClock(kysely, dialect)
  const isPast = row.next_run_at === null || new Date(row.next_run_at) <= now
  const next = sql`, next_run_at = ${dialect.time(nextOf(row, now))}`
  await sql`update schedules set paused = ${paused ? 1 : 0} ${!paused && isPast ? next : sql``}
    where id = ${id} and paused <> ${paused ? 1 : 0}`.execute(kysely)
  return true
}

interface ReadRow extends Pick<ScheduleRow, 'id' | 'timing' | 'webhook' | 'only_changed' | 'next_run_at'> {
  kind: ScheduleKind
  url: string | null
  size: number
  paused: number
  created_at: Time
  last_run_at: Time | null
  last_request_id: number | null
  last_group_id: number | null
  due: boolean | number | null
  changed: string | number | null
  hash: string | null
}

async function readSchedules(
  { kysely, dialect }: Base,
  conditions: RawBuilder<unknown>[],
  limit: number,
): Promise<Schedule[]> {
  const { rows } =
    await sql<ReadRow>`select s.id, s.timing, s.webhook, s.only_changed, s.next_run_at, s.kind, s.url,
    s.size, s.paused, s.created_at, s.last_run_at, s.last_request_id, s.last_group_id,
    s.next_run_at <= ${dialect.later(0)} as due, r.change ->> 'changed' as changed, r.change ->> 'hash' as hash
    from schedules s left join parse_requests r on r.id = s.last_request_id
    where ${sql.join(conditions, sql` and `)} order by s.id desc limit ${limit}`.execute(kysely)
  return rows.map(toSchedule)
}

function toSchedule(row: ReadRow): Schedule {
  const { id, kind, url, size, next_run_at } = row
  const paused = row.paused === 1
  return {
    id,
    timing: fromJson<Timing>(row.timing) as Timing,
    kind,
    url,
    size,
    webhook: fromJson<Webhook>(row.webhook),
    onlyChanged: row.only_changed === 1,
    paused,
    next_run_at: paused || next_run_at === null ? null : toIso(next_run_at),
    due: !paused && Boolean(row.due),
    created_at: toIso(row.created_at),
    last: toLast(row),
  }
}

function toLast({
  kind,
  last_run_at,
  last_request_id,
  last_group_id,
  changed,
  hash,
}: ReadRow): LastRun | null {
  if (last_run_at === null) return null
  return {
    at: toIso(last_run_at),
    kind,
    requestId: last_request_id,
    groupId: last_group_id,
    // SQLite has numbers for what is true in JSON.
    changed: changed === null ? null : changed === 'true' || changed === 1,
    hash,
  }
}

const ownedBy = (caller: string | null): RawBuilder<unknown>[] =>
  caller === null ? [] : [sql`s.caller = ${caller}`]

async function readClock(kysely: Kysely<Tables>, dialect: Dialect): Promise<Date> {
  const { rows } = await sql<{ now: number }>`select ${dialect.clock} as now`.execute(kysely)
  return new Date(rows[0]?.now ?? 0)
}
