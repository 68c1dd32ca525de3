import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { ServiceError } from '../../src/contract/errors.ts'
import { parseAllowPrivate } from '../../src/fetch/allowance.ts'
import { createFetcher, type Fetched, type FetchOptions } from '../../src/fetch/page.ts'
import { defaultBlockedPorts } from '../../src/fetch/ports.ts'
import { type Answer, type Origin, page, redirect, response, startOrigin } from '../support/origin.ts'

let origin: Origin
let answer: Answer
before(async () => {
  origin = await startOrigin((asked, socket) => answer(asked, socket))
})
after(() => origin.close())

const fetcher = createFetcher({
  maxBytes: 1_000_000,
  timeoutMs: 10_000,
  allowPrivate: parseAllowPrivate('127.0.0.1'),
  blockedPorts: defaultBlockedPorts,
  userAgent: 'Parsegate/test (+https://parsegate.example)',
})

const get = (say: Answer, path = '/', options?: FetchOptions): Promise<Fetched> => {
  answer = say
  return fetcher.fetch(origin.base + path, options)
}
const textOf = ({ body }: Fetched) => Buffer.from(body).toString()

/** The fault that a fetch ends with. */
const fault = async (say: Answer, path?: string, options?: FetchOptions): Promise<ServiceError> => {
  const thrown: unknown = await get(say, path, options).then(
    () => undefined,
    (error: unknown) => error,
  )
  assert.ok(thrown instanceof ServiceError, `${thrown}`)
  return thrown
}

describe('a page that is fetched', () => {
  it('comes with where it was, what it is and when it came', async () => {
    const before = Date.now()
    const fetched = await get(() => page('hello', ['X: y']), '/a?b=c#d')
    assert.equal(textOf(fetched), 'hello')
    const { finalUrl, status, contentType, redirects, fetchedAt } = fetched
    const expected = [`${origin.base}/a?b=c#d`, 200, 'text/html; charset=utf-8', 0]
    assert.deepEqual([finalUrl, status, contentType, redirects.length], expected)
    assert.match(fetchedAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    assert.ok(Date.parse(fetchedAt) >= before && Date.parse(fetchedAt) <= Date.now())
  })

  it('was asked for by a request that says who asks, and for what', async () => {
    await get(() => page(''), '/path?query')
    const { head } = origin.asked.at(-1) as { head: string }
    const lines = head.split('\r\n')
    assert.equal(lines[0], 'GET /path?query HTTP/1.1')
    const fields = new Map(
      lines.slice(1, -2).map((line) => line.toLowerCase().split(': ', 2) as [string, string]),
    )
    assert.equal(fields.get('host'), `127.0.0.1:${origin.port}`)
    assert.equal(fields.get('user-agent'), 'parsegate/test (+https://parsegate.example)')
    assert.equal(fields.get('accept-encoding'), 'gzip, deflate, br, zstd')
    assert.match(fields.get('accept') ?? '', /^text\/html,/)
    assert.match(fields.get('accept-language') ?? '', /^en/)
    assert.deepEqual([...fields.keys()].sort(), [
      'accept',
      'accept-encoding',
      'accept-language',
      'connection',
      'host',
      'user-agent',
    ])
  })

  it('was asked for in the words that were given, at every hop', async () => {
    const options = { userAgent: 'me/1', acceptLanguage: 'de' }
    await get(({ path }) => (path === '/' ? redirect('/next') : page('')), '/', options)
    for (const { head } of origin.asked.slice(-2)) {
      assert.match(head, /^user-agent: me\/1\r$/im)
      assert.match(head, /^accept-language: de\r$/im)
    }
  })

  it('may be as large as the bound, and not a byte larger', async () => {
    const exactly = 'x'.repeat(1_000_000)
    assert.equal((await get(() => page(exactly))).body.length, 1_000_000)
    assert.equal((await fault(() => page(`${exactly}x`))).code, 'body_too_large')
    assert.equal((await get(() => page('x'.repeat(10)), '/', { maxBytes: 10 })).body.length, 10)
    assert.equal((await fault(() => page('x'.repeat(11)), '/', { maxBytes: 10 })).code, 'body_too_large')
    assert.equal(
      (await fault(() => page(`${exactly}x`), '/', { maxBytes: 2_000_000 })).code,
      'body_too_large',
    )
  })

  it('keeps every byte, whatever the pieces it comes in', async () => {
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => 33 + ((index * 7919) % 223)))
    const chunks =
      (size: number): Answer =>
      (_, socket) => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n')
        for (let at = 0; at < bytes.length; at += size) {
          const piece = bytes.subarray(at, at + size)
          socket.write(`${piece.length.toString(16)}\r\n`)
          socket.write(piece)
          socket.write('\r\n')
        }
        return '0\r\n\r\n'
      }
    for (const say of [() => page(bytes), chunks(100), chunks(65_537), chunks(1_000_000)]) {
      assert.ok(bytes.equals((await get(say)).body))
    }
  })

  it('may be fetched many times at once', async () => {
    answer = ({ path }) => page(path)
    const paths = Array.from({ length: 100 }, (_, index) => `/${index}`)
    const bodies = await Promise.all(
      paths.map(async (path) => textOf(await fetcher.fetch(origin.base + path))),
    )
    assert.deepEqual(bodies, paths)
  })
})

