import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { createRemoteParser, type RemoteParts } from '../../src/parser/remote.ts'
import { aPage, faultOf } from '../support/link.ts'
import { type Answer, type Origin, response, startOrigin } from '../support/origin.ts'
import { eventually, freePort } from '../support/process.ts'

const json = (body: unknown, status?: string) =>
  response(JSON.stringify(body), ['Content-Type: application/json'], status)

interface Asking {
  origin: Origin
  parser: ReturnType<typeof createRemoteParser>
}

async function ask(t: TestContext, answer: Answer, more: Partial<RemoteParts> = {}): Promise<Asking> {
  const origin = await startOrigin(answer)
  const parser = createRemoteParser({ url: origin.base, timeoutMs: 10_000, maxBytes: 1000, ...more })
  t.after(async () => {
    await parser.close()
    await origin.close()
  })
  return { origin, parser }
}

const target = 'https://example.com/?q=a b&ц=1#x'

describe('a parser over HTTP', () => {
  test('gives a page, asked with the URL and the options', async (t) => {
    const page = aPage({ title: 'T', html: '<p>ц', final_url: target, target_status: 200 })
    const { origin, parser } = await ask(t, () => json({ ...page, extra: 1 }))
    assert.deepEqual(await parser.parse(target, { timeout: 2.5, max_bytes: 10 }), page)
    const { pathname, searchParams } = new URL(origin.asked[0]?.path ?? '', origin.base)
    assert.equal(pathname, '/fetch')
    assert.deepEqual(Object.fromEntries(searchParams), { url: target, timeout: '2.5', max_bytes: '10' })
  })

  test('may know the title and the HTML alone, or no title', async (t) => {
    const answers = [{ title: 'T', html: '<p>' }, { title: null, html: '<p>' }, { html: '<p>' }]
    const { parser } = await ask(t, () => json(answers.shift()))
    assert.deepEqual(await parser.parse(target, {}), aPage({ title: 'T', html: '<p>' }))
    for (let more = 0; more < 2; more += 1)
      assert.deepEqual(await parser.parse(target, {}), aPage({ title: '', html: '<p>' }))
  })

  test('may know nothing of links: they are read from the page where they are wanted', async (t) => {
    const link = '<a href=/a>a</a>'
    const answers = [{ html: link }, { html: 'x'.repeat(2_097_152) + link }]
    const { parser } = await ask(t, () => json(answers.shift()), { maxBytes: 5_000_000 })
    const site = { page: false, links: true, most: 10 }
    for (let page = 0; page < 2; page += 1) {
      const { found } = await parser.parse('https://example.com/', { site })
      assert.deepEqual(found, { canonical: null, urls: ['https://example.com/a'] })
    }
  })

  test('may stand under a path', async (t) => {
    const { origin, parser } = await ask(t, () => json({ html: '' }))
    for (const [base, path] of [
      ['/parser', '/parser/fetch?'],
      ['/a/b/', '/a/b/fetch?'],
    ]) {
      const under = createRemoteParser({ url: origin.base + base, timeoutMs: 10_000, maxBytes: 1000 })
      await under.parse(target, {})
      await under.close()
      assert.ok(origin.asked.at(-1)?.path.startsWith(path ?? ''))
    }
    await parser.parse(target, {})
  })

  test('tells its faults, known or not', async (t) => {
    const problem = {
      detail: 'The site answered 404',
      code: 'http_status',
      target_status: 404,
      final_url: target,
    }
    const answers = [
      json(problem, '502 Bad Gateway'),
      json({ detail: 'No route' }, '502 Bad Gateway'),
      json({ detail: 'Not Found', code: 'E1' }, '404 Not Found'),
    ]
    const { parser } = await ask(t, () => answers.shift())
    const known = await faultOf(parser.parse(target, {}))
    assert.deepEqual(
      [known.code, known.message, known.targetStatus, known.finalUrl],
      ['http_status', 'The site answered 404', 404, target],
    )
    for (const detail of ['No route', 'Not Found']) {
      const { code, message } = await faultOf(parser.parse(target, {}))
      assert.deepEqual([code, message], ['parser_error', detail])
    }
  })

  test('tells for how long a host is busy, and whether a fault may pass', async (t) => {
    const busy = { detail: 'Busy', code: 'host_busy', retry_after_ms: 30_000 }
    const down = { detail: 'The site answered 503', code: 'http_status', passes: true }
    const answers = [json(busy, '502 Bad Gateway'), json(down, '502 Bad Gateway')]
    const { parser } = await ask(t, () => answers.shift())
    const { code, retryAfterMs } = await faultOf(parser.parse(target, {}))
    assert.deepEqual([code, retryAfterMs], ['host_busy', 30_000])
    assert.equal((await faultOf(parser.parse(target, {}))).passes, true)
  })

  const garbage: Record<string, Uint8Array> = {
    'is not JSON': response('<html>'),
    'is empty': response(''),
    'is a list': json([]),
    'has no HTML': json({ title: 'x' }),
    'has HTML that is not text': json({ html: 1 }),
    'is a fault without words': json({ code: 'timeout' }, '502 Bad Gateway'),
    'is a fault that is not JSON': response('Bad Gateway', [], '502 Bad Gateway'),
    'is a redirect': response('', ['Location: http://127.0.0.1/'], '302 Found'),
    'is a page without the status of one': json({ html: '<p>' }, '203 Non-Authoritative Information'),
    'is too large': json({ html: 'x'.repeat(2 * 1000 + 65_536) }),
  }
  for (const [what, bytes] of Object.entries(garbage)) {
    test(`fails as bad_parser_result by an answer that ${what}`, async (t) => {
      const { parser } = await ask(t, () => bytes)
      assert.equal((await faultOf(parser.parse(target, {}))).code, 'bad_parser_result')
    })
  }

  test('reads no more than it may of an answer without end', async (t) => {
    const { origin, parser } = await ask(t, (_, socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n')
      const more = () => {
        while (!socket.destroyed && socket.write(' '.repeat(65_536)));
      }
      socket.on('drain', more)
      more()
      return undefined
    })
    assert.equal((await faultOf(parser.parse(target, {}))).code, 'bad_parser_result')
    await eventually('the connection to end', () => origin.open() === 0)
  })

  test('is unavailable where nothing listens, or what does is no HTTP, or breaks off', async (t) => {
    const url = `http://127.0.0.1:${await freePort()}`
    const nobody = createRemoteParser({ url, timeoutMs: 10_000, maxBytes: 1000 })
    t.after(() => nobody.close())
    assert.equal((await faultOf(nobody.parse(target, {}))).code, 'parser_unavailable')
    const answers = ['-ERR unknown command\r\n', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{']
    const { parser } = await ask(t, () => answers.shift())
    assert.equal((await faultOf(parser.parse(target, {}))).code, 'parser_unavailable')
    assert.equal((await faultOf(parser.parse(target, {}))).code, 'parser_unavailable')
  })

  test('ends as timeout where no answer comes, or not all of it', async (t) => {
    const starts = ['', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{']
    const { origin, parser } = await ask(
      t,
      (_, socket) => {
        socket.write(starts.shift() ?? '')
        return undefined
      },
      { timeoutMs: 200 },
    )
    for (let more = 0; more < 2; more += 1) {
      const { code, passes } = await faultOf(parser.parse(target, {}))
      assert.deepEqual([code, passes], ['timeout', true])
    }
    await eventually('the connections to end', () => origin.open() === 0)
  })

  test('is asked no longer when whoever asked has gone', async (t) => {
    const { origin, parser } = await ask(t, () => undefined)
    const gone = new AbortController()
    const waiting = faultOf(parser.parse(target, {}, gone.signal))
    await eventually('the question', () => origin.asked.length === 1)
    gone.abort()
    await waiting
    await eventually('the connection to end', () => origin.open() === 0)
  })
})
