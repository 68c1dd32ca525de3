import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { pino } from 'pino'
import { Counter, Registry } from 'prom-client'
import { z } from 'zod'
import { addProbes, createServer, type Probe, type Server } from '../src/server.ts'

async function withProbes<T>(
  probes: Record<string, Probe>,
  step: (server: Server) => Promise<T>,
): Promise<T> {
  const server = createServer(pino({ level: 'silent' }))
  addProbes(server, { metrics: new Registry(), probes })
  try {
    return await step(server)
  } finally {
    await server.close()
  }
}

describe('the probes', () => {
  const good = async () => {}
  const bad = async () => {
    throw new Error('connect ECONNREFUSED 10.0.0.1')
  }

  test('say that the process is up, whatever else is not', async () => {
    const answer = await withProbes({ store: bad }, (server) => server.inject('/health'))
    assert.deepEqual([answer.statusCode, answer.json()], [200, { status: 'ok' }])
  })

  test('say that every part answers', async () => {
    const answer = await withProbes({ store: good, redis: good }, (server) => server.inject('/ready'))
    assert.deepEqual(
      [answer.statusCode, answer.json()],
      [200, { status: 'ok', parts: { store: 'ok', redis: 'ok' } }],
    )
  })

  test('name the parts that do not, and not where they are', async () => {
    const hanging = () => new Promise(() => {})
    const answer = await withProbes({ store: bad, redis: good, other: hanging }, (server) =>
      server.inject('/ready'),
    )
    assert.deepEqual([answer.statusCode, answer.headers['retry-after']], [503, '1'])
    assert.equal(answer.json().detail, 'Does not answer: store, other')
  })

  test('give the metrics as Prometheus reads them', async () => {
    const metrics = new Registry()
    new Counter({ name: 'things_total', help: 'Things', registers: [metrics] }).inc(3)
    const server = createServer(pino({ level: 'silent' }))
    addProbes(server, { metrics, probes: {} })
    const answer = await server.inject('/metrics')
    await server.close()
    assert.match(String(answer.headers['content-type']), /^text\/plain/)
    assert.match(answer.payload, /^things_total 3$/m)
  })
})