describe('a status', () => {
  for (const status of [200, 201, 203, 206, 299]) {
    it(`${status} is a page`, async () => {
      const fetched = await get(() => response('x', ['Content-Type: text/html'], `${status} Odd`))
      assert.deepEqual([fetched.status, textOf(fetched)], [status, 'x'])
    })
  }

  const faults = [300, 304, 305, 400, 401, 403, 404, 410, 429, 451, 500, 501, 502, 503, 504, 520, 599]
  for (const status of faults) {
    it(`${status} is a fault that says so`, async () => {
      const seen = await fault(() => response('no page', [], `${status} Odd`), '/x')
      assert.deepEqual(
        [seen.code, seen.targetStatus, seen.finalUrl],
        ['http_status', status, `${origin.base}/x`],
      )
      assert.equal(seen.passes, [429, 502, 503, 504].includes(status))
      assert.match(seen.message, new RegExp(`^The site answered ${status}\\b`))
    })
  }
})

describe('a redirect', () => {
  const chain =
    (hops: number): Answer =>
    ({ path }) => {
      const hop = Number(path.slice(1))
      return hop < hops ? redirect(`/${hop + 1}`) : page('end')
    }

  for (const status of ['301 A', '302 B', '303 C', '307 D', '308 E']) {
    it(`of status ${status.slice(0, 3)} is followed`, async () => {
      const fetched = await get(({ path }) => (path === '/' ? redirect('/next?q', status) : page('next')))
      assert.deepEqual(
        [textOf(fetched), fetched.finalUrl, fetched.redirects],
        ['next', `${origin.base}/next?q`, [{ url: `${origin.base}/`, status: Number(status.slice(0, 3)) }]],
      )
    })
  }

  it('is followed ten times, and not eleven', async () => {
    assert.equal((await get(chain(10), '/0')).redirects.length, 10)
    assert.equal((await fault(chain(11), '/0')).code, 'too_many_redirects')
  })

  it('in a circle ends', async () => {
    const before = origin.asked.length
    assert.equal((await fault(() => redirect('/'), '/')).code, 'too_many_redirects')
    assert.equal(origin.asked.length - before, 11)
  })

  it('without a Location is the status that it is', async () => {
    assert.equal((await fault(() => response('x', [], '302 Found'))).targetStatus, 302)
  })

  it('to two places leads nowhere, to one place twice leads there', async () => {
    const places =
      (...locations: string[]): Answer =>
      ({ path }) =>
        path === '/'
          ? response(
              '',
              locations.map((location) => `Location: ${location}`),
              '302 Found',
            )
          : page(path)
    assert.equal((await fault(places('/a', '/b'))).code, 'bad_response')
    assert.equal(textOf(await get(places('/a', '/a'))), '/a')
  })

  const resolved: [location: string, path: string, from?: string][] = [
    ['next', '/a/next', '/a/b'],
    ['../next', '/next', '/a/b'],
    ['?q=1', '/a/b?q=1', '/a/b?p'],
    ['', '/a/b', '/a/b#x'],
    ['/with space', '/with%20space'],
    ['/t\tab', '/tab'],
    ['\\a\\b', '/a/b'],
    [Buffer.from('/städte?ü').toString('latin1'), '/st%C3%A4dte?%C3%BC'],
  ]
  for (const [location, path, from = '/'] of resolved) {
    it(`to ${JSON.stringify(location)} from ${from} goes to ${path}`, async () => {
      let first = true
      const fetched = await get(({ path: asked }) => {
        if (!first) return page(asked)
        first = false
        return redirect(location)
      }, from)
      assert.equal(textOf(fetched), path)
    })
  }

  const fragments: [from: string, location: string, fragment: string][] = [
    ['/#a', '/next', '#a'],
    ['/#a', '/next#b', '#b'],
    ['/#a', '/next#', '#'],
    ['/', '/next#b', '#b'],
  ]
  for (const [from, location, fragment] of fragments) {
    it(`from ${from} to ${location} ends at the fragment ${fragment}`, async () => {
      const { finalUrl } = await get(({ path }) => (path === '/' ? redirect(location) : page('')), from)
      assert.equal(finalUrl, `${origin.base}/next${fragment}`)
    })
  }

  it('is not held up by a body that goes on', async () => {
    const fetched = await get(({ path }, socket) => {
      if (path !== '/') return page('next')
      socket.write('HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 1000\r\n\r\nx')
      return undefined
    })
    assert.equal(textOf(fetched), 'next')
  })
})

