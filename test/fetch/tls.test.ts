import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { after, describe, it } from 'node:test'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import { ServiceError } from '../../src/contract/errors.ts'
import { parseAllowPrivate } from '../../src/fetch/allowance.ts'
import { createFetcher, type FetchOptions, type FetchSettings } from '../../src/fetch/page.ts'
import { defaultBlockedPorts } from '../../src/fetch/ports.ts'
import { createAuthority, type Wanted } from '../support/certificate.ts'
import { page } from '../support/origin.ts'
import { eventually } from '../support/process.ts'

const authority = createAuthority()
const stranger = createAuthority('stranger')
const between = authority.issue({ names: [], common: 'between', signs: true })
const names = ['DNS:origin.test', 'IP:127.0.0.1']
const good = authority.issue({ names })

const settings: FetchSettings = {
  maxBytes: 100_000,
  timeoutMs: 10_000,
  allowPrivate: parseAllowPrivate('127.0.0.1'),
  blockedPorts: defaultBlockedPorts,
  userAgent: 'test',
  ca: authority.cert,
  resolve: async () => ['127.0.0.1'],
}
const fetcher = createFetcher(settings)
const lenient = createFetcher({ ...settings, tlsErrors: true })

interface Site {
  port: number
  /** How many connections are open, and how many requests came. */
  open: () => number
  asked: () => number
}

const closing: (() => void)[] = []
after(() => {
  for (const close of closing) close()
})

/** A site that answers each request with a page, and keeps its connections. */
async function startSite(options: TlsOptions): Promise<Site> {
  let asked = 0
  const server = createTlsServer(options, (socket) => {
    socket.on('error', () => {})
    socket.on('data', () => {
      asked += 1
      socket.write(page('hello'))
    })
  })
  server.on('tlsClientError', () => {})
  return { ...(await listen(server)), asked: () => asked }
}

async function listen(server: ReturnType<typeof createServer>): Promise<Omit<Site, 'asked'>> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket.on('error', () => {}).resume())
    socket.on('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, open: () => sockets.size }
}

/** The page, or the fault's code with what its message tells of the reason. */
async function get(
  port: number,
  options: FetchOptions = {},
  by = fetcher,
  host = 'origin.test',
): Promise<string> {
  try {
    return Buffer.from((await by.fetch(`https://${host}:${port}/`, options)).body).toString()
  } catch (thrown) {
    assert.ok(thrown instanceof ServiceError, String(thrown))
    return `${thrown.code} ${/\((\w+)\)\.$/.exec(thrown.message)?.[1] ?? ''}`.trim()
  }
}

const issued = (wanted: Partial<Wanted>) => authority.issue({ names, ...wanted })
const chain = between.issue({ names })
const oldProtocol: TlsOptions = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }

describe('a certificate that can be trusted', () => {
  const cases: [name: string, options: TlsOptions, host?: string][] = [
    ['signed by an authority', good],
    ['for the name among others', issued({ names: ['DNS:other.test', 'DNS:origin.test'] })],
    ['for all names under one', issued({ names: ['DNS:*.origin.test'] }), 'www.origin.test'],
    ['with the one between it and the authority', { ...chain, cert: chain.cert + between.cert }],
    ['of RSA', issued({ key: ['rsa:2048'] })],
    ['over TLS 1.2', { ...good, maxVersion: 'TLSv1.2' }],
    ['over TLS 1.3', { ...good, minVersion: 'TLSv1.3' }],
  ]
  for (const [name, options, host] of cases) {
    it(`is one ${name}`, async () =>
      assert.equal(await get((await startSite(options)).port, {}, fetcher, host), 'hello'))
  }

  it('is one for the address, where the URL has that', async () => {
    assert.equal(await get((await startSite(good)).port, {}, fetcher, '127.0.0.1'), 'hello')
  })
})