describe('a client that speaks strangely', () => {
  let server: Server
  let port: number

  before(async () => {
    server = createServer(pino({ level: 'silent' }))
    addProbes(server, { metrics: new Registry(), probes: {} })
    await server.listen({ port: 0, host: '127.0.0.1' })
    port = (server.server.address() as { port: number }).port
  })
  after(() => server.close())

  async function say(text: string): Promise<{ status: number; head: string; body: string; all: string }> {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write(text)
    let answer = ''
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString()
    })
    await once(socket, 'close')
    const [head = '', body = ''] = answer.split('\r\n\r\n')
    return { status: Number(head.split(' ')[1]), head, body, all: answer }
  }

  const cases: [name: string, sent: string, status: number, code: string][] = [
    ['no HTTP', 'hello\r\n\r\n', 400, 'malformed_request'],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
      400,
      'malformed_request',
    ],
    [
      'a length and chunks',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
      'malformed_request',
    ],
    ['no host', 'GET /health HTTP/1.1\r\nConnection: close\r\n\r\n', 400, 'malformed_request'],
    [
      'two hosts',
      'GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\nhost: y\r\n\r\n',
      400,
      'malformed_request',
    ],
    [
      'a path that cannot be decoded',
      'GET /%E0%A4%A HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      404,
      'not_found',
    ],
    [
      'a strange expectation of no path',
      'GET /nope HTTP/1.1\r\nHost: x\r\nExpect: mail\r\nConnection: close\r\n\r\n',
      404,
      'not_found',
    ],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'malformed_request'],
    [
      'a head of 20 KB',
      `GET / HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(20_000)}\r\n\r\n`,
      431,
      'headers_too_large',
    ],
    ['a head that does not end', 'GET / HTTP/1.1\r\nHost: x\r\n', 408, 'request_timeout'],
  ]
  for (const [name, sent, status, code] of cases) {
    test(`is told so: ${name}`, async () => {
      const answer = await say(sent)
      assert.equal(answer.status, status, answer.head)
      assert.match(answer.head, /application\/problem\+json/i)
      assert.equal(JSON.parse(answer.body).code, code)
    })
  }

  test('needs no host where HTTP/1.0 asks for none', async () => {
    assert.equal((await say('GET /health HTTP/1.0\r\n\r\n')).status, 200)
  })

  test('may go on with its connection after a path that there is not', async () => {
    const lost = `POST /nope HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n${'{'.repeat(100_000)}`
    const answers = await say(`${lost}GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    assert.equal(answers.status, 404)
    assert.match(answers.all, /HTTP\/1\.1 200 OK.*\{"status":"ok"\}$/s)
  })

  test('is told the type of every answer, to be believed', async () => {
    for (const path of ['/health', '/ready', '/metrics', '/nope', '/%E0%A4%A']) {
      const { headers } = await server.inject(path)
      assert.equal(headers['x-content-type-options'], 'nosniff', path)
    }
  })

  test('learns nothing of a fault that nobody foresaw', async () => {
    const faulty = createServer(pino({ level: 'silent' }))
    faulty.get('/fault', () => Promise.reject(new TypeError('secret of 10.0.0.1')))
    const { statusCode, headers, payload } = await faulty.inject('/fault')
    await faulty.close()
    assert.deepEqual([statusCode, headers['content-type']], [500, 'application/problem+json'])
    assert.equal(JSON.parse(payload).code, 'internal_error')
    assert.doesNotMatch(payload, /secret|10\.0\.0\.1|TypeError/)
  })

  test('finds no secret of its query or path in the line that tells of a fault', async () => {
    let lines = ''
    const log = pino({ level: 'trace' }, { write: (line) => (lines += line) })
    const faulty = createServer(log)
    const fail = () => Promise.reject(new TypeError('fault'))
    faulty.get('/fault/:id', fail)
    faulty.get('/r/*', fail)
    for (const path of ['/fault/17?url=SECRET', '/r/https://user:SECRET@example.com/', '/r/SECRET?a'])
      assert.equal((await faulty.inject(path)).statusCode, 500)
    await faulty.close()
    assert.ok(!lines.includes('SECRET'), lines)
    assert.match(lines, /"method":"GET","path":"\/fault\/17"/)
    assert.match(lines, /"method":"GET","path":"\/r\/\*"/)
  })

  test('finds bounds on time and number', () => {
    const { requestTimeout, headersTimeout, keepAliveTimeout, maxConnections } = server.server
    assert.deepEqual(
      [requestTimeout, headersTimeout, keepAliveTimeout, maxConnections],
      [10_000, 5000, 72_000, 20_000],
    )
  })
})

describe('a large reply', () => {
  const Large = z.object({ html: z.string(), links: z.array(z.object({ url: z.string() })) })
  const large = {
    html: 'a page "with" quotes, ä and 😀\n'.repeat(100_000),
    links: Array.from({ length: 20_000 }, (_, at) => ({ url: `https://example.com/${at}` })),
  }

  async function withLarge<T>(step: (server: Server, base: string) => Promise<T>): Promise<T> {
    const server = createServer(pino({ level: 'silent' }))
    addProbes(server, { metrics: new Registry(), probes: {} })
    server.get('/large', { schema: { response: { 200: Large } } }, async () => ({
      ...large,
      more: 'unknown',
    }))
    server.get(
      '/wrong',
      { schema: { response: { 200: Large } } },
      async () => ({ ...large, links: 1 }) as never,
    )
    server.get('/text', async (_request, reply) => reply.type('text/html').send(large.html))
    try {
      return await step(server, await server.listen({ port: 0, host: '127.0.0.1' }))
    } finally {
      await server.close()
    }
  }

  test('is the JSON of its schema, with the same header fields as a small one', async () => {
    await withLarge(async (server) => {
      const answer = await server.inject('/large')
      assert.deepEqual(answer.json(), large)
      assert.equal(answer.headers['content-type'], 'application/json; charset=utf-8')
      assert.equal(answer.headers['x-content-type-options'], 'nosniff')
      assert.equal((await server.inject('/text')).body, large.html)
      const head = await server.inject({ method: 'HEAD', url: '/large' })
      assert.deepEqual([head.statusCode, head.body], [200, ''])
    })
  })

  test('that does not fit its schema is a fault of the service', async () => {
    await withLarge(async (server) => {
      const answer = await server.inject('/wrong')
      assert.deepEqual([answer.statusCode, answer.json().code], [500, 'internal_error'])
    })
  })

  test('that its client does not take ends with the connection', async () => {
    await withLarge(async (_server, base) => {
      const socket = connect(Number(new URL(base).port), '127.0.0.1')
      socket.write('GET /large HTTP/1.1\r\nHost: a\r\n\r\n')
      await once(socket, 'data')
      socket.destroy()
      assert.equal((await fetch(`${base}/health`)).status, 200)
    })
  })
})
