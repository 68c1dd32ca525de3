import type { Group, GroupEvent, GroupKind, GroupResult, NewGroup } from './groups.ts'
import type { Claimed, DetailedRequest, Fault, NewPage, Page, ParseRequest, StoredResult } from './models.ts'
import type { Began, NewSchedule } from './schedules.ts'
import type { TaskOptions } from './site.ts'
import type { Status } from './status.ts'
import type { Webhook } from './webhooks.ts'

/** A request to be stored. `caller` is whose it is: others do not see it; null where there are no API keys. */
export interface NewRequest {
  url: string
  queue: string
  priority: number
  options: TaskOptions
  caller: string | null
  /** Milliseconds from now until it is due; due at once by default. */
  delayMs?: number
  /** Whom to tell when it has ended. */
  webhook?: Webhook | undefined
}

/** A page of an earlier run of a schedule. */
export interface Previous {
  id: number
  /** Null where it was stored without. */
  text: string | null
  html: string
}

/** What a request ended with when it failed, beside its fault. */
export interface FailureDetails {
  final_url: string | null
  target_status: number | null
}

/** A row handed back: `attempt` is what counts as made, `out` whether a parser may still be at it. */
export interface HandedBack {
  id: number
  attempt: number
  out: boolean
}

/** How far a request is. */
export interface State {
  status: Status
  attempt: number
}

/** What came of asking a request to move: `from` is the state it was in. */
export interface Move {
  moved: boolean
  from: Status
  group_id: number | null
}

/** A request of a group that was cancelled with it. */
export interface Ended {
  id: number
  from: Status
}

/** Which requests are asked for; what is undefined does not matter. */
export interface Filter {
  caller: string | null
  status?: Status | undefined
  /** A host name, with a port or without. */
  host?: string | undefined
  group?: number | undefined
  schedule?: number | undefined
  /** Made at this time or later: UTC, ISO 8601 with Z. */
  since?: string | undefined
}

/** A part of a long list. */
export interface Part<T> {
  items: T[]
  /** Where the next part begins; null where this is the last one. */
  next: number | null
}

/** A key that makes a creation happen once, for a day: whose it is, its name, and a digest of what it was sent with. */
export interface OnceKey {
  caller: string | null
  key: string
  digest: string
}

/** An HTTP answer that can be given again. */
export interface Answer {
  status: number
  location: string | null
  body: unknown
}

/** What makes rows. When a promise resolves, what it made is accepted for good, unless it is within `once`: then later. */
export interface Creator {
  /** Commits a pending row. */
  create(request: NewRequest): Promise<ParseRequest>
  /** Commits a group with its first requests, all or none. @returns its id and theirs, in the order given */
  createGroup(group: NewGroup, requests: NewRequest[]): Promise<{ id: number; requests: number[] }>
  /**
   * Commits a schedule. Of several at once, each may be the last that there is room for.
   * @param most how many its caller may have; 0 is without bound
   * @returns its id, and when it runs first
   * @throws ServiceError `too_many_schedules`
   */
  createSchedule(schedule: NewSchedule, most: number): Promise<{ id: number; next_run_at: string | null }>
  /**
   * Runs a schedule now, beside its times.
   * @returns what the run made; null while the run before is under way, undefined where the caller has no such schedule
   */
  runSchedule(id: number, caller: string | null): Promise<Began | null | undefined>
}

/** What clients read. With `caller` null everything is shown, else what is the caller's own. */
export interface Reader {
  status(id: number, caller: string | null): Promise<DetailedRequest | undefined>
  result(id: number, caller: string | null): Promise<StoredResult | undefined>
  /** Requests by age, the youngest first. @param before the id below which it goes on */
  list(filter: Filter, before: number | null, limit: number): Promise<Part<ParseRequest>>
  /** The youngest page that was stored for an equal request of the same caller: same URL, same options where they matter. */
  reusable(request: Pick<NewRequest, 'url' | 'options' | 'caller'>): Promise<Page | undefined>
  /** What the page of a scheduled request is to be compared with: the last that was, of the same page and schedule. */
  previous(id: number): Promise<Previous | undefined>
  /** Which of these requests are there and have not ended. */
  unended(ids: number[]): Promise<Set<number>>
  /** How far each of these requests is that is there. */
  states(ids: number[]): Promise<Map<number, State>>
  /** How many requests are pending, counted no further than `most`. */
  countPending(most: number): Promise<number>
}

/** What clients do to requests that there are. Undefined where the caller has no such request. */
export interface Editor {
  /** pending or processing → cancelled. */
  cancel(id: number, caller: string | null): Promise<Move | undefined>
  /** failure or cancelled → pending, as if it had just been made. */
  renew(id: number, caller: string | null): Promise<Move | undefined>
  /** Deletes a request that has ended. */
  remove(id: number, caller: string | null): Promise<Move | undefined>
}