describe('a certificate that cannot be trusted', () => {
  const self = createAuthority('self').issue({ names })
  const cases: [name: string, options: TlsOptions, reason: string, host?: string][] = [
    ['has run out', issued({ days: -1 }), 'CERT_HAS_EXPIRED'],
    ['is for another host', issued({ names: ['DNS:other.test'] }), 'ERR_TLS_CERT_ALTNAME_INVALID'],
    [
      'is for names two levels under one',
      issued({ names: ['DNS:*.origin.test'] }),
      'ERR_TLS_CERT_ALTNAME_INVALID',
      'a.b.origin.test',
    ],
    [
      'is for names alone, where the URL has an address',
      issued({ names: ['DNS:origin.test'] }),
      'ERR_TLS_CERT_ALTNAME_INVALID',
      '127.0.0.1',
    ],
    [
      'has the address as a name',
      issued({ names: ['DNS:127.0.0.1'] }),
      'ERR_TLS_CERT_ALTNAME_INVALID',
      '127.0.0.1',
    ],
    ['is signed by a stranger', stranger.issue({ names }), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    [
      'is signed by a stranger who comes along',
      { ...self, cert: self.cert + stranger.cert },
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    ],
    ['signs itself', createAuthority('origin.test'), 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['comes without the one between', chain, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ['is signed by one that may not sign', good.issue({ names }), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  ]
  for (const [name, options, reason, host] of cases) {
    it(`is one that ${name}, unless a request says that it may be`, async () => {
      const site = await startSite(options)
      assert.equal(await get(site.port, {}, fetcher, host), `tls_error ${reason}`)
      assert.equal(await get(site.port, {}, lenient, host), `tls_error ${reason}`)
      assert.equal(site.asked(), 0)
      assert.equal(await get(site.port, { ignoreTlsErrors: true }, lenient, host), 'hello')
      assert.equal(site.asked(), 1)
    })
  }

  it('is not asked about where the operator permits none', async () => {
    const site = await startSite(issued({ days: -1 }))
    assert.equal(await get(site.port, { ignoreTlsErrors: true }), 'invalid_request')
    assert.deepEqual([site.asked(), site.open()], [0, 0])
  })

  it('leaves no connection for requests that do not take it', async () => {
    const site = await startSite(issued({ days: -1 }))
    assert.equal(await get(site.port, { ignoreTlsErrors: true }, lenient), 'hello')
    assert.equal(site.open(), 1, 'kept for the next request of its kind')
    assert.equal(await get(site.port, {}, lenient), 'tls_error CERT_HAS_EXPIRED')
    assert.equal(site.asked(), 1)
  })
})

describe('a site that speaks TLS as nobody should', () => {
  const cases: [name: string, options: TlsOptions, code: RegExp][] = [
    ['of an old version', { ...good, ...oldProtocol }, /^tls_error ERR_SSL_/],
    [
      'with a key that is too short',
      { ...issued({ key: ['rsa:512'] }), ciphers: 'DEFAULT@SECLEVEL=0' },
      /^tls_error/,
    ],
    [
      'with a cipher that nobody takes',
      { ...good, maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-NULL-SHA:@SECLEVEL=0' },
      /^tls_error/,
    ],
    [
      'and wants a certificate of ours',
      { ...good, requestCert: true, maxVersion: 'TLSv1.2' },
      /^(?:tls_error|connection_reset)/,
    ],
  ]
  for (const [name, options, code] of cases) {
    it(`is refused ${name}, whatever a request says`, async () => {
      const site = await startSite(options)
      assert.match(await get(site.port), code)
      assert.match(await get(site.port, { ignoreTlsErrors: true }, lenient), code)
      assert.equal(site.asked(), 0)
      await eventually('no connection', () => site.open() === 0, 1000)
    })
  }

  it('wants a certificate of ours after the handshake, as TLS 1.3 has it', async () => {
    const site = await startSite({ ...good, requestCert: true, minVersion: 'TLSv1.3' })
    assert.match(await get(site.port), /^tls_error/)
    await eventually('no connection', () => site.open() === 0, 1000)
  })
})

describe('a handshake', () => {
  const impatient = createFetcher({ ...settings, tlsMs: 100 })
  const cases: [name: string, onSocket: (socket: Socket) => void, code: string][] = [
    ['that is never answered', () => {}, 'connect_failed'],
    [
      'that stops within the answer',
      (socket) => socket.once('data', () => socket.write('\x16\x03\x03\0\x7a\x02')),
      'connect_failed',
    ],
    [
      'that drips',
      (socket) => {
        const timer = setInterval(() => socket.write('\x16'), 40)
        socket.on('close', () => clearInterval(timer))
      },
      'connect_failed',
    ],
    [
      'that is answered with an alert',
      (socket) => socket.once('data', () => socket.end(Buffer.from('15030300020228', 'hex'))),
      'tls_error',
    ],
    [
      'that is answered with HTTP',
      (socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
      'tls_error',
    ],
    [
      'that is answered with nothing and an end',
      (socket) => socket.once('data', () => socket.end()),
      'connection_reset',
    ],
    [
      'that is answered with a reset',
      (socket) => socket.once('data', () => socket.resetAndDestroy()),
      'connection_reset',
    ],
  ]
  for (const [name, onSocket, code] of cases) {
    it(`${name} is ${code}, and its connection closed`, async () => {
      const site = await listen(createServer(onSocket))
      assert.equal((await get(site.port, {}, impatient)).split(' ', 1)[0], code)
      await eventually('no connection', () => site.open() === 0, 1000)
    })
  }
})
