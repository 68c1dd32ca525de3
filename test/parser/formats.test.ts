import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createDocuments } from '../../src/extract/document.ts'
import { createExtractor } from '../../src/extract/extractor.ts'
import { createPages } from '../../src/extract/pages.ts'
import { createThreads } from '../../src/extract/threads.ts'
import { parseAllowPrivate } from '../../src/fetch/allowance.ts'
import { createFetcher } from '../../src/fetch/page.ts'
import { defaultBlockedPorts } from '../../src/fetch/ports.ts'
import { withFormats } from '../../src/parser/formats.ts'
import { createParser } from '../../src/parser/parse.ts'
import { shareInFlight } from '../../src/parser/share.ts'
import { decodeResult, encodePage, fitting } from '../../src/parser/wire.ts'
import { docx, paragraph, pdf } from '../support/documents.ts'
import { type Origin, page, redirect, response, startOrigin } from '../support/origin.ts'
import { hostileShapes } from '../support/shapes.ts'

const word = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'

describe('a parser that makes formats', () => {
  let origin: Origin
  const fetcher = createFetcher({
    maxBytes: 20_000_000,
    timeoutMs: 20_000,
    allowPrivate: parseAllowPrivate('127.0.0.1'),
    blockedPorts: defaultBlockedPorts,
    userAgent: 'test',
  })
  const threads = createThreads({ threads: 2, mostWaiting: 10 })
  const fetching = shareInFlight(
    createParser({
      fetcher,
      pages: createPages(threads, { deadlineMs: 60_000 }),
      documents: createDocuments(threads),
      maxBytes: 1_000_000,
    }),
  )
  const parser = withFormats(fetching, createExtractor(threads, { deadlineMs: 20_000 }))

  before(async () => {
    const letter = await docx(paragraph('Some words of a letter.'), 'A letter')
    origin = await startOrigin(({ path }) => {
      if (path === '/moved') return redirect('/deep/page')
      if (path === '/deep/page') return page('<title>T</title><body><p>text <a href="next">next</a>')
      if (path === '/pdf')
        return response(pdf([['Words of a paper']], '/Title (A paper)'), ['Content-Type: application/pdf'])
      if (path === '/docx') return response(letter, [`Content-Type: ${word}`])
      if (path === '/json') return response('{"a":1}', ['Content-Type: application/json'])
      if (path === '/links') return page(hostileShapes['1,000,000 links']?.() ?? '')
      return undefined
    })
  })
  after(async () => {
    await origin.close()
    await threads.close()
  })

  test('makes none where none are asked for', async () => {
    assert.equal('formats' in (await parser.parse(`${origin.base}/deep/page`, { formats: ['html'] })), false)
  })

  test('resolves addresses against where the page was found', async () => {
    const { formats } = await parser.parse(`${origin.base}/moved`, { formats: ['links'] })
    assert.equal(formats?.links?.[0]?.url, `${origin.base}/deep/next`)
  })

  test('fetches once for requests that differ in formats alone', async () => {
    const before = origin.asked.length
    const wishes = [{ formats: ['text' as const] }, { formats: ['links' as const] }, {}, { select: 'p' }]
    const pages = await Promise.all(wishes.map((wish) => parser.parse(`${origin.base}/deep/page`, wish)))
    assert.deepEqual(
      pages.map(({ formats }) => Object.keys(formats ?? {})),
      [['text'], ['links'], [], []],
    )
    assert.equal(origin.asked.length, before + 1)
  })

  const documents: [path: string, text: RegExp, title: string][] = [
    ['/pdf', /^Words of a paper$/, 'A paper'],
    ['/docx', /^Some words of a letter\.$/, 'A letter'],
    ['/json', /^\{"a":1\}$/, ''],
  ]
  for (const [path, text, title] of documents) {
    test(`makes them of ${path} too`, async () => {
      const wanted = { formats: ['text' as const, 'metadata' as const] }
      const { formats } = await parser.parse(origin.base + path, wanted)
      assert.match(formats?.text?.trim() ?? '', text)
      assert.equal(formats?.metadata?.title ?? '', title)
    })
  }

  test('fails where the page is too complex, if formats are asked for', async () => {
    const url = `${origin.base}/links`
    await assert.rejects(parser.parse(url, { formats: ['text'] }), { code: 'page_too_complex' })
    assert.equal((await parser.parse(url, {})).target_status, 200)
  })

  test('ends with its signal', async () => {
    const signal = AbortSignal.timeout(50)
    const parsing = parser.parse(`${origin.base}/silent`, { formats: ['text'] }, signal)
    await assert.rejects(parsing, { name: 'TimeoutError' })
  })

  test('leaves out of a result what is too large for it', async () => {
    const found = await parser.parse(`${origin.base}/deep/page`, { formats: ['text', 'links'] })
    assert.deepEqual(decodeResult(encodePage(fitting(found, 1000), {})).formats, found.formats)
    assert.equal(decodeResult(encodePage(fitting(found, 200), {})).formats, undefined)
  })
})
