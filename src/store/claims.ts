import { type RawBuilder, sql } from 'kysely'
import { type Claimed, MOST_ATTEMPTS_TOLD } from '../contract/models.ts'
import type { HandedBack, Queue } from '../contract/repository.ts'
import type { TaskOptions } from '../contract/site.ts'
import { comesFrom, Status } from '../contract/status.ts'
import type { Database } from './database.ts'
import { type Dialect, stateIs } from './dialect.ts'
import { fromJson } from './page.ts'

interface ClaimedRow {
  id: number
  url: string
  options: unknown
  caller: string | null
  group_id: number | null
  schedule_id: number | null
  attempt: number
  priority: number
  turn: number
  waited_ms: number
  again: number
}

const claimed = sql`id, url, options, caller, group_id, schedule_id, attempt, priority, turn, again`

/** How rows come into the hands of a worker, stay there, and go back. */
export type Claims = Omit<Queue, 'succeed' | 'fail'>

/** @param leaseMs how long a claim holds without being renewed */
export function createClaims({ kysely, dialect }: Database, leaseMs: number): Claims {
  const hold = (owner: number): RawBuilder<unknown> =>
    sql`owner = ${owner}, lease_until = ${dialect.later(leaseMs)}, updated_at = ${dialect.later(0)}`
  return {
    async claim(owner, queues, limit, ofGroups = limit) {
      const { rows } = await sql<ClaimedRow>`
        with picked as materialized (${dialect.due(queues, limit, ofGroups)})
        update parse_requests
        set status = 'processing', attempt = attempt + 1, claimed_at = ${dialect.later(0)}, ${hold(owner)}
        where ${dialect.picked} and ${stateIs(...comesFrom(Status.processing))}
        returning ${claimed}, 0 as waited_ms`.execute(kysely)
      return rows.sort((a, b) => b.priority - a.priority || a.turn - b.turn || a.id - b.id).map(toClaimed)
    },

    async adopt(owner, limit) {
      const { rows } = await sql<ClaimedRow>`
        with picked as materialized (
          select id from parse_requests
          where status = 'processing'
          and (owner is null or lease_until is null or lease_until < ${dialect.later(0)} or ${dialect.orphaned(owner)})
          order by id limit ${limit} ${dialect.locking})
        update parse_requests set again = 1, ${hold(owner)}
        where ${dialect.picked} and ${stateIs(Status.processing)}
        returning ${claimed}, ${dialect.since('claimed_at')} as waited_ms`.execute(kysely)
      return rows.map(toClaimed)
    },

    async extend(owner) {
      await sql`update parse_requests set lease_until = ${dialect.later(leaseMs)}
        where status = 'processing' and owner = ${owner}
        and lease_until < ${dialect.later(leaseMs / 2)}`.execute(kysely)
    },

    async retry(id, owner, delayMs, { code, message }, targetStatus = null) {
      const end = {
        code: sql`cast(${code} as text)`,
        message: sql`cast(${message} as text)`,
        targetStatus: sql`cast(${targetStatus} as integer)`,
      }
      const { numAffectedRows } = await sql`update parse_requests
        set ${putBack(dialect, delayMs)}, again = 0, error_code = ${code}, error = ${message},
          attempts = ${dialect.withAttempt(end, MOST_ATTEMPTS_TOLD)}
        where id = ${id} and ${stateIs(Status.processing)} and owner = ${owner}`.execute(kysely)
      return numAffectedRows === 1n
    },

    async postpone(id, owner, delayMs) {
      const { numAffectedRows } = await sql`update parse_requests
        set ${putBack(dialect, delayMs)}, again = 0, attempt = attempt - 1
        where id = ${id} and ${stateIs(Status.processing)} and owner = ${owner}`.execute(kysely)
      return numAffectedRows === 1n
    },

    async release(owner, rows) {
      if (rows.length === 0) return
      await sql`with v(id, made, still_out) as (values ${sql.join(rows.map(toValues))})
        update parse_requests set ${putBack(dialect, 0)}, attempt = v.made, again = v.still_out
        from v where parse_requests.id = v.id and ${stateIs(Status.processing)} and owner = ${owner}`.execute(
        kysely,
      )
    },
  }
}

function toValues({ id, attempt, out }: HandedBack): RawBuilder<unknown> {
  return sql`(cast(${id} as bigint), cast(${attempt} as integer), cast(${out ? 1 : 0} as integer))`
}

/** processing → pending, due after `delayMs`. */
function putBack(dialect: Dialect, delayMs: number): RawBuilder<unknown> {
  return sql`status = 'pending', owner = null, lease_until = null, delayed = ${delayMs > 0 ? 1 : 0},
    run_at = ${dialect.later(delayMs)}, updated_at = ${dialect.later(0)}`
}

function toClaimed({ id, url, options, attempt, waited_ms, again, ...row }: ClaimedRow): Claimed {
  return {
    id,
    url,
    caller: row.caller,
    group_id: row.group_id,
    schedule_id: row.schedule_id,
    options: fromJson<TaskOptions>(options) ?? {},
    attempt,
    waited_ms: Math.max(0, waited_ms ?? 0),
    again: Boolean(again),
  }
}
