import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Fault } from '../../src/contract/models.ts'
import { Page } from '../../src/contract/models.ts'
import type { ParseOptions } from '../../src/contract/options.ts'
import type { Repository } from '../../src/contract/repository.ts'
import type { Server } from '../../src/server.ts'
import { type Database, openSqlite } from '../../src/store/database.ts'
import { migrate } from '../../src/store/migrate.ts'
import { createRepository } from '../../src/store/repository.ts'
import { buildServer } from '../support/api.ts'
import { hostileShapes } from '../support/shapes.ts'

const html =
  '<title>A title</title><base href="/docs/"><body><article><h1>A title</h1><p>Some text with <b>weight</b>.</p>' +
  '<p class=note>A note.</p><a href="next" onclick="alert(1)">next</a><script>alert(1)</script></article>'

const url = 'https://example.com/page'
const page = Page.parse({ title: 'A title', html, final_url: 'https://example.com/end' })

const folder = mkdtempSync(join(tmpdir(), 'parsegate-results-'))
let database: Database
let repository: Repository
let server: Server
/** What /parse_sync gets next. */
let found = page

before(async () => {
  database = openSqlite(folder)
  await migrate(database)
  repository = createRepository(database, { leaseMs: 60_000 })
  server = await buildServer({ repository, parser: { parse: async () => found } })
})

after(async () => {
  await server.close()
  await database.close()
  rmSync(folder, { recursive: true })
})

async function claim(options: ParseOptions): Promise<number> {
  await repository.create({ url, queue: 'api', priority: 0, options, caller: null })
  const [claimed] = await repository.claim(1, ['api'], 1)
  return claimed?.id ?? assert.fail('nothing was claimed')
}

/** A request that has ended well. */
async function store(options: ParseOptions = {}, stored: Page = page): Promise<number> {
  const id = await claim(options)
  assert.ok(await repository.succeed(id, stored))
  return id
}

async function get(path: string) {
  const { statusCode: status, headers, payload } = await server.inject(path)
  const body = payload.startsWith('{') ? (JSON.parse(payload) as Record<string, unknown>) : {}
  return { status, headers, payload, body }
}

/** Members that formats have in an answer. */
const members = ['html', 'markdown', 'text', 'content', 'links', 'images', 'extract', 'metadata']
const membersIn = (body: object) => members.filter((name) => name in body)

describe('a page in the place of another', () => {
  const flagged = { ...page, page_flags: ['bot_check' as const] }

  test('has no main content, however it is asked for', async () => {
    const id = await store({ formats: ['markdown', 'text', 'content', 'html', 'links'] }, flagged)
    const { body } = await get(`/result/${id}`)
    assert.deepEqual([body.markdown, body.text, body.content, body.html], ['', '', '', html])
    assert.deepEqual(body.page_flags, ['bot_check'])
    assert.equal((body.links as unknown[]).length, 1)
    assert.equal((await get(`/result/${id}/markdown`)).payload, '')
    found = flagged
    assert.equal((await get(`/parse_sync?url=${url}&formats=text`)).body.text, '')
    found = page
  })

  test('is given whole where all of it is asked for', async () => {
    const id = await store({ formats: ['text'], main: false }, flagged)
    assert.match(String((await get(`/result/${id}`)).body.text), /Some text/)
  })

  test('tells its flags with its status', async () => {
    const id = await store({}, flagged)
    assert.deepEqual((await get(`/status/${id}`)).body.page_flags, ['bot_check'])
  })

  test('is given as it is where it is only empty', async () => {
    const id = await store({ formats: ['text'] }, { ...page, page_flags: ['empty'] })
    assert.match(String((await get(`/result/${id}`)).body.text), /Some text/)
  })
})

