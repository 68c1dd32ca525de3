import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type ErrorCode, errorKinds, ServiceError } from '../../src/contract/errors.ts'
import type { Claimed, Page } from '../../src/contract/models.ts'
import type { Handing, ParserLink } from '../../src/contract/parser.ts'
import { embeddedLink } from '../../src/parser/link.ts'
import { backoff, type Outcome, runTask, type TaskParts } from '../../src/worker/tasks.ts'
import { aPage, aTask } from '../support/link.ts'

const claimed = (more: Partial<Claimed> = {}): Claimed => ({
  ...aTask(1),
  caller: null,
  group_id: null,
  schedule_id: null,
  attempt: 1,
  waited_ms: 0,
  again: false,
  ...more,
})

const failing = (fault: unknown): ParserLink => embeddedLink({ parse: () => Promise.reject(fault) })
const signal = new AbortController().signal
const parts = (link: ParserLink, stored?: Page): TaskParts => ({
  link,
  maxAttempts: 3,
  random: () => 0,
  now: () => Date.parse('2026-01-01T00:01:00Z'),
  repository: { reusable: async () => stored },
})

describe('a task', () => {
  test('is done with the page that came', async () => {
    const page = aPage({ title: 'x' })
    const link = embeddedLink({ parse: async () => page })
    assert.deepEqual(await runTask(claimed(), parts(link), signal), { kind: 'done', page })
  })

  test('is handed out with what is known of it', async () => {
    const seen: [number, Handing][] = []
    const link: ParserLink = {
      ...failing(undefined),
      async parse({ id }, handing) {
        seen.push([id, handing])
        return aPage()
      },
    }
    await runTask(claimed({ again: true, waited_ms: 1234 }), parts(link), signal)
    assert.deepEqual(seen, [[1, { again: true, waitedMs: 1234, signal }]])
  })

  // Each of the table: a fault that may pass is tried again while there are attempts, no other is.
  const expected = (code: ErrorCode, attempt: number) =>
    code === 'host_busy' ? 'postponed' : errorKinds[code].passes && attempt < 3 ? 'retry' : 'failed'

  for (const code of Object.keys(errorKinds) as ErrorCode[]) {
    test(`that ends with ${code} goes the way of the table`, async () => {
      for (const attempt of [1, 2, 3]) {
        const error = new ServiceError(code)
        const outcome = await runTask(claimed({ attempt }), parts(failing(error)), signal)
        const { kind, error: ended } = outcome as Exclude<Outcome, { kind: 'done' }>
        assert.deepEqual([kind, ended], [expected(code, attempt), error])
      }
    })
  }

  test('goes by the fault itself where that says whether it may pass', async () => {
    const busy = new ServiceError('http_status', 'The site answered 503', { passes: true, targetStatus: 503 })
    assert.equal((await runTask(claimed(), parts(failing(busy)), signal)).kind, 'retry')
    const strict = new ServiceError('connection_reset', 'x', { passes: false })
    assert.equal((await runTask(claimed(), parts(failing(strict)), signal)).kind, 'failed')
  })

  test('fails as an internal error by what is thrown unexpectedly', async () => {
    for (const thrown of [new TypeError('x'), 'text', undefined, null]) {
      const outcome = await runTask(claimed(), parts(failing(thrown)), signal)
      assert.equal(outcome.kind === 'failed' && outcome.error.code, 'internal_error')
    }
  })

  test('fails as poison, untried, when its attempts were used up by workers that died', async () => {
    let tried = 0
    const link = embeddedLink({ parse: async () => aPage({ title: String(++tried) }) })
    assert.equal((await runTask(claimed({ attempt: 3 }), parts(link), signal)).kind, 'done')
    const outcome = await runTask(claimed({ attempt: 4 }), parts(link), signal)
    assert.equal(outcome.kind === 'failed' && outcome.error.code, 'poison')
    assert.equal(tried, 1)
  })

  test('is postponed for as long as its host is busy, which is no attempt', async () => {
    const busy = new ServiceError('host_busy', undefined, { retryAfterMs: 7000 })
    const outcome = await runTask(claimed({ attempt: 3 }), parts(failing(busy)), signal)
    assert.deepEqual(outcome, { kind: 'postponed', delayMs: 7000, error: busy })
  })

  test('takes a page from the store where its max_age allows it, and asks no parser', async () => {
    const stored = aPage({ title: 'stored', fetched_at: '2026-01-01T00:00:00Z' })
    const asking = parts(failing(new ServiceError('timeout')), stored)
    const outcome = await runTask(claimed({ options: { max_age: 60 } }), asking, signal)
    assert.deepEqual(outcome, { kind: 'done', page: { ...stored, cached: true } })
    assert.equal((await runTask(claimed({ options: { max_age: 59 } }), asking, signal)).kind, 'retry')
  })

  test('is tried once where one attempt is all there are', async () => {
    const error = new ServiceError('timeout')
    const outcome = await runTask(claimed(), { ...parts(failing(error)), maxAttempts: 1 }, signal)
    assert.equal(outcome.kind, 'failed')
  })
})

describe('the delay before a retry', () => {
  const rows: [attempt: number, least: number, most: number][] = [
    [1, 500, 1000],
    [2, 1000, 2000],
    [3, 2000, 4000],
    [6, 16_000, 32_000],
    [7, 30_000, 60_000],
    [50, 30_000, 60_000],
    [2000, 30_000, 60_000],
  ]
  for (const [attempt, least, most] of rows) {
    test(`lies between ${least} and ${most} ms after attempt ${attempt}`, async () => {
      assert.equal(
        backoff(attempt, () => 0),
        least,
      )
      const longest = backoff(attempt, () => 0.999)
      assert.ok(longest <= most && longest >= most * 0.99, String(longest))
    })
  }

  test('is what the site asks for, within an hour, if that is longer', async () => {
    const delay = async (retryAfterMs: number) => {
      const busy = new ServiceError('http_status', 'x', { passes: true, retryAfterMs })
      const outcome = await runTask(claimed(), parts(failing(busy)), signal)
      return outcome.kind === 'retry' && outcome.delayMs
    }
    assert.deepEqual([await delay(0), await delay(90_000), await delay(1e12)], [500, 90_000, 3_600_000])
  })

  test('is that of the outcome', async () => {
    const link = failing(new ServiceError('timeout'))
    const outcome = await runTask(claimed({ attempt: 2 }), { ...parts(link), random: () => 0.5 }, signal)
    assert.equal(outcome.kind === 'retry' && outcome.delayMs, 1500)
  })
})