describe('a cookie', () => {
  const cookieOf = (head: string) => /^cookie: (.*)\r$/im.exec(head)?.[1]
  const setting = (location: string, ...cookies: string[]) =>
    response('', [`Location: ${location}`, ...cookies.map((cookie) => `Set-Cookie: ${cookie}`)], '302 Found')

  /** What is sent to `path` after an answer from / has set `cookies`. */
  const sentTo = async (path: string, ...cookies: string[]) => {
    const fetched = await get((asked) =>
      asked.path === '/' ? setting(path, ...cookies) : page(cookieOf(asked.head) ?? 'none'),
    )
    return textOf(fetched)
  }

  it('opens a wall that redirects to itself until it comes back', async () => {
    const fetched = await get(({ head }) =>
      cookieOf(head) === 'seen=1' ? page('in') : setting('/', 'seen=1'),
    )
    assert.deepEqual(
      [textOf(fetched), fetched.redirects.length, fetched.finalUrl],
      ['in', 1, `${origin.base}/`],
    )
  })

  const cases: [name: string, path: string, cookies: string[], sent: string][] = [
    ['of several all come back', '/next', ['a=1', 'b=2; HttpOnly'], 'a=1; b=2'],
    ['set twice has its last value', '/next', ['a=1', 'a=2'], 'a=2'],
    ['that has ended does not', '/next', ['a=1', 'b=2', 'a=; Max-Age=0'], 'b=2'],
    ['of another path does not', '/next', ['a=1; Path=/other'], 'none'],
    ['of its own path does', '/other/x', ['a=1; Path=/other'], 'a=1'],
    ['without a name comes back as it was', '/next', ['token'], 'token'],
    ['with octets beyond ASCII comes back as it was', '/next', ['a=\u00e9'], 'a=\u00e9'],
    ['that is none is passed over', '/next', ['', '=', ';', 'a=1'], 'a=1'],
    ['larger than browsers take is passed over', '/next', [`a=${'x'.repeat(4095)}`, 'b=2'], 'b=2'],
  ]
  for (const [name, path, cookies, sent] of cases) {
    it(name, async () => assert.equal(await sentTo(path, ...cookies), sent))
  }

  it('is one of fifty at most', async () => {
    const many = Array.from({ length: 60 }, (_, index) => `c${index}=1`)
    assert.equal((await sentTo('/next', ...many)).split('; ').length, 50)
  })

  it('goes to no other origin', async () => {
    let heard = ''
    const other = await startOrigin(
      ({ head }) => {
        heard = cookieOf(head) ?? 'none'
        return page('there')
      },
      { host: '127.0.0.2' },
    )
    const both = createFetcher({
      maxBytes: 1000,
      timeoutMs: 5000,
      allowPrivate: parseAllowPrivate('127.0.0.0/8'),
      blockedPorts: defaultBlockedPorts,
      userAgent: 'test',
    })
    answer = () => setting(`${other.base}/`, 'a=1')
    await both.fetch(`${origin.base}/`)
    await other.close()
    assert.equal(heard, 'none')
  })

  it('is forgotten when the fetch is over', async () => {
    await sentTo('/next', 'a=1')
    assert.equal(textOf(await get(({ head }) => page(cookieOf(head) ?? 'none'))), 'none')
  })
})

