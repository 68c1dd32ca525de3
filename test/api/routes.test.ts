import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { InjectOptions } from 'fastify'
import { type ErrorCode, ServiceError } from '../../src/contract/errors.ts'
import { Page } from '../../src/contract/models.ts'
import type { ParseOptions } from '../../src/contract/options.ts'
import type { Repository } from '../../src/contract/repository.ts'
import type { Server } from '../../src/server.ts'
import { embeddedBell } from '../../src/store/bell.ts'
import { type Database, openSqlite } from '../../src/store/database.ts'
import { migrate } from '../../src/store/migrate.ts'
import { createRepository } from '../../src/store/repository.ts'
import { buildServer } from '../support/api.ts'
import type { Answer } from '../support/http.ts'

const url = 'https://example.com/page'
const found = Page.parse({
  title: 'A title',
  html: '<title>A title</title>',
  final_url: 'https://example.com/end',
  target_status: 200,
  content_type: 'text/html',
  fetched_at: '2026-01-02T03:04:05.678Z',
})

const folder = mkdtempSync(join(tmpdir(), 'parsegate-api-'))
let database: Database
let repository: Repository
let server: Server
let rings = 0
/** What the parser does next, and what it was asked last. */
let parse: () => Promise<Page> = async () => found
let asked: { url: string; options: ParseOptions } | undefined

before(async () => {
  database = openSqlite(folder)
  await migrate(database)
  repository = createRepository(database, { leaseMs: 60_000 })
  const bell = embeddedBell()
  bell.listen(() => {
    rings += 1
  })
  const parser = {
    parse: (target: string, options: ParseOptions) => {
      asked = { url: target, options }
      return parse()
    },
  }
  server = await buildServer({ repository, parser, bell, queues: ['api', 'bulk'] })
})

after(async () => {
  await server.close()
  await database.close()
  rmSync(folder, { recursive: true })
})

async function call(options: InjectOptions, at: Server = server) {
  const { statusCode, headers, payload } = await at.inject(options)
  const body = payload.startsWith('{') ? (JSON.parse(payload) as Answer) : ({} as Answer)
  return { status: statusCode, headers, body }
}

const post = (payload: unknown, headers = {}) =>
  call({ method: 'POST', url: '/parse_async', payload: payload as object, headers })
const get = (path: string) => call({ method: 'GET', url: path })

/** A problem has its form whatever went wrong. */
function assertProblem(
  { status, headers, body }: Awaited<ReturnType<typeof call>>,
  wanted: number,
  code: ErrorCode,
) {
  assert.deepEqual([status, body.status, body.code], [wanted, wanted, code])
  assert.match(String(headers['content-type']), /^application\/problem\+json/)
  assert.ok(body.detail && body.title)
}