/** Groups of requests: batches, and whatever else is many. */
export interface Groups {
  group(id: number, kind: GroupKind, caller: string | null): Promise<Group | undefined>
  /** Up to `limit` groups of a kind that are not done, the youngest first. */
  groupsUnderWay(kind: GroupKind, caller: string | null, limit: number): Promise<Group[]>
  /** Its endings after the number `after`, in their order. */
  groupEvents(id: number, after: number, limit: number): Promise<GroupEvent[]>
  /** Results of what ended after the number `after`, in that order; fewer than `limit` where they grow beyond `bytes` of HTML. */
  groupResults(id: number, after: number, limit: number, bytes: number): Promise<GroupResult[]>
  /** Of each of these groups that is there, what differs as soon as there is more to tell of it. */
  groupVersions(ids: number[]): Promise<Map<number, string>>
  /**
   * Adds requests to a group that is not closed, all or none. None go into one that is closed or cancelled.
   * @returns their ids in the order given; none if it takes none
   */
  addToGroup(id: number, requests: NewRequest[]): Promise<number[]>
  /** Nothing more will be added: it is done when what is in it has ended. */
  closeGroup(id: number): Promise<void>
  /** Closes a group and marks it as cancelled. @returns whether it was not cancelled before */
  markCancelled(id: number): Promise<boolean>
  /** Ends up to `limit` of its requests as cancelled. @returns those; none when there are none left */
  cancelSome(id: number, limit: number): Promise<Ended[]>
}

/** What workers ask for. A row is outbox, queue and status at once. */
export interface Queue {
  /**
   * pending → processing for due rows of `queues`, by priority, then turn; attempt + 1, owner, lease. The turn of a single
   * request is its time; those of a group stand a second apart, so that what is posted later overtakes a long one.
   * @param ofGroups most of the `limit` that may be of groups; all by default
   */
  claim(owner: number, queues: string[], limit: number, ofGroups?: number): Promise<Claimed[]>
  /** Takes over up to `limit` rows whose owner is gone or whose lease has run out; the attempt stays. */
  adopt(owner: number, limit: number): Promise<Claimed[]>
  /** Renews the leases of what `owner` holds, where they run low. */
  extend(owner: number): Promise<void>

  /**
   * processing → success, whoever owns it: the first valid answer wins.
   * @param group the request's own, if it is known to have one: it is found out otherwise, at some cost
   */
  succeed(id: number, page: NewPage, group?: number | null): Promise<boolean>
  /** processing → failure, if `owner` still holds it. @param group as above */
  fail(
    id: number,
    owner: number,
    fault: Fault,
    details: FailureDetails,
    group?: number | null,
  ): Promise<boolean>
  /** processing → pending, due after `delayMs`, if `owner` still holds it. @param targetStatus what the site answered, if it did */
  retry(
    id: number,
    owner: number,
    delayMs: number,
    fault: Fault,
    targetStatus?: number | null,
  ): Promise<boolean>
  /** processing → pending, due after `delayMs`, as if it had not been claimed; if `owner` still holds it. */
  postpone(id: number, owner: number, delayMs: number): Promise<boolean>
  /** processing → pending at once, for rows that `owner` hands back. */
  release(owner: number, rows: HandedBack[]): Promise<void>
}

/** What is removed when it is old enough, a little at a time. Each tells how many rows went. */
export interface Expiry {
  /**
   * Looks at a stretch of the oldest requests and deletes those that ended more than `ageMs` ago.
   * @param after the id from which the look goes on; 0 at first
   */
  purge(ageMs: number, after: number): Promise<{ removed: number; next: number | null }>
  /** Deletes closed groups older than `ageMs` that have no requests left. */
  purgeGroups(ageMs: number): Promise<number>
  /** Deletes deliveries to webhooks that ended and are older than `ageMs`. */
  purgeDeliveries(ageMs: number): Promise<number>
  /** Deletes keys of `once` that no longer hold. */
  purgeKeys(): Promise<number>
}

/**
 * Everything that is asked of the store. Each move of a request is guarded by the state it leaves, so of two settlements the
 * first wins and the other changes nothing (false).
 * @throws ServiceError `store_unavailable` from any method while the database does not answer
 */
export interface Repository extends Creator, Reader, Editor, Groups, Queue, Expiry {
  /**
   * Creates once for a key, however often it is asked within a day: what `work` creates, its answer and the key are committed
   * together, and whoever asks again is given the same answer.
   * @throws ServiceError `idempotency_mismatch` when the key came with something else before, `idempotency_in_progress`
   *   while the first is under way
   */
  once(key: OnceKey, work: (creator: Creator) => Promise<Answer>): Promise<Answer>
  /** Resolves when the store answers and takes writes. */
  ping(): Promise<void>
}
