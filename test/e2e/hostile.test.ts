import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { type NameServer, startNameServer } from '../support/dns.ts'
import { postJson, readAnswer } from '../support/http.ts'
import { type Origin, page, redirect, response, startOrigin } from '../support/origin.ts'
import { eventually } from '../support/process.ts'
import { type Service, services } from '../support/service.ts'

const start = services['in one process'] as (typeof services)[string]

const gzipped = gzipSync('text that is compressed '.repeat(1000))
const head = 'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n'

/** What the site answers by the path, and so what becomes of it. */
const answers: Record<string, (rest: string) => Buffer | string> = {
  to: (place) => redirect(place),
  rests: () => response('', ['Retry-After: 30'], '429 Too Many Requests'),
  short: () => `${head}Content-Length: 99\r\n\r\n<p>`,
  chunked: () => `${head}Transfer-Encoding: chunked\r\n\r\n3\r\n<p>\r\n`,
  cut: () => page(gzipped.subarray(0, 60), ['Content-Encoding: gzip']),
  codings: () => page(gzipped, [`Content-Encoding: ${Array(6).fill('gzip').join(', ')}`]),
  page: () => page('<title>A page</title>'),
  baked: () => page('<title>A page</title>', ['Set-Cookie: session=secret; Path=/']),
}

describe('a client that asks for what a hostile site has', () => {
  let origin: Origin
  let resting: Origin
  let inside: Origin
  let names: NameServer
  let service: Service

  const answer = ({ path }: { path: string }) => {
    const [, name = '', rest = ''] = path.split('/', 3)
    return answers[name]?.(decodeURIComponent(rest))
  }
  before(async () => {
    ;[origin, resting] = await Promise.all([startOrigin(answer), startOrigin(answer)])
    inside = await startOrigin(answer, { host: '127.0.0.2', port: origin.port })
    let questions = 0
    names = await startNameServer((_, type) => {
      if (type === 'AAAA') return { addresses: [], ttl: 0 }
      questions += 1
      return { addresses: [questions % 2 === 0 ? '127.0.0.1' : '127.0.0.2'], ttl: 0 }
    })
    service = await start({
      ALLOW_PRIVATE: `127.0.0.1:${origin.port},127.0.0.1:${resting.port}`,
      DNS_SERVERS: names.server,
      LOG_LEVEL: 'warn',
    })
  })
  after(async () => {
    await service.close()
    await Promise.all([origin.close(), resting.close(), inside.close(), names.close()])
  })

  const parse = async (
    path: string,
    query: Record<string, string> = {},
    { base }: Pick<Origin, 'base'> = origin,
  ) => {
    const asked = new URLSearchParams({ url: base + path, ...query })
    const reply = await fetch(`${service.base}/parse_sync?${asked}`)
    const { code, detail, target_status, errors } = await readAnswer(reply)
    return {
      status: reply.status,
      after: reply.headers.get('retry-after'),
      code,
      detail,
      target_status,
      errors,
    }
  }

  for (const place of ['mailto:a@b.example', 'javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd'])
    test(`is told that the site leads to what is not fetched: ${place}`, async () => {
      const told = await parse(`/to/${encodeURIComponent(place)}`)
      assert.deepEqual([told.status, told.code, told.target_status], [502, 'unsupported_scheme', 302])
      assert.equal(told.detail, 'The site redirects to a URL that is neither http nor https.')
    })

  test('is told that the site leads to a URL with a password', async () => {
    const told = await parse(`/to/${encodeURIComponent('http://u:secret@a.example/')}`)
    assert.deepEqual([told.status, told.code], [502, 'credentials_not_allowed'])
    assert.doesNotMatch(told.detail, /secret/)
  })

  test('is told so of a request that was stored, too', async () => {
    const url = `${origin.base}/to/${encodeURIComponent('mailto:a@b.example')}`
    const { request_id } = await readAnswer(await postJson(`${service.base}/parse_async`, { url }))
    const result = await eventually('the end of the request', async () => {
      const now = await readAnswer(await fetch(`${service.base}/result/${request_id}`))
      return now.status === 'failure' && now
    })
    assert.deepEqual([result.error.code, result.target_status], ['unsupported_scheme', 302])
  })

  test('gets the page outside, or none, where names lead now outside and now inside', async () => {
    // Each time by another name, or two that ask at once would share the answer.
    const bases = Array.from({ length: 200 }, (_, at) => `http://now-${at}.example:${origin.port}`)
    const told = await Promise.all(bases.map((base) => parse('/page', {}, { base })))
    const outcomes = new Set(told.map(({ status, code }) => `${status} ${code}`))
    assert.deepEqual(outcomes, new Set(['200 undefined', '502 blocked_address']))
    assert.equal(inside.accepted(), 0)
  })

  test('brings no cookie along that another got', async () => {
    for (const path of ['/baked', '/baked', '/page']) assert.equal((await parse(path)).status, 200)
    assert.ok(origin.asked.every(({ head }) => !/^cookie:/im.test(head)))
  })

  test('is told at once, and for how long, that a host asked for a pause', async () => {
    const first = await parse('/rests', {}, resting)
    assert.deepEqual([first.code, first.target_status], ['http_status', 429])
    const asked = resting.asked.length
    for (const path of ['/rests', '/page']) {
      const told = await parse(path, {}, resting)
      assert.deepEqual([told.status, told.code], [503, 'host_busy'])
      assert.ok(Number(told.after) > 20 && Number(told.after) <= 30, String(told.after))
    }
    assert.equal(resting.asked.length, asked)
    assert.equal((await parse('/page')).status, 200)
  })

  test('is told how far an answer came that broke off', async () => {
    for (const path of ['/short', '/chunked']) {
      const told = await parse(path)
      assert.deepEqual([told.status, told.code, told.target_status], [502, 'connection_reset', 200])
      assert.match(told.detail, /closed the connection after 3 bytes of its answer/)
    }
  })

  test('is told that a compressed body breaks off', async () => {
    const told = await parse('/cut')
    assert.deepEqual([told.status, told.code], [502, 'bad_response'])
    assert.match(told.detail, /breaks off: it cannot be decompressed/)
  })

  test('is told that a page is compressed in too many ways', async () => {
    const told = await parse('/codings')
    assert.deepEqual([told.status, told.code], [502, 'bad_response'])
    assert.match(told.detail, /^The page is compressed in more ways/)
  })
})

