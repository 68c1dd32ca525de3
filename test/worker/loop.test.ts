import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { Registry } from 'prom-client'
import { ServiceError } from '../../src/contract/errors.ts'
import type { Page } from '../../src/contract/models.ts'
import type { Parser, ParserLink } from '../../src/contract/parser.ts'
import type { Repository } from '../../src/contract/repository.ts'
import { embeddedLink } from '../../src/parser/link.ts'
import { embeddedBell } from '../../src/store/bell.ts'
import { openSqlite } from '../../src/store/database.ts'
import { migrate } from '../../src/store/migrate.ts'
import { createRepository } from '../../src/store/repository.ts'
import { type LoopParts, startLoop } from '../../src/worker/loop.ts'
import { createWorkerMetrics } from '../../src/worker/metrics.ts'
import { startRescue } from '../../src/worker/rescue.ts'
import { aPage, createGate, quiet } from '../support/link.ts'
import { eventually } from '../support/process.ts'

/** A store in a file, and the parts of a worker on it; closed when the test ends. */
async function openShop(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'parsegate-loop-'))
  const database = openSqlite(folder)
  await migrate(database)
  const repository = createRepository(database, { leaseMs: 60_000 })
  const bell = embeddedBell()
  const closers: (() => Promise<void>)[] = []
  t.after(async () => {
    for (const close of closers) await close()
    await database.close()
    rmSync(folder, { recursive: true })
  })
  const ofQueue = { queue: 'api', priority: 0, options: {}, caller: null }
  const registries: Registry[] = []
  const newMetrics = () => {
    const registry = new Registry()
    registries.push(registry)
    return createWorkerMetrics(registry)
  }
  const parts = (link: ParserLink, more: Partial<LoopParts>): LoopParts => ({
    ...{ repository, bell, link, owner: { id: 1, alive: true }, queues: ['api'], concurrency: 3 },
    ...{ maxAttempts: 3, random: () => 0, now: Date.now, log: quiet, metrics: newMetrics() },
    ...more,
  })
  return {
    database,
    repository,
    bell,
    metrics: async () => (await Promise.all(registries.map((one) => one.metrics()))).join(''),
    /** Stores requests without a ring. @returns their ids */
    async add(count: number): Promise<number[]> {
      const urls = Array.from({ length: count }, (_, index) => `https://example.com/${index}`)
      const made = await Promise.all(urls.map((url) => repository.create({ ...ofQueue, url })))
      return made.map(({ id }) => id)
    },
    statuses: (ids: number[]) =>
      Promise.all(ids.map(async (id) => (await repository.status(id, null))?.status)),
    start(link: ParserLink, more: Partial<LoopParts> = {}) {
      const all = parts(link, more)
      const loop = startLoop(all)
      closers.push(() => loop.close(0))
      return { loop, parts: all }
    },
  }
}

type Shop = Awaited<ReturnType<typeof openShop>>

const allAre = (shop: Shop, ids: number[], status: string) =>
  eventually(`all to be ${status}`, async () => (await shop.statuses(ids)).every((one) => one === status))

const parserOf = (parse: Parser['parse']) => embeddedLink({ parse })

/** A link to what goes on without the worker. */
const outliving = (link: ParserLink, more: Partial<ParserLink> = {}): ParserLink => ({
  ...link,
  outlivesWorker: true,
  ...more,
})

