import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { describe, test } from 'node:test'
import { brotliCompressSync, constants, gzipSync, zstdCompressSync } from 'node:zlib'
import { Redis } from 'ioredis'
import { type Asked, page, redirect, response, startOrigin } from '../support/origin.ts'
import { eventually, freePort, run } from '../support/process.ts'
import { sharedRedis } from '../support/redis.ts'

const MIB = 1_048_576
const PER_KIND = 100

const zeros = Buffer.alloc(256 * MIB)
const widest = { [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_QUALITY]: 5 }
const chunk = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(65_536, 'x'), Buffer.from('\r\n')])
const bombs = {
  gzip: gzipSync(zeros),
  br: brotliCompressSync(zeros.subarray(0, 64 * MIB)),
  zstd: zstdCompressSync(zeros),
  nested: gzipSync(gzipSync(zeros)),
  window: brotliCompressSync(zeros.subarray(0, 64 * MIB), { params: widest }),
}
const large = Buffer.alloc(5 * MIB, '<p>a large page, and a good one\n')
const head = (...fields: string[]) =>
  ['HTTP/1.1 200 OK', 'Content-Type: text/html', ...fields, '', ''].join('\r\n')

/** Writes for as long as anyone listens. */
function pour(socket: Socket, first: string, again: Buffer): undefined {
  socket.write(first)
  const pump = () => {
    while (!socket.destroyed && socket.write(again));
  }
  socket.on('drain', pump)
  pump()
}

function drip(socket: Socket, first: string, again: string, everyMs: number): undefined {
  socket.write(first)
  const timer = setInterval(() => socket.write(again), everyMs)
  socket.on('close', () => clearInterval(timer))
}

/** The bomb in one more layer each time. */
const layers = Array.from({ length: 5 }).reduce<Buffer[]>(
  (all) => [...all, gzipSync(all.at(-1) ?? bombs.gzip)],
  [bombs.gzip],
)
const layered = (count: number) =>
  page(layers[count - 1] ?? '', [`Content-Encoding: ${Array(count).fill('gzip').join()}`])

/** What a hostile site does, and what must come of it. */
const kinds: Record<
  string,
  [expected: string, answer: (asked: Asked, socket: Socket) => Buffer | string | undefined]
