import type { Fault, StoredResult } from './models.ts'
import type { Status } from './status.ts'
import type { Webhook } from './webhooks.ts'

/** What kinds of groups of requests there are. */
export const groupKinds = ['batch', 'crawl'] as const
export type GroupKind = (typeof groupKinds)[number]

/** A group to be stored. */
export interface NewGroup {
  kind: GroupKind
  /** Whose it is; null where there are no API keys. */
  caller: string | null
  /** What it was asked with, as JSON can hold it. */
  options: object
  /** Whom to tell when it is done, or what else it names. */
  webhook?: Webhook | undefined
  /** No requests will be added to it later. */
  closed: boolean
  /** The schedule whose run it is. */
  scheduleId?: number
}

/** Many requests that were made together and are asked about together. Times are UTC, ISO 8601 with Z. */
export interface Group {
  id: number
  kind: GroupKind
  options: unknown
  /** How many requests were put into it. */
  total: number
  counts: Record<Status, number>
  /** No more requests are added, and all that there were have ended. */
  done: boolean
  cancelled: boolean
  /**
   * The number of its last event. Each ending of one of its requests has the next number, without a gap, in the order in which
   * they were committed: who has read up to a number has missed nothing before it.
   */
  seq: number
  created_at: string
  updated_at: string
}

/** One of its requests has ended. One that was tried anew after its end ends again, with a number of its own. */
export interface GroupEvent {
  seq: number
  id: number
  url: string
  status: Status
  error: Fault | null
  target_status: number | null
}

/** A result with the number of the event that it came with. */
export interface GroupResult {
  seq: number
  result: StoredResult
}
