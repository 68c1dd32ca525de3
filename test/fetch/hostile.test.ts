import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { after, describe, it } from 'node:test'
import { brotliCompressSync, constants, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { ServiceError } from '../../src/contract/errors.ts'
import { parseAllowPrivate } from '../../src/fetch/allowance.ts'
import { createFetcher, type FetchSettings } from '../../src/fetch/page.ts'
import { defaultBlockedPorts } from '../../src/fetch/ports.ts'
import {
  type Answer,
  type Asked,
  type Origin,
  page,
  response,
  selfSigned,
  startOrigin,
} from '../support/origin.ts'
import { eventually } from '../support/process.ts'

const certificate = selfSigned(['IP:127.0.0.1'])
const maxBytes = 1_000_000
const settings: FetchSettings = {
  maxBytes,
  timeoutMs: 10_000,
  allowPrivate: parseAllowPrivate('127.0.0.1'),
  blockedPorts: defaultBlockedPorts,
  userAgent: 'test',
  ca: certificate.cert,
}
const fetcher = createFetcher(settings)

const uncaught: unknown[] = []
process.on('uncaughtException', (error) => uncaught.push(error))
process.on('unhandledRejection', (error) => uncaught.push(error))

/** Fetches what `answer` says over http and https; the outcome has to be the same, and no connection may be left. */
async function outcomes(answer: Answer, timeoutMs?: number): Promise<string> {
  const overHttp = startOrigin(answer).then((origin) => outcomeAt(origin, timeoutMs))
  const overHttps = startOrigin(answer, { certificate }).then((origin) => outcomeAt(origin, timeoutMs))
  assert.equal(await overHttp, await overHttps, 'http and https differ')
  return overHttp
}

async function outcomeAt(origin: Origin, timeoutMs?: number): Promise<string> {
  const seen = await outcome(origin, timeoutMs)
  await eventually('the connection to be closed', () => origin.open() === 0)
  await origin.close()
  return seen
}

async function outcome(origin: Origin, timeoutMs?: number): Promise<string> {
  try {
    const { body } = await fetcher.fetch(`${origin.base}/`, { timeoutMs })
    return `page: ${Buffer.from(body).toString('latin1').slice(0, 60)}`
  } catch (thrown) {
    assert.ok(thrown instanceof ServiceError, `not a ServiceError: ${thrown}`)
    return thrown.code
  }
}

const head = (...fields: string[]) =>
  ['HTTP/1.1 200 OK', 'Content-Type: text/html', ...fields, '', ''].join('\r\n')
const say = (text: string | Uint8Array) => (): string | Uint8Array => text

/** Writes part of a compressed body, and no more. */
const part =
  (bytes: Uint8Array): Answer =>
  (_, socket) => {
    socket.write(head('Content-Encoding: gzip'))
    socket.write(bytes)
    return undefined
  }

/** Writes the first part, then goes on for ever. */
const endless =
  (first: string | Uint8Array, again: string | Uint8Array, everyMs: number) =>
  (_: unknown, socket: Socket) => {
    socket.write(first)
    const timer = setInterval(() => socket.write(again), everyMs)
    socket.on('close', () => clearInterval(timer))
    return undefined
  }
const flood = (first: string | Uint8Array, again: Uint8Array) => (_: unknown, socket: Socket) => {
  socket.write(first)
  const pump = () => {
    while (!socket.destroyed && socket.write(again));
  }
  socket.on('drain', pump)
  pump()
  return undefined
}
const reset = (text: string) => (asked: Asked, socket: Socket) => {
  socket.write(text, () => setTimeout(asked.reset, 20))
  return undefined
}

describe('an answer that is no HTTP', () => {
  const cases: [name: string, sent: string, code: string][] = [
    ['nothing at all', '', 'connection_reset'],
    ['half a status line', 'HTTP/1.1 20', 'connection_reset'],
    ['a head without an end', 'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n', 'connection_reset'],
    ['HTTP/0.9', '<html>hello</html>', 'bad_response'],
    ['the greeting of an SSH server', 'SSH-2.0-OpenSSH_9.2\r\n', 'bad_response'],
    ['HTTP/3.7', 'HTTP/3.7 200 OK\r\n\r\nx', 'bad_response'],
    ['a lone CR after a field', 'HTTP/1.1 200 OK\r\nA: b\rC: d\r\n\r\nx', 'bad_response'],
    ['NUL in a field', 'HTTP/1.1 200 OK\r\nA: b\0c\r\n\r\nx', 'bad_response'],
    ['a field without a name', 'HTTP/1.1 200 OK\r\n: b\r\n\r\nx', 'bad_response'],
    ['white space in the name of a field', 'HTTP/1.1 200 OK\r\nA : b\r\n\r\nx', 'bad_response'],
    ['status 099', 'HTTP/1.1 099 No\r\n\r\nx', 'bad_response'],
    ['status 099 with a length', 'HTTP/1.1 099 No\r\nContent-Length: 1\r\n\r\nx', 'bad_response'],
    ['status 000', 'HTTP/1.1 000 No\r\nConnection: close\r\n\r\n', 'bad_response'],
    ['status 999', 'HTTP/1.1 999 No\r\nContent-Length: 1\r\n\r\nx', 'bad_response'],
    ['status 600', 'HTTP/1.1 600 No\r\n\r\n', 'bad_response'],
    ['status 1000', 'HTTP/1.1 1000 No\r\n\r\n', 'bad_response'],
    ['two lengths', `${head('Content-Length: 1', 'Content-Length: 2')}xy`, 'bad_response'],
    ['a length twice', `${head('Content-Length: 1', 'Content-Length: 1')}x`, 'bad_response'],
    ['a length below zero', `${head('Content-Length: -1')}x`, 'bad_response'],
    ['a length that is no number', `${head('Content-Length: 1x')}x`, 'bad_response'],
    ['a length beyond 64 bits', `${head(`Content-Length: ${'9'.repeat(30)}`)}x`, 'bad_response'],
    [
      'length and chunks',
      `${head('Content-Length: 4', 'Transfer-Encoding: chunked')}1\r\nx\r\n0\r\n\r\n`,
      'bad_response',
    ],
    [
      'a chunk size that is none',
      `${head('Transfer-Encoding: chunked')}zz\r\nx\r\n0\r\n\r\n`,
      'bad_response',
    ],
    [
      'a chunk size beyond 64 bits',
      `${head('Transfer-Encoding: chunked')}fffffffffffffffff\r\nx`,
      'bad_response',
    ],
    [
      'a chunk longer than said',
      `${head('Transfer-Encoding: chunked')}1\r\nxyz\r\n0\r\n\r\n`,
      'bad_response',
    ],
    [
      'an upgrade nobody asked for',
      'HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n',
      'bad_response',
    ],
    [
      '100 Continue that nobody asked for',
      `HTTP/1.1 100 Continue\r\n\r\n${head('Content-Length: 1')}x`,
      'bad_response',
    ],
    ['a head of 20 KB', `${head(`A: ${'x'.repeat(20_000)}`)}x`, 'bad_response'],
    ['5,000 fields', `${head(...Array.from({ length: 5000 }, (_, n) => `A${n}: x`))}x`, 'bad_response'],
    ['1,000 early hints', 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(1000), 'bad_response'],
    ['a body shorter than its length', `${head('Content-Length: 10')}x`, 'connection_reset'],
    [
      'a body shorter than its length, kept alive',
      `${head('Content-Length: 10', 'Connection: keep-alive')}x`,
      'connection_reset',
    ],
    ['chunks without an end', `${head('Transfer-Encoding: chunked')}1\r\nx\r\n`, 'connection_reset'],
    ['half a chunk', `${head('Transfer-Encoding: chunked')}ff\r\nx`, 'connection_reset'],
  ]
  for (const [name, sent, code] of cases) {
    it(`fails for ${name}`, async () => assert.equal(await outcomes(say(Buffer.from(sent, 'latin1'))), code))
  }
})

describe('an answer that is odd', () => {
  const cases: [name: string, sent: string | Uint8Array, body: string][] = [
    ['longer than its length', `${head('Content-Length: 1')}xyz`, 'x'],
    ['followed by another', Buffer.concat([page('one'), page('two')]), 'one'],
    ['without a length', `${head()}x`, 'x'],
    ['without a reason phrase', `HTTP/1.1 200\r\nContent-Length: 1\r\n\r\nx`, 'x'],
    ['of HTTP/1.0', `HTTP/1.0 200 OK\r\n\r\nx`, 'x'],
    ['after a few early hints', `HTTP/1.1 103 Early Hints\r\n\r\n${head('Content-Length: 1')}x`, 'x'],
    ['with trailers', `${head('Transfer-Encoding: chunked')}1\r\nx\r\n0\r\nA: b\r\n\r\n`, 'x'],
    ['in chunks with extensions', `${head('Transfer-Encoding: chunked')}1;a=b\r\nx\r\n0\r\n\r\n`, 'x'],
    [
      'in a chunk with an extension of 1 MB',
      `${head('Transfer-Encoding: chunked')}1;${'a'.repeat(1_000_000)}\r\nx\r\n0\r\n\r\n`,
      'x',
    ],
    ['with a field called __proto__', `${head('__proto__: x', 'Content-Length: 1')}x`, 'x'],
    ['empty', head('Content-Length: 0'), ''],
    ['204 with a length', `HTTP/1.1 204 No Content\r\nContent-Length: 1\r\n\r\nx`, ''],
    ['205 with a body', `HTTP/1.1 205 Reset Content\r\nContent-Length: 1\r\n\r\nx`, ''],
    ['empty though gzip', head('Content-Encoding: gzip', 'Content-Length: 0'), ''],
  ]
  for (const [name, sent, body] of cases) {
    it(`is a page when ${name}`, async () => assert.equal(await outcomes(say(sent)), `page: ${body}`))
  }
})

describe('a connection that is reset', () => {
  const cases: [name: string, sent: string][] = [
    ['before the head', ''],
    ['within the head', 'HTTP/1.1 200 OK\r\nContent-'],
    ['within a body of known length', `${head('Content-Length: 1000')}x`],
    ['within chunks', `${head('Transfer-Encoding: chunked')}1\r\nx\r\n`],
    ['within a body without length', `${head()}x`],
    ['within a gzip body without length', `${head('Content-Encoding: gzip')}\x1f\x8b`],
  ]
  for (const [name, sent] of cases) {
    it(`fails as connection_reset ${name}`, async () =>
      assert.equal(await outcomes(reset(sent)), 'connection_reset'))
  }
})

describe('a server that is slow', { concurrency: true }, () => {
  const cases: [name: string, answer: Answer][] = [
    ['says nothing', () => undefined],
    ['stops within the head', endless('HTTP/1.1 200 OK\r\nA:', '', 1e6)],
    ['drips a head', endless('HTTP/1.1 200 OK\r\n', 'A: b\r\n', 20)],
    ['drips a body', endless(head('Content-Length: 100000'), 'x', 20)],
    ['drips a body without length', endless(head(), 'x', 20)],
    ['drips chunks', endless(head('Transfer-Encoding: chunked'), '1\r\nx\r\n', 20)],
    [
      'stops within a gzip body',
      endless(
        Buffer.concat([Buffer.from(head('Content-Encoding: gzip')), gzipSync('x').subarray(0, 12)]),
        '',
        1e6,
      ),
    ],
    [
      'redirects to itself slowly',
      (_, socket) => void setTimeout(() => socket.end(response('', ['Location: /'], '302 Found')), 100),
    ],
  ]
  for (const [name, answer] of cases) {
    it(`ends at the deadline when it ${name}`, async () =>
      assert.equal(await outcomes(answer, 300), 'fetch_timeout'))
  }
})

describe('a site that falls silent', () => {
  const impatient = createFetcher({ ...settings, firstByteMs: 150, chunkMs: 150 })
  const cases: [name: string, answer: Answer, setting: RegExp][] = [
    ['before its answer', () => undefined, /FIRST_BYTE_TIMEOUT/],
    ['within its head', (_, socket) => void socket.write('HTTP/1.1 200 OK\r\nX-A'), /FIRST_BYTE_TIMEOUT/],
    ['while it drips its head', endless('HTTP/1.1 200 OK\r\n', 'X', 20), /FIRST_BYTE_TIMEOUT/],
    ['after its head', (_, socket) => void socket.write(head()), /CHUNK_TIMEOUT/],
    ['within its body', (_, socket) => void socket.write(`${head()}<p>`), /CHUNK_TIMEOUT/],
    ['within what is compressed', part(gzipSync('x'.repeat(5000)).subarray(0, 20)), /CHUNK_TIMEOUT/],
  ]
  for (const [name, answer, setting] of cases) {
    it(`${name} is given up, and its connection closed`, async () => {
      const origin = await startOrigin(answer)
      await assert.rejects(impatient.fetch(origin.base), (fault: ServiceError) => {
        assert.equal(fault.code, 'fetch_timeout')
        assert.match(fault.message, setting)
        return true
      })
      await eventually('the connection to be closed', () => origin.open() === 0, 1000)
      await origin.close()
    })
  }

  it('no longer than that is waited for', async () => {
    const origin = await startOrigin((_, socket) => {
      socket.write(head())
      let left = 10
      const timer = setInterval(() => (--left > 0 ? socket.write('x') : socket.end()), 50)
      socket.on('close', () => clearInterval(timer))
      return undefined
    })
    assert.equal((await impatient.fetch(origin.base)).body.length, 9)
    await origin.close()
  })
})

describe('a body that is too large', () => {
  const block = Buffer.alloc(65_536, 'x')
  const chunk = Buffer.concat([Buffer.from('10000\r\n'), block, Buffer.from('\r\n')])
  const mebibytes = (count: number) => Buffer.alloc(count * 1_048_576, ' ')
  const nested = gzipSync(gzipSync(gzipSync(mebibytes(64))))
  const coded = (coding: string, bytes: Uint8Array) => page(bytes, [`Content-Encoding: ${coding}`])
  const emptyMembers = gzipSync(Buffer.concat(Array<Buffer>(200_000).fill(gzipSync(''))))
  const window = { params: { [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_QUALITY]: 5 } }
  const cases: [name: string, answer: Answer][] = [
    ['by its length alone', say(head('Content-Length: 1000001'))],
    ['without end', flood(head(), block)],
    ['in chunks without end', flood(head('Transfer-Encoding: chunked'), chunk)],
    ['in gzip', say(coded('gzip', gzipSync(mebibytes(64))))],
    ['in deflate', say(coded('deflate', deflateSync(mebibytes(64))))],
    ['in br', say(coded('br', brotliCompressSync(mebibytes(64), window)))],
    ['in zstd', say(coded('zstd', zstdCompressSync(mebibytes(64))))],
    ['in five layers', say(coded('gzip, gzip, gzip, gzip, gzip', gzipSync(gzipSync(nested))))],
    ['in br without end', flood(head('Content-Encoding: br'), brotliCompressSync(Buffer.alloc(1_000)))],
    ['in gzip in gzip in gzip', say(coded('gzip, gzip, gzip', nested))],
    ['only while it is being decoded', say(coded('gzip, gzip', emptyMembers))],
    ['in gzip without end', flood(head('Content-Encoding: gzip'), gzipSync(Buffer.alloc(1_000)))],
  ]
  for (const [name, answer] of cases) {
    it(`is refused ${name}, within bounded memory`, async () => {
      const before = process.memoryUsage.rss()
      assert.equal(await outcomes(answer), 'body_too_large')
      const grown = process.memoryUsage.rss() - before
      assert.ok(grown < 64 * 1_048_576, `memory grew by ${Math.round(grown / 1_048_576)} MiB`)
    })
  }
})

after(() => assert.deepEqual(uncaught, []))
