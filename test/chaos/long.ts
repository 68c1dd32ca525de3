import { randomInt } from 'node:crypto'
import { runChaos } from './run.ts'

// The long form, by `npm run chaos`. CHAOS_SEED repeats a run, CHAOS_KILLS and CHAOS_REQUESTS say how long it is.

const seed = Number(process.env.CHAOS_SEED ?? randomInt(1_000_000))
const kills = Number(process.env.CHAOS_KILLS ?? 120)
const requests = Number(process.env.CHAOS_REQUESTS ?? 4000)

process.stdout.write(`CHAOS_SEED=${seed}\n`)
for (const shape of ['embedded', 'distributed'] as const) {
  const part = shape === 'embedded' ? 0.2 : 1
  const plan = {
    shape,
    seed,
    kills: Math.ceil(kills * part),
    requests: Math.ceil(requests * part),
  }
  process.stdout.write(`${shape}: ${JSON.stringify(await runChaos(plan))}, none lost, stuck or ended twice\n`)
}
