import type { Loop, LoopParts } from './loop.ts'

/** How often the dead are looked for, and how often leases are renewed, in ms. */
const SWEEP_MS = 500
const EXTEND_MS = 5000

/** Most requests taken over at once. */
const ADOPT_AT_ONCE = 200

/** Takes over what dead workers held, and keeps this worker's own leases alive, until stopped. */
export function startRescue(parts: LoopParts, loop: Loop): { stop: () => void } {
  const sweep = repeat(SWEEP_MS, () => adopt(parts, loop), parts)
  const extend = repeat(EXTEND_MS, () => parts.repository.extend(parts.owner.id), parts)
  return {
    stop() {
      clearInterval(sweep)
      clearInterval(extend)
    },
  }
}

async function adopt({ repository, link, owner, metrics, log }: LoopParts, loop: Loop): Promise<void> {
  const limit = Math.min(loop.room, ADOPT_AT_ONCE)
  if (limit <= 0 || !link.ready || !owner.alive) return
  const orphans = await repository.adopt(owner.id, limit)
  if (orphans.length === 0) return
  metrics.adopted(orphans.length)
  log.warn({ requests: orphans.length }, 'took over requests of a worker that is gone')
  if (link.outlivesWorker) for (const request of orphans) loop.take(request)
  // What died with its worker may be what killed it: it is claimed anew, which counts as an attempt.
  else
    await repository.release(
      owner.id,
      orphans.map(({ id, attempt }) => ({ id, attempt, out: false })),
    )
}

function repeat(ms: number, step: () => Promise<void>, { log }: LoopParts): NodeJS.Timeout {
  let running = false
  const run = async () => {
    if (running) return
    running = true
    await step().catch((err) => log.debug({ err }, 'rescue'))
    running = false
  }
  void run()
  return setInterval(run, ms)
}
