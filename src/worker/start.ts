import type { Registry } from 'prom-client'
import { type JanitorParts, startJanitor } from './janitor.ts'
import { type LoopParts, startLoop } from './loop.ts'
import { createWorkerMetrics } from './metrics.ts'
import { startRescue } from './rescue.ts'
import { type SchedulerParts, startScheduler } from './schedules.ts'

export type WorkerParts = Omit<LoopParts, 'metrics'> &
  Pick<JanitorParts, 'retentionMs'> &
  Pick<SchedulerParts, 'schedules' | 'maxPending'> & { metrics: Registry }

/** Time for what is in hand when a worker is stopped, in ms: with the closing of the parts it stays under 10 s. */
const GRACE_MS = 5000

/** Starts a worker. @returns how to stop it: it finishes or hands back what it has in hand */
export function startWorker(parts: WorkerParts): { close: () => Promise<void> } {
  const all: LoopParts = { ...parts, metrics: createWorkerMetrics(parts.metrics) }
  const loop = startLoop(all)
  const rescue = startRescue(all, loop)
  const janitor = startJanitor(parts)
  const scheduler = startScheduler(parts)
  return {
    async close() {
      rescue.stop()
      await scheduler.stop()
      await janitor.stop()
      await loop.close(GRACE_MS)
    },
  }
}
