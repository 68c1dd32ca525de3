import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import type { TextBody } from '../../src/extract/page.ts'
import { createPages } from '../../src/extract/pages.ts'
import { createThreads } from '../../src/extract/threads.ts'

const threads = createThreads({ threads: 1, mostWaiting: 2 })
const pages = createPages(threads, { deadlineMs: 60_000 })
after(() => threads.close())

const url = 'https://example.com/'
const body = (bytes: Uint8Array, more: Partial<TextBody> = {}): TextBody => ({
  bytes,
  contentType: 'text/html',
  mediaType: 'text/html',
  kind: 'html',
  url,
  finalUrl: url,
  ...more,
})
const start = '<meta http-equiv=refresh content="5; url=/next"><title>A & B</title><h1>Not found</h1>'
const both = async (
  head: string,
  fill: string,
  more: Partial<TextBody> = {},
  encoding: BufferEncoding = 'utf8',
) => {
  const small = pages.open(body(Buffer.from(head + fill, encoding), more))
  const large = pages.open(body(Buffer.from(head + fill.repeat(2_000_000 / fill.length), encoding), more))
  const [{ html: _, ...a }, { html, ...b }] = await Promise.all([
    small.read(undefined),
    large.read(undefined),
  ])
  return { small: { ...a, refresh: small.refresh }, large: { ...b, refresh: large.refresh }, html }
}

describe('a large page', () => {
  test('is read as a small one is', async () => {
    const { small, large, html } = await both(start, ' ')
    assert.deepEqual(large, small)
    assert.deepEqual([large.title, large.refresh, large.page_flags], ['A & B', '5; url=/next', ['soft_404']])
    assert.equal(html, start + ' '.repeat(2_000_000))
  })

  test('may be XHTML, which is large sooner', async () => {
    const head = `<html xmlns="http://www.w3.org/1999/xhtml"><head><script/><meta http-equiv="refresh" content="5; url=/next"/><title>A</title></head>`
    const xhtml = { contentType: 'application/xhtml+xml', mediaType: 'application/xhtml+xml', kind: 'xhtml' }
    const read = async (size: number) => {
      const bytes = Buffer.from(`${head}<body>${'<br/>'.repeat(size / 5)}</body></html>`)
      const opened = pages.open(body(bytes, xhtml))
      const { title } = await opened.read(undefined)
      return [title, opened.refresh, bytes.length > 0]
    }
    assert.deepEqual(await read(1000), ['A', '5; url=/next', true])
    assert.deepEqual(await read(500_000), ['A', '5; url=/next', true])
    assert.deepEqual(await read(2_000_000), ['A', '5; url=/next', false])
  })

  test('is read in the encoding that it says, or that it is in', async () => {
    const wide = `<meta http-equiv=refresh content="0; url=/é"><title>é</title>`
    for (const [more, encoding] of [
      [{ contentType: 'text/html; charset=utf-16le' }, 'utf16le'],
      [{ contentType: 'text/html; charset=iso-8859-1' }, 'latin1'],
      [{}, 'latin1'],
      [{}, 'utf8'],
    ] as const) {
      const { small, large } = await both(wide, 'é ', more, encoding)
      assert.deepEqual(large, small)
      assert.deepEqual([large.title, large.refresh], ['é', '0; url=/é'])
    }
  })

  test('takes its memory along, of which it may be a part', async () => {
    const block = Buffer.alloc(3_000_000, 'x')
    const { html, title } = await pages.open(body(block.subarray(10, 2_000_010))).read(undefined)
    assert.deepEqual([html.length, title, block.length], [2_000_000, '', 0])
  })

  test('that is none but a text has the title of its kind', async () => {
    const json = Buffer.from(`{"title": "Data", "a": "${'x'.repeat(2_000_000)}"}`)
    const more = { contentType: 'application/json', mediaType: 'application/json', kind: 'json' }
    const opened = pages.open(body(json, more))
    const read = await opened.read(undefined)
    assert.deepEqual([read.title, read.page_flags, opened.refresh], ['Data', [], null])
  })

  test('is given up at its deadline, and with its signal', async () => {
    const bytes = () => Buffer.from(`<a>${'</b>'.repeat(2_500_000)}`)
    const hurried = createPages(threads, { deadlineMs: 1 })
    await assert.rejects(hurried.open(body(bytes())).read(undefined), { code: 'page_too_complex' })
    const gone = AbortSignal.abort(new Error('gone'))
    await assert.rejects(pages.open(body(bytes())).read(gone), { message: 'gone' })
  })
})
