import assert from 'node:assert/strict'
import { Readable, Writable } from 'node:stream'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseUrls } from '../../src/cli/parse.ts'
import { ServiceError } from '../../src/contract/errors.ts'
import { Page } from '../../src/contract/models.ts'
import type { Parser } from '../../src/contract/parser.ts'
import { page, startOrigin } from '../support/origin.ts'
import { run } from '../support/process.ts'

interface Line {
  url: string
  title?: string
  html?: string
  error?: { code: string; message: string }
  target_status?: number
}

/** The later a URL stands, the sooner it is done. */
const parser: Parser = {
  parse: async (url) => {
    const number = Number(url.split('/').at(-1))
    await sleep(20 - number)
    if (number === 3) throw new ServiceError('http_status', 'The site answered 404.', { targetStatus: 404 })
    return Page.parse({ title: `Page ${number}`, html: 'x' })
  },
}

async function print(urls: string[], input = ''): Promise<{ lines: Line[]; failures: number }> {
  let text = ''
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString()
      setImmediate(done)
    },
    highWaterMark: 10,
  })
  const failures = await parseUrls(urls, {}, { parser, input: Readable.from([input]), output })
  const lines = text.split('\n').slice(0, -1)
  return { lines: lines.map((line) => JSON.parse(line) as Line), failures }
}

const numbered = (count: number) => Array.from({ length: count }, (_, at) => `https://example.com/${at}`)

describe('parsing without a server', () => {
  test('prints a line for each URL, in their order', async () => {
    const urls = numbered(20)
    const { lines } = await print(urls)
    assert.deepEqual(
      lines.map(({ url }) => url),
      urls,
    )
    assert.equal(lines[7]?.title, 'Page 7')
  })

  test('prints the fault of a page, and counts it', async () => {
    const { lines, failures } = await print(numbered(4))
    assert.deepEqual(lines[3], {
      url: 'https://example.com/3',
      error: { code: 'http_status', message: 'The site answered 404.' },
      target_status: 404,
    })
    assert.equal(failures, 1)
  })

  test('reads URLs from its input in the place of a dash', async () => {
    const { lines } = await print(
      ['https://example.com/0', '-', 'https://example.com/5'],
      'https://example.com/1\n\n  https://example.com/2\r\n',
    )
    assert.deepEqual(
      lines.map(({ title }) => title),
      ['Page 0', 'Page 1', 'Page 2', 'Page 5'],
    )
  })

  for (const [text, code] of Object.entries({
    'ftp://x/': 'unsupported_scheme',
    nothing: 'invalid_url',
    'http://u@x/': 'credentials_not_allowed',
  })) {
    test(`tells of ${text} by its code`, async () => {
      const { lines, failures } = await print([text])
      assert.deepEqual([lines[0]?.url, lines[0]?.error?.code, failures], [text, code, 1])
    })
  }
})

describe('the command', () => {
  const parse = async (...args: string[]) => {
    const running = run(process.execPath, ['src/main.ts', 'parse', ...args], {
      env: { ...process.env, ALLOW_PRIVATE: '127.0.0.1' },
    })
    return { code: await running.ended, output: running.output() }
  }

  test('prints a page, and ends', async () => {
    const origin = await startOrigin(() => page('<title>Hello</title>'))
    const { code, output } = await parse(`${origin.base}/a`)
    await origin.close()
    const line = JSON.parse(output) as Line
    assert.deepEqual([code, line.title, line.html], [0, 'Hello', '<title>Hello</title>'])
  })

  test('asks as it is told to', async () => {
    const origin = await startOrigin(({ head }) => page(head))
    const { output } = await parse('--user-agent', 'me/1', '--accept-language', 'de', `${origin.base}/`)
    await origin.close()
    assert.match((JSON.parse(output) as Line).html ?? '', /user-agent: me\/1\r\n.*accept-language: de\r\n/is)
  })

  test('reads yes and no from flags with nothing after them', async () => {
    const origin = await startOrigin(({ path }) =>
      path === '/robots.txt' ? 'HTTP/1.1 200 OK\r\n\r\nUser-agent: *\nDisallow: /' : page('<title>a</title>'),
    )
    const heeding = await parse('--robots', `${origin.base}/a`)
    const unheeding = await parse('--no-robots', '--no-ignore-tls-errors', `${origin.base}/a`)
    await origin.close()
    const codes = [heeding, unheeding].map(({ output }) => (JSON.parse(output) as Line).error?.code)
    assert.deepEqual(codes, ['robots_denied', undefined])
    const refused = await parse('--ignore-tls-errors', 'https://example.com/')
    assert.equal((JSON.parse(refused.output) as Line).error?.code, 'invalid_request')
  })

  test('ends with 1 when a page cannot be had', async () => {
    const { code, output } = await parse('http://10.0.0.1/')
    assert.deepEqual([code, (JSON.parse(output) as Line).error?.code], [1, 'blocked_address'])
  })

  test('says what an option takes', async () => {
    const { code, output } = await parse('--timeout', 'soon', 'http://x/')
    assert.equal(code, 1)
    assert.match(output, /--timeout.*must be a number of seconds/)
  })

  const faults: [flag: string, value: string, words: RegExp][] = [
    ['--formats', 'text,foo', /is invalid\. It knows no "foo"; takes title, html, [^.]*\.$/m],
    ['--headers', 'Host: a', /is invalid\. Host follows from the URL and cannot be given\.$/m],
    ['--extract', '{"a":{"selector":"p","b":1}}', /is invalid\. a\.b is not known here; takes selector, /],
  ]
  for (const [flag, value, words] of faults)
    test(`says what is wrong in ${flag} ${value}`, async () => {
      assert.match((await parse(flag, value, 'http://x/')).output, words)
    })

  test('says what it is for when it is given nothing', async () => {
    const { code, output } = await parse()
    assert.equal(code, 1)
    assert.match(output, /missing required argument 'url'/)
  })
})
