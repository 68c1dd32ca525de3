import assert from 'node:assert/strict'
import { createServer, type Socket } from 'node:net'
import { after, before, describe, it } from 'node:test'
import type { TLSSocket } from 'node:tls'
import { ServiceError } from '../../src/contract/errors.ts'
import { parseAllowPrivate } from '../../src/fetch/allowance.ts'
import { createFetcher, type FetchSettings } from '../../src/fetch/page.ts'
import { defaultBlockedPorts } from '../../src/fetch/ports.ts'
import type { Resolve } from '../../src/fetch/resolver.ts'
import { type Answer, type Origin, page, redirect, selfSigned, startOrigin } from '../support/origin.ts'
import { eventually } from '../support/process.ts'

// 127.0.0.1 is opened and stands for what may be dialled; 127.0.0.2 is not, and its listeners must never be reached.
const certificate = selfSigned(['IP:127.0.0.1', 'DNS:origin.test'])
let plain: Origin
let secure: Origin
let answer: Answer = () => page('hello')

before(async () => {
  plain = await startOrigin((asked, socket) => answer(asked, socket))
  secure = await startOrigin((asked, socket) => answer(asked, socket), { certificate })
})
after(async () => {
  await plain.close()
  await secure.close()
})

const settings: FetchSettings = {
  maxBytes: 1_000_000,
  timeoutMs: 20_000,
  allowPrivate: parseAllowPrivate('127.0.0.1'),
  blockedPorts: defaultBlockedPorts,
  userAgent: 'test',
  ca: certificate.cert,
}

/** Fetches with some settings changed. @returns the page's text, or the fault's code */
async function get(url: string, changes: Partial<FetchSettings> = {}, signal?: AbortSignal): Promise<string> {
  try {
    const { body } = await createFetcher({ ...settings, ...changes }).fetch(url, { signal })
    return Buffer.from(body).toString()
  } catch (thrown) {
    return faultOf(thrown, url)
  }
}

/** The code of a fault, whose message must tell no address but one that the URL has itself. */
function faultOf(thrown: unknown, url: string): string {
  assert.ok(thrown instanceof ServiceError, String(thrown))
  const message = thrown.message.replaceAll(new URL(url).hostname, '')
  assert.doesNotMatch(message, /127\.0\.0|::1|10\.0\.0|169\.254/, 'the message tells an address')
  return thrown.code
}

const at = (origin: Origin) => origin.base.replace('127.0.0.1', 'origin.test')
const always = (...addresses: string[]): { resolve: Resolve } => ({ resolve: async () => addresses })
const failing = (code: string): { resolve: Resolve } => ({
  resolve: () => Promise.reject(Object.assign(new Error(code), { code })),
})

