import { Agent, request } from 'undici'
import { decode } from '../src/extract/decode.ts'
import { parseAllowPrivate } from '../src/fetch/allowance.ts'
import { createFetcher } from '../src/fetch/page.ts'
import { defaultBlockedPorts } from '../src/fetch/ports.ts'
import { median, type Row } from './report.ts'

// What guard, bounds and decoding cost beside undici alone, in one process that takes turns.

const AT_ONCE = 32
const PAGES = 2000
const ROUNDS = 7

/** Microseconds of CPU for a page, over `PAGES` of them. */
async function cpuOf(take: (url: string) => Promise<unknown>, url: string): Promise<number> {
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

/** CPU of a fetched and decoded page of 50 KB over that of undici's own `request` and `text()`. */
export async function measureFetch(origin: string): Promise<Row> {
  const url = `${origin}/50000`
  const agent = new Agent({ connections: AT_ONCE })
  const fetcher = createFetcher({
    maxBytes: 10_485_760,
    timeoutMs: 20_000,
    allowPrivate: parseAllowPrivate(new URL(origin).host),
    blockedPorts: defaultBlockedPorts,
    userAgent: 'Parsegate bench',
  })
  const bare = async (from: string) => (await request(from, { dispatcher: agent })).body.text()
  const ours = async (from: string) => {
    const { body, contentType } = await fetcher.fetch(from)
    return decode(body, contentType, '127.0.0.1').text
  }
  const first = [await bare(url), await ours(url)]
  if (first[0] !== first[1]) throw new Error('the two ways do not give the same text')
  await cpuOf(bare, url)
  await cpuOf(ours, url)
  const rounds: { bare: number; ours: number }[] = []
  for (let round = 0; round < ROUNDS; round += 1)
    rounds.push({ bare: await cpuOf(bare, url), ours: await cpuOf(ours, url) })
  await agent.close()
  const ratios = rounds.map((one) => one.ours / one.bare)
  const percent = (ratio: number) => `${((ratio - 1) * 100).toFixed(0)} %`
  const cpu = `${median(rounds.map((one) => one.ours)).toFixed(0)} µs against ${median(rounds.map((one) => one.bare)).toFixed(0)} µs`
  return {
    what: 'fetch: CPU that guard, bounds and decoding add to undici alone, pages of 50 KB',
    figure: `${percent(median(ratios))} (${percent(Math.min(...ratios))} to ${percent(Math.max(...ratios))}; ${cpu})`,
    target: '≤ 15 %',
  }
}
