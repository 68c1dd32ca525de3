import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { after, afterEach, before, describe, it } from 'node:test'
import { inspect } from 'node:util'
import { ServiceError } from '../../src/contract/errors.ts'
import { parseAllowPrivate } from '../../src/fetch/allowance.ts'
import { createFetcher, type FetchOptions, type FetchSettings } from '../../src/fetch/page.ts'
import { defaultBlockedPorts } from '../../src/fetch/ports.ts'
import { parseProxies } from '../../src/fetch/proxy.ts'
import { createAuthority } from '../support/certificate.ts'
import { startKeepingOrigin } from '../support/keeping.ts'
import { type Origin, page, redirect, startOrigin } from '../support/origin.ts'
import { eventually } from '../support/process.ts'
import {
  opened,
  type ProxyKind,
  type ProxyOptions,
  type RunningProxy,
  relay,
  startProxy,
} from '../support/proxy.ts'

// 127.0.0.1 is opened and stands for what may be reached; 127.0.0.2 is not.
const authority = createAuthority()
const certificate = authority.issue({ names: ['IP:127.0.0.1', 'DNS:origin.test'] })
const kinds: ProxyKind[] = ['http', 'https', 'socks5']

let plain: Origin
let secure: Origin
before(async () => {
  const answer = ({ path }: { path: string }) =>
    path.startsWith('/to/') ? redirect(decodeURIComponent(path.slice(4))) : page(`page ${path}`)
  plain = await startOrigin(answer)
  secure = await startOrigin(answer, { certificate })
})
after(() => Promise.all([plain.close(), secure.close()]))

const proxies: RunningProxy[] = []
afterEach(async () => {
  for (const proxy of proxies.splice(0)) await proxy.close()
})

async function start(kind: ProxyKind, options: ProxyOptions = {}): Promise<RunningProxy> {
  const proxy = await startProxy(kind, { certificate, ...options })
  proxies.push(proxy)
  return proxy
}

const settings: FetchSettings = {
  maxBytes: 100_000,
  timeoutMs: 10_000,
  allowPrivate: parseAllowPrivate('127.0.0.1,[::1]'),
  blockedPorts: defaultBlockedPorts,
  userAgent: 'test',
  ca: authority.cert,
  connectMs: 5000,
  tlsMs: 5000,
  resolve: async () => ['127.0.0.1'],
}

/** Fetches through a proxy that is listed with the login in `listed`. @returns the page's text, or the fault */
async function fetchBy(
  proxy: RunningProxy,
  url: string,
  {
    changes = {},
    listed = proxy.href,
    ...options
  }: FetchOptions & { changes?: Partial<FetchSettings>; listed?: string } = {},
): Promise<string | ServiceError> {
  const fetcher = createFetcher({ ...settings, proxies: parseProxies(listed), ...changes })
  try {
    return Buffer.from((await fetcher.fetch(url, { proxy: proxy.href, ...options })).body).toString()
  } catch (thrown) {
    assert.ok(thrown instanceof ServiceError, String(thrown))
    return thrown
  }
}

/** The page's text, or the fault's code. */
async function get(...args: Parameters<typeof fetchBy>): Promise<string> {
  const outcome = await fetchBy(...args)
  return outcome instanceof ServiceError ? outcome.code : outcome
}

const named = (origin: Origin) => origin.base.replace('127.0.0.1', 'origin.test')
const withLogin = ({ href }: RunningProxy, login: string) => href.replace('://', `://${login}@`)