describe('a name', () => {
  /** A listener at the very port of an origin, but at 127.0.0.2. */
  const guardPort = async (port: number) => {
    let accepted = 0
    const server = createServer((socket) => {
      accepted += 1
      socket.destroy()
    })
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.2', resolve))
    return { accepted: () => accepted, close: () => server.close() }
  }
  let guards: Awaited<ReturnType<typeof guardPort>>[]
  before(async () => {
    guards = [await guardPort(plain.port), await guardPort(secure.port)]
  })
  after(() => {
    const accepted = guards.map((guard) => guard.accepted())
    for (const guard of guards) guard.close()
    assert.deepEqual(accepted, [0, 0], 'a forbidden address was dialled')
  })

  it('is dialled at the address that was judged', async () => {
    assert.equal(await get(at(plain), always('127.0.0.1')), 'hello')
    assert.equal(await get(at(secure), always('127.0.0.1')), 'hello')
  })

  const refused: [what: string, addresses: string[]][] = [
    ['one forbidden address', ['10.0.0.5']],
    ['IPv6 loopback', ['::1']],
    ['a good one and a forbidden one', ['127.0.0.1', '127.0.0.2']],
    ['a forbidden one and a good one', ['127.0.0.2', '127.0.0.1']],
    ['a good one and a forbidden one of IPv6', ['127.0.0.1', '::1']],
    ['ten, the last forbidden', [...Array<string>(9).fill('127.0.0.1'), '169.254.169.254']],
    ['a mapped form of a good one', ['::ffff:127.0.0.1']],
    ['what is no address', ['127.0.0.1', 'origin.test']],
    ['an address with a zone', ['fe80::1%1']],
  ]
  for (const [what, addresses] of refused) {
    it(`is refused whole for ${what}`, async () => {
      for (const origin of [plain, secure]) {
        assert.equal(await get(at(origin), always(...addresses)), 'blocked_address')
      }
    })
  }

  it('is resolved once for each connection, so that an answer that changes changes nothing', async () => {
    for (const origin of [plain, secure]) {
      let queries = 0
      const flipping = async () => [queries++ % 2 === 0 ? '127.0.0.1' : '127.0.0.2']
      const outcomes: string[] = []
      for (let tries = 0; tries < 200; tries += 1) outcomes.push(await get(at(origin), { resolve: flipping }))
      assert.equal(queries, 200)
      assert.equal(outcomes.filter((outcome) => outcome === 'hello').length, 100)
      assert.equal(outcomes.filter((outcome) => outcome === 'blocked_address').length, 100)
    }
  })

  it('leads to no forbidden address in 10,000 tries, however its answers change', async () => {
    const patterns: ((query: number) => string[])[] = [
      (query) => [query % 2 === 0 ? '127.0.0.1' : '127.0.0.2'],
      (query) => [query % 3 === 2 ? '127.0.0.2' : '127.0.0.1'],
      () => [Math.random() < 0.5 ? '127.0.0.1' : '127.0.0.2'],
      () => (Math.random() < 0.5 ? ['127.0.0.1'] : ['127.0.0.1', '127.0.0.2']),
    ]
    for (const [index, pattern] of patterns.entries()) {
      let queries = 0
      const resolve: Resolve = async () => pattern(queries++)
      // With robots.txt one page is two connections, and the name may change between them.
      const fetcher = createFetcher({ ...settings, resolve, hostConcurrency: 0, robots: index === 1 })
      const dialled = plain.accepted()
      let left = 2500
      const seen = new Set<string>()
      const visit = async () => {
        while (left-- > 0) {
          const outcome = fetcher.fetch(`${at(plain)}/`).then(
            ({ body }) => Buffer.from(body).toString(),
            (thrown) => faultOf(thrown, at(plain)),
          )
          seen.add(await outcome)
        }
      }
      await Promise.all(Array.from({ length: 16 }, visit))
      assert.deepEqual(seen, new Set(['hello', 'blocked_address']))
      assert.ok(plain.accepted() - dialled <= queries, 'a connection was made without a lookup')
    }
  })

  it('is resolved and judged anew at every hop', async () => {
    let queries = 0
    answer = ({ path }) => (path === '/' ? redirect('/next') : page('hello'))
    const flipping = async () => [queries++ === 0 ? '127.0.0.1' : '127.0.0.2']
    assert.equal(await get(at(plain), { resolve: flipping }), 'blocked_address')
    assert.equal(queries, 2)
    answer = () => page('hello')
  })

  it('that does not exist, or has no address, is unknown_host', async () => {
    assert.equal(await get('http://origin.test/', failing('ENOTFOUND')), 'unknown_host')
    assert.equal(await get('http://origin.test/', failing('ENODATA')), 'unknown_host')
    assert.equal(await get('http://origin.test/', always()), 'unknown_host')
  })

  it('that cannot be looked up just now is dns_error', async () => {
    for (const code of ['ESERVFAIL', 'ETIMEOUT', 'ECONNREFUSED', 'EREFUSED', 'ECANCELLED']) {
      assert.equal(await get('http://origin.test/', failing(code)), 'dns_error')
    }
    assert.equal(
      await get('http://origin.test/', { resolve: () => new Promise(() => {}), dnsMs: 20 }),
      'dns_error',
    )
  })
})

