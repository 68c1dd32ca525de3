import type { Pace, Terms } from '../../src/fetch/pace.ts'
import { faultOf } from './link.ts'

export const terms = (more: Partial<Terms> = {}): Terms => ({
  concurrency: 2,
  gapMs: 0,
  waitMs: Number.POSITIVE_INFINITY,
  signal: new AbortController().signal,
  ...more,
})

/** Has many go through hosts at once. @returns the most that were in one host together, over all of them */
export async function crowd(paces: Pace[], hosts: string[], visits: number, concurrency: number) {
  const inside = new Map<string, number>()
  let most = 0
  const visit = async (index: number) => {
    const host = hosts[index % hosts.length] ?? ''
    const leave = await (paces[index % paces.length] as Pace).enter(host, terms({ concurrency }))
    const count = (inside.get(host) ?? 0) + 1
    inside.set(host, count)
    most = Math.max(most, count)
    await new Promise((resolve) => setImmediate(resolve))
    inside.set(host, (inside.get(host) ?? 0) - 1)
    leave()
  }
  await Promise.all(Array.from({ length: visits }, (_, index) => visit(index)))
  return most
}

/** Milliseconds that each of some who come at once had to wait, divided by how many went before; each leaves at once. */
export async function gaps(pace: Pace, host: string, visits: number, gapMs: number): Promise<number[]> {
  const begun = performance.now()
  const times: number[] = []
  const visit = async () => {
    const leave = await pace.enter(host, terms({ concurrency: 0, gapMs }))
    times.push(performance.now())
    leave()
  }
  await Promise.all(Array.from({ length: visits }, visit))
  return times.slice(1).map((time, index) => (time - begun) / (index + 1))
}

export const busy = (pace: Pace, host: string, more: Partial<Terms> = {}) =>
  faultOf(pace.enter(host, terms({ concurrency: 1, waitMs: 0, ...more })))