describe('a client that asks in the wrong way', () => {
  let service: Service
  before(async () => {
    service = await start({ LOG_LEVEL: 'warn' })
  })
  after(() => service.close())

  const url = 'http://site.example/'
  const refusal = async (reply: Response) => {
    assert.equal(reply.status, 422)
    return (await readAnswer(reply)).errors
  }

  for (const [name, divider] of [
    ['headers', ':'],
    ['cookies', '='],
  ] as const)
    test(`is told what stands between a name and a value of its ${name}`, async () => {
      const good = `a${divider}b`
      for (const lines of [['ab'], [good, 'ab'], ['']]) {
        const query = new URLSearchParams({ url })
        for (const line of lines) query.append(name, line)
        assert.deepEqual(await refusal(await fetch(`${service.base}/parse_sync?${query}`)), [
          { path: name, message: `must be name${divider}value, or an object as JSON` },
        ])
      }
    })

  test('is told of each member that is not known', async () => {
    const body = { url, nope: 1, Timeout: 2, extract: { a: { selector: 'b', nope: 3 } } }
    const faults = await refusal(await postJson(`${service.base}/parse_async`, body))
    const paths = faults.map(({ path }: { path: string }) => path)
    assert.deepEqual(paths.toSorted(), ['Timeout', 'extract.a.nope', 'nope'])
    const [fault] = await refusal(await fetch(`${service.base}/parse_sync?url=${url}&nope=1`))
    assert.equal(fault?.path, 'nope')
    for (const each of [fault, ...faults])
      assert.match(String(each?.message), /^is not known here; takes .*\w/)
  })
})