describe('ALLOW_PRIVATE', () => {
  const allow = (text: string, changes: Partial<FetchSettings> = {}) => ({
    ...changes,
    allowPrivate: parseAllowPrivate(text),
  })

  it('opens an address, by itself or by its network', async () => {
    assert.equal(await get(plain.base, allow('127.0.0.1')), 'hello')
    assert.equal(await get(plain.base, allow('127.0.0.0/8')), 'hello')
    assert.equal(await get(plain.base, allow(`127.0.0.1:${plain.port}`)), 'hello')
    assert.equal(await get(plain.base, allow(`127.0.0.1:${plain.port + 1}`)), 'blocked_address')
    assert.equal(await get(plain.base, allow('127.0.0.2')), 'blocked_address')
    assert.equal(await get(plain.base, allow('')), 'blocked_address')
  })

  it('opens IPv6 in brackets', async () => {
    const origin = await startOrigin(() => page('six'), { host: '::1' })
    assert.equal(await get(origin.base, allow('[::1]')), 'six')
    assert.equal(await get(origin.base, allow(`[::1]:${origin.port}`)), 'six')
    assert.equal(await get(origin.base, allow('127.0.0.1')), 'blocked_address')
    await origin.close()
  })

  it('opens a name, which is then looked up in the hosts file too', async () => {
    const url = plain.base.replace('127.0.0.1', 'localhost')
    assert.equal(await get(url, allow('localhost')), 'hello')
    assert.equal(await get(url, allow(`localhost:${plain.port}`)), 'hello')
    assert.equal(await get(url, allow(`localhost:${plain.port + 1}`)), 'blocked_address')
  })

  it('by address does not open a name that means inside', async () => {
    const url = plain.base.replace('127.0.0.1', 'localhost')
    assert.equal(await get(url, allow('127.0.0.0/8,[::1]')), 'blocked_address')
  })

  it('opens a blocked port only where it names it', async () => {
    const blocked = { blockedPorts: new Set([plain.port]), ...always('127.0.0.1') }
    assert.equal(await get(plain.base, allow('127.0.0.1', blocked)), 'blocked_port')
    assert.equal(await get(plain.base, allow(`127.0.0.1:${plain.port}`, blocked)), 'hello')
    assert.equal(await get(at(plain), allow(`127.0.0.1:${plain.port}`, blocked)), 'hello')
    assert.equal(await get(at(plain), allow(`origin.test:${plain.port}`, blocked)), 'hello')
    assert.equal(await get(at(plain), allow('origin.test', blocked)), 'blocked_port')
    assert.equal(await get(at(plain), allow(`127.0.0.2:${plain.port}`, blocked)), 'blocked_port')
    assert.equal(
      await get(`http://8.8.8.8:${plain.port}/`, allow(`127.0.0.1:${plain.port}`, blocked)),
      'blocked_port',
    )
  })
})

describe('a connection', () => {
  it('that nobody takes is connect_failed', async () => {
    const origin = await startOrigin(() => page('gone'))
    await origin.close()
    assert.equal(await get(origin.base), 'connect_failed')
    assert.equal(await get(at(origin), always('127.0.0.1', '127.0.0.1')), 'connect_failed')
  })

  it('goes to the next address when the first takes none', async () => {
    const allowPrivate = parseAllowPrivate('127.0.0.0/8')
    assert.equal(await get(at(plain), { allowPrivate, ...always('127.0.0.3', '127.0.0.1') }), 'hello')
  })

  it('ignores the proxies that the environment names', async () => {
    const proxy = await startOrigin(() => page('proxy'))
    const names = [
      'HTTP_PROXY',
      'HTTPS_PROXY',
      'ALL_PROXY',
      'http_proxy',
      'https_proxy',
      'NODE_USE_ENV_PROXY',
    ]
    for (const name of names) process.env[name] = name === 'NODE_USE_ENV_PROXY' ? '1' : proxy.base
    try {
      assert.equal(await get(plain.base), 'hello')
      assert.equal(await get(secure.base), 'hello')
      assert.equal(proxy.accepted(), 0)
    } finally {
      for (const name of names) delete process.env[name]
      await proxy.close()
    }
  })
})

