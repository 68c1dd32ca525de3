import { throughCache } from '../contract/caching.ts'
import { ServiceError, toServiceError } from '../contract/errors.ts'
import type { Claimed, NewPage, Page } from '../contract/models.ts'
import type { ParserLink } from '../contract/parser.ts'
import type { Repository } from '../contract/repository.ts'

/** What came of one attempt at a request. */
export type Outcome =
  | { kind: 'done'; page: Page }
  | { kind: 'retry'; delayMs: number; error: ServiceError }
  /** Nothing was tried: the host has no place free. */
  | { kind: 'postponed'; delayMs: number; error: ServiceError }
  | { kind: 'failed'; error: ServiceError }

export interface TaskParts {
  link: ParserLink
  repository: Pick<Repository, 'reusable'>
  maxAttempts: number
  /** A number from 0 up to 1, for jitter. */
  random: () => number
  /** Milliseconds since 1970. */
  now: () => number
}

/** First delay before a retry and the longest, in ms. */
const BACKOFF_MS = 1000
const LONGEST_BACKOFF_MS = 60_000

/** Longest wait that a site may ask for, in ms; one that asks for more is tried again after this. */
const LONGEST_WAIT_MS = 3_600_000

/** Runs one request to an outcome. Never throws: every fault becomes an outcome. */
export async function runTask(request: Claimed, parts: TaskParts, signal: AbortSignal): Promise<Outcome> {
  // Whoever ran it last died of it, and its attempts are used up.
  if (request.attempt > parts.maxAttempts) return { kind: 'failed', error: new ServiceError('poison') }
  try {
    const handing = { again: request.again, waitedMs: request.waited_ms, signal }
    const page = await throughCache(request.options, {
      find: () => parts.repository.reusable(request),
      ask: (options) => parts.link.parse({ ...request, options }, handing),
      now: parts.now,
    })
    return { kind: 'done', page }
  } catch (fault) {
    return afterFault(request, toServiceError(fault), parts)
  }
}

/** The one place where retrying is decided. */
function afterFault(request: Claimed, error: ServiceError, { maxAttempts, random }: TaskParts): Outcome {
  const asked = Math.min(error.retryAfterMs ?? 0, LONGEST_WAIT_MS)
  if (error.code === 'host_busy') return { kind: 'postponed', delayMs: asked, error }
  if (!error.passes || request.attempt >= maxAttempts) return { kind: 'failed', error }
  return { kind: 'retry', delayMs: Math.max(asked, backoff(request.attempt, random)), error }
}

/** Doubles with each attempt; between half of it and all of it, so that what failed together does not return together. */
export function backoff(attempt: number, random: () => number): number {
  const full = Math.min(BACKOFF_MS * 2 ** (attempt - 1), LONGEST_BACKOFF_MS)
  return Math.round(full * (0.5 + random() / 2))
}

/** Writes an outcome to the store. @returns whether it was this that ended or moved the request */
export async function settle(
  request: Claimed,
  outcome: Outcome,
  owner: number,
  repository: Repository,
): Promise<boolean> {
  const { id, group_id } = request
  if (outcome.kind === 'done')
    return repository.succeed(id, await compared(request, outcome.page, repository), group_id)
  if (outcome.kind === 'postponed') return repository.postpone(id, owner, outcome.delayMs)
  const { code, message, targetStatus, finalUrl } = outcome.error
  const fault = { code, message }
  if (outcome.kind === 'retry')
    return repository.retry(id, owner, outcome.delayMs, fault, targetStatus ?? null)
  const details = { target_status: targetStatus ?? null, final_url: finalUrl ?? null }
  return repository.fail(id, owner, fault, details, group_id)
}

/** A page with what is to be stored beside it. What compares is loaded by the first page of a schedule. */
async function compared(request: Claimed, page: Page, repository: Repository): Promise<NewPage> {
  if (request.schedule_id === null) return page
  const { withChange } = await import('./change.ts')
  return withChange(request, page, repository)
}
