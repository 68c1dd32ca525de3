import { badInput } from '../contract/errors.ts'
import type { ParseOptions } from '../contract/options.ts'
import type { NewRequest } from '../contract/repository.ts'
import { LONGEST_DELAY } from '../contract/requests.ts'
import type { Webhook } from '../contract/webhooks.ts'

/** What a client says of one request: where it waits, when it may begin, and how it is fetched. */
export interface Wish extends ParseOptions {
  url: string
  queue?: string | undefined
  priority?: number | undefined
  delay?: number | undefined
  run_at?: string | undefined
  webhook?: Webhook | undefined
}

export interface TurnParts {
  /** Queues that requests may go to; the first is the default. */
  queues: string[]
  /** Throws for options that the operator does not allow. */
  permit: (options: ParseOptions, path?: string) => void
}

/**
 * A request as it is stored.
 * @param path where in the body it stands, for its faults
 * @throws ServiceError `invalid_request` for an unknown queue, two times to begin or one too far away, and what `permit` throws
 */
export function toNewRequest(
  { url, queue, priority = 0, delay, run_at, webhook, ...options }: Wish,
  caller: string | null,
  { queues, permit }: TurnParts,
  path = '',
): NewRequest {
  const chosen = queue ?? queues[0] ?? 'api'
  if (!queues.includes(chosen)) throw faultAt(`${path}queue`, `must be one of ${queues.join(', ')}`)
  if (delay !== undefined && run_at !== undefined)
    throw faultAt(`${path}run_at`, 'cannot be given together with delay')
  const delayMs = run_at === undefined ? (delay ?? 0) * 1000 : Math.max(0, Date.parse(run_at) - Date.now())
  if (delayMs > LONGEST_DELAY * 1000)
    throw faultAt(`${path}run_at`, `must be within ${LONGEST_DELAY} seconds from now`)
  permit(options, path)
  return { url, queue: chosen, priority, options, caller, delayMs: Math.round(delayMs), webhook }
}

const faultAt = (path: string, message: string) => badInput([{ path, message }])
