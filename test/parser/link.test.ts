import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { ServiceError } from '../../src/contract/errors.ts'
import type { Page } from '../../src/contract/models.ts'
import type { ParseOptions } from '../../src/contract/options.ts'
import type { Parser, ParserLink } from '../../src/contract/parser.ts'
import { embeddedLink } from '../../src/parser/link.ts'
import { aPage, aTask, createGate, faultOf, handing, openWire } from '../support/link.ts'
import { eventually } from '../support/process.ts'

const ways: Record<string, (t: TestContext, parser: Parser) => Promise<ParserLink>> = {
  'in this process': async (_, parser) => embeddedLink(parser),
  'through Redis': async (t, parser) => {
    const wire = openWire(t)
    await wire.consumer(parser)
    return wire.link()
  },
}

const whole: Page = {
  title: 'Ключ ☂ 🗝',
  html: '<title>Ключ</title>\n"\\\u2028',
  final_url: 'https://example.com/end',
  target_status: 203,
  redirects: [{ url: 'https://example.com/', status: 301 }],
  content_type: 'text/html; charset=koi8-r',
  media_type: 'text/html',
  encoding: 'KOI8-R',
  encoding_source: 'transport',
  fetched_at: '2026-01-02T03:04:05.678Z',
  cached: false,
  page_flags: ['soft_404'],
  caching: { etag: '"a"' },
}

const parserOf = (parse: Parser['parse']): Parser => ({ parse })

for (const [name, open] of Object.entries(ways)) {
  describe(`the way to a parser ${name}`, () => {
    test('brings a page back whole', async (t) => {
      const link = await open(
        t,
        parserOf(async () => whole),
      )
      const { timings: _, ...page } = await link.parse(aTask(1), handing())
      assert.deepEqual(page, whole)
    })

    test('brings URL and options to the parser', async (t) => {
      const asked: [string, ParseOptions][] = []
      const parse: Parser['parse'] = async (url, options) => {
        asked.push([url, options])
        return aPage()
      }
      const link = await open(t, parserOf(parse))
      await link.parse(aTask(2, { timeout: 1.5, max_bytes: 1000 }), handing())
      await link.parse(aTask(3), handing())
      assert.deepEqual(asked, [
        ['https://example.com/2', { timeout: 1.5, max_bytes: 1000 }],
        ['https://example.com/3', {}],
      ])
    })

    test('brings back a fault with all that it says', async (t) => {
      const details = { passes: true, targetStatus: 429, finalUrl: 'https://example.com/busy' }
      const fault = new ServiceError('http_status', 'The site answered 429', details)
      const link = await open(
        t,
        parserOf(() => Promise.reject(fault)),
      )
      const { code, message, passes, targetStatus, finalUrl } = await faultOf(link.parse(aTask(4), handing()))
      assert.deepEqual(
        { code, message, passes, targetStatus, finalUrl },
        { code: 'http_status', message: 'The site answered 429', ...details },
      )
    })

    test('tells whether a fault may pass as the table has it, where nothing else is said', async (t) => {
      const codes = ['connection_reset', 'unknown_host'] as const
      const link = await open(
        t,
        parserOf((url) => Promise.reject(new ServiceError(codes[Number(url.at(-1))] ?? 'not_found'))),
      )
      const faults = await Promise.all(codes.map((_, id) => faultOf(link.parse(aTask(id), handing()))))
      assert.deepEqual(
        faults.map(({ code, passes, targetStatus, finalUrl }) => [code, passes, targetStatus, finalUrl]),
        [
          ['connection_reset', true, undefined, undefined],
          ['unknown_host', false, undefined, undefined],
        ],
      )
    })

    test('makes an internal error of what a parser throws unexpectedly, and keeps its words inside', async (t) => {
      const link = await open(
        t,
        parserOf(() => Promise.reject(new TypeError('secret is not a function'))),
      )
      const fault = await faultOf(link.parse(aTask(5), handing()))
      assert.deepEqual([fault.code, fault.passes], ['internal_error', false])
      assert.doesNotMatch(fault.message, /secret/)
    })

    test('ends the wait with the reason of its signal', async (t) => {
      const gate = createGate()
      const link = await open(t, gate)
      const abort = new AbortController()
      const waiting = link.parse(aTask(6), handing({ signal: abort.signal }))
      await eventually('the parser', () => gate.held() === 1)
      const reason = new Error('enough')
      abort.abort(reason)
      await assert.rejects(waiting, (thrown) => thrown === reason)
      gate.open()
    })

    test('ends the wait even where the parser does not heed the signal', async (t) => {
      const page = Promise.withResolvers<Page>()
      const link = await open(
        t,
        parserOf(() => page.promise),
      )
      const abort = new AbortController()
      const waiting = link.parse(aTask(7), handing({ signal: abort.signal }))
      const reason = new ServiceError('parser_unavailable')
      abort.abort(reason)
      await assert.rejects(waiting, (thrown) => thrown === reason)
      page.resolve(aPage())
    })

    test('does not begin to wait when its signal has ended already', async (t) => {
      const link = await open(t, createGate())
      const reason = new Error('too late')
      const waiting = link.parse(aTask(8), handing({ signal: AbortSignal.abort(reason) }))
      await assert.rejects(waiting, (thrown) => thrown === reason)
    })

    test('carries several tasks at once, each answer to its own', async (t) => {
      const gate = createGate((url) => aPage({ title: url }))
      const link = await open(t, gate)
      const waiting = [11, 12, 13].map((id) => link.parse(aTask(id), handing()))
      await eventually('all at the parser', () => gate.held() === 3)
      gate.open()
      const titles = (await Promise.all(waiting)).map(({ title }) => title)
      assert.deepEqual(
        titles,
        [11, 12, 13].map((id) => aTask(id).url),
      )
    })

    test('can be told that a task is settled, and hand out the same id again', async (t) => {
      let count = 0
      const link = await open(
        t,
        parserOf(async () => aPage({ title: String(++count) })),
      )
      assert.equal((await link.parse(aTask(14), handing())).title, '1')
      await link.settled(14)
      assert.equal((await link.parse(aTask(14), handing())).title, '2')
    })

    test('does not take back what a parser has begun', async (t) => {
      const gate = createGate()
      const link = await open(t, gate)
      const waiting = link.parse(aTask(15), handing())
      await eventually('the parser', () => gate.held() === 1)
      assert.equal(await link.withdraw(aTask(15)), false)
      gate.open()
      await waiting
    })
  })
}
