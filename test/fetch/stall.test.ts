import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { ServiceError } from '../../src/contract/errors.ts'
import { parseAllowPrivate } from '../../src/fetch/allowance.ts'
import { createFetcher, type FetchOptions, type FetchSettings } from '../../src/fetch/page.ts'
import { defaultBlockedPorts } from '../../src/fetch/ports.ts'
import { createResolver } from '../../src/fetch/resolver.ts'
import { type DeafPort, openDeafPort } from '../support/deaf.ts'
import { type NameServer, startNameServer } from '../support/dns.ts'
import { eventually } from '../support/process.ts'

// Every stage at which a fetch can be made to hang: each with the setting that bounds it, and each let go of within a second.

const settings: FetchSettings = {
  maxBytes: 1_000_000,
  timeoutMs: 10_000,
  allowPrivate: parseAllowPrivate('127.0.0.1'),
  blockedPorts: defaultBlockedPorts,
  userAgent: 'test',
  dnsMs: 10_000,
  connectMs: 10_000,
  tlsMs: 10_000,
  firstByteMs: 10_000,
  chunkMs: 10_000,
}

let names: NameServer
let deaf: DeafPort
before(async () => {
  names = await startNameServer(() => 'silence')
  deaf = await openDeafPort()
})
after(async () => {
  await names.close()
  await deaf.close()
})

/** Where a fetch hangs. */
interface Stage {
  url: string
  /** Connections that are being tried, or are open, as the other side sees it. */
  open: () => number
  /** Whether the fetch has come to the stage. */
  isReached: () => boolean
  close: () => void
}

