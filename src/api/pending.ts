import { ServiceError } from '../contract/errors.ts'
import type { Reader } from '../contract/repository.ts'

/** Lets requests in while there is room for more that wait. */
export interface Gate {
  /** Counts what waits, where the last count is too old. Comes before `admit`, and before any transaction: these hold the store. */
  look(): Promise<void>
  /** @throws ServiceError `queue_full` when so many more would be too many */
  admit(requests: number): void
}

/** How long a count serves, in ms: requests that others let in meanwhile may go beyond the bound. */
const COUNT_MS = 1000

/**
 * Counts what waits at most once a second, and adds what it lets in itself.
 * @param most how many may be pending; 0 is without bound
 */
export function createGate(repository: Pick<Reader, 'countPending'>, most: number): Gate {
  let pending = 0
  let counted = -Infinity
  let counting: Promise<void> | undefined
  const count = async () => {
    pending = await repository.countPending(most + 1)
    counted = performance.now()
  }
  return {
    async look() {
      if (most === 0) return
      if (performance.now() - counted > COUNT_MS)
        counting ??= count().finally(() => {
          counting = undefined
        })
      await counting
    },
    admit(requests) {
      if (most === 0) return
      if (requests > most)
        throw new ServiceError(
          'queue_full',
          `These are ${requests} requests, and no more than ${most} may ever wait (MAX_PENDING): send them in parts.`,
        )
      if (pending + requests > most) throw new ServiceError('queue_full')
      pending += requests
    },
  }
}