describe('POST /parse_async', () => {
  test('stores the request, rings the bell, and then says 202', async () => {
    const before = rings
    const { status, headers, body } = await post({ url, priority: 3, timeout: 5, queue: 'bulk' })
    assert.equal(status, 202)
    assert.deepEqual(Object.keys(body), ['request_id', 'status'])
    assert.ok(Number.isInteger(body.request_id))
    assert.deepEqual([body.status, headers.location], ['pending', `/status/${body.request_id}`])
    const [row] = await database.kysely
      .selectFrom('parse_requests')
      .selectAll()
      .where('id', '=', body.request_id)
      .execute()
    assert.deepEqual([row?.url, row?.priority, row?.queue, row?.options], [url, 3, 'bulk', '{"timeout":5}'])
    assert.equal(rings, before + 1)
  })

  const accepted: [name: string, sent: string, stored: string][] = [
    [
      'of 2,048 characters',
      `https://example.com/${'a'.repeat(2028)}`,
      `https://example.com/${'a'.repeat(2028)}`,
    ],
    ['with white space around it', ' https://example.com/ ', 'https://example.com/'],
    ['in another script', 'https://пример.example/ю', 'https://xn--e1afmkfd.example/%D1%8E'],
    ['with a port and a fragment', 'HTTP://Example.com:8080/a/../b#c', 'http://example.com:8080/b#c'],
  ]
  for (const [name, sent, stored] of accepted) {
    test(`takes a URL ${name}`, async () => {
      const { status, body } = await post({ url: sent })
      assert.equal(status, 202)
      assert.equal((await repository.status(body.request_id, null))?.url, stored)
    })
  }

  const refused: [name: string, body: unknown, paths: string[], code?: ErrorCode][] = [
    ['no URL', {}, ['url']],
    ['a URL that is a number', { url: 5 }, ['url']],
    ['null', { url: null }, ['url']],
    ['an empty URL', { url: '' }, ['url'], 'invalid_url'],
    ['a relative URL', { url: '/page' }, ['url'], 'invalid_url'],
    ['ftp', { url: 'ftp://example.com/' }, ['url'], 'unsupported_scheme'],
    ['javascript', { url: 'javascript:alert(1)' }, ['url'], 'unsupported_scheme'],
    ['file', { url: 'file:///etc/passwd' }, ['url'], 'unsupported_scheme'],
    ['no host', { url: 'http://' }, ['url'], 'invalid_url'],
    ['a host with an empty label', { url: 'http://a..b/' }, ['url'], 'invalid_url'],
    [
      'a user and a password',
      { url: 'https://user:password@example.com/' },
      ['url'],
      'credentials_not_allowed',
    ],
    ['2,049 characters', { url: `https://example.com/${'a'.repeat(2029)}` }, ['url'], 'invalid_url'],
    ['an unknown option', { url, colour: 1 }, ['colour']],
    ['two unknown options', { url, colour: 1, size: 2 }, ['colour', 'size']],
    ['a priority out of range', { url, priority: 10 }, ['priority']],
    ['a priority that is no whole number', { url, priority: 1.5 }, ['priority']],
    ['a time limit of nothing', { url, timeout: 0 }, ['timeout']],
    ['a time limit as a text', { url, timeout: '5' }, ['timeout']],
    ['no bytes', { url, max_bytes: 0 }, ['max_bytes']],
    ['an agent that ends its field', { url, user_agent: 'a\r\nX: y' }, ['user_agent']],
    ['an agent beyond ASCII', { url, user_agent: 'ä' }, ['user_agent']],
    ['an empty agent', { url, user_agent: '' }, ['user_agent']],
    ['an agent with a space after it', { url, user_agent: 'a ' }, ['user_agent']],
    ['an agent too long', { url, user_agent: 'a'.repeat(501) }, ['user_agent']],
    ['languages that end their field', { url, accept_language: 'de\nX: y' }, ['accept_language']],
    ['languages too long', { url, accept_language: 'a'.repeat(201) }, ['accept_language']],
    ['a queue that nobody serves', { url, queue: 'other' }, ['queue']],
    ['a queue with a strange name', { url, queue: 'a b' }, ['queue']],
    ['several faults', { url: 'x', priority: -1, z: 1 }, ['url', 'priority', 'z']],
    ['a list', [], ['']],
    ['a text that is not JSON', '{"url":', ['']],
    ['nothing', '', ['']],
  ]
  for (const [name, body, paths, code = 'invalid_request'] of refused) {
    test(`refuses ${name}, naming where`, async () => {
      const answer = await post(body, { 'content-type': 'application/json' })
      assertProblem(answer, 422, code)
      assert.deepEqual(answer.body.errors.map(({ path }) => path).toSorted(), paths.toSorted())
      assert.ok(answer.body.errors.every(({ message }) => message.length > 5))
    })
  }

  test('refuses a body above 64 KiB', async () => {
    assertProblem(await post({ url, x: 'x'.repeat(65_536) }), 413, 'payload_too_large')
  })

  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    undefined,
  ]) {
    test(`refuses a body of type ${type ?? 'unsaid'}`, async () => {
      const headers = type ? { 'content-type': type } : {}
      assertProblem(await post('{"url":"https://example.com/"}', headers), 415, 'unsupported_media_type')
    })
  }

  test('refuses a compressed body', async () => {
    assertProblem(await post({ url }, { 'content-encoding': 'gzip' }), 415, 'unsupported_media_type')
  })
})

