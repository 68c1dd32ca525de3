import type { Claimed, Fault, Page, ParseRequest, StoredResult } from './models.ts'
import type { ParseOptions } from './options.ts'

/** A request to be stored. `caller` is whose it is: others do not see it; null where there are no API keys. */
export interface NewRequest {
  url: string
  queue: string
  priority: number
  options: ParseOptions
  caller: string | null
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

/**
 * Everything that is asked of the store. A request's row is outbox, queue and status at once; each move is guarded by
 * the state it leaves, so of two settlements the first wins and the other changes nothing (false).
 * @throws ServiceError `store_unavailable` from any method while the database does not answer
 */
export interface Repository {
  /** Commits a pending row; when this resolves the request is accepted for good. */
  create(request: NewRequest): Promise<ParseRequest>
  status(id: number, caller: string | null): Promise<ParseRequest | undefined>
  result(id: number, caller: string | null): Promise<StoredResult | undefined>
  /** The youngest page that was stored for an equal request of the same caller: same URL, same options where they matter. */
  reusable(request: Pick<NewRequest, 'url' | 'options' | 'caller'>): Promise<Page | undefined>

  /** pending → processing for up to `limit` due rows of `queues`, by priority, then age; attempt + 1, owner, lease. */
  claim(owner: number, queues: string[], limit: number): Promise<Claimed[]>
  /** Takes over up to `limit` rows whose owner is gone or whose lease has run out; the attempt stays. */
  adopt(owner: number, limit: number): Promise<Claimed[]>
  /** Renews the leases of what `owner` holds, where they run low. */
  extend(owner: number): Promise<void>

  /** processing → success, whoever owns it: the first valid answer wins. */
  succeed(id: number, page: Page): Promise<boolean>
  /** processing → failure, if `owner` still holds it. */
  fail(id: number, owner: number, fault: Fault, details: FailureDetails): Promise<boolean>
  /** processing → pending, due after `delayMs`, if `owner` still holds it. */
  retry(id: number, owner: number, delayMs: number, fault: Fault): Promise<boolean>
  /** processing → pending, due after `delayMs`, as if it had not been claimed; if `owner` still holds it. */
  postpone(id: number, owner: number, delayMs: number): Promise<boolean>
  /** processing → pending at once, for rows that `owner` hands back. */
  release(owner: number, rows: HandedBack[]): Promise<void>

  /** Resolves when the store answers. */
  ping(): Promise<void>
}
