import { type Kysely, sql } from 'kysely'
import type { Tables } from './database.ts'

/** Room for more requests that wait, as one process sees it. */
export interface Room {
  /** How many more may be made. What is made of these is taken first. */
  left(kysely: Kysely<Tables>): Promise<number>
  take(requests: number): void
}

/** How long a count serves, in ms: requests that others make meanwhile may go beyond the bound. */
const COUNT_MS = 1000

/** @param most how many may be pending; 0 is without bound */
export function createRoom(most: number): Room {
  let room = 0
  let counted = Number.NEGATIVE_INFINITY
  return {
    async left(kysely) {
      if (most === 0) return Number.POSITIVE_INFINITY
      if (performance.now() - counted > COUNT_MS) {
        room = most - (await countPending(kysely, most))
        counted = performance.now()
      }
      return Math.max(0, room)
    },
    take(requests) {
      room -= requests
    },
  }
}

/** How many requests are pending, counted no further than `most`. */
export async function countPending(kysely: Kysely<Tables>, most: number): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*) as count from (
    select 1 from parse_requests where status = 'pending' limit ${most}) pending`.execute(kysely)
  return rows[0]?.count ?? 0
}