describe('TLS', () => {
  /** Fetches with the certificates that Node itself trusts. */
  const untrusting = (url: string) => {
    const { ca: _, ...rest } = settings
    const fault = (thrown: unknown) => faultOf(thrown, url)
    return createFetcher(rest)
      .fetch(url)
      .then(() => 'page', fault)
  }

  it('offers HTTP/1.1 alone, and the host’s name unless it is an address', async () => {
    const seen: unknown[] = []
    answer = (_, socket) => {
      seen.push([(socket as TLSSocket).alpnProtocol, (socket as TLSSocket).servername])
      return page('hello')
    }
    await get(at(secure), always('127.0.0.1'))
    await get(at(secure).replace('origin.test', 'origin.test.'), always('127.0.0.1'))
    await get(secure.base)
    answer = () => page('hello')
    assert.equal(seen.length, 3)
    assert.deepEqual(seen[0], seen[1])
    assert.equal((seen[0] as string[])[1], 'origin.test')
    assert.ok(!(seen[2] as unknown[])[1])
  })

  it('is tls_error for a certificate that is not trusted, is for another host, or has run out', async () => {
    assert.equal(await untrusting(secure.base), 'tls_error')
    const other = selfSigned(['DNS:other.test'])
    const origin = await startOrigin(() => page('x'), { certificate: other })
    assert.equal(await get(at(origin), { ca: other.cert, ...always('127.0.0.1') }), 'tls_error')
    assert.equal(await get(origin.base, { ca: other.cert }), 'tls_error')
    await origin.close()
    assert.deepEqual(origin.asked, [])
  })

  it('is verified whatever the environment says', async () => {
    const emitWarning = process.emitWarning
    process.emitWarning = () => {}
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
    try {
      assert.equal(await untrusting(secure.base), 'tls_error')
    } finally {
      delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
      process.emitWarning = emitWarning
    }
  })

  it('tells the client what is wrong with a certificate', async () => {
    const { ca: _, ...rest } = settings
    const fault = await createFetcher({ ...rest, ...always('127.0.0.1') })
      .fetch(at(secure))
      .catch((error: Error) => error)
    assert.match((fault as Error).message, /origin\.test .*\(DEPTH_ZERO_SELF_SIGNED_CERT\)/)
  })

  it('is tls_error where plain HTTP is spoken, connection_reset where the peer hangs up', async () => {
    const talker = createServer((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n'))
    const quitter = createServer((socket) => socket.once('data', () => socket.resetAndDestroy()))
    for (const [server, code] of [
      [talker, 'tls_error'],
      [quitter, 'connection_reset'],
    ] as const) {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const { port } = server.address() as { port: number }
      assert.equal(await get(`https://127.0.0.1:${port}/`), code)
      server.close()
    }
  })
})

describe('a fetch that is ended from outside', () => {
  const silent = (): undefined => undefined
  const reason = new ServiceError('timeout')

  it('does not begin when it was ended before', async () => {
    const before = plain.accepted()
    assert.equal(await get(plain.base, {}, AbortSignal.abort(reason)), 'timeout')
    assert.equal(plain.accepted(), before)
  })

  it('rejects with the signal’s reason, or with fetch_timeout where that is no ServiceError', async () => {
    answer = silent
    assert.equal(await get(plain.base, {}, AbortSignal.timeout(20)), 'fetch_timeout')
    answer = () => page('hello')
  })

  it('ends during a lookup', async () => {
    const controller = new AbortController()
    const resolve: Resolve = () => new Promise(() => setTimeout(() => controller.abort(reason), 5))
    assert.equal(await get(at(plain), { resolve }, controller.signal), 'timeout')
  })

  const stages: [stage: string, answer: Answer][] = [
    ['while waiting for a head', silent],
    ['within a head', (_, socket) => void socket.write('HTTP/1.1 200 OK\r\n')],
    ['within a body', (_, socket) => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nx')],
    [
      'within a gzip body',
      (_, socket) => void socket.write('HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f'),
    ],
  ]
  for (const [stage, how] of stages) {
    it(`closes its connection ${stage}`, async () => {
      for (const origin of [plain, secure]) {
        const controller = new AbortController()
        answer = (asked, socket) => {
          setTimeout(() => controller.abort(reason), 10)
          return how(asked, socket)
        }
        assert.equal(await get(origin.base, {}, controller.signal), 'timeout')
        await eventually('the connection to be closed', () => origin.open() === 0)
      }
      answer = () => page('hello')
    })
  }

  it('closes its connection within a TLS handshake, and when the deadline passes there', async () => {
    const sockets = new Set<Socket>()
    let onSocket = () => {}
    const server = createServer((socket) => {
      sockets.add(socket)
      socket
        .resume()
        .on('close', () => sockets.delete(socket))
        .on('error', () => {})
      onSocket()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `https://127.0.0.1:${(server.address() as { port: number }).port}/`
    const controller = new AbortController()
    onSocket = () => controller.abort(reason)
    assert.equal(await get(url, {}, controller.signal), 'timeout')
    onSocket = () => {}
    assert.equal(await get(url, { timeoutMs: 50 }), 'fetch_timeout')
    await eventually('the connections to be closed', () => sockets.size === 0)
    server.close()
  })
})
