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
  while (!signal.aborted) {
    const found = await fireDue(parts, signal).catch((err) => {
      parts.log.debug({ err }, 'looking for due schedules failed')
      return 0
    })
    if (found < AT_ONCE) await sleep(POLL_MS, undefined, { ref: false, signal }).catch(() => {})
  }
}

/** @returns how many could be run; none while as many requests wait as may: what is due stays so */
async function fireDue(parts: SchedulerParts, signal: AbortSignal): Promise<number> {
  const { schedules, repository, maxPending } = parts
  const ids = await schedules.due(AT_ONCE)
  if (ids.length === 0) return 0
  if (maxPending > 0 && (await repository.countPending(maxPending)) >= maxPending) return 0
  let fired = 0
  for (const id of ids) if (!signal.aborted && (await fire(id, parts))) fired += 1
  return fired
}

/** Each is a transaction of its own: one that fails holds up no other. */
async function fire(id: number, { schedules, bell, log }: SchedulerParts): Promise<boolean> {
  try {
    const began = await schedules.fire(id)
    if (!began) return false
    bell.ring()
    log.info({ schedule: id, request: began.requestId, group: began.groupId }, 'schedule')
    return true
  } catch (err) {
    log.warn({ err, schedule: id }, 'a schedule could not be run')
    return false
  }
}
