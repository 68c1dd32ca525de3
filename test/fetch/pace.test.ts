import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ServiceError } from '../../src/contract/errors.ts'
import { createPace, readRetryAfter } from '../../src/fetch/pace.ts'
import { busy, crowd, gaps, terms } from '../support/pace.ts'

describe('the pace of a host', () => {
  test('lets no more in at once than it has places', async () => {
    const hosts = Array.from({ length: 20 }, (_, index) => `host${index}`)
    assert.equal(await crowd([createPace()], hosts, 1000, 3), 3)
  })

  test('leaves a gap between two entries', async () => {
    for (const gap of await gaps(createPace(), 'a', 5, 30)) assert.ok(gap >= 28, String(gap))
  })

  test('lets in who came first', async () => {
    const pace = createPace()
    const order: number[] = []
    const leave = await pace.enter('a', terms({ concurrency: 1 }))
    const all = [1, 2, 3].map(async (one) => {
      const leaveToo = await pace.enter('a', terms({ concurrency: 1 }))
      order.push(one)
      leaveToo()
    })
    leave()
    leave()
    await Promise.all(all)
    assert.deepEqual(order, [1, 2, 3])
  })

  test('holds up nobody at another host', async () => {
    const pace = createPace()
    await pace.enter('slow', terms({ concurrency: 1 }))
    void pace.enter('slow', terms({ concurrency: 1 }))
    const leave = await pace.enter('quick', terms({ concurrency: 1 }))
    leave()
  })

  test('sends away at once who would wait too long, each to come later than the one before', async () => {
    const pace = createPace()
    await pace.enter('a', terms({ concurrency: 1 }))
    await pace.enter('b', terms({ gapMs: 5000 }))
    const first = await busy(pace, 'a')
    assert.deepEqual([first.code, first.passes], ['host_busy', true])
    assert.ok((first.retryAfterMs ?? 0) >= 49)
    const times: number[] = []
    for (let i = 0; i < 3; i += 1) times.push((await busy(pace, 'b', { gapMs: 5000 })).retryAfterMs ?? 0)
    for (const [index, expected] of [5000, 10_000, 15_000].entries())
      assert.ok(Math.abs((times[index] ?? 0) - expected) < 1000, String(times))
  })

  test('is left by who gives up, with no place taken', async () => {
    const pace = createPace()
    const leave = await pace.enter('a', terms({ concurrency: 1 }))
    const given = new AbortController()
    const waiting = pace.enter('a', terms({ concurrency: 1, signal: given.signal }))
    given.abort(new ServiceError('request_timeout'))
    await assert.rejects(waiting, { code: 'request_timeout' })
    leave()
    const again = await pace.enter('a', terms({ concurrency: 1, waitMs: 0 }))
    again()
  })

  test('rests when it is told to', async () => {
    const pace = createPace()
    pace.rest('a', 30_000)
    const { retryAfterMs = 0 } = await busy(pace, 'a')
    assert.ok(retryAfterMs > 25_000 && retryAfterMs <= 30_000, String(retryAfterMs))
  })

  test('rests where there is no limit too, and is without one again afterwards', async () => {
    const pace = createPace()
    pace.rest('a', 50)
    const unlimited = { concurrency: 0, gapMs: 0 }
    assert.equal((await busy(pace, 'a', unlimited)).code, 'host_busy')
    const begun = performance.now()
    await Promise.all(Array.from({ length: 100 }, () => pace.enter('a', terms(unlimited))))
    assert.ok(performance.now() - begun > 30)
  })

  test('is none where there is no limit', async () => {
    const pace = createPace()
    await Promise.all(
      Array.from({ length: 100 }, () => pace.enter('a', terms({ concurrency: 0, waitMs: 0 }))),
    )
  })
})

describe('Retry-After', () => {
  const now = new Date('2026-01-01T00:00:00Z')
  const rows: [field: string | undefined, ms: number | null][] = [
    ['120', 120_000],
    [' 0 ', 0],
    ['Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
    ['Thursday, 01-Jan-26 00:01:00 GMT', 60_000],
    ['Thu Jan  1 00:01:00 2026', 60_000],
    ['Wed, 31 Dec 2025 23:00:00 GMT', 0],
    ['-5', null],
    ['1.5', null],
    ['soon', null],
    ['', null],
    [undefined, null],
  ]
  for (const [field, ms] of rows) {
    test(`of ${field} is ${ms}`, () => assert.equal(readRetryAfter(field, now), ms))
  }
})
