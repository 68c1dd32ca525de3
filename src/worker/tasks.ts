import { ServiceError, toServiceError } from '../contract/errors.ts'
import type { Claimed, Page } from '../contract/models.ts'
import type { ParserLink } from '../contract/parser.ts'
import type { Repository } from '../contract/repository.ts'

/** What came of one attempt at a request. */
export type Outcome =
  | { kind: 'done'; page: Page }
  | { kind: 'retry'; delayMs: number; error: ServiceError }
  | { kind: 'failed'; error: ServiceError }

export interface TaskParts {
  link: ParserLink
  maxAttempts: number
  /** A number from 0 up to 1, for jitter. */
  random: () => number
}

/** First delay before a retry and the longest, in ms. */
const BACKOFF_MS = 1000
const LONGEST_BACKOFF_MS = 60_000

/** Runs one request to an outcome. Never throws: every fault becomes an outcome. */
export async function runTask(request: Claimed, parts: TaskParts, signal: AbortSignal): Promise<Outcome> {
  // Whoever ran it last died of it, and its attempts are used up.
  if (request.attempt > parts.maxAttempts) return { kind: 'failed', error: new ServiceError('poison') }
  try {
    const handing = { again: request.again, waitedMs: request.waited_ms, signal }
    return { kind: 'done', page: await parts.link.parse(request, handing) }
  } catch (fault) {
    return afterFault(request, toServiceError(fault), parts)
  }
}

/** The one place where retrying is decided. */
function afterFault(request: Claimed, error: ServiceError, { maxAttempts, random }: TaskParts): Outcome {
  if (!error.passes || request.attempt >= maxAttempts) return { kind: 'failed', error }
  return { kind: 'retry', delayMs: backoff(request.attempt, random), error }
}

/** Doubles with each attempt; between half of it and all of it, so that what failed together does not return together. */
export function backoff(attempt: number, random: () => number): number {
  const full = Math.min(BACKOFF_MS * 2 ** (attempt - 1), LONGEST_BACKOFF_MS)
  return Math.round(full * (0.5 + random() / 2))
}

/** Writes an outcome to the store. @returns whether it was this that ended or moved the request */
export function settle(
  request: Claimed,
  outcome: Outcome,
  owner: number,
  repository: Repository,
): Promise<boolean> {
  if (outcome.kind === 'done') return repository.succeed(request.id, outcome.page)
  const { code, message, targetStatus, finalUrl } = outcome.error
  const fault = { code, message }
  if (outcome.kind === 'retry') return repository.retry(request.id, owner, outcome.delayMs, fault)
  const details = { target_status: targetStatus ?? null, final_url: finalUrl ?? null }
  return repository.fail(request.id, owner, fault, details)
}
