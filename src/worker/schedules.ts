import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Bell } from '../contract/bell.ts'
import type { Repository } from '../contract/repository.ts'
import type { Schedules } from '../contract/schedules.ts'

export interface SchedulerParts {
  schedules: Pick<Schedules, 'due' | 'fire'>
  repository: Pick<Repository, 'countPending'>
  bell: Pick<Bell, 'ring'>
  /** How many requests may be pending; 0 is without bound. */
  maxPending: number
  log: Logger
}

/** How often due schedules are looked for, in ms, and how many at once. */
const POLL_MS = 1000
const AT_ONCE = 20

/** Runs what is due, until stopped. Several at once, in several workers, run each but once. */
export function startScheduler(parts: SchedulerParts): { stop: () => Promise<void> } {
  const stopping = new AbortController()
  const running = run(parts, stopping.signal)
  return {
    async stop() {
      stopping.abort()
      await running
    },
  }
}

async function run(parts: SchedulerParts, signal: AbortSignal): Promise<void> {
  let held = false
  while (!signal.aborted) {
    const { fired, left } = await fireDue(parts, signal).catch((err) => {
      parts.log.debug({ err }, 'looking for due schedules failed')
      return { fired: 0, left: held }
    })
    if (left && !held) parts.log.warn('schedules that are due wait: as many requests are pending as may')
    if (!left && held) parts.log.info('schedules run again')
    held = left
    if (fired < AT_ONCE) await sleep(POLL_MS, undefined, { ref: false, signal }).catch(() => {})
  }
}

/**
 * Runs what is due, the longest due first, while there is room for a request. What is left stays due. A run begins as a whole:
 * were it to wait until there is room for all of it, one of many pages might wait for ever.
 * @returns how many could be run, and whether some were left for want of room
 */
async function fireDue(
  parts: SchedulerParts,
  signal: AbortSignal,
): Promise<{ fired: number; left: boolean }> {
  const { schedules, repository, maxPending } = parts
  const ids = await schedules.due(AT_ONCE)
  const isBounded = maxPending > 0 && ids.length > 0
  let room = isBounded ? maxPending - (await repository.countPending(maxPending)) : Number.POSITIVE_INFINITY
  let fired = 0
  for (const id of ids) {
    if (signal.aborted || room <= 0) return { fired, left: room <= 0 }
    const requests = await fire(id, parts)
    if (requests > 0) fired += 1
    room -= requests
  }
  return { fired, left: false }
}

/** Each is a transaction of its own: one that fails holds up no other. @returns how many requests it made */
async function fire(id: number, { schedules, bell, log }: SchedulerParts): Promise<number> {
  try {
    const began = await schedules.fire(id)
    if (!began) return 0
    bell.ring()
    log.info({ schedule: id, request: began.requestId, group: began.groupId }, 'schedule')
    return began.requests
  } catch (err) {
    log.warn({ err, schedule: id }, 'a schedule could not be run')
    return 0
  }
}
