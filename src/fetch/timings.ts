import type { Stage, Timings } from '../contract/models.ts'

/** Adds to a stage what has passed since then, by performance.now(). A fetch of several hops has the sum of each stage. */
export function addTime(timings: Timings, stage: Stage, since: number, until = performance.now()): void {
  timings[stage] = (timings[stage] ?? 0) + until - since
}

/** Times with one digit after the point: more would tell of the clock, not of the stage. */
export function rounded(timings: Timings): Timings {
  return Object.fromEntries(Object.entries(timings).map(([stage, ms]) => [stage, Math.round(ms * 10) / 10]))
}