describe('a Refresh', () => {
  const onceAt =
    (path: string, field: string): Answer =>
    (asked) =>
      asked.path === path ? page('first', [`Refresh: ${field}`]) : page(asked.path)

  const cases: [field: string, place: string | null][] = [
    ['0; url=/next', '/next'],
    ['0;url=/next', '/next'],
    ['5, URL = /next', '/next'],
    ['0 /next', '/next'],
    ['0;/next', '/next'],
    ['.5;url=/next', '/next'],
    ['4.9;url=/next', '/next'],
    [`0;url='/next'`, '/next'],
    ['0;url="/next" more', '/next'],
    ['0;url="/next', '/next'],
    ['0;url', '/a/url'],
    ['0;url=', null],
    ['0', null],
    ['6;url=/next', null],
    ['99999999999999999999999;url=/next', null],
    ['0x;url=/next', null],
    ['url=/next', null],
    ['-1;url=/next', null],
    ['0;url=/a/b', null],
    ['0;url=#part', null],
    ['0;url=javascript:alert(1)', null],
    ['0;url=ftp://127.0.0.1/', null],
    ['0;url=http://[', null],
    ['0;url=http://user@127.0.0.1/', null],
  ]
  for (const [field, place] of cases) {
    it(`of ${field} ${place ? `leads to ${place}` : 'leads nowhere'}`, async () => {
      const fetched = await get(onceAt('/a/b', field), '/a/b')
      assert.deepEqual(
        [textOf(fetched), fetched.finalUrl, fetched.redirects],
        [
          place ?? 'first',
          `${origin.base}${place ?? '/a/b'}`,
          place ? [{ url: `${origin.base}/a/b`, status: 200 }] : [],
        ],
      )
    })
  }

  it('leads to no place that is refused', async () => {
    assert.equal((await fault(onceAt('/', '0;url=http://127.0.0.2/'))).code, 'blocked_address')
  })

  it('in a circle ends with the page where it closes', async () => {
    const fetched = await get(
      ({ path }) => page(path, [`Refresh: 1;url=${path === '/a' ? '/b' : '/a'}`]),
      '/a',
    )
    assert.deepEqual([textOf(fetched), fetched.redirects.length], ['/b', 1])
  })

  it('counts as a redirect', async () => {
    const endless: Answer = ({ path }) => page('', [`Refresh: 0;url=${path}x`])
    assert.equal((await fault(endless)).code, 'too_many_redirects')
  })

  it('of an error page changes nothing', async () => {
    const answer: Answer = ({ path }) =>
      path === '/' ? response('', ['Refresh: 0;url=/b'], '404 X') : page('')
    assert.equal((await fault(answer)).targetStatus, 404)
  })
})

describe('a Content-Type', () => {
  const taken = [
    ...[
      'text/html',
      'TEXT/HTML; charset=x',
      'text/plain',
      'text/css',
      'application/xhtml+xml',
      'application/xml',
    ],
    ...[
      'text/xml',
      'application/rss+xml',
      'image/svg+xml',
      'application/json',
      'application/ld+json',
      'text/vnd.x;a="b;c"',
    ],
    ...['', 'html', '*/*', 'unknown/unknown', 'text', ';charset=utf-8', 'text / html'],
  ]
  for (const type of taken) {
    it(`${type || 'without a value'} is taken`, async () => {
      const fetched = await get(() => response('x', [`Content-Type: ${type}`]))
      assert.deepEqual([textOf(fetched), fetched.contentType], ['x', type])
    })
  }

  it('that is missing is taken', async () => {
    assert.equal((await get(() => response('x'))).contentType, null)
  })

  it('that comes twice counts as the last', async () => {
    const fetched = await get(() => response('x', ['Content-Type: image/png', 'Content-Type: text/html']))
    assert.equal(fetched.contentType, 'text/html')
  })

  const refused = [
    ...['image/png', 'application/octet-stream', 'video/mp4', 'font/woff2', 'application/zip'],
    ...[
      'audio/mpeg',
      'multipart/x-mixed-replace',
      'application/jsonx',
      'application/wasm',
      'image/png; text/html',
    ],
  ]
  for (const type of refused) {
    it(`${type} is refused, however long its body`, async () => {
      const seen = await fault((_, socket) => {
        socket.write(`HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Length: 900000\r\n\r\n`)
        socket.write(Buffer.alloc(1500, '\x00\x01\x02'))
        return undefined
      })
      assert.deepEqual(
        [seen.code, seen.targetStatus, seen.finalUrl],
        ['unsupported_type', 200, `${origin.base}/`],
      )
    })
  }
})