describe('GET /status and /result', () => {
  const create = async () =>
    (await repository.create({ url, queue: 'api', priority: 0, options: {}, caller: null })).id
  const claimed = async () => {
    const id = await create()
    for (let round = 0; round < 50; round += 1) {
      const ids = (await repository.claim(7, ['api'], 100)).map((one) => one.id)
      if (ids.includes(id)) return id
    }
    throw new Error('never claimed')
  }
  const zulu = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
  const noPage = {
    title: null,
    html: null,
    final_url: null,
    target_status: null,
    redirects: [],
    content_type: null,
    media_type: null,
    encoding: null,
    encoding_source: null,
    fetched_at: null,
    cached: false,
    page_flags: [],
  }

  test('tell of a request that waits', async () => {
    const id = await create()
    const { body } = await get(`/status/${id}`)
    const { created_at, updated_at, place, ...rest } = body
    assert.match(created_at, zulu)
    assert.match(updated_at, zulu)
    assert.ok(Number.isInteger(place))
    const none = { attempt: 0, attempts: [], timings: {} }
    assert.deepEqual(rest, { request_id: id, status: 'pending', url, ...none })
    assert.deepEqual((await get(`/result/${id}`)).body, { request_id: id, status: 'pending', url, ...noPage })
  })

  test('tell of a request that is worked on', async () => {
    const id = await claimed()
    const { status, attempt } = (await get(`/status/${id}`)).body
    assert.deepEqual([status, attempt], ['processing', 1])
    assert.equal((await get(`/result/${id}`)).body.html, null)
  })

  test('tell of a request that succeeded', async () => {
    const id = await claimed()
    await repository.succeed(id, found)
    assert.equal((await get(`/status/${id}`)).body.status, 'success')
    const { caching: _, ...page } = found
    assert.deepEqual((await get(`/result/${id}`)).body, { request_id: id, status: 'success', url, ...page })
  })

  test('tell of a request that failed, and show no page', async () => {
    const id = await claimed()
    const error = { code: 'http_status', message: 'The site answered 404.' }
    await repository.fail(id, 7, error, { final_url: 'https://example.com/x', target_status: 404 })
    const { body } = await get(`/status/${id}`)
    assert.deepEqual([body.status, body.error], ['failure', error])
    assert.deepEqual((await get(`/result/${id}`)).body, {
      request_id: id,
      status: 'failure',
      url,
      ...noPage,
      final_url: 'https://example.com/x',
      target_status: 404,
      error,
    })
  })

  const strange = ['999999', 'abc', '0', '-1', '1.5', '1e3', '+1', '01', '0x1', '%31%00', '9007199254740993']
  for (const id of [...strange, '99999999999999999999', 'a'.repeat(3000)]) {
    test(`know no request ${id.slice(0, 30)}`, async () => {
      for (const path of ['status', 'result']) {
        const answer = await get(`/${path}/${id}`)
        assertProblem(answer, 404, 'not_found')
        assert.equal(answer.body.detail, 'Not found')
      }
    })
  }
})

describe('GET /parse_sync', () => {
  const sync = (query: string) => get(`/parse_sync?${query}`)

  test('answers with title, html and url', async () => {
    const { status, body } = await sync(`url=${encodeURIComponent(url)}&timeout=2.5&max_bytes=5000`)
    assert.equal(status, 200)
    const { caching: _, ...told } = found
    assert.deepEqual(body, { ...told, url })
    assert.deepEqual(asked, { url, options: { timeout: 2.5, max_bytes: 5000 } })
  })

  test('hands on who asks and in which languages', async () => {
    const said = { user_agent: 'Mozilla/5.0 (X11; me)', accept_language: 'de-CH, de;q=0.9, *;q=0.5' }
    await sync(`${new URLSearchParams({ url, ...said })}`)
    assert.deepEqual(asked, { url, options: said })
  })

  const faults: [code: ErrorCode, status: number][] = [
    ['http_status', 502],
    ['blocked_address', 502],
    ['parser_unavailable', 502],
    ['fetch_timeout', 504],
    ['timeout', 504],
  ]
  for (const [code, status] of faults) {
    test(`answers ${status} with the reason for ${code}`, async () => {
      parse = async () => {
        throw new ServiceError(code, 'The reason', { targetStatus: 404 })
      }
      const answer = await sync(`url=${url}`)
      parse = async () => found
      assertProblem(answer, status, code)
      assert.deepEqual([answer.body.detail, answer.body.target_status], ['The reason', 404])
    })
  }

  const refused: [name: string, query: string, path: string][] = [
    ['no URL', '', 'url'],
    ['two URLs', `url=${url}&url=${url}`, 'url'],
    ['an unknown option', `url=${url}&colour=1`, 'colour'],
    ['a time limit that is no number', `url=${url}&timeout=soon`, 'timeout'],
    ['an empty time limit', `url=${url}&timeout=`, 'timeout'],
  ]
  for (const [name, query, path] of refused) {
    test(`refuses ${name}`, async () => {
      const answer = await sync(query)
      assertProblem(answer, 422, 'invalid_request')
      assert.deepEqual(
        answer.body.errors.map((one) => one.path),
        [path],
      )
    })
  }
})