> = {
  gzip: ['body_too_large', () => page(bombs.gzip, ['Content-Encoding: gzip'])],
  br: ['body_too_large', () => page(bombs.br, ['Content-Encoding: br'])],
  zstd: ['body_too_large', () => page(bombs.zstd, ['Content-Encoding: zstd'])],
  nested: ['body_too_large', () => page(bombs.nested, ['Content-Encoding: gzip, gzip'])],
  window: ['body_too_large', () => page(bombs.window, ['Content-Encoding: br'])],
  deep: ['body_too_large', () => layered(5)],
  deeper: ['bad_response', () => layered(6)],
  cut: [
    'connection_reset',
    () => head('Content-Encoding: gzip', 'Content-Length: 99') + bombs.gzip.toString('latin1', 0, 50),
  ],
  chunks: ['body_too_large', (_, socket) => pour(socket, head('Transfer-Encoding: chunked'), chunk)],
  chunkdrip: [
    'fetch_timeout',
    (_, socket) => drip(socket, head('Transfer-Encoding: chunked'), '1\r\nx\r\n', 50),
  ],
  extension: [
    'success',
    (_, socket) =>
      void socket.end(`${head('Transfer-Encoding: chunked')}1;${'x'.repeat(MIB)}\r\nx\r\n0\r\n\r\n`),
  ],
  lengths: ['bad_response', () => `${head('Content-Length: 1', 'Content-Length: 2')}xy`],
  smuggled: [
    'bad_response',
    () => `${head('Content-Length: 4', 'Transfer-Encoding: chunked')}1\r\nx\r\n0\r\n\r\n`,
  ],
  ancient: ['bad_response', () => '<html>hello</html>'],
  status: ['bad_response', () => 'HTTP/1.1 099 No\r\nContent-Length: 1\r\n\r\nx'],
  continued: ['bad_response', (_, socket) => pour(socket, '', Buffer.from('HTTP/1.1 100 Continue\r\n\r\n'))],
  flood: ['body_too_large', (_, socket) => pour(socket, head(), Buffer.alloc(65_536, 'x'))],
  promise: ['body_too_large', () => head('Content-Length: 99999999999')],
  headers: [
    'bad_response',
    (_, socket) => drip(socket, `HTTP/1.1 200 OK\r\n${'X-A: b\r\n'.repeat(5000)}`, 'X-A: b\r\n', 50),
  ],
  silent: ['fetch_timeout', () => undefined],
  slowhead: ['fetch_timeout', (_, socket) => drip(socket, 'HTTP/1.1 200 OK\r\n', 'X', 50)],
  stalled: ['fetch_timeout', (_, socket) => void socket.write(`${head()}<p>`)],
  dripped: ['fetch_timeout', (_, socket) => drip(socket, head(), 'x', 50)],
  informed: ['bad_response', (_, socket) => pour(socket, '', Buffer.from('HTTP/1.1 103 E\r\n\r\n'))],
  circle: ['too_many_redirects', ({ path }) => redirect(path)],
  inside: ['blocked_address', () => redirect('http://127.0.0.2/')],
  file: ['unsupported_scheme', () => redirect('file:///etc/passwd')],
  broken: ['connection_reset', (asked, socket) => void socket.write(head('Content-Length: 9'), asked.reset)],
  film: ['unsupported_type', () => response('x'.repeat(5000), ['Content-Type: video/mp4'])],
  octets: ['unsupported_type', () => response(large, ['Content-Type: application/octet-stream'])],
  disguised: ['unsupported_type', () => page(Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0', 'latin1'))],
  large: ['success', () => page(large)],
  fine: ['success', () => page('<title>fine</title>')],
}

/** Flags given by hand keep `main.ts` from starting anew with its own, so that one is among them. */
const FLAGS = ['--max-old-space-size=256', '--max-semi-space-size=16']

describe('a parser under siege', () => {
  test('gives each page its due, within its memory, and holds no connection', async (t) => {
    const origin = await startOrigin((asked, socket) => {
      const kind = kinds[asked.path.split('/')[1] ?? '']
      return kind?.[1](asked, socket)
    })
    t.after(() => origin.close())
    const queue = `siege-${randomUUID()}`
    const port = await freePort()
    const parser = run(process.execPath, [...FLAGS, 'src/main.ts', 'parser'], {
      env: {
        ...process.env,
        // As the image has it.
        ...{ MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '131072' },
        ...{ REDIS_URL: sharedRedis(), TASK_QUEUE: queue, RESULT_PREFIX: `${queue}:result:` },
        ...{ PORT: String(port), LOG_LEVEL: 'warn', ALLOW_PRIVATE: `127.0.0.1:${origin.port}` },
        ...{
          MAX_BYTES_AT_ONCE: String(64 * MIB),
          FETCH_TIMEOUT: '60',
          FIRST_BYTE_TIMEOUT: '60',
          PARSER_CONCURRENCY: '100',
        },
        // A busy machine is no fault of a parser.
        ...{ CONNECT_TIMEOUT: '20', CHUNK_TIMEOUT: '20' },
      },
    })
    t.after(() => parser.stop())
    const redis = new Redis(sharedRedis())
    t.after(() => redis.disconnect())
    const failures: string[] = []
    let id = 0
    for (const [kind, [expected]] of Object.entries(kinds)) {
      const ids = Array.from({ length: PER_KIND }, () => (id += 1))
      const timeout = expected === 'fetch_timeout' ? { options: { timeout: 1 } } : {}
      const tasks = ids.map((one) =>
        JSON.stringify({ id: one, url: `${origin.base}/${kind}/${one}`, ...timeout }),
      )
      await redis.lpush(queue, ...tasks)
      for (const one of ids) {
        const json = await eventually(
          `${kind} ${one}: ${parser.output()}`,
          async () => (await redis.getdel(`${queue}:result:${one}`)) ?? undefined,
          60_000,
        )
        const { status, error_code: code = status } = JSON.parse(json) as {
          status: string
          error_code?: string
        }
        if (code !== expected) failures.push(`${kind}: ${code} ${json.slice(0, 200)}`)
      }
      await eventually(`${kind}: no connection left`, () => origin.open() <= 32)
    }
    assert.deepEqual(new Set(failures), new Set())
    const status = readFileSync(`/proc/${parser.child.pid}/status`, 'utf8')
    const most = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024
    t.diagnostic(`most resident memory: ${Math.round(most)} MiB`)
    // The heap may have 256 of them; the threads that read large pages have their own.
    assert.ok(most < 640, `${most} MiB`)
    // Nothing but what is kept for a moment, for the next page of the same origin.
    await eventually('no connection left', () => origin.open() === 0)
  })
})
