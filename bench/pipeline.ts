import { setTimeout as sleep } from 'node:timers/promises'
import { request } from 'undici'
import { run } from '../test/support/process.ts'
import { median, type Row, tell } from './report.ts'
import {
  accept,
  type Service,
  startDistributed,
  startEmbedded,
  startSite,
  statusOf,
  wholeMemory,
} from './service.ts'

// The whole way of a page, from the POST to its stored result, in both shapes.

const SIZES = [50_000, 170_000]
const PAGES = 3000
const ROUNDS = 3
const POSTS_AT_ONCE = 32
const IDLE_REQUESTS = 60
const SLOW_URLS = 1000

/** What the service makes of pages beside a bare probe: rates, the idle time of one page, slow sites, memory. */
export async function measurePipeline(): Promise<Row[]> {
  const site = await startSite()
  try {
    return [
      ...(await measure(startEmbedded, site.base, { rate: 0.5, memory: 120 })),
      ...(await measure(startDistributed, site.base, { rate: 0.4, memory: 330 })),
    ]
  } finally {
    await site.stop()
  }
}

async function measure(
  start: (allowed: string) => Promise<Service>,
  origin: string,
  targets: { rate: number; memory: number },
): Promise<Row[]> {
  const service = await start(new URL(origin).host)
  const rows: Row[] = []
  const add = (row: Row) => void rows.push(tell(row))
  try {
    add(await measureMemory(service, targets.memory))
    add(await measureIdle(service, `${origin}/50000`))
    for (const bytes of SIZES) add(await measureRate(service, `${origin}/${bytes}`, bytes, targets.rate))
    add(await measureSlow(service, `${origin}/slow`))
  } finally {
    await service.close()
  }
  return rows
}

/** Pages a second of a probe that only fetches, finds the title and inserts. */
async function probeRate(service: Service, url: string): Promise<number> {
  const probe = run(process.execPath, ['bench/probe.ts', await service.probeStore(), url, String(PAGES)])
  if ((await probe.ended) !== 0) throw new Error(probe.output())
  return (PAGES / Number(probe.output().trim())) * 1000
}

/** Seconds from the first POST until the last result of `count` URLs is stored. */
async function timeAll(service: Service, url: string, count: number): Promise<number> {
  const before = await service.done()
  const begun = performance.now()
  let left = count
  const post = async () => {
    while (left > 0) {
      left -= 1
      await accept(service, `${url}?${left}`)
    }
  }
  await Promise.all(Array.from({ length: POSTS_AT_ONCE }, post))
  while ((await service.done()) - before < count) {
    if (performance.now() - begun > 120_000)
      throw new Error(`not done within 120 s: ${await tellUndone(service)}`)
    await sleep(100)
  }
  return (performance.now() - begun) / 1000
}

/** What became of requests that did not end well, the newest of each status. */
async function tellUndone({ base }: Service): Promise<string> {
  const ask = async (status: string) =>
    (await request(`${base}/requests?status=${status}&limit=1`)).body.text()
  return (await Promise.all(['pending', 'processing', 'failure'].map(ask))).join(' ')
}

async function measureRate(service: Service, url: string, bytes: number, least: number): Promise<Row> {
  await timeAll(service, url, 500)
  const pairs: { probe: number; ours: number }[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const probe = await probeRate(service, url)
    pairs.push({ probe, ours: PAGES / (await timeAll(service, url, PAGES)) })
  }
  const ratios = pairs.map(({ probe, ours }) => ours / probe)
  const [low, high] = [Math.min(...ratios), Math.max(...ratios)].map((ratio) => ratio.toFixed(2))
  const rates = `${median(pairs.map(({ ours }) => ours)).toFixed(0)}/s against ${median(pairs.map(({ probe }) => probe)).toFixed(0)}/s`
  return {
    what: `${service.name}: rate of POST to stored result over a bare probe, pages of ${bytes / 1000} KB`,
    figure: `${median(ratios).toFixed(2)} (${low}–${high}; ${rates})`,
    target: `≥ ${least}`,
  }
}

/** From the POST until polling every 5 ms sees `success`, less a bare fetch of the same page. In ms. */
async function measureIdle(service: Service, url: string): Promise<Row> {
  const bare: number[] = []
  const ours: number[] = []
  for (let i = 0; i < IDLE_REQUESTS; i += 1) {
    const fetching = performance.now()
    await (await request(url)).body.dump()
    bare.push(performance.now() - fetching)
    const begun = performance.now()
    const id = await accept(service, url)
    while ((await statusOf(service, id)) !== 'success') await sleep(5)
    ours.push(performance.now() - begun)
    await sleep(50)
  }
  return {
    what: `${service.name}: idle, POST to success over a bare fetch (median of ${IDLE_REQUESTS})`,
    figure: `${(median(ours) - median(bare)).toFixed(1)} ms (${median(ours).toFixed(1)} − ${median(bare).toFixed(1)})`,
    target: '≤ 20 ms',
  }
}

async function measureSlow(service: Service, url: string): Promise<Row> {
  const seconds = await timeAll(service, url, SLOW_URLS)
  return {
    what: `${service.name}: ${SLOW_URLS} URLs that each take 1 s, until the last is stored`,
    figure: `${seconds.toFixed(2)} s`,
    target: '≤ 5 s',
  }
}

async function measureMemory(service: Service, most: number): Promise<Row> {
  await sleep(5000)
  const memory = Object.entries(service.memory())
  const sum = wholeMemory(service)
  const parts = memory.map(([role, one]) => `${role} ${one.toFixed(0)}`).join(', ')
  return {
    what: `${service.name}: resident memory, idle after the start`,
    figure: memory.length > 1 ? `${sum.toFixed(0)} MB (${parts})` : `${sum.toFixed(0)} MB`,
    target: `≤ ${most} MB`,
  }
}
