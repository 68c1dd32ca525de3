import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type ErrorCode, errorKinds, ServiceError } from '../../src/contract/errors.ts'
import type { Page } from '../../src/contract/models.ts'
import {
  decodeResult,
  encodeFault,
  encodePage,
  encodeTask,
  readLoad,
  wireKeys,
} from '../../src/parser/wire.ts'
import { aPage } from '../support/link.ts'

/** What a result's JSON tells of a fault. */
function faultIn(json: string): ServiceError {
  try {
    decodeResult(json)
  } catch (fault) {
    if (fault instanceof ServiceError) return fault
    throw fault
  }
  throw new Error('no fault')
}

describe('a task on the wire', () => {
  const url = 'https://example.com/?a="b"&ц'
  const rows: [options: object, json: string][] = [
    [{}, `{"id":17,"url":${JSON.stringify(url)}}`],
    [{ timeout: 1.5 }, `{"id":17,"url":${JSON.stringify(url)},"options":{"timeout":1.5}}`],
  ]
  for (const [options, json] of rows) {
    test(`with options ${JSON.stringify(options)} has exactly the agreed members`, () => {
      assert.equal(encodeTask({ id: 17, url, options }), json)
    })
  }

  test('has nothing of what else a worker knows of it', () => {
    const claimed = { id: 17, url, options: {}, attempt: 2, waited_ms: 5, again: true }
    assert.equal(encodeTask(claimed), rows[0]?.[1])
  })
})

test('all keys derive from the two settings', () => {
  const { tasks, results, ...own } = wireKeys('q', 'r:')
  assert.deepEqual([tasks, results], ['q', 'r:'])
  for (const key of Object.values(own)) assert.match(key, /^q:/)
  assert.equal(own.dead, 'q:dead')
  assert.equal(new Set(Object.values(own)).size, Object.keys(own).length)
})

describe('a page on the wire', () => {
  const pages: Page[] = [
    aPage(),
    aPage({ title: '', html: '' }),
    {
      title: 'Ключ 🗝 "\\\u2028',
      html: '<p>\u0001\n</p>',
      final_url: 'https://example.com/end',
      target_status: 200,
      redirects: [{ url: 'https://example.com/', status: 301 }],
      content_type: 'text/html',
      media_type: 'text/html',
      encoding: 'UTF-8',
      encoding_source: 'bom',
      fetched_at: '2026-01-02T03:04:05.678Z',
      cached: false,
      page_flags: ['soft_404'],
      caching: { etag: '"a"' },
    },
  ]
  for (const page of pages)
    test(`comes back as it was: ${JSON.stringify(page.title)}`, () => {
      assert.deepEqual(decodeResult(encodePage(page, { total: 12 })), { ...page, timings: {} })
    })

  test('has the stages that are known, whatever else is told', () => {
    const json = (timings: unknown) => JSON.stringify({ status: 'success', html: '', timings })
    const told: [unknown, object][] = [
      [
        { dns: 1.5, parse: 3, total: 12, tls: -1, connect: '7' },
        { dns: 1.5, parse: 3 },
      ],
      [null, {}],
      ['slow', {}],
      [[1, 2], {}],
    ]
    for (const [timings, wanted] of told) assert.deepEqual(decodeResult(json(timings)).timings, wanted)
    assert.deepEqual(decodeResult(encodePage(aPage({ timings: { dns: 2 } }), { total: 12 })).timings, {
      dns: 2,
    })
  })

  test('says at its end how much its parser is at work, if it does', () => {
    const told: [string, number][] = [
      [encodePage(aPage(), { total: 12, load: 0.57 }), 0.57],
      [encodePage(aPage(), { total: 12, load: 1 }), 1],
      [encodePage(aPage({ html: '"load":1}}' }), { total: 12 }), 0],
      ['{"status":"success","html":"","timings":{"load":99}}', 0],
      ['', 0],
    ]
    for (const [json, load] of told) assert.equal(readLoad(json), load, json)
  })

  const { title: _, html: __, ...nulls } = aPage()
  const read: [json: string, page: Partial<Page>][] = [
    ['{"status":"success","title":"T","html":"<p>"}', { title: 'T', html: '<p>' }],
    ['{"status":"success","title":null,"html":"<p>"}', { title: '', html: '<p>' }],
    ['{"status":"success","html":"<p>"}', { title: '', html: '<p>' }],
    ['{"html":"<p>","extra":{"a":1},"status":"success","id":17}', { title: '', html: '<p>' }],
    ['{"status":"success","html":"a\\u0000b\\ud800c"}', { title: '', html: 'a\uFFFDb\uFFFDc' }],
    ['{"status":"success","html":"","final_url":null,"target_status":404}', { html: '', target_status: 404 }],
    ['{"status":"success","html":"","encoding_source":"a guess"}', { html: '' }],
    [
      '{"status":"success","html":"","page_flags":["parked","dull",1,"parked"]}',
      { html: '', page_flags: ['parked'] },
    ],
    ['{"status":"success","html":"","page_flags":"parked"}', { html: '' }],
    ['{"status":"success","html":"","__proto__":{"title":"x"},"constructor":1}', { html: '' }],
  ]
  for (const [json, page] of read)
    test(`is read from ${json}`, () => {
      assert.deepEqual(decodeResult(json), { title: '', ...nulls, ...page })
    })

  const bad = [
    '',
    '{',
    'null',
    '"text"',
    '[]',
    '[{"status":"success","html":"<p>"}]',
    '{}',
    '{"status":"SUCCESS","html":"<p>"}',
    '{"status":["success"],"html":"<p>"}',
    '{"status":"success"}',
    '{"status":"success","html":null}',
    '{"status":"success","html":1}',
    '{"status":"success","html":"","title":1}',
    '{"status":"success","html":"","target_status":"200"}',
    '{"status":"success","html":"","target_status":99}',
    '{"status":"success","html":"","target_status":200.5}',
    '{"status":"success","html":"","fetched_at":"yesterday"}',
    '{"status":"failure","error":["x"]}',
    '{"status":"failure","error":"x","target_status":1000}',
    '{"status":"failure","error":"x","passes":"yes"}',
    '['.repeat(100_000),
  ]
  for (const json of bad)
    test(`is not read from ${json.slice(0, 60)}`, () => {
      assert.equal(faultIn(json).code, 'bad_parser_result')
    })
})

