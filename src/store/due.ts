import { type RawBuilder, sql } from 'kysely'

/**
 * What is due, as each database is asked for it. A pending row is in one of four partial indexes: single or of a group, ready
 * or with a time to wait for. Each gives its rows in the order wanted, so that a claim costs the same whatever the backlog is,
 * and a long group or many rows that wait for their time are never walked over.
 */
export type DueKind = 'ready' | 'ready_many' | 'delayed' | 'delayed_many'

type Due = (queues: string[], limit: number) => RawBuilder<DueRow>

interface DueRow {
  id: number
  priority: number
  turn: number
}

/** The first rows of all four by priority, then turn, with no more of groups than may be. */
export function dueOf(
  limit: number,
  ofGroups: number,
  due: (kind: DueKind, most: number) => RawBuilder<DueRow>,
): RawBuilder<{ id: number }> {
  const many = Math.min(limit, Math.max(0, ofGroups))
  const grouped = sql`select * from (${due('ready_many', many)} union all ${due('delayed_many', many)}) m
    order by priority desc, turn, id limit ${many}`
  return sql`select id from (
    ${due('ready', limit)} union all ${due('delayed', limit)} union all select * from (${grouped}) g) c
    order by priority desc, turn, id limit ${limit}`
}

/** The predicates of the partial indexes, word for word: that is how the planners know that an index serves. */
const predicates: Record<DueKind, RawBuilder<boolean>> = {
  ready: sql`status = 'pending' and delayed = 0 and group_id is null`,
  ready_many: sql`status = 'pending' and delayed = 0 and group_id is not null`,
  delayed: sql`status = 'pending' and delayed = 1 and group_id is null`,
  delayed_many: sql`status = 'pending' and delayed = 1 and group_id is not null`,
}

/** Priorities are one digit; each has a range of its own among the rows that wait for their time. */
const LEVELS = 10

const postgresReady =
  (kind: DueKind): Due =>
  (queues, limit) =>
    sql`select * from (
    select due.* from unnest(${queues}::text[]) as q(name) cross join lateral (
      select id, priority, turn from parse_requests
      where ${predicates[kind]} and queue = q.name and run_at <= statement_timestamp()
      order by priority desc, turn, id limit ${limit} for update skip locked) due) ready`

const postgresDelayed =
  (kind: DueKind): Due =>
  (queues, limit) =>
    sql`select * from (
    select due.* from unnest(${queues}::text[]) as q(name)
    cross join generate_series(0, ${LEVELS - 1}::integer) as p(level) cross join lateral (
      select id, priority, turn from parse_requests
      where ${predicates[kind]} and queue = q.name and priority = p.level and run_at <= statement_timestamp()
      order by run_at limit ${limit} for update skip locked) due) delayed`

export const postgresDue: Record<DueKind, Due> = {
  ready: postgresReady('ready'),
  ready_many: postgresReady('ready_many'),
  delayed: postgresDelayed('delayed'),
  delayed_many: postgresDelayed('delayed_many'),
}

const sqliteNow = sql`strftime('%Y-%m-%dT%H:%M:%fZ', 'now')`
const union = sql` union all `

const sqliteReady =
  (kind: DueKind): Due =>
  (queues, limit) =>
    sql.join(
      queues.map(
        (queue) => sql`select * from (select id, priority, turn from parse_requests
          where ${predicates[kind]} and queue = ${queue} and run_at <= ${sqliteNow}
          order by priority desc, turn, id limit ${limit})`,
      ),
      union,
    )

const sqliteDelayed =
  (kind: DueKind): Due =>
  (queues, limit) =>
    sql.join(
      queues.flatMap((queue) =>
        Array.from(
          { length: LEVELS },
          (_, level) => sql`select * from (select id, priority, turn from parse_requests
            where ${predicates[kind]} and queue = ${queue} and priority = ${level} and run_at <= ${sqliteNow}
            order by run_at limit ${limit})`,
        ),
      ),
      union,
    )

export const sqliteDue: Record<DueKind, Due> = {
  ready: sqliteReady('ready'),
  ready_many: sqliteReady('ready_many'),
  delayed: sqliteDelayed('delayed'),
  delayed_many: sqliteDelayed('delayed_many'),
}
