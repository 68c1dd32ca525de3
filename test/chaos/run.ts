import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from '../support/process.ts'
import { type History, judge, postAll, type Verdict } from './history.ts'
import { startSite } from './origin.ts'
import { type Random, seeded } from './random.ts'
import { type Part, type Shape, startDistributed, startEmbedded } from './shapes.ts'

export const shapes = { distributed: startDistributed, embedded: startEmbedded }

export interface Plan {
  shape: keyof typeof shapes
  seed: number
  kills: number
  requests: number
}

export interface Report extends Verdict {
  /** Kills by the part that was killed. */
  kills: Record<string, number>
}

/** Longest time between two kills, and longest time that a part stays away, in ms. */
const BETWEEN_MS = 1500
const AWAY_MS = 1500

/** Longest wait for everything to end when all parts are back, in ms. */
const SETTLE_MS = 120_000

/**
 * Puts requests in under random kills (SIGKILL) of every part, and holds what was promised against what was done.
 * @throws AssertionError when anything was lost, stuck, ended twice, wrong or made up
 */
export async function runChaos(plan: Plan): Promise<Report> {
  const random = seeded(plan.seed)
  const site = await startSite()
  const shape = await shapes[plan.shape](site.base)
  try {
    const everyMs = (plan.kills * (BETWEEN_MS / 2)) / plan.requests
    // Each has a source of its own: what the load draws must not depend on when a kill happened.
    const load = { count: plan.requests, everyMs, random: seeded(plan.seed + 1) }
    const [history, kills] = await Promise.all([
      postAll(shape.bases, site.base, load),
      killSome(shape, plan.kills, random),
    ])
    return { ...(await verdictOf(shape, history)), kills }
  } finally {
    await shape.stop()
    await site.close()
  }
}

/** Several parts may be away at once; each comes back by itself after a while. */
async function killSome({ parts }: Shape, count: number, random: Random): Promise<Record<string, number>> {
  const kills: Record<string, number> = {}
  const away = new Map<Part, Promise<void>>()
  for (let done = 0; done < count; ) {
    await sleep(random.next() * BETWEEN_MS)
    const part = random.pick(parts)
    const wait = random.next() * AWAY_MS
    if (away.has(part)) continue
    away.set(
      part,
      killAndRestart(part, wait).finally(() => away.delete(part)),
    )
    kills[part.name] = (kills[part.name] ?? 0) + 1
    done += 1
  }
  await Promise.all(away.values())
  return kills
}

async function killAndRestart(part: Part, awayMs: number): Promise<void> {
  await part.kill()
  await sleep(awayMs)
  await part.start()
}

async function verdictOf(shape: Shape, history: History): Promise<Verdict> {
  await eventually('every request to end', async () => (await shape.unfinished()) === 0, SETTLE_MS)
  const verdict = judge(history, await shape.rows(), await shape.changes())
  let left: string[] = []
  await eventually('Redis to be empty of tasks', async () => {
    left = await shape.leftovers()
    return left.length === 0
  }).catch(() => assert.deepEqual(left, [], 'left in Redis'))
  return verdict
}
