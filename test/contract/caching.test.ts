import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { throughCache } from '../../src/contract/caching.ts'
import { ServiceError } from '../../src/contract/errors.ts'
import { Page } from '../../src/contract/models.ts'
import type { ParseOptions } from '../../src/contract/options.ts'

const noon = Date.parse('2026-01-01T12:00:00.000Z')

const page = (rest: Partial<Page>): Page => ({ ...Page.parse({ title: 'stored', html: '<p>' }), ...rest })

/** A page that was stored `age` seconds before noon. */
const stored = (age: number, caching: Record<string, string> | null = null): Page =>
  page({ fetched_at: new Date(noon - age * 1000).toISOString(), caching })

/** Takes a page for these options. @returns it, and what was asked of the site */
async function take(options: ParseOptions, found: Page | undefined, answer = page({ title: 'fetched' })) {
  const asked: ParseOptions[] = []
  const taken = await throughCache(options, {
    find: async () => found,
    ask: async (sent) => {
      asked.push(sent)
      return answer
    },
    now: () => noon,
  })
  return { taken, asked }
}

const unchanged = page({
  title: '',
  html: '',
  not_modified: true,
  fetched_at: '2026-01-01T12:00:00.000Z',
  caching: { etag: '"b"' },
})

/** What a stored page of some age and fields gives for a max_age of 60 s. */
const rows: [age: number, fields: Record<string, string> | null, outcome: 'stored' | 'asked' | 'fetched'][] =
  [
    [59, null, 'stored'],
    [60, null, 'stored'],
    [61, null, 'fetched'],
    [61, { etag: '"a"' }, 'asked'],
    [61, { 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT' }, 'asked'],
    [10, { age: '40' }, 'stored'],
    [10, { age: '55' }, 'fetched'],
    [10, { 'cache-control': 'no-store', etag: '"a"' }, 'fetched'],
    [10, { 'cache-control': 'no-cache' }, 'fetched'],
    [10, { 'cache-control': 'no-cache', etag: '"a"' }, 'asked'],
    [10, { 'cache-control': 'max-age=5' }, 'stored'],
    [10, { 'cache-control': 'max-age=5, must-revalidate', etag: '"a"' }, 'asked'],
    [10, { 'cache-control': 'max-age=50, must-revalidate', etag: '"a"' }, 'stored'],
    [10, { expires: 'Thu, 01 Jan 1970 00:00:00 GMT' }, 'stored'],
    [10, { 'cache-control': 'private' }, 'stored'],
    [10, { vary: 'Accept-Language' }, 'stored'],
    [10, { vary: '*' }, 'fetched'],
    [10, { vary: '*', etag: '"a"' }, 'asked'],
    [10, { pragma: 'no-cache', etag: '"a"' }, 'asked'],
  ]

describe('a stored page', () => {
  for (const [age, fields, outcome] of rows) {
    test(`of ${age} s with ${JSON.stringify(fields)} is ${outcome} for a max_age of 60 s`, async () => {
      const { taken, asked } = await take({ max_age: 60 }, stored(age, fields))
      const conditions = asked.flatMap(({ headers }) => Object.keys(headers ?? {}))
      if (outcome === 'stored') assert.deepEqual([asked, taken.title, taken.cached], [[], 'stored', true])
      else {
        assert.deepEqual([asked.length, taken.title, taken.cached], [1, 'fetched', false])
        assert.equal(conditions.length > 0, outcome === 'asked', String(conditions))
      }
    })
  }

  test('is not looked for without a max_age', async () => {
    const { taken, asked } = await take({}, stored(1))
    assert.deepEqual([asked, taken.title], [[{}], 'fetched'])
  })

  test('serves again after its site said that it has not changed, and is as young as that', async () => {
    const { taken, asked } = await take({ max_age: 60 }, stored(61, { etag: '"a"', vary: 'x' }), unchanged)
    assert.deepEqual(asked, [{ max_age: 60, headers: { 'If-None-Match': '"a"' } }])
    assert.deepEqual(
      [taken.title, taken.cached, taken.fetched_at, taken.caching],
      ['stored', 'revalidated', unchanged.fetched_at, { etag: '"b"', vary: 'x' }],
    )
  })

  test('is asked about with the header fields of the client as well', async () => {
    const { asked } = await take(
      { max_age: 0, headers: { 'X-Key': '1' } },
      stored(5, { etag: '"a"' }),
      unchanged,
    )
    assert.deepEqual(asked[0]?.headers, { 'X-Key': '1', 'If-None-Match': '"a"' })
  })

  test('that cannot be looked for because the store is away is fetched', async () => {
    const away = () => Promise.reject(new ServiceError('store_unavailable'))
    const ask = async () => page({ title: 'fetched' })
    const taken = await throughCache({ max_age: 60 }, { find: away, ask, now: () => noon })
    assert.equal(taken.title, 'fetched')
  })

  test('is needed for "not modified" to be an answer', async () => {
    await assert.rejects(take({ headers: { 'If-None-Match': '"a"' } }, undefined, unchanged), {
      code: 'http_status',
      targetStatus: 304,
    })
  })
})
