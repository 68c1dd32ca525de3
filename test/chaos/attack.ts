import { setTimeout as sleep } from 'node:timers/promises'
import { type History, postAll } from './history.ts'
import type { Part } from './parts.ts'
import { type Random, seeded } from './random.ts'

export interface AttackPlan {
  seed: number
  kills: number
  requests: number
  /** Mean time between two kills, in ms. */
  betweenMs: number
}

interface Kill {
  /** How many requests have been posted by then. */
  after: number
  part: Part
  /** A moment more, so that it may fall between two bursts. In ms. */
  delayMs: number
  awayMs: number
  /** Killed again so long after it was started, in ms, whether it works by then or not. */
  relapseMs: number | undefined
}

/** A kill that was done. */
export interface Killed {
  name: string
  /** ms since 1970. */
  at: number
}

const LONGEST_AWAY_MS = 1500
const LONGEST_RELAPSE_MS = 700

/** Puts requests in while parts are killed and started again. All parts are back when it returns. */
export async function attack(
  bases: string[],
  parts: Part[],
  site: string,
  { seed, kills, requests, betweenMs }: AttackPlan,
): Promise<{ history: History; killed: Killed[] }> {
  const killer = createKiller(planKills(parts, kills, requests, seeded(seed)))
  const history = await postAll({
    bases,
    site,
    count: requests,
    everyMs: (kills * betweenMs) / requests,
    // A source of its own: what the load draws does not depend on the kills.
    random: seeded(seed + 1),
    onPost: killer.onPost,
  })
  return { history, killed: await killer.done() }
}

/** The seed alone says what is killed when, counted in requests, so that a run can be repeated. */
function planKills(parts: Part[], count: number, requests: number, random: Random): Kill[] {
  const kills = Array.from({ length: count }, () => ({
    after: random.whole(1, requests),
    part: random.pick(parts),
    delayMs: random.next() * 100,
    awayMs: random.next() * LONGEST_AWAY_MS,
    relapseMs: random.next() < 0.2 ? random.next() * LONGEST_RELAPSE_MS : undefined,
  }))
  return kills.sort((a, b) => a.after - b.after)
}

/** Several parts may be away at once; the kills of one part wait for each other. */
function createKiller(plan: Kill[]) {
  const killed: Killed[] = []
  const busy = new Map<Part, Promise<void>>()
  const kill = async (part: Part) => {
    killed.push({ name: part.name, at: Date.now() })
    await part.kill()
  }
  const strike = async ({ part, delayMs, awayMs, relapseMs }: Kill) => {
    await sleep(delayMs)
    await kill(part)
    await sleep(awayMs)
    if (relapseMs === undefined) return part.start()
    const starting = part.start()
    await Promise.race([sleep(relapseMs), starting])
    await kill(part)
    await starting.catch(() => {})
    await part.start()
  }
  return {
    onPost(posted: number) {
      for (; plan[0] && plan[0].after <= posted; plan.shift()) {
        const next = plan[0]
        const done = (busy.get(next.part) ?? Promise.resolve()).then(() => strike(next))
        done.catch(() => {})
        busy.set(next.part, done)
      }
    },
    async done() {
      await Promise.all(busy.values())
      return killed
    },
  }
}
