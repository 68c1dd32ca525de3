import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Repository } from '../contract/repository.ts'

export interface JanitorParts {
  repository: Pick<Repository, 'purge' | 'purgeGroups' | 'purgeDeliveries' | 'purgeKeys'>
  /** How long requests are kept after their end, in ms; 0 is for ever. */
  retentionMs: number
  log: Logger
}

/** Between two rounds, and between two steps of one, in ms: what is under way goes first. */
const ROUND_MS = 60_000
const STEP_MS = 20

/** Removes what is old, in small steps, until stopped. Several at once, in several workers, do each other no harm. */
export function startJanitor(parts: JanitorParts): { stop: () => Promise<void> } {
  const stopping = new AbortController()
  const running = run(parts, stopping.signal)
  return {
    async stop() {
      stopping.abort()
      await running
    },
  }
}

async function run(parts: JanitorParts, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sweep(parts, signal).catch((err) => parts.log.debug({ err }, 'removing what is old failed'))
    await pause(ROUND_MS, signal)
  }
}

/** One round: from the oldest request up to the first that is too young to be removed. */
async function sweep({ repository, retentionMs, log }: JanitorParts, signal: AbortSignal): Promise<void> {
  let removed = 0
  for (let after: number | null = retentionMs > 0 ? 0 : null; after !== null && !signal.aborted; ) {
    const step = await repository.purge(retentionMs, after)
    removed += step.removed
    after = step.next
    await pause(STEP_MS, signal)
  }
  if (removed > 0) log.info({ requests: removed }, 'removed what is older than RETENTION')
  if (retentionMs > 0) await repeat(() => repository.purgeGroups(retentionMs), signal)
  if (retentionMs > 0) await repeat(() => repository.purgeDeliveries(retentionMs), signal)
  await repeat(() => repository.purgeKeys(), signal)
}

async function repeat(step: () => Promise<number>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && (await step()) > 0) await pause(STEP_MS, signal)
}

/** Does not keep the process alive. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { ref: false, signal }).catch(() => {})
}
