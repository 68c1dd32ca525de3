import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Answers } from './flooder.ts'
import { type Row, tell } from './report.ts'
import { type Service, startDistributed, startEmbedded, startSite, wholeMemory } from './service.ts'

/** Submits offered in a second, and for how many seconds. */
const RATE = 10_000
const SECONDS = 60

/** Requests that may wait: few enough to be reached at once. */
const MAX_PENDING = 5000

const SAMPLE_MS = 250

/** Longest time in which what was accepted may end, in ms. */
const END_MS = 120_000

/** More submits than can be served: memory stays, what is refused is told when to come again, and what is accepted ends. */
export async function measureFlood(): Promise<Row[]> {
  const site = await startSite()
  const rows: Row[] = []
  try {
    for (const start of [startEmbedded, startDistributed]) {
      const service = await start(new URL(site.base).host, { MAX_PENDING: String(MAX_PENDING) })
      try {
        for (const row of await measure(service, `${site.base}/1000`)) rows.push(tell(row))
      } finally {
        await service.close()
      }
    }
    return rows
  } finally {
    await site.stop()
  }
}

async function measure(service: Service, url: string): Promise<Row[]> {
  const before = wholeMemory(service)
  const flooder = fork('bench/flooder.ts', [service.base, url, String(RATE), String(SECONDS)])
  const samples: number[] = []
  const sampling = setInterval(() => samples.push(wholeMemory(service)), SAMPLE_MS)
  const [answers] = (await once(flooder, 'message')) as [Answers]
  clearInterval(sampling)
  flooder.kill()
  const { accepted, refused, other, unsent } = answers
  const seconds = await untilDone(service, accepted)
  const half = Math.floor(samples.length / 2)
  const [first, second] = [Math.max(...samples.slice(0, half)), Math.max(...samples.slice(half))]
  const answered = ((accepted + refused + other) / SECONDS).toFixed(0)
  return [
    {
      what: `${service.name}: memory that the second half of ${SECONDS} s of ${RATE} submits a second adds to the first`,
      figure: `${(second - first).toFixed(0)} MB (idle ${before.toFixed(0)}, ${first.toFixed(0)} → ${second.toFixed(0)} MB at most)`,
      target: '≤ 50 MB',
    },
    {
      what: `${service.name}: of these, answered neither with 202 nor with 503 and Retry-After (MAX_PENDING=${MAX_PENDING})`,
      figure: `${other} (${accepted} accepted, ${refused} refused, ${answered}/s; ${unsent} not sent, as nothing took them)`,
      target: '0',
    },
    {
      what: `${service.name}: accepted ones that are no stored page ${seconds.toFixed(0)} s after the flood`,
      figure: `${accepted - (await service.done())} of ${accepted}`,
      target: '0',
    },
  ]
}

/** Seconds until as many are done as were accepted, or until no more is waited for. */
async function untilDone(service: Service, accepted: number): Promise<number> {
  const begun = performance.now()
  while (performance.now() - begun < END_MS && (await service.done()) < accepted) await sleep(250)
  return (performance.now() - begun) / 1000
}
