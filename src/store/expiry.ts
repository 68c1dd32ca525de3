import { sql } from 'kysely'
import type { Expiry } from '../contract/repository.ts'
import type { Database } from './database.ts'
import { ONCE_MS } from './once.ts'

/** Rows looked at, or removed, in one statement: it holds what it locks for a few milliseconds. */
const STEP = 200

const ended = sql`status in ('success', 'failure', 'cancelled')`

/** The page that the next run of a schedule will be compared with stays as long as the schedule does. */
const compared = sql`schedule_id is not null and group_id is null and change is not null
  and exists (select 1 from schedules s where s.id = parse_requests.schedule_id)
  and not exists (select 1 from parse_requests n where n.schedule_id = parse_requests.schedule_id
    and n.schedule_id is not null and n.cache_key = parse_requests.cache_key and n.change is not null
    and n.id > parse_requests.id)`

/** What is removed when it is old. Rows are found by their ids, which go up with age, so no index is kept for it. */
export function createExpiry({ kysely, dialect }: Database): Expiry {
  return {
    async purge(ageMs, after) {
      const limit = dialect.later(-ageMs)
      const { rows } = await sql<{ id: number; expired: boolean | number; old: boolean | number }>`
        select id, (${ended} and updated_at < ${limit} and not (${compared})) as expired, created_at < ${limit} as old
        from parse_requests where id > ${after} order by id limit ${STEP}`.execute(kysely)
      const ids = rows.filter(({ expired }) => Boolean(expired)).map(({ id }) => id)
      const removed = ids.length === 0 ? 0 : await remove(ids, ageMs)
      const last = rows.at(-1)
      return { removed, next: last?.old && rows.length === STEP ? last.id : null }
    },

    async purgeGroups(ageMs) {
      const { numAffectedRows } = await sql`delete from request_groups where id in (
        select id from request_groups g where closed = 1 and created_at < ${dialect.later(-ageMs)}
        and not exists (select 1 from parse_requests p where p.group_id = g.id)
        order by id limit ${STEP})`.execute(kysely)
      return Number(numAffectedRows ?? 0)
    },

    async purgeDeliveries(ageMs) {
      const { numAffectedRows } = await sql`delete from deliveries where id in (
        select id from deliveries where status <> 'pending' and since < ${dialect.later(-ageMs)}
        order by id limit ${STEP})`.execute(kysely)
      return Number(numAffectedRows ?? 0)
    },

    async purgeKeys() {
      const { numAffectedRows } = await sql`delete from once_keys where (caller, key) in (
        select caller, key from once_keys where created_at < ${dialect.later(-ONCE_MS)}
        order by created_at limit ${STEP})`.execute(kysely)
      return Number(numAffectedRows ?? 0)
    },
  }

  async function remove(ids: number[], ageMs: number): Promise<number> {
    // Asked again: one that was tried anew meanwhile stays.
    const { numAffectedRows } = await sql`delete from parse_requests where ${dialect.among('id', ids)}
      and ${ended} and updated_at < ${dialect.later(-ageMs)} and not (${compared})`.execute(kysely)
    return Number(numAffectedRows ?? 0)
  }
}