describe('a fault on the wire', () => {
  for (const code of Object.keys(errorKinds) as ErrorCode[])
    test(`keeps its code and whether it may pass: ${code}`, () => {
      for (const passes of [true, false]) {
        const fault = faultIn(encodeFault(new ServiceError(code, 'words', { passes })))
        assert.deepEqual([fault.code, fault.message, fault.passes], [code, 'words', passes])
      }
      assert.equal(faultIn(`{"status":"failure","error_code":"${code}"}`).passes, errorKinds[code].passes)
    })

  test('keeps what the site answered and where', () => {
    const details = { targetStatus: 503, finalUrl: 'https://example.com/x' }
    const { targetStatus, finalUrl } = faultIn(encodeFault(new ServiceError('http_status', 'x', details)))
    assert.deepEqual({ targetStatus, finalUrl }, details)
  })

  test('does not tell its cause', () => {
    const fault = new ServiceError('internal_error', undefined, { cause: new Error('secret') })
    assert.doesNotMatch(encodeFault(fault), /secret/)
  })

  const help = errorKinds.parser_error.help
  const foreign: [json: string, code: ErrorCode, message: string, passes: boolean][] = [
    ['{"status":"failure","error":"HTTP 404"}', 'parser_error', 'HTTP 404', false],
    ['{"status":"failure"}', 'parser_error', help, false],
    ['{"status":"failure","error":null}', 'parser_error', help, false],
    ['{"status":"failure","error":"x","error_code":"E42","passes":true}', 'parser_error', 'x', false],
    ['{"status":"failure","error":"x","error_code":"toString"}', 'parser_error', 'x', false],
    ['{"status":"failure","error":"a\\u0000\\udfff"}', 'parser_error', 'a\uFFFD\uFFFD', false],
    ['{"status":"failure","error":"x","html":"<p>"}', 'parser_error', 'x', false],
  ]
  for (const [json, code, message, passes] of foreign)
    test(`is read from ${json}`, () => {
      const fault = faultIn(json)
      assert.deepEqual([fault.code, fault.message, fault.passes], [code, message, passes])
    })

  test('has its words cut at a bound', () => {
    const fault = faultIn(JSON.stringify({ status: 'failure', error: 'x'.repeat(1_000_000) }))
    assert.equal(fault.message.length, 2000)
  })

  test('has words that every store can hold wherever they are cut', () => {
    const fault = faultIn(JSON.stringify({ status: 'failure', error: `x${'🗝'.repeat(2000)}` }))
    assert.ok(fault.message.isWellFormed())
  })
})