describe('a loop', () => {
  test('works through a backlog, never with more in hand than it may', async (t) => {
    const shop = await openShop(t)
    const ids = await shop.add(50)
    let held = 0
    let most = 0
    const parse = async () => {
      held += 1
      most = Math.max(most, held)
      await sleep(1)
      held -= 1
      return aPage()
    }
    shop.start(parserOf(parse))
    await allAre(shop, ids, 'success')
    assert.equal(most, 3)
    const text = await shop.metrics()
    assert.match(text, /parsegate_attempts_total\{outcome="done",code=""\} 50\b/)
  })

  test('works through a group while single requests keep coming, and these do not wait for it', async (t) => {
    const shop = await openShop(t)
    const one = { url: 'https://example.com/', queue: 'api', priority: 0, options: {}, caller: null }
    const group = { kind: 'batch', caller: null, options: {}, closed: true } as const
    const made = await shop.repository.createGroup(
      group,
      Array.from({ length: 100 }, () => one),
    )
    shop.start(
      parserOf(async () => {
        await sleep(5)
        return aPage()
      }),
    )
    await eventually(
      'it to begin',
      async () => (await shop.statuses(made.requests.slice(0, 1)))[0] !== 'pending',
    )
    const singles: number[] = []
    const stop = new AbortController()
    const posting = (async () => {
      for (; !stop.signal.aborted; await sleep(50)) singles.push((await shop.repository.create(one)).id)
    })()
    await eventually('some single ones', () => singles.length >= 3)
    await allAre(shop, singles.slice(0, 3), 'success')
    const { counts } = (await shop.repository.group(made.id, 'batch', null)) ?? {}
    assert.ok((counts?.pending ?? 0) > 0)
    await allAre(shop, made.requests, 'success')
    stop.abort()
    await posting
  })

  test('claims no more than it may have in hand', async (t) => {
    const shop = await openShop(t)
    const ids = await shop.add(5)
    const gate = createGate()
    shop.start(embeddedLink(gate))
    await eventually('three in hand', () => gate.held() === 3)
    shop.bell.ring()
    await sleep(30)
    assert.deepEqual(
      (await shop.statuses(ids)).filter((status) => status === 'pending'),
      ['pending', 'pending'],
    )
    gate.open()
    await allAre(shop, ids, 'success')
  })

  // The slow poll alone, of twice a second, would take longer for as many rounds.
  test('wakes when the bell rings', { timeout: 25_000 }, async (t) => {
    const shop = await openShop(t)
    const claims: number[] = []
    const claim: Repository['claim'] = async (owner, queues, limit) => {
      claims.push(limit)
      return shop.repository.claim(owner, queues, limit)
    }
    shop.start(
      parserOf(async () => aPage()),
      { repository: { ...shop.repository, claim } },
    )
    await eventually('the first claim', () => claims.length === 1)
    for (let round = 0; round < 60; round += 1) {
      const [before, [id = 0]] = [claims.length, await shop.add(1)]
      shop.bell.ring()
      await eventually('a claim', () => claims.length > before)
      await allAre(shop, [id], 'success')
    }
  })

  test('finds without a ring what is there', async (t) => {
    const shop = await openShop(t)
    shop.start(parserOf(async () => aPage()))
    await sleep(20)
    await allAre(shop, await shop.add(1), 'success')
  })

  test('claims nothing while no task can be handed out, or its own life is not proved', async (t) => {
    const shop = await openShop(t)
    const ids = await shop.add(1)
    const link = { ...parserOf(async () => aPage()), ready: false }
    const owner = { id: 1, alive: false }
    shop.start(link, { owner })
    const poll = async () => {
      for (let ring = 0; ring < 5; ring += 1) {
        shop.bell.ring()
        await sleep(5)
      }
    }
    await poll()
    link.ready = true
    await poll()
    assert.deepEqual(await shop.statuses(ids), ['pending'])
    owner.alive = true
    await allAre(shop, ids, 'success')
  })

  test('goes on when a claim fails', async (t) => {
    const shop = await openShop(t)
    let failures = 0
    const claim: Repository['claim'] = async (...args) => {
      failures += 1
      if (failures < 3) throw new ServiceError('store_unavailable')
      return shop.repository.claim(...args)
    }
    const ids = await shop.add(1)
    shop.start(
      parserOf(async () => aPage()),
      { repository: { ...shop.repository, claim } },
    )
    await allAre(shop, ids, 'success')
  })

  test('puts back what may pass, due later, and fails what will not', async (t) => {
    const shop = await openShop(t)
    const codes = ['connection_reset', 'unknown_host'] as const
    const ids = await shop.add(2)
    shop.start(parserOf((url) => Promise.reject(new ServiceError(codes[Number(url.at(-1))] ?? 'poison'))))
    await eventually('both ends', async () => {
      const found = await Promise.all(ids.map((id) => shop.repository.status(id, null)))
      return found.every((one, index) => one?.error?.code === codes[index])
    })
    assert.deepEqual(await shop.statuses(ids), ['pending', 'failure'])
    await sql`update parse_requests set run_at = created_at, attempt = 2`.execute(shop.database.kysely)
    shop.bell.ring()
    await allAre(shop, ids, 'failure')
    assert.equal((await shop.repository.status(ids[0] ?? 0, null))?.attempt, 3)
  })
})