describe('any path', () => {
  const wrong: [method: 'GET' | 'PUT' | 'DELETE' | 'POST', path: string, allow: string][] = [
    ['GET', '/parse_async', 'POST'],
    ['DELETE', '/parse_async', 'POST'],
    ['POST', '/status/1', 'GET, HEAD'],
    ['DELETE', '/result/1', 'GET, HEAD'],
    ['PUT', '/parse_sync', 'GET, HEAD'],
    ['POST', '/health', 'GET, HEAD'],
  ]
  for (const [method, path, allow] of wrong) {
    test(`says what it takes instead of ${method} ${path}`, async () => {
      const answer = await call({ method, url: path })
      assertProblem(answer, 405, 'method_not_allowed')
      assert.equal(answer.headers.allow, allow)
    })
  }

  test('that there is not, is a 404', async () => {
    for (const path of ['/', '/nope', '/status', '/status/1/2'])
      assertProblem(await get(path), 404, 'not_found')
  })

  test('answers 503 with Retry-After while the store is away', async () => {
    const away = async () => {
      throw new ServiceError('store_unavailable')
    }
    const without = { ...repository, create: away, status: away, result: away }
    const other = await buildServer({ repository: without, parser: { parse: async () => found } })
    const answers = [
      await call({ method: 'POST', url: '/parse_async', payload: { url } }, other),
      await call({ method: 'GET', url: '/status/1' }, other),
      await call({ method: 'GET', url: '/result/1' }, other),
    ]
    for (const answer of answers) {
      assertProblem(answer, 503, 'store_unavailable')
      assert.equal(answer.headers['retry-after'], '1')
    }
    await other.close()
  })

  test('says nothing of what went wrong within', async () => {
    const broken = { ...repository, status: () => Promise.reject(new Error('secret at 10.0.0.1')) }
    const other = await buildServer({ repository: broken, parser: { parse: async () => found } })
    const answer = await call({ method: 'GET', url: '/status/1' }, other)
    assertProblem(answer, 500, 'internal_error')
    assert.doesNotMatch(JSON.stringify(answer.body), /secret|10\.0\.0\.1/)
    await other.close()
  })
})

describe('with API keys', () => {
  let guarded: Server
  const ask = (path: string, headers = {}) => call({ method: 'GET', url: path, headers }, guarded)
  before(async () => {
    guarded = await buildServer({ repository, parser: { parse: async () => found }, apiKeys: ['one', 'two'] })
  })
  after(() => guarded.close())

  const bad = {
    none: {},
    wrong: { 'x-api-key': 'three' },
    part: { 'x-api-key': 'on' },
    basic: { authorization: 'Basic one' },
  }
  for (const [name, headers] of Object.entries(bad)) {
    test(`refuses who has ${name}`, async () => {
      for (const path of ['/status/1', '/result/1', `/parse_sync?url=${url}`, `/fetch?url=${url}`]) {
        const answer = await ask(path, headers)
        assertProblem(answer, 401, 'unauthorized')
        assert.equal(answer.headers['www-authenticate'], 'Bearer')
      }
    })
  }

  test('refuses a stranger before what was sent is read', async () => {
    for (const url of ['/parse_async', '/parse_batch', '/crawl', '/schedules']) {
      const answer = await call({ method: 'POST', url, payload: { neither: 'good' } }, guarded)
      assertProblem(answer, 401, 'unauthorized')
    }
  })

  test('shows each caller its own requests alone, by either header', async () => {
    const made = await call(
      { method: 'POST', url: '/parse_async', payload: { url }, headers: { authorization: 'Bearer one' } },
      guarded,
    )
    const path = made.headers.location as string
    assert.equal((await ask(path, { 'x-api-key': 'one' })).status, 200)
    assert.equal((await ask(path, { authorization: 'Bearer two' })).status, 404)
  })

  test('leaves the probes open', async () => {
    for (const path of ['/health', '/ready', '/metrics']) assert.equal((await ask(path)).status, 200)
  })
})