describe('GET /result/{id}', () => {
  test('tells title and html where nothing else was asked for', async () => {
    const { body } = await get(`/result/${await store()}`)
    assert.deepEqual([membersIn(body), body.title, body.html], [['html'], 'A title', html])
  })

  test('tells what was asked for, as it was made', async () => {
    const made = { ...page, formats: { text: 'made by a parser' } }
    const { body } = await get(`/result/${await store({ formats: ['text'] }, made)}`)
    assert.deepEqual([membersIn(body), body.title, body.text], [['text'], 'A title', 'made by a parser'])
  })

  test('has null for what was asked for while there is no page', async () => {
    const { body } = await get(`/result/${await claim({ formats: ['text', 'html', 'links'] })}`)
    assert.deepEqual(
      [membersIn(body), body.title, body.text, body.html],
      [['html', 'text', 'links'], null, null, null],
    )
  })

  test('makes what its parser did not make', async () => {
    const { body } = await get(`/result/${await store({ formats: ['text'], select: 'b' })}`)
    assert.equal(body.text, 'weight')
  })

  test('makes what is asked for later, by the address where the page was found', async () => {
    const { body } = await get(`/result/${await store()}?formats=text,links`)
    assert.deepEqual(membersIn(body), ['text', 'links'])
    assert.match(String(body.text), /Some text with weight\./)
    assert.deepEqual(
      (body.links as { url: string }[]).map((link) => link.url),
      ['https://example.com/docs/next'],
    )
  })

  test('takes the part of the page from the request, or from what is asked later', async () => {
    const made = { ...page, formats: { text: 'made by a parser' } }
    const id = await store({ formats: ['text'], select: 'b' }, made)
    assert.equal((await get(`/result/${id}?formats=text,links`)).body.text, 'made by a parser')
    assert.equal((await get(`/result/${id}?select=.note`)).body.text, 'A note.')
  })

  test('extracts fields', async () => {
    const query = new URLSearchParams({ formats: 'title', extract: '{"note":{"selector":".note"}}' })
    const { body } = await get(`/result/${await store()}?${query}`)
    assert.deepEqual([membersIn(body), body.extract], [['extract'], { note: 'A note.' }])
  })

  test('refuses what it does not know, and says what it takes', async () => {
    for (const [query, word] of [
      ['formats=pdf', 'takes title, html, markdown'],
      ['select=p:colour(red)', '"p:colour(red)"'],
      ['extract=nothing', 'must be an object'],
      ['colour=red', 'colour'],
    ] as const) {
      const { status, body } = await get(`/result/1?${query}`)
      assert.equal(status, 422, query)
      assert.ok(JSON.stringify(body.errors).includes(JSON.stringify(word).slice(1, -1)), JSON.stringify(body))
    }
  })

  test('answers with a fault where a page is too complex, and still tells the rest', async () => {
    const id = await store({}, { ...page, html: hostileShapes['1,000,000 links']?.() ?? '' })
    const { status, body } = await get(`/result/${id}?formats=text`)
    assert.deepEqual([status, body.code], [502, 'page_too_complex'])
    assert.equal((await get(`/result/${id}?formats=title`)).status, 200)
  })
})

describe('the paths of one format', () => {
  const types = {
    '/markdown': 'text/markdown',
    '.md': 'text/markdown',
    '/text': 'text/plain',
    '.txt': 'text/plain',
    '/html': 'text/html',
    '.html': 'text/html',
    '/content': 'text/html',
  }
  for (const [ending, type] of Object.entries(types)) {
    test(`give it as ${type} at ${ending}, and let it do nothing`, async () => {
      const { status, headers } = await get(`/result/${await store()}${ending}`)
      assert.deepEqual([status, headers['content-type']], [200, `${type}; charset=utf-8`])
      assert.equal(headers['x-content-type-options'], 'nosniff')
      assert.equal(headers['content-security-policy'], "sandbox; default-src 'none'")
      const isDownload = String(headers['content-disposition']).startsWith('attachment; filename="')
      assert.equal(isDownload, type === 'text/html')
    })
  }

  test('give the page as it came, and its content without what runs', async () => {
    const id = await store()
    assert.equal((await get(`/result/${id}/html`)).payload, html)
    const { payload } = await get(`/result/${id}/content?main=false`)
    assert.match(payload, /<b>weight<\/b>/)
    assert.doesNotMatch(payload, /script|onclick|alert/)
  })

  test('take the part of the page from the request, or from the query', async () => {
    const id = await store({ select: 'b', extract: { a: { selector: 'a' } } })
    assert.equal((await get(`/result/${id}.txt`)).payload, 'weight')
    assert.equal((await get(`/result/${id}/text?select=.note`)).payload, 'A note.')
    assert.equal((await get(`/result/${id}/text?formats=html`)).status, 422)
  })

  test('answer 409 while there is no page, and where there will be none', async () => {
    const id = await claim({})
    const fault: Fault = { code: 'unknown_host', message: 'The host name does not exist.' }
    for (const path of ['/html', '/text', '.md']) {
      const { status, body } = await get(`/result/${id}${path}`)
      assert.deepEqual([status, body.code], [409, 'not_ended'])
    }
    await repository.fail(id, 1, fault, { final_url: null, target_status: null })
    const { status, body } = await get(`/result/${id}/markdown`)
    assert.deepEqual([status, body.code], [409, 'no_page'])
    assert.match(String(body.detail), /The host name does not exist/)
  })

  test('answer 404 for requests and formats that there are not', async () => {
    const id = await store()
    for (const path of [
      '/result/999999/text',
      '/result/x.md',
      '/result/0.txt',
      `/result/${id}/pdf`,
      `/result/${id}.pdf`,
    ])
      assert.equal((await get(path)).status, 404, path)
  })
})

describe('GET /parse_sync', () => {
  const sync = (query: string) => get(`/parse_sync?url=${encodeURIComponent(url)}&${query}`)

  test('tells what is asked for, made by the parser or here', async () => {
    found = { ...page, formats: { text: 'made by a parser' } }
    const { body } = await sync('formats=text,links')
    found = page
    assert.deepEqual(
      [membersIn(body), body.title, body.text],
      [['text', 'links'], 'A title', 'made by a parser'],
    )
    assert.equal((body.links as object[]).length, 1)
  })

  test('tells title and html where nothing is asked for', async () => {
    const { body } = await sync('main=false')
    assert.deepEqual(membersIn(body), ['html'])
  })
})
