import { randomInt } from 'node:crypto'
import { type Plan, runChaos } from './run.ts'

// The long form, by `npm run chaos`. CHAOS_SEED repeats a run, CHAOS_KILLS and CHAOS_REQUESTS say how long it is,
// CHAOS_SHAPE (embedded or distributed) leaves out the other shape.

const seed = Number(process.env.CHAOS_SEED ?? randomInt(1_000_000))
const kills = Number(process.env.CHAOS_KILLS ?? 120)
const requests = Number(process.env.CHAOS_REQUESTS ?? 4000)
const only = process.env.CHAOS_SHAPE

/** What it may take in all, in ms: several times what the plan takes, and a constant for starting and settling. */
const limitMs = kills * 6000 + 300_000

// Ending this process ends all that it started, by id.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
setTimeout(() => {
  process.stderr.write(`stopped: not done after ${limitMs} ms\n`)
  process.exit(1)
}, limitMs).unref()

process.stdout.write(`CHAOS_SEED=${seed}\n`)
const plans: Plan[] = [
  { shape: 'embedded', seed, kills: Math.ceil(kills / 5), requests: Math.ceil(requests / 5) },
  { shape: 'distributed', seed, kills, requests },
]
for (const plan of plans.filter(({ shape }) => !only || shape === only)) {
  const report = await runChaos(plan)
  process.stdout.write(`${plan.shape}: none lost, stuck or ended twice\n`)
  process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`)
}
