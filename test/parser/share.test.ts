import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ServiceError } from '../../src/contract/errors.ts'
import { Page } from '../../src/contract/models.ts'
import type { Parser } from '../../src/contract/parser.ts'
import { shareInFlight } from '../../src/parser/share.ts'

const page = (title: string): Page => Page.parse({ title, html: '' })

/** A parser whose pages come when they are let go. */
function slowParser() {
  const begun: { url: string; signal: AbortSignal | undefined; end: (page: Page | ServiceError) => void }[] =
    []
  const parser: Parser = {
    parse: (url, _options, signal) =>
      new Promise((resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason))
        begun.push({ url, signal, end: (out) => (out instanceof ServiceError ? reject(out) : resolve(out)) })
      }),
  }
  return { begun, shared: shareInFlight(parser) }
}

describe('equal requests in flight', () => {
  test('share one fetch, whatever the order of their options', async () => {
    const { begun, shared } = slowParser()
    const all = [
      shared.parse('http://a/', { timeout: 1, robots: true }),
      shared.parse('http://a/', { robots: true, timeout: 1 }),
    ]
    begun[0]?.end(page('one'))
    assert.deepEqual(
      (await Promise.all(all)).map(({ title }) => title),
      ['one', 'one'],
    )
    assert.equal(begun.length, 1)
  })

  test('do not share with another URL, other options, or what has ended', async () => {
    const { begun, shared } = slowParser()
    const first = shared.parse('http://a/', {})
    void shared.parse('http://b/', {}).catch(() => {})
    void shared.parse('http://a/', { cookies: { a: '1' } }).catch(() => {})
    begun[0]?.end(page('one'))
    await first
    void shared.parse('http://a/', {}).catch(() => {})
    assert.equal(begun.length, 4)
  })

  test('share a fault, and the next one asks anew', async () => {
    const { begun, shared } = slowParser()
    const all = [shared.parse('http://a/', {}), shared.parse('http://a/', {})]
    begun[0]?.end(new ServiceError('connect_failed'))
    for (const one of all) await assert.rejects(one, { code: 'connect_failed' })
    const again = shared.parse('http://a/', {})
    begun[1]?.end(page('two'))
    assert.equal((await again).title, 'two')
  })

  test('go on for the others when one is cancelled, and end with the last', async () => {
    const { begun, shared } = slowParser()
    const [one, two] = [new AbortController(), new AbortController()]
    const all = [shared.parse('http://a/', {}, one.signal), shared.parse('http://a/', {}, two.signal)]
    one.abort(new ServiceError('request_timeout'))
    await assert.rejects(all[0] as Promise<Page>, { code: 'request_timeout' })
    assert.equal(begun[0]?.signal?.aborted, false)
    two.abort(new ServiceError('fetch_timeout'))
    await assert.rejects(all[1] as Promise<Page>, { code: 'fetch_timeout' })
    assert.equal(begun[0]?.signal?.aborted, true)
  })
})
