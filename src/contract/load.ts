/** How much of its time a process is at work: 0 to 1, where 1 is all of it. */
export interface Load {
  readonly now: number
  stop(): void
}

/** How often the clock is looked at, and how many looks make one answer. In ms. */
const TICK_MS = 20
const TICKS = 5

/** A timer that is so late, in ms, tells of a full load as well: others have the processor when this process wants it. */
const FULL_LAG_MS = 10

/** Watches the event loop of this process until stopped. */
export function measureLoad(): Load {
  let last = performance.eventLoopUtilization()
  let looked = performance.now()
  let late = 0
  let ticks = 0
  let load = 0
  const timer = setInterval(() => {
    const now = performance.now()
    late += Math.max(0, now - looked - TICK_MS)
    looked = now
    ticks += 1
    if (ticks < TICKS) return
    const used = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(used, last)
    load = Math.min(1, Math.max(utilization, late / ticks / FULL_LAG_MS))
    last = used
    late = 0
    ticks = 0
  }, TICK_MS)
  // Does not keep the process alive.
  timer.unref()
  return {
    get now() {
      return Math.round(load * 100) / 100
    },
    stop: () => clearInterval(timer),
  }
}