describe('a Content-Encoding', () => {
  // One that fits in a single piece, one that goes through the stream, one whose coded form is large as well.
  const noise = Buffer.from(
    Array.from({ length: 200_000 }, (_, index) => 33 + ((index * index * 31 + (index >> 3)) % 223)),
  )
  const pages = [Buffer.from('hello'), Buffer.alloc(900_000, 'hello '), noise]
  const codings: [name: string, encode: (bytes: Buffer) => Buffer][] = [
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['GZIP', gzipSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
    ['identity', (bytes) => bytes],
    ['', (bytes) => bytes],
    ['gzip, br', (bytes) => brotliCompressSync(gzipSync(bytes))],
    [
      'deflate, gzip, br, zstd, gzip',
      (bytes) => gzipSync(zstdCompressSync(brotliCompressSync(gzipSync(deflateSync(bytes))))),
    ],
    ['gzip, identity', gzipSync],
  ]
  for (const [name, encode] of codings) {
    it(`of ${name || 'nothing'} (${encode.name || 'several'}) is undone, in whatever pieces it comes`, async () => {
      for (const bytes of pages) {
        const coded = encode(bytes)
        const fields = ['Content-Type: text/html', `Content-Encoding: ${name}`]
        assert.ok(bytes.equals((await get(() => response(coded, fields))).body))
        const inPieces: Answer = (_, socket) => {
          socket.write(`HTTP/1.1 200 OK\r\n${fields.join('\r\n')}\r\n\r\n`)
          socket.write(coded.subarray(0, 1))
          socket.write(coded.subarray(1, 70_000))
          return coded.subarray(70_000)
        }
        assert.ok(bytes.equals((await get(inPieces)).body))
      }
    })
  }

  it('in two fields is read as one list', async () => {
    const coded = brotliCompressSync(gzipSync('hello'))
    const fetched = await get(() => page(coded, ['Content-Encoding: gzip', 'Content-Encoding: br']))
    assert.equal(textOf(fetched), 'hello')
  })

  it('that is none leaves the body as it is', async () => {
    for (const name of ['utf-8', 'none', 'text/html', '__proto__', 'toString']) {
      assert.equal(textOf(await get(() => page('hello', [`Content-Encoding: ${name}`]))), 'hello')
    }
  })

  it('that was not asked for is refused', async () => {
    for (const name of ['compress', 'dcb', 'gzip, compress']) {
      assert.equal((await fault(() => page('hello', [`Content-Encoding: ${name}`]))).code, 'bad_response')
    }
  })

  it('of more than five is refused', async () => {
    const six = Array(6).fill('gzip').join(', ')
    assert.equal((await fault(() => page('', [`Content-Encoding: ${six}`]))).code, 'bad_response')
  })

  /** A frame that holds `hi`; its window is 2 to the power of 10 and the descriptor's upper five bits (RFC 8878, 3.1.1). */
  const zstdFrame = (window: number) =>
    Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, window, 0x11, 0, 0, 0x68, 0x69])

  it('of zstd may have a window of 8 MiB', async () => {
    assert.equal(textOf(await get(() => page(zstdFrame(0x68), ['Content-Encoding: zstd']))), 'hi')
  })

  const broken: [name: string, coding: string, bytes: Buffer][] = [
    ...(['gzip', 'deflate', 'br', 'zstd'] as const).map((name): [string, string, Buffer] => [
      `${name} that is none`,
      name,
      Buffer.from('<html>hello</html>'),
    ]),
    ['half of gzip', 'gzip', gzipSync(noise).subarray(0, 1000)],
    ['large gzip cut short', 'gzip', gzipSync(noise).subarray(0, -1)],
    ['half of deflate', 'deflate', deflateSync(noise).subarray(0, 1000)],
    ['half of br', 'br', brotliCompressSync(noise).subarray(0, 1000)],
    ['half of zstd', 'zstd', zstdCompressSync(noise).subarray(0, 1000)],
    [
      'gzip with a wrong checksum',
      'gzip',
      Buffer.concat([gzipSync('hello').subarray(0, -8), Buffer.alloc(8)]),
    ],
    ['half of gzip within br', 'gzip, br', brotliCompressSync(gzipSync(noise).subarray(0, 1000))],
    ['zstd with a window of 16 MiB', 'zstd', zstdFrame(0x70)],
  ]
  for (const [name, coding, bytes] of broken) {
    it(`is bad_response for ${name}`, async () => {
      assert.equal((await fault(() => page(bytes, [`Content-Encoding: ${coding}`]))).code, 'bad_response')
    })
  }
})