for (const kind of kinds) {
  describe(`a proxy of ${kind}`, () => {
    it('opens the way to the address that was judged, for http and https, and never hears a name', async () => {
      const proxy = await start(kind)
      for (const origin of [plain, secure]) {
        assert.equal(await get(proxy, `${named(origin)}/a`), 'page /a')
        assert.match(
          origin.asked.at(-1)?.head ?? '',
          new RegExp(`^host: origin\\.test:${origin.port}\r$`, 'im'),
        )
      }
      assert.deepEqual(
        proxy.asked,
        [plain, secure].map(({ port }) => `127.0.0.1:${port}`),
      )
    })

    it('opens the way to IPv6', async () => {
      const six = await startOrigin(() => page('six'), { host: '::1' })
      const proxy = await start(kind)
      assert.equal(await get(proxy, six.base), 'six')
      assert.deepEqual(proxy.asked, [`[::1]:${six.port}`])
      await six.close()
    })

    it('is asked for the first of several addresses, all of which were judged', async () => {
      const proxy = await start(kind)
      const resolve = async () => ['127.0.0.1', '127.0.0.1']
      assert.equal(await get(proxy, `${named(plain)}/`, { changes: { resolve } }), 'page /')
      const mixed = async () => ['127.0.0.1', '127.0.0.2']
      assert.equal(await get(proxy, `${named(plain)}/`, { changes: { resolve: mixed } }), 'blocked_address')
      assert.equal(proxy.asked.length, 1)
    })

    it('is not even dialled for what may not be reached', async () => {
      const proxy = await start(kind)
      const inside = async () => ['127.0.0.2']
      const refused: [url: string, code: string][] = [
        [`http://127.0.0.2:${plain.port}/`, 'blocked_address'],
        ['http://169.254.169.254/', 'blocked_address'],
        ['http://[::ffff:127.0.0.1]/', 'blocked_address'],
        ['http://localhost/', 'blocked_address'],
        ['http://metadata.google.internal/', 'blocked_address'],
        ['http://127.0.0.1:6379/', 'blocked_port'],
      ]
      for (const [url, code] of refused) assert.equal(await get(proxy, url), code, url)
      assert.equal(await get(proxy, `${named(plain)}/`, { changes: { resolve: inside } }), 'blocked_address')
      assert.equal(await get(proxy, `${named(secure)}/`, { changes: { resolve: inside } }), 'blocked_address')
      assert.equal(proxy.accepted(), 0)
    })

    it('is not asked for where a redirect leads inside', async () => {
      const proxy = await start(kind)
      for (const target of ['http://127.0.0.2/', 'http://localhost/', 'http://10.0.0.1/'])
        assert.equal(await get(proxy, `${plain.base}/to/${encodeURIComponent(target)}`), 'blocked_address')
      assert.deepEqual(new Set(proxy.asked), new Set([`127.0.0.1:${plain.port}`]))
    })

    it('is asked once a connection, so that a name that changes changes nothing', async () => {
      const proxy = await start(kind)
      let queries = 0
      const resolve = async () => [queries++ % 2 === 0 ? '127.0.0.1' : '127.0.0.2']
      const fetcher = createFetcher({ ...settings, resolve, proxies: parseProxies(proxy.href) })
      for (let tries = 0; tries < 20; tries += 1) {
        await fetcher.fetch(`${named(plain)}/`, { proxy: proxy.href }).catch(() => {})
        assert.equal(queries, tries + 1)
      }
      assert.equal(proxy.asked.length, 10)
    })

    it('hears its login, which no fault tells', async () => {
      const proxy = await start(kind, { login: 'me:s3cr:et' })
      const listed = withLogin(proxy, 'me:s3cr%3Aet')
      assert.equal(await get(proxy, `${named(secure)}/a`, { listed }), 'page /a')
      for (const wrong of ['me:other', 'you:s3cr%3Aet', 'me']) {
        const fault = await fetchBy(proxy, `${plain.base}/`, { listed: withLogin(proxy, wrong) })
        assert.equal((fault as ServiceError).code, 'proxy_failed')
        assert.doesNotMatch(inspect(fault, { depth: 9 }), /other|s3cr|you/)
      }
      const fault = await fetchBy(proxy, `${plain.base}/`)
      assert.equal((fault as ServiceError).code, 'proxy_failed')
      assert.deepEqual(proxy.asked.length, 1)
    })

    it('is used by those alone who name it, if the operator lists it', async () => {
      const [proxy, other] = [await start(kind), await start(kind)]
      const listed = proxy.href
      assert.equal(await get(proxy, `${plain.base}/`, { listed, proxy: undefined }), 'page /')
      assert.equal(await get(proxy, `${plain.base}/`, { listed, proxy: other.href }), 'invalid_request')
      assert.equal(await get(proxy, `${plain.base}/`, { listed: '' }), 'invalid_request')
      assert.equal(await get(proxy, `${plain.base}/`, { proxy: withLogin(proxy, 'me:x') }), 'invalid_request')
      assert.deepEqual([proxy.accepted(), other.accepted()], [0, 0])
    })

    it('does not lend its connections to fetches by another way', async () => {
      const keeping = await startKeepingOrigin((_, socket) => void socket.write(page('kept')))
      const proxy = await start(kind)
      const fetcher = createFetcher({ ...settings, proxies: parseProxies(proxy.href) })
      for (const way of [proxy.href, proxy.href, undefined]) {
        const { body } = await fetcher.fetch(keeping.base, { proxy: way })
        assert.equal(Buffer.from(body).toString(), 'kept')
      }
      assert.deepEqual([proxy.asked.length, keeping.accepted()], [1, 2])
      await keeping.close()
    })

    it('that dies within an answer is the end of that answer', async () => {
      const half = await startOrigin((_, socket) => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf')
        setTimeout(() => void proxy.close(), 30)
        return undefined
      })
      const proxy = await startProxy(kind, { certificate })
      assert.equal(await get(proxy, half.base), 'connection_reset')
      await half.close()
    })

    it('that nobody runs is proxy_failed', async () => {
      const proxy = await startProxy(kind, { certificate })
      await proxy.close()
      assert.equal(await get(proxy, plain.base), 'proxy_failed')
    })
  })
}