describe('an outcome', () => {
  test('is written again and again until the store takes it, and only then is its result dropped', async (t) => {
    const shop = await openShop(t)
    const ids = await shop.add(1)
    const order: string[] = []
    const succeed: Repository['succeed'] = async (id, page) => {
      order.push('commit')
      if (order.length < 3) throw new ServiceError('store_unavailable')
      return shop.repository.succeed(id, page)
    }
    const link = { ...parserOf(async () => aPage()), settled: async (id: number) => void order.push(`${id}`) }
    shop.start(link, { repository: { ...shop.repository, succeed } })
    await allAre(shop, ids, 'success')
    await eventually('the drop', () => order.length > 3)
    assert.deepEqual(order, ['commit', 'commit', 'commit', String(ids[0])])
  })

  test('that the store refuses for its content fails the request', async (t) => {
    const shop = await openShop(t)
    const ids = await shop.add(1)
    const succeed = () => Promise.reject(new RangeError('no such character'))
    shop.start(
      parserOf(async () => aPage()),
      { repository: { ...shop.repository, succeed } },
    )
    await allAre(shop, ids, 'failure')
    assert.equal((await shop.repository.status(ids[0] ?? 0, null))?.error?.code, 'internal_error')
    await eventually('it to be counted as what it is', async () =>
      /attempts_total\{outcome="failed",code="internal_error"\} 1\b/.test(await shop.metrics()),
    )
  })

  test('whose words the store refuses fails the request without them', async (t) => {
    const shop = await openShop(t)
    const ids = await shop.add(1)
    const fail: Repository['fail'] = (id, owner, fault, details) =>
      fault.message === 'bad words'
        ? Promise.reject(new RangeError('no such character'))
        : shop.repository.fail(id, owner, fault, details)
    shop.start(
      parserOf(() => Promise.reject(new ServiceError('unknown_host', 'bad words'))),
      { repository: { ...shop.repository, fail } },
    )
    await allAre(shop, ids, 'failure')
    assert.equal((await shop.repository.status(ids[0] ?? 0, null))?.error?.code, 'internal_error')
  })
})

