import { Agent, request } from 'undici'
import { decode } from '../src/extract/decode.ts'
import { parseAllowPrivate } from '../src/fetch/allowance.ts'
import { createFetcher } from '../src/fetch/page.ts'
import { defaultBlockedPorts } from '../src/fetch/ports.ts'
import { median, type Row, tell } from './report.ts'
import { startSite } from './service.ts'

// What guard, bounds and decoding cost beside undici alone, in one process that takes turns.

const AT_ONCE = 32
const PAGES = 4000
const ROUNDS = 8

interface Way {
  take: (url: string) => Promise<string>
  close: () => Promise<void>
}

/** CPU of a fetched and decoded page of 50 KB over that of undici's own `request` and `text()`. */
export async function measureFetch(): Promise<Row[]> {
  const site = await startSite()
  const url = `${site.base}/50000`
  const [bare, ours] = [openBare(), openOurs(site.base)]
  try {
    if ((await bare.take(url)) !== (await ours.take(url)))
      throw new Error('the two ways do not give the same text')
    await cpuOf(bare, url)
    await cpuOf(ours, url)
    const rounds: { bare: number; ours: number }[] = []
    for (let round = 0; round < ROUNDS; round += 1)
      rounds.push({ bare: await cpuOf(bare, url), ours: await cpuOf(ours, url) })
    return [tell(toRow(rounds))]
  } finally {
    await Promise.all([bare.close(), ours.close(), site.stop()])
  }
}

function openBare(): Way {
  const agent = new Agent({ connections: AT_ONCE })
  return {
    take: async (url) => (await request(url, { dispatcher: agent })).body.text(),
    close: () => agent.close(),
  }
}

function openOurs(base: string): Way {
  const fetcher = createFetcher({
    maxBytes: 10_485_760,
    timeoutMs: 20_000,
    allowPrivate: parseAllowPrivate(new URL(base).host),
    blockedPorts: defaultBlockedPorts,
    userAgent: 'Parsegate bench',
  })
  return {
    async take(url) {
      const { body, contentType } = await fetcher.fetch(url)
      return decode(body, contentType, '127.0.0.1').text
    },
    close: async () => {},
  }
}

/** Microseconds of CPU for a page, over `PAGES` of them. */
async function cpuOf({ take }: Way, url: string): Promise<number> {
  let left = PAGES
  const before = process.cpuUsage()
  const work = async () => {
    while (left > 0) {
      left -= 1
      await take(`${url}?${left}`)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  const { user, system } = process.cpuUsage(before)
  return (user + system) / PAGES
}

function toRow(rounds: { bare: number; ours: number }[]): Row {
  const ratios = rounds.map(({ bare, ours }) => ours / bare)
  // Of the sums: who pays for a collection of garbage depends on whose turn it falls into.
  const sum = (name: 'bare' | 'ours') => rounds.reduce((all, round) => all + round[name], 0)
  const percent = (ratio: number) => `${((ratio - 1) * 100).toFixed(0)} %`
  const cpu = `${median(rounds.map(({ ours }) => ours)).toFixed(0)} µs against ${median(rounds.map(({ bare }) => bare)).toFixed(0)} µs`
  return {
    what: 'fetch: CPU that guard, bounds and decoding add to undici alone, pages of 50 KB',
    figure: `${percent(sum('ours') / sum('bare'))} (${percent(Math.min(...ratios))} to ${percent(Math.max(...ratios))}; ${cpu})`,
    target: '≤ 15 %',
  }
}
