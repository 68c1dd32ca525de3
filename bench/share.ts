import { setTimeout as sleep } from 'node:timers/promises'
import { request } from 'undici'
import { startOrigin } from './origins.ts'
import { median, type Row } from './report.ts'
import { accept, type Service, startDistributed, startEmbedded } from './service.ts'

const SINGLES = 30
const BATCH = 10_000

/** Kinds of pages: how long the site takes, in ms, and how many bytes it sends. */
const pages = [
  { name: 'that come at once', path: '50000?' },
  { name: 'that take 100 ms', path: '50000?delay=100&' },
]

/** How long single pages take that others ask for, alone and while a batch of 10,000 is worked on. */
export async function measureShare(): Promise<Row[]> {
  const origin = await startOrigin()
  const rows: Row[] = []
  try {
    for (const start of [startEmbedded, startDistributed])
      for (const { name, path } of pages) {
        const service = await start(new URL(origin.base).host)
        try {
          const row = await measure(service, `${origin.base}/${path}`, name)
          process.stdout.write(`${row.what}: ${row.figure}, wanted ${row.target}\n`)
          rows.push(row)
        } finally {
          await service.close()
        }
      }
  } finally {
    await origin.stop()
  }
  return rows
}

async function measure(service: Service, url: string, name: string): Promise<Row> {
  await timeSingles(service, `${url}warm`)
  const idle = await timeSingles(service, `${url}idle`)
  const batch = await postBatch(service, url)
  await sleep(1000)
  const before = await endedOf(service, batch)
  const begun = performance.now()
  const busy = await timeSingles(service, `${url}busy`)
  const rate = (((await endedOf(service, batch)) - before) / (performance.now() - begun)) * 1000
  const left = BATCH - (await endedOf(service, batch))
  if (left === 0) throw new Error('the batch was over before the single pages were')
  return {
    what: `${service.name}: single pages ${name}, during a batch of 10,000 over alone (median of ${SINGLES})`,
    figure: `${(median(busy) / median(idle)).toFixed(2)} (${median(busy).toFixed(1)} over ${median(idle).toFixed(1)} ms; the batch at ${rate.toFixed(0)}/s, ${left} left)`,
    target: '≤ 2',
  }
}

/** From the POST to the answer of one who waits for the end. In ms. */
async function timeSingles(service: Service, url: string): Promise<number[]> {
  const times: number[] = []
  for (let i = 0; i < SINGLES; i += 1) {
    const begun = performance.now()
    const id = await accept(service, `${url}${i}`)
    const { body } = await request(`${service.base}/result/${id}?wait=60`)
    const { status } = (await body.json()) as { status: string }
    if (status !== 'success') throw new Error(`a single page ended as ${status}`)
    times.push(performance.now() - begun)
    await sleep(20)
  }
  return times
}

async function postBatch(service: Service, url: string): Promise<number> {
  const urls = Array.from({ length: BATCH }, (_, index) => `${url}batch${index}`)
  const { statusCode, body } = await request(`${service.base}/parse_batch`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ urls }),
  })
  if (statusCode !== 202) throw new Error(`POST /parse_batch answered ${statusCode}`)
  return ((await body.json()) as { batch_id: number }).batch_id
}

async function endedOf(service: Service, batch: number): Promise<number> {
  const { body } = await request(`${service.base}/batch/${batch}`)
  const { counts } = (await body.json()) as { counts: Record<string, number> }
  return (counts.success ?? 0) + (counts.failure ?? 0)
}

if (import.meta.main) await measureShare()
