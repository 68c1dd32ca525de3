import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { ServiceError } from '../../src/contract/errors.ts'
import { createExtractor } from '../../src/extract/extractor.ts'
import { createThreads, type Threads } from '../../src/extract/threads.ts'

const late = () => new ServiceError('page_too_complex')
const wanted = { formats: ['text' as const] }

const task = (html: string) => ({
  page: { html, title: '', url: 'https://example.com/', mediaType: null },
  wanted,
  names: ['text' as const],
  maxBytes: Number.POSITIVE_INFINITY,
})

/** A page that takes longer than any deadline of these tests. */
const endless = task(`<i><button>${'<span>'.repeat(500)}${'</i>'.repeat(10_000_000)}`)
const quick = task('<p>text')

const textOf = async (threads: Threads) =>
  JSON.stringify(await threads.run('formats', quick, { deadlineMs: 60_000, late }))

const expected = JSON.stringify({ formats: { text: 'text' } })

describe('threads', () => {
  const threads = createThreads({ threads: 1, mostWaiting: 2 })
  after(() => threads.close())

  test('end a task at its deadline, and go on with the next', async () => {
    const ended = threads.run('formats', endless, { deadlineMs: 50, late })
    const next = textOf(threads)
    await assert.rejects(ended, { code: 'page_too_complex' })
    assert.equal(await next, expected)
  })

  test('end a task with its signal, at work or waiting', async () => {
    const [working, waiting] = [new AbortController(), new AbortController()]
    const bounds = { deadlineMs: 60_000, late }
    const first = threads.run('formats', endless, { ...bounds, signal: working.signal })
    const second = threads.run('formats', quick, { ...bounds, signal: waiting.signal })
    waiting.abort(new Error('no longer wanted'))
    await assert.rejects(second, { message: 'no longer wanted' })
    working.abort(new Error('gone'))
    await assert.rejects(first, { message: 'gone' })
    const over = threads.run('formats', quick, { ...bounds, signal: AbortSignal.abort(new Error('over')) })
    await assert.rejects(over, { message: 'over' })
    assert.equal(await textOf(threads), expected)
  })

  test('let no more wait than may', async () => {
    const stop = new AbortController()
    const bounds = { deadlineMs: 60_000, late, signal: stop.signal }
    const held = [1, 2, 3].map(() => threads.run('formats', endless, bounds))
    await assert.rejects(textOf(threads), { code: 'too_busy' })
    stop.abort(new Error('stop'))
    for (const { status } of await Promise.allSettled(held)) assert.equal(status, 'rejected')
    assert.equal(await textOf(threads), expected)
  })

  test('leave the process free while they are at work', async () => {
    let turns = 0
    const counting = setInterval(() => (turns += 1), 1)
    await assert.rejects(threads.run('formats', endless, { deadlineMs: 500, late }), {
      code: 'page_too_complex',
    })
    clearInterval(counting)
    assert.ok(turns > 2, String(turns))
  })
})

describe('an extractor', () => {
  const threads = createThreads({ threads: 1, mostWaiting: 2 })
  const extractor = createExtractor(threads, { deadlineMs: 60_000 })
  const page = {
    html: '<p>text <a href=/a>link</a>',
    title: '',
    url: 'https://example.com/',
    mediaType: null,
  }
  after(() => threads.close())

  test('makes nothing where nothing is wanted', async () => {
    assert.equal(await extractor.make(page, {}), null)
    assert.equal(await extractor.make(page, { formats: ['title', 'html'], main: false }), null)
  })

  test('makes what is missing, and keeps what is there', async () => {
    const there = { text: 'made before' }
    assert.deepEqual(await extractor.make(page, wanted, { there }), there)
    const made = await extractor.make(page, { formats: ['text', 'links'] }, { there })
    assert.deepEqual([made?.text, made?.links?.length], ['made before', 1])
  })

  test('makes nothing that grows out of all proportion', async () => {
    const base = `<base href="https://example.com/${'b'.repeat(2000)}/">`
    const html = base + Array.from({ length: 5000 }, (_, at) => `<a href=${at}>a</a>`).join('')
    for (const name of ['content', 'links'] as const)
      await assert.rejects(extractor.make({ ...page, html }, { formats: [name], main: false }), {
        code: 'page_too_complex',
      })
  })

  test('hands over nothing that is too large', async () => {
    assert.equal(await extractor.make(page, wanted, { maxBytes: 10 }), null)
    assert.ok(await extractor.make(page, wanted, { maxBytes: 100 }))
  })
})
