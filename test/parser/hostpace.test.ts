import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { describe, type TestContext, test } from 'node:test'
import { Redis } from 'ioredis'
import { createHostPace } from '../../src/parser/hostpace.ts'
import { openRedis } from '../../src/parser/redis.ts'
import { quiet } from '../support/link.ts'
import { busy, crowd, gaps, terms } from '../support/pace.ts'
import { eventually } from '../support/process.ts'
import { sharedRedis } from '../support/redis.ts'

/** Paces of several processes, as it were: each with a connection of its own. */
async function open(t: TestContext, count: number, leaseMs = 60_000) {
  const prefix = `${randomUUID()}:hosts:`
  const all = Array.from({ length: count }, (_, index) => openRedis(sharedRedis(), `pace-${index}`, quiet))
  t.after(() => {
    for (const redis of all) redis.disconnect()
  })
  await eventually('connections', () => all.every(({ status }) => status === 'ready'))
  return { paces: all.map((redis) => createHostPace({ redis, prefix, leaseMs })), all, prefix }
}

describe('the pace of a host, shared through Redis', () => {
  test('lets no more in at once than there are places, over all processes', async (t) => {
    const { paces } = await open(t, 3)
    assert.ok((await crowd(paces, ['a', 'b', 'c', 'd'], 120, 2)) <= 2)
  })

  test('leaves the gap between entries by two processes', async (t) => {
    const { paces } = await open(t, 2)
    const [one, two] = paces as [(typeof paces)[0], (typeof paces)[0]]
    for (const gap of await gaps(one, 'a', 4, 40)) assert.ok(gap >= 35, String(gap))
    const { code, retryAfterMs = 0 } = await busy(two, 'a', { concurrency: 0, gapMs: 40 })
    assert.equal(code, 'host_busy')
    assert.ok(retryAfterMs > 0)
  })

  test('sends away who finds all places held elsewhere, and lets in once one is free', async (t) => {
    const { paces } = await open(t, 2)
    const [one, two] = paces as [(typeof paces)[0], (typeof paces)[0]]
    const leave = await one.enter('a', terms({ concurrency: 1 }))
    assert.equal((await busy(two, 'a')).code, 'host_busy')
    const waiting = two.enter('a', terms({ concurrency: 1 }))
    leave()
    ;(await waiting)()
  })

  test('frees the places of a process that died', async (t) => {
    const { paces } = await open(t, 2, 100)
    const [one, two] = paces as [(typeof paces)[0], (typeof paces)[0]]
    await one.enter('a', terms({ concurrency: 1 }))
    ;(await two.enter('a', terms({ concurrency: 1 })))()
  })

  test('rests for all processes', async (t) => {
    const { paces } = await open(t, 2)
    const [one, two] = paces as [(typeof paces)[0], (typeof paces)[0]]
    one.rest('a', 30_000)
    await eventually('the rest', async () => {
      const left = await two.enter('a', terms({ waitMs: 0 })).then(
        (leave) => leave(),
        ({ retryAfterMs }) => retryAfterMs,
      )
      return left > 20_000
    })
  })

  test('is that of the process alone while Redis is away', async (t) => {
    const redis = new Redis({ lazyConnect: true })
    t.after(() => redis.disconnect())
    const pace = createHostPace({ redis, prefix: 'x', leaseMs: 1000 })
    const leave = await pace.enter('a', terms({ concurrency: 1 }))
    assert.equal((await busy(pace, 'a')).code, 'host_busy')
    leave()
    ;(await pace.enter('a', terms({ concurrency: 1, waitMs: 0 })))()
  })

  test('leaves no key behind for a host that nobody is at', async (t) => {
    const { paces, all, prefix } = await open(t, 1)
    const [pace] = paces as [(typeof paces)[0]]
    const leave = await pace.enter('a', terms({ gapMs: 20 }))
    leave()
    await eventually('no keys', async () => (await all[0]?.keys(`${prefix}*`))?.length === 0)
  })
})
