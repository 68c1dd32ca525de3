import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ServiceError } from '../../src/contract/errors.ts'
import { createDocuments } from '../../src/extract/document.ts'
import { createPages } from '../../src/extract/pages.ts'
import { createThreads } from '../../src/extract/threads.ts'
import { parseAllowPrivate } from '../../src/fetch/allowance.ts'
import { createFetcher } from '../../src/fetch/page.ts'
import { defaultBlockedPorts } from '../../src/fetch/ports.ts'
import { createParser } from '../../src/parser/parse.ts'
import { type Origin, page, redirect, response, startOrigin } from '../support/origin.ts'

const koi = Buffer.from('<title> \xf0\xf0\n</title>', 'latin1')
const xhtml =
  '<html xmlns="http://www.w3.org/1999/xhtml"><head><script/><title><![CDATA[<ПП>]]></title></head><body/></html>'

describe('a parser', () => {
  let origin: Origin
  const fetcher = createFetcher({
    maxBytes: 10_000,
    timeoutMs: 5000,
    allowPrivate: parseAllowPrivate('127.0.0.1'),
    blockedPorts: defaultBlockedPorts,
    userAgent: 'test',
  })
  const threads = createThreads({ threads: 2, mostWaiting: 10 })
  const documents = createDocuments(threads)
  const pages = createPages(threads, { deadlineMs: 60_000 })
  const parser = createParser({ fetcher, pages, documents, maxBytes: 10_000 })

  before(async () => {
    origin = await startOrigin(({ path }) => {
      if (path === '/koi') return response(koi, ['Content-Type: text/html; charset=koi8-r'])
      if (path === '/moved') return redirect('/koi#part')
      if (path === '/refresh') return page('<meta http-equiv=refresh content="0; url=/koi">')
      if (path === '/refresh-xhtml')
        return response(
          xhtml.replace('<script/>', '<script/><meta http-equiv="refresh" content="0;url=/koi"/>'),
          ['Content-Type: application/xhtml+xml'],
        )
      if (path === '/refresh-text')
        return response('<meta http-equiv=refresh content="0; url=/koi">', ['Content-Type: text/plain'])
      if (path === '/gone') return page('<title>Page not found</title>')
      if (path === '/gone-text')
        return response('<title>Page not found</title>', ['Content-Type: text/plain'])
      if (path.startsWith('/xhtml'))
        return response(xhtml, [`Content-Type: ${decodeURIComponent(path.split('?')[1] ?? '')}`])
      if (path === '/large') return page('x'.repeat(9000))
      if (path === '/missing') return response('gone', [], '404 Not Found')
      return undefined
    })
  })
  after(async () => {
    await origin.close()
    await threads.close()
  })

  test('gives a page with all that is known of it', async () => {
    const { fetched_at, timings, ...rest } = await parser.parse(`${origin.base}/moved`, {})
    assert.match(fetched_at ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    assert.deepEqual(rest, {
      title: 'ПП',
      html: '<title> ПП\n</title>',
      final_url: `${origin.base}/koi#part`,
      target_status: 200,
      redirects: [{ url: `${origin.base}/moved`, status: 302 }],
      content_type: 'text/html; charset=koi8-r',
      media_type: 'text/html',
      encoding: 'KOI8-R',
      encoding_source: 'transport',
      cached: false,
      page_flags: [],
      caching: null,
    })
    assert.deepEqual(Object.keys(timings ?? {}).sort(), ['connect', 'dns', 'download', 'first_byte', 'parse'])
    assert.ok(Object.values(timings ?? {}).every((ms) => ms >= 0 && ms < 20_000))
  })

  test('follows the refresh of a page, and not of a text', async () => {
    const { title, final_url } = await parser.parse(`${origin.base}/refresh`, {})
    assert.deepEqual([title, final_url], ['ПП', `${origin.base}/koi`])
    assert.equal(
      (await parser.parse(`${origin.base}/refresh-text`, {})).final_url,
      `${origin.base}/refresh-text`,
    )
  })

  test('flags a page that stands in the place of another, and no text', async () => {
    const { page_flags, html } = await parser.parse(`${origin.base}/gone`, {})
    assert.deepEqual([page_flags, html], [['soft_404'], '<title>Page not found</title>'])
    assert.deepEqual((await parser.parse(`${origin.base}/gone-text`, {})).page_flags, [])
  })

  test('reads XHTML by its own rules, where it is sent as XML', async () => {
    const read = async (type: string) => {
      const { title, html, media_type } = await parser.parse(`${origin.base}/xhtml?${type}`, {})
      assert.equal(html, xhtml)
      return [title, media_type]
    }
    for (const type of ['application/xhtml+xml', 'application/xml', 'text/xml'])
      assert.deepEqual(await read(type), ['<ПП>', 'application/xhtml+xml'])
    assert.deepEqual(await read('text/html;charset=utf-8'), ['', 'text/html'])
  })

  test('follows the refresh of XHTML', async () => {
    const { final_url } = await parser.parse(`${origin.base}/refresh-xhtml`, {})
    assert.equal(final_url, `${origin.base}/koi`)
  })

  test('holds a page to the bytes it is asked for', async () => {
    await assert.rejects(parser.parse(`${origin.base}/large`, { max_bytes: 8999 }), {
      code: 'body_too_large',
    })
    assert.equal((await parser.parse(`${origin.base}/large`, { max_bytes: 9000 })).html.length, 9000)
  })

  test('holds a fetch to the seconds it is asked for', async () => {
    await assert.rejects(parser.parse(`${origin.base}/silent`, { timeout: 0.1 }), { code: 'fetch_timeout' })
  })

  test('leaves the time between two pages of a host that it is asked for', async () => {
    const begun = performance.now()
    await Promise.all([1, 2, 3].map(() => parser.parse(`${origin.base}/koi`, { host_gap: 0.1 })))
    assert.ok(performance.now() - begun >= 195)
  })

  test('passes a fault of the page on', async () => {
    const parsing = parser.parse(`${origin.base}/missing`, {})
    await assert.rejects(parsing, { code: 'http_status', targetStatus: 404 })
  })

  test('ends with its signal', async () => {
    const signal = AbortSignal.abort(new ServiceError('request_timeout'))
    await assert.rejects(parser.parse(`${origin.base}/silent`, {}, signal), { code: 'request_timeout' })
  })
})