const say = (bytes: string | Uint8Array) => (socket: Socket) =>
  void socket.resume().write(Buffer.from(bytes as string, 'latin1'))
const drip = (socket: Socket) => {
  const timer = setInterval(() => socket.write('X'), 20)
  socket.on('close', () => clearInterval(timer))
}
const impatient = { connectMs: 300, tlsMs: 300 }
const socksReply = (code: number) => Buffer.from([5, code, 0, 1, 0, 0, 0, 0, 0, 0])

describe('a proxy that does not do what it should', () => {
  const http: [name: string, options: ProxyOptions][] = [
    ['says nothing', { onSocket: (socket) => void socket.resume() }],
    ['says nothing to what it is asked', { onAsked: () => {} }],
    ['hangs up at once', { onSocket: (socket) => socket.destroy() }],
    ['hangs up when it is asked', { onAsked: (socket) => socket.destroy() }],
    ['ends in good order when it is asked', { onAsked: (socket) => void socket.end() }],
    ['refuses', { onAsked: say('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n') }],
    ['cannot reach the site', { onAsked: say('HTTP/1.1 502 Bad Gateway\r\n\r\nno route to 10.0.0.1') }],
    ['redirects', { onAsked: say('HTTP/1.1 302 Found\r\nLocation: http://10.0.0.1/\r\n\r\n') }],
    ['drips its answer', { onAsked: drip }],
    [
      'drips a head',
      {
        onAsked: (socket) => {
          socket.write('HTTP/1.1 200 OK\r\nA: ')
          drip(socket)
        },
      },
    ],
    ['has a head without end', { onAsked: say(`HTTP/1.1 200 OK\r\n${'A: b\r\n'.repeat(10_000)}`) }],
    ['speaks no HTTP', { onAsked: say('SSH-2.0-OpenSSH\r\n') }],
    ['speaks of 100 and no more', { onAsked: say('HTTP/1.1 100 Continue\r\n\r\n'.repeat(3)) }],
    [
      'opens the way and hangs up at once',
      {
        onAsked: (socket) => {
          socket.write(opened.http)
          socket.destroy()
        },
      },
    ],
  ]
  const socks5: [name: string, options: ProxyOptions][] = [
    ['says nothing', { onSocket: (socket) => void socket.resume() }],
    ['says nothing to what it is asked', { onAsked: () => {} }],
    ['hangs up at once', { onSocket: (socket) => socket.destroy() }],
    ['hangs up when it is asked', { onAsked: (socket) => socket.destroy() }],
    ['ends in good order when it is asked', { onAsked: (socket) => void socket.end() }],
    ['speaks SOCKS4', { onSocket: say('\0\x5a\0\0\0\0\0\0') }],
    ['speaks HTTP', { onSocket: say('HTTP/1.1 400 Bad Request\r\n\r\n') }],
    ['takes no method', { onSocket: say('\x05\xff') }],
    ['takes a method that was not offered', { onSocket: say('\x05\x01') }],
    ...[1, 2, 3, 4, 5, 6, 7, 8, 99].map((code): [string, ProxyOptions] => [
      `refuses with ${code}`,
      { onAsked: (socket) => void socket.write(socksReply(code)) },
    ]),
    [
      'drips its answer',
      {
        onAsked: (socket) => {
          socket.write('\x05')
          socket.on('close', () => {})
        },
      },
    ],
    ['answers with the wrong version', { onAsked: say('\x04\0\0\x01\0\0\0\0\0\0') }],
  ]
  const https: typeof http = http.filter(([name]) => !name.startsWith('hangs up at once'))
  for (const [kind, cases] of Object.entries({ http, https, socks5 }) as [ProxyKind, typeof http][]) {
    for (const [name, options] of cases) {
      it(`is proxy_failed when one of ${kind} ${name}, with no connection left`, async () => {
        const proxy = await start(kind, options)
        const fault = await fetchBy(proxy, `${named(plain)}/`, { changes: impatient })
        const code = fault instanceof ServiceError ? fault.code : fault
        if (name.startsWith('opens the way')) assert.match(code, /^(?:proxy_failed|connection_reset)$/)
        else assert.equal(code, 'proxy_failed')
        assert.doesNotMatch((fault as ServiceError).message, /10\.0\.0\.1|127\.0\.0/)
        await eventually('no connection', () => proxy.open() === 0, 1000)
      })
    }
  }

  it('is held to its certificate, whatever a request says of that of its site', async () => {
    const stranger = await start('https', {
      certificate: createAuthority('stranger').issue({ names: ['IP:127.0.0.1'] }),
    })
    const late = await start('https', { certificate: authority.issue({ names: ['IP:127.0.0.1'], days: -1 }) })
    const changes = { tlsErrors: true }
    for (const proxy of [stranger, late]) {
      assert.equal(await get(proxy, `${named(plain)}/`), 'proxy_failed')
      assert.equal(await get(proxy, `${named(secure)}/`, { changes, ignoreTlsErrors: true }), 'proxy_failed')
      assert.deepEqual([proxy.asked, proxy.logins], [[], []])
    }
  })

  it('stalls its own TLS no longer than may be', async () => {
    const silent = await startProxy('http', { onSocket: (socket) => void socket.resume() })
    proxies.push(silent)
    const asHttps = { ...silent, href: silent.href.replace('http:', 'https:') }
    assert.equal(await get(asHttps, `${named(plain)}/`, { changes: impatient }), 'proxy_failed')
    await eventually('no connection', () => silent.open() === 0, 1000)
  })

  for (const kind of kinds) {
    it(`cannot lie to https: one of ${kind} that leads elsewhere is found out`, async () => {
      const elsewhere = await startOrigin(() => page('a lie'), {
        certificate: createAuthority('liar').issue({ names: ['DNS:origin.test', 'IP:127.0.0.1'] }),
      })
      const proxy = await start(kind, {
        onAsked: (socket) => relay(socket, `127.0.0.1:${elsewhere.port}`, kind),
      })
      assert.equal(await get(proxy, `${named(secure)}/`), 'tls_error')
      assert.deepEqual(elsewhere.asked, [])
      await elsewhere.close()
    })

    it(`is not heard before the site was asked anything: one of ${kind}`, async () => {
      const proxy = await start(kind, {
        onAsked: (socket) => void socket.end(Buffer.concat([opened[kind], page('early')])),
      })
      assert.equal(await get(proxy, `${named(plain)}/`), 'bad_response')
      assert.equal(await get(proxy, `${named(secure)}/`), 'tls_error')
    })

    it(`lets go within a second when a fetch is ended at any stage: one of ${kind}`, async () => {
      const silent: ProxyOptions[] = [{ onSocket: (socket) => void socket.resume() }, { onAsked: () => {} }]
      for (const options of silent) {
        const proxy = await start(kind, options)
        const controller = new AbortController()
        const outcome = get(proxy, `${named(plain)}/`, {
          signal: controller.signal,
          changes: { connectMs: 10_000, tlsMs: 10_000 },
        })
        await eventually('a connection', () => proxy.open() === 1)
        controller.abort(new ServiceError('timeout'))
        assert.equal(await outcome, 'timeout')
        await eventually('no connection', () => proxy.open() === 0, 1000)
        assert.equal(
          await get(proxy, `${named(plain)}/`, {
            timeoutMs: 60,
            changes: { connectMs: 10_000, tlsMs: 10_000 },
          }),
          'fetch_timeout',
        )
        await eventually('no connection', () => proxy.open() === 0, 1000)
      }
    })
  }
})
