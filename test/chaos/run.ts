import assert from 'node:assert/strict'
import { eventually } from '../support/process.ts'
import { attack, type Killed } from './attack.ts'
import { type Change, judge, type Verdict } from './judge.ts'
import { startSite } from './origin.ts'
import { settings } from './parts.ts'
import { seeded } from './random.ts'
import { type Shape, startDistributed, startEmbedded } from './shapes.ts'

const shapes = {
  distributed: { start: startDistributed, betweenMs: 900 },
  embedded: { start: startEmbedded, betweenMs: 1500 },
}

export interface Plan {
  shape: keyof typeof shapes
  seed: number
  kills: number
  requests: number
}

export interface Report extends Verdict {
  seed: number
  kills: number
  /** Kills by the part that was killed. */
  killed: Record<string, number>
  /** Longest time from a kill to the next request that ended, in ms. */
  longestPauseMs: number
  /** From all parts being back to the last request having ended, in ms. */
  settledMs: number
  /** Most often that one page was asked for. */
  mostFetches: number
}

/** Longest wait for everything to end when all parts are back, in ms. */
const SETTLE_MS = 120_000

/**
 * Puts requests in under random kills (SIGKILL) of every part, and holds what was promised against what was done.
 * @throws AssertionError when anything was lost, stuck, ended twice, wrong or made up
 */
export async function runChaos({ shape: name, seed, kills, requests }: Plan): Promise<Report> {
  const { start, betweenMs } = shapes[name]
  const site = await startSite()
  let shape: Shape | undefined
  try {
    shape = await start(site.base, seeded(seed + 2))
    const parts = [...shape.roles, ...shape.servers]
    const plan = { seed, kills, requests, betweenMs }
    const { history, killed } = await attack(shape.bases, parts, site.base, plan)
    const settledMs = await settle(shape)
    const changes = await shape.changes()
    const maxAttempts = Number(settings.MAX_ATTEMPTS)
    const poisonPossible = mayPoison(name, killed, maxAttempts)
    const found = { rows: await shape.rows(), groups: await shape.groups(), changes }
    const verdict = judge(history, found, { maxAttempts, poisonPossible })
    await checkEmpty(shape)
    for (const role of shape.roles) role.check()
    const longestPauseMs = longestPause(killed, changes)
    const figures = { longestPauseMs, settledMs, mostFetches: site.mostAsked() }
    return { seed, kills: killed.length, killed: countByName(killed), ...verdict, ...figures }
  } finally {
    await shape?.stop()
    await site.close()
  }
}

async function settle({ unfinished }: Shape): Promise<number> {
  const begun = performance.now()
  await eventually('every request to end', async () => (await unfinished()) === 0, SETTLE_MS)
  return Math.round(performance.now() - begun)
}

/** A task is given up when it has come back from three parsers, or has died with the embedded service at every attempt. */
function mayPoison(shape: Plan['shape'], killed: Killed[], maxAttempts: number): boolean {
  const takers = shape === 'embedded' ? /^serve/ : /^parser/
  return killed.filter(({ name }) => takers.test(name)).length >= (shape === 'embedded' ? maxAttempts : 3)
}

/** What is done leaves nothing in Redis but what expires; the last of it goes a moment after the last request ended. */
async function checkEmpty({ leftovers }: Shape): Promise<void> {
  let left: string[] = []
  const isEmpty = async () => {
    left = await leftovers()
    return left.length === 0
  }
  await eventually('Redis to be empty', isEmpty).catch(() => assert.deepEqual(left, [], 'left in Redis'))
}

function longestPause(killed: Killed[], changes: Change[]): number {
  const endings = changes.filter(({ was, becomes }) => was === 'processing' && becomes !== 'pending')
  const times = endings.map(({ at }) => at).sort((a, b) => a - b)
  const pauses = killed.map(({ at }) => (times.find((time) => time >= at) ?? at) - at)
  return Math.round(Math.max(0, ...pauses))
}

function countByName(killed: Killed[]): Record<string, number> {
  const groups = Object.entries(Object.groupBy(killed, ({ name }) => name.replace(/ \d+$/, '')))
  return Object.fromEntries(groups.map(([name, kills]) => [name, kills?.length ?? 0]))
}