/** A site that says something to whoever connects, once it has heard something. */
async function startSite(scheme: string, say: (socket: Socket) => void): Promise<Stage> {
  const sockets = new Set<Socket>()
  let heard = false
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}))
    socket.on('close', () => sockets.delete(socket))
    socket.once('data', () => {
      heard = true
      say(socket)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    open: () => sockets.size,
    isReached: () => heard,
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

const write = (text: string | Uint8Array) => (socket: Socket) => void socket.write(text)
const drip = (first: string, again: string) => (socket: Socket) => {
  socket.write(first)
  const timer = setInterval(() => socket.write(again), 20)
  socket.on('close', () => clearInterval(timer))
}
const head = (...fields: string[]) =>
  ['HTTP/1.1 200 OK', 'Content-Type: text/html', ...fields, '', ''].join('\r\n')
const chunked = head('Transfer-Encoding: chunked')
const zipped = Buffer.concat([
  Buffer.from(head('Content-Encoding: gzip')),
  gzipSync('x'.repeat(5000)).subarray(0, 20),
])

const atName = async (): Promise<Stage> => {
  const before = names.asked.length
  return {
    url: 'http://origin.test/',
    open: () => 0,
    isReached: () => names.asked.length > before,
    close: () => {},
  }
}
const atConnect = async (): Promise<Stage> => ({
  url: `http://127.0.0.1:${deaf.port}/`,
  open: deaf.tried,
  isReached: () => deaf.tried() > 0,
  close: () => {},
})

/** Their own bound, if they have one: what drips is silent at no time, and ends with the whole fetch. */
const stages: [
  name: string,
  start: () => Promise<Stage>,
  bound: Partial<FetchSettings>,
  code: string,
  setting: RegExp,
][] = [
  ['a name server is silent', atName, { dnsMs: 200 }, 'dns_error', /./],
  ['a connection is not taken', atConnect, { connectMs: 200 }, 'connect_failed', /CONNECT_TIMEOUT/],
  [
    'TLS is not answered',
    () => startSite('https', () => {}),
    { tlsMs: 200 },
    'connect_failed',
    /CONNECT_TIMEOUT/,
  ],
  [
    'there is no head',
    () => startSite('http', () => {}),
    { firstByteMs: 200 },
    'fetch_timeout',
    /FIRST_BYTE_TIMEOUT/,
  ],
  [
    'a head stops',
    () => startSite('http', write('HTTP/1.1 200 OK\r\nA')),
    { firstByteMs: 200 },
    'fetch_timeout',
    /FIRST_BYTE_TIMEOUT/,
  ],
  [
    'a head drips',
    () => startSite('http', drip('HTTP/1.1 200 OK\r\n', 'A')),
    { firstByteMs: 200 },
    'fetch_timeout',
    /FIRST_BYTE_TIMEOUT/,
  ],
  [
    'early hints drip',
    () => startSite('http', drip('', 'HTTP/1.1 103 E\r\n\r\n')),
    { firstByteMs: 200 },
    'fetch_timeout',
    /FIRST_BYTE_TIMEOUT/,
  ],
  [
    'a body does not begin',
    () => startSite('http', write(head())),
    { chunkMs: 200 },
    'fetch_timeout',
    /CHUNK_TIMEOUT/,
  ],
  [
    'a body stops',
    () => startSite('http', write(`${head('Content-Length: 9')}x`)),
    { chunkMs: 200 },
    'fetch_timeout',
    /CHUNK_TIMEOUT/,
  ],
  [
    'a compressed body stops',
    () => startSite('http', write(zipped)),
    { chunkMs: 200 },
    'fetch_timeout',
    /CHUNK_TIMEOUT/,
  ],
  [
    'the last chunk does not come',
    () => startSite('http', write(`${chunked}1\r\nx\r\n`)),
    { chunkMs: 200 },
    'fetch_timeout',
    /CHUNK_TIMEOUT/,
  ],
  [
    'a trailer does not end',
    () => startSite('http', write(`${chunked}1\r\nx\r\n0\r\nA: b`)),
    { chunkMs: 200 },
    'fetch_timeout',
    /CHUNK_TIMEOUT/,
  ],
  [
    'a body drips',
    () => startSite('http', drip(head('Content-Length: 99999'), 'x')),
    { timeoutMs: 300 },
    'fetch_timeout',
    /FETCH_TIMEOUT/,
  ],
  [
    'chunks drip for ever',
    () => startSite('http', drip(chunked, '1\r\nx\r\n')),
    { timeoutMs: 300 },
    'fetch_timeout',
    /FETCH_TIMEOUT/,
  ],
  [
    'the extension of a chunk drips',
    () => startSite('http', drip(`${chunked}1;`, 'a')),
    { timeoutMs: 300, chunkMs: 250 },
    'fetch_timeout',
    /_TIMEOUT/,
  ],
]

/** The fault that a fetch ends with. */
async function faultOf(stage: Stage, changes: Partial<FetchSettings>, options: FetchOptions = {}) {
  const all = { ...settings, ...changes }
  const resolve = createResolver((all.dnsMs ?? 0) * 0.8, { servers: [names.server] })
  const fetcher = createFetcher(stage.url.includes('origin.test') ? { ...all, resolve } : all)
  return fetcher.fetch(stage.url, options).then(
    () => assert.fail('a page came of it'),
    (thrown: unknown) => {
      assert.ok(thrown instanceof ServiceError, String(thrown))
      return thrown
    },
  )
}

/** Runs a stage, and holds it to leave no connection behind for a second. */
async function during(start: () => Promise<Stage>, run: (stage: Stage) => Promise<void>): Promise<void> {
  const stage = await start()
  try {
    await run(stage)
    await eventually('no connection', () => stage.open() === 0, 1000)
  } finally {
    stage.close()
  }
}

describe('a fetch that hangs where', () => {
  for (const [name, start, bound, code, setting] of stages) {
    it(`${name} ends by its own bound`, () =>
      during(start, async (stage) => {
        const fault = await faultOf(stage, bound)
        assert.equal(fault.code, code)
        assert.match(fault.message, setting)
      }))

    it(`${name} ends by the time that a request gives it`, () =>
      during(start, async (stage) => {
        assert.equal((await faultOf(stage, {}, { timeoutMs: 150 })).code, 'fetch_timeout')
      }))

    it(`${name} ends when it is given up`, () =>
      during(start, async (stage) => {
        const controller = new AbortController()
        const ending = faultOf(stage, {}, { signal: controller.signal })
        await eventually('the stage to be reached', stage.isReached)
        controller.abort(new ServiceError('timeout'))
        assert.equal((await ending).code, 'timeout')
      }))
  }
})
