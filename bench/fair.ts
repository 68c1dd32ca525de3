import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from '../test/support/process.ts'
import { type Row, tell } from './report.ts'
import { accept, startEmbedded } from './service.ts'

// Whether hosts that are slow take anything from those that are fast. Every host always has one page asked for: as soon as
// it has given one, the next is posted. Hosts are addresses of 127.0.0.0/8, in one server of this process.

const FAST = 1800
const SLOW = 200
/** How long a slow host takes for a page, and how long fast ones are counted at a time, in ms. */
const SLOW_MS = 8000
const WARM_MS = 5000
const SETTLE_MS = 300
const WINDOW_MS = 1500
const ROUNDS = 24
const POSTS_AT_ONCE = 64

const html = `<!doctype html><title>A page</title>${'<p>Lorem ipsum dolor sit amet.</p>\n'.repeat(300)}`

/** The rate of 1,800 fast hosts with 200 slow ones beside them, over their rate by themselves, in turns. */
export async function measureFair(): Promise<Row[]> {
  const [fast, slow] = [addresses(FAST, '127.1'), addresses(SLOW, '127.2')]
  const hosts = await startHosts(new Set(slow))
  const service = await startEmbedded(`127.0.0.0/8:${hosts.port}`, { HOST_CONCURRENCY: '8' })
  // What is slow is claimed first: it is there at once, and never waits behind what is fast.
  const isSlow = new Set(slow)
  const posts = keepPosting(hosts, (host, number) =>
    accept(service, `http://${host}:${hosts.port}/${number}`, { priority: isSlow.has(host) ? 9 : 0 }),
  )
  const rounds: { alone: number; beside: number }[] = []
  try {
    hosts.wanted.push(...fast)
    await sleep(WARM_MS)
    for (let round = 0; round < ROUNDS; round += 1) {
      const alone = await rateOfFast(hosts)
      hosts.wanted.unshift(...slow)
      await eventually('the slow hosts to be asked', () => hosts.held() >= SLOW * 0.95, 60_000)
      const beside = await rateOfFast(hosts)
      hosts.letGo()
      rounds.push({ alone, beside })
    }
  } finally {
    await posts.stop()
    await service.close()
    await hosts.close()
  }
  return [tell(toRow(rounds))]
}

/** Pages a second that fast hosts give, once what changed has come to rest. */
async function rateOfFast(hosts: Hosts): Promise<number> {
  await sleep(SETTLE_MS)
  const [before, begun] = [hosts.given(), performance.now()]
  await sleep(WINDOW_MS)
  return ((hosts.given() - before) / (performance.now() - begun)) * 1000
}

function toRow(rounds: { alone: number; beside: number }[]): Row {
  const losses = rounds.map(({ alone, beside }) => 1 - beside / alone)
  const sum = (name: 'alone' | 'beside') => rounds.reduce((all, round) => all + round[name], 0)
  const percent = (part: number) => `${(part * 100).toFixed(1)} %`
  const rates = `${(sum('beside') / ROUNDS).toFixed(0)}/s against ${(sum('alone') / ROUNDS).toFixed(0)}/s`
  return {
    what: `embedded: rate that ${FAST} fast hosts lose when ${SLOW} slow ones (${SLOW_MS / 1000} s a page) are asked too`,
    figure: `${percent(1 - sum('beside') / sum('alone'))} (${percent(Math.min(...losses))} to ${percent(Math.max(...losses))}; ${rates})`,
    target: '< 5 %',
  }
}

function addresses(count: number, prefix: string): string[] {
  return Array.from(
    { length: count },
    (_, index) => `${prefix}.${Math.floor(index / 250)}.${(index % 250) + 1}`,
  )
}

interface Hosts {
  port: number
  /** Hosts of which a page is to be asked for. */
  wanted: string[]
  /** Pages that fast hosts have given. */
  given: () => number
  /** Pages that slow hosts are at. */
  held: () => number
  /** Has the slow hosts give what they are at, and asks no more of them. */
  letGo: () => void
  close: () => Promise<void>
}

async function startHosts(slowHosts: Set<string>): Promise<Hosts> {
  const wanted: string[] = []
  const held = new Map<ServerResponse, NodeJS.Timeout>()
  let given = 0
  const giveHeld = (response: ServerResponse) => {
    clearTimeout(held.get(response))
    held.delete(response)
    response.end(html)
  }
  const server = createServer((request, response) => {
    const host = request.socket.localAddress ?? ''
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-length': html.length })
    if (slowHosts.has(host)) {
      const give = () => {
        giveHeld(response)
        wanted.push(host)
      }
      held.set(response, setTimeout(give, SLOW_MS))
      return
    }
    response.end(html)
    given += 1
    wanted.push(host)
  })
  server.listen({ port: 0, host: '0.0.0.0', backlog: 4096 })
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    wanted,
    given: () => given,
    held: () => held.size,
    letGo: () => {
      for (const response of held.keys()) giveHeld(response)
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Posts what is wanted, as soon as it is. */
function keepPosting({ wanted }: Hosts, post: (host: string, number: number) => Promise<unknown>) {
  let isOver = false
  let posted = 0
  const work = async () => {
    while (!isOver) {
      const host = wanted.shift()
      posted += 1
      await (host === undefined ? sleep(2) : post(host, posted))
    }
  }
  const workers = Promise.all(Array.from({ length: POSTS_AT_ONCE }, work))
  workers.catch(() => {})
  return {
    async stop() {
      isOver = true
      await workers
    },
  }
}