describe('a loop that closes', () => {
  test('finishes what is in hand within the grace, and claims no more', async (t) => {
    const shop = await openShop(t)
    const ids = await shop.add(4)
    const gate = createGate()
    const { loop } = shop.start(embeddedLink(gate))
    await eventually('three in hand', () => gate.held() === 3)
    const closing = loop.close(20_000)
    gate.open()
    await closing
    assert.deepEqual(await shop.statuses(ids), ['success', 'success', 'success', 'pending'])
  })

  test('hands back what died with it as if it had not been begun', async (t) => {
    const shop = await openShop(t)
    const [id = 0] = await shop.add(1)
    const gate = createGate()
    const { loop } = shop.start(embeddedLink(gate))
    await eventually('one in hand', () => gate.held() === 1)
    await loop.close(0)
    assert.equal(gate.held(), 0)
    const status = await shop.repository.status(id, null)
    assert.deepEqual([status?.status, status?.attempt], ['pending', 0])
    const [again] = await shop.repository.claim(2, ['api'], 1)
    assert.deepEqual([again?.id, again?.attempt, again?.again], [id, 1, false])
  })

  test('hands back as out what a parser is at, and uncounted what it could take back', async (t) => {
    const shop = await openShop(t)
    const [taken, waiting] = await shop.add(2)
    const gate = createGate()
    const withdraw: ParserLink['withdraw'] = async (task) => task.id === waiting
    const { loop } = shop.start(outliving(embeddedLink(gate), { withdraw }))
    await eventually('both in hand', () => gate.held() === 2)
    await loop.close(0)
    const claimed = await shop.repository.claim(2, ['api'], 2)
    assert.deepEqual(
      claimed.map(({ id, attempt, again }) => [id, attempt, again]),
      [
        [taken, 2, true],
        [waiting, 1, false],
      ],
    )
  })

  test('hands back its last attempt as one that can be made', async (t) => {
    const shop = await openShop(t)
    const [id = 0] = await shop.add(1)
    await sql`update parse_requests set attempt = 2`.execute(shop.database.kysely)
    const gate = createGate()
    const { loop } = shop.start(outliving(embeddedLink(gate)))
    await eventually('one in hand', () => gate.held() === 1)
    await loop.close(0)
    shop.start(parserOf(async () => aPage()))
    await allAre(shop, [id], 'success')
  })
})

describe('a rescue', () => {
  const rescue = (t: TestContext, shop: Shop, link: ParserLink, more: Partial<LoopParts> = {}) => {
    const { loop, parts } = shop.start(link, more)
    const { stop } = startRescue(parts, loop)
    t.after(stop)
  }

  test('claims anew, as an attempt, what died with its worker', async (t) => {
    const shop = await openShop(t)
    const [id = 0] = await shop.add(1)
    await shop.repository.claim(99, ['api'], 1)
    rescue(
      t,
      shop,
      parserOf(async () => aPage()),
    )
    await allAre(shop, [id], 'success')
    assert.equal((await shop.repository.status(id, null))?.attempt, 2)
    assert.match(await shop.metrics(), /parsegate_adopted_total 1\b/)
  })

  test('gives up what killed as many workers as there are attempts', async (t) => {
    const shop = await openShop(t)
    const [id = 0] = await shop.add(1)
    await sql`update parse_requests set attempt = 2`.execute(shop.database.kysely)
    await shop.repository.claim(99, ['api'], 1)
    const gate = createGate()
    rescue(t, shop, embeddedLink(gate))
    await allAre(shop, [id], 'failure')
    assert.equal((await shop.repository.status(id, null))?.error?.code, 'poison')
    assert.deepEqual(gate.begun, [])
  })

  test('takes over what a parser is at, in the same attempt', async (t) => {
    const shop = await openShop(t)
    const ids = await shop.add(4)
    await shop.repository.claim(99, ['api'], 4)
    const seen: boolean[] = []
    const parse: ParserLink['parse'] = async (_, { again }): Promise<Page> => {
      seen.push(again)
      return aPage()
    }
    rescue(
      t,
      shop,
      outliving(
        parserOf(async () => aPage()),
        { parse },
      ),
      { concurrency: 1 },
    )
    await allAre(shop, ids, 'success')
    assert.deepEqual(seen, [true, true, true, true])
    assert.equal((await shop.repository.status(ids[0] ?? 0, null))?.attempt, 1)
  })

  test('leaves alone what a living worker holds, and waits until it can hand out itself', async (t) => {
    const shop = await openShop(t)
    const [mine = 0] = await shop.add(1)
    const gate = createGate()
    const link = { ...outliving(embeddedLink(gate)) }
    rescue(t, shop, link)
    await eventually('one in hand', () => gate.held() === 1)
    Object.assign(link, { ready: false })
    await shop.add(1)
    await shop.repository.claim(99, ['api'], 1)
    await sleep(600)
    assert.equal(gate.begun.length, 1)
    Object.assign(link, { ready: true })
    await eventually('the other', () => gate.held() === 2)
    gate.open()
    await allAre(shop, [mine], 'success')
  })
})
