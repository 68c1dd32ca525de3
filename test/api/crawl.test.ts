import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ServiceError } from '../../src/contract/errors.ts'
import type { Page } from '../../src/contract/models.ts'
import type { TaskOptions } from '../../src/contract/site.ts'
import { aPage } from '../support/link.ts'
import { openShop, type Shop } from '../support/shop.ts'

const home = 'https://a.example/'

let shop: Shop
/** What the parser was asked last, and what it answers next. */
let asked: { url: string; options: TaskOptions }
let answer: () => Page = () => aPage()

before(async () => {
  const parse = async (url: string, options: TaskOptions) => {
    asked = { url, options }
    return answer()
  }
  shop = await openShop({ parser: { parse } })
})
after(() => shop.close())

interface Body {
  crawl_id: number
  total: number
  done: boolean
  counts: Record<string, number>
  urls: string[]
  code: string
  errors: { path: string; message: string }[]
}

const read = async (response: Response) => (await response.json()) as Body
const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(`${shop.base}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })

describe('POST /crawl', () => {
  test('stores the first page with all that a crawl goes by, and tells of it under its path', async () => {
    const response = await post('/crawl', {
      url: home,
      limit: 7,
      delay: 2,
      exclude: ['/no'],
      same_domain: true,
      queue: 'bulk',
      priority: 3,
      accept_language: 'de',
    })
    const { crawl_id: id } = await read(response)
    assert.deepEqual([response.status, response.headers.get('location')], [202, `/crawl/${id}`])
    const state = await read(await fetch(`${shop.base}/crawl/${id}`))
    assert.deepEqual([state.total, state.done, state.counts.pending], [1, false, 1])
    const [request] = await shop.repository.claim(7, ['bulk'], 10)
    const site = { links: true, sitemap: true, most: 5014 }
    assert.deepEqual(request?.options, { robots: true, accept_language: 'de', site, host_gap: 2 })
    const group = await shop.repository.group(id, 'crawl', null)
    assert.deepEqual(group?.options, {
      limit: 7,
      max_depth: 10,
      include: [],
      exclude: ['/no'],
      scope: 'domain',
      delay: 2,
      homes: [home],
      queue: 'bulk',
      priority: 3,
      options: { robots: true, accept_language: 'de' },
    })
  })

  test('heeds robots.txt unless it is told not to', async () => {
    await post('/crawl', { url: home, robots: false, sitemap: false })
    const [request] = await shop.repository.claim(7, ['api'], 10)
    assert.deepEqual([request?.options.robots, request?.options.site?.sitemap], [false, false])
  })

  test('makes one crawl for one Idempotency-Key', async () => {
    const key = { 'idempotency-key': 'a' }
    const [first, second] = [
      await read(await post('/crawl', { url: home }, key)),
      await read(await post('/crawl', { url: home }, key)),
    ]
    assert.equal(first.crawl_id, second.crawl_id)
    assert.equal((await post('/crawl', { url: `${home}other` }, key)).status, 422)
  })

  test('is not found among batches, nor a batch among crawls', async () => {
    const { crawl_id: id } = await read(await post('/crawl', { url: home }))
    assert.equal((await fetch(`${shop.base}/batch/${id}`)).status, 404)
    assert.equal((await fetch(`${shop.base}/crawl/999999`)).status, 404)
  })

  test('is cancelled once', async () => {
    const { crawl_id: id } = await read(await post('/crawl', { url: home }))
    const cancel = () => fetch(`${shop.base}/crawl/${id}/cancel`, { method: 'POST' })
    const { done, counts } = await read(await cancel())
    assert.deepEqual([done, counts.cancelled], [true, 1])
    assert.equal((await cancel()).status, 409)
  })
})

const faults: [path: '/crawl' | '/map', body: object, fault: string][] = [
  ['/crawl', {}, 'url'],
  ['/crawl', { url: 'ftp://a.example/' }, 'url'],
  ['/crawl', { url: home, limit: 0 }, 'limit'],
  ['/crawl', { url: home, limit: 10_001 }, 'limit'],
  ['/crawl', { url: home, max_depth: -1 }, 'max_depth'],
  ['/crawl', { url: home, include: 'a' }, 'include'],
  ['/crawl', { url: home, include: ['/a', 'b'] }, 'include.1'],
  ['/crawl', { url: home, exclude: ['/***'] }, 'exclude.0'],
  ['/crawl', { url: home, same_host: true, same_domain: true }, 'same_domain'],
  ['/crawl', { url: home, sitemap: 'yes' }, 'sitemap'],
  ['/crawl', { url: home, delay: 601 }, 'delay'],
  ['/crawl', { url: home, max_age: 5 }, 'max_age'],
  ['/crawl', { url: home, site: { most: 1 } }, 'site'],
  ['/crawl', { url: home, queue: 'unknown' }, 'queue'],
  ['/crawl', { url: home, formats: ['nonsense'] }, 'formats.0'],
  ['/map', {}, 'url'],
  ['/map', { url: home, limit: 50_001 }, 'limit'],
  ['/map', { url: home, search: '' }, 'search'],
  ['/map', { url: home, sitemap: true }, 'sitemap'],
  ['/map', { url: home, include: ['/a b'] }, 'include.0'],
  ['/map', { url: home, priority: 1 }, 'priority'],
]

describe('bad input', () => {
  for (const [path, body, fault] of faults)
    test(`gets 422 with the path of its fault: ${path} ${JSON.stringify(body)}`, async () => {
      const response = await post(path, body)
      const { errors } = await read(response)
      assert.deepEqual([response.status, errors?.map((one) => one.path)], [422, [fault]])
    })
})

describe('POST /map', () => {
  const found = (urls: string[], more: Partial<Page> = {}) => {
    answer = () => ({ ...aPage(), final_url: home, found: { canonical: null, urls }, ...more })
  }
  const map = async (body: object = {}) => (await read(await post('/map', { url: home, ...body }))).urls

  test('asks for links and sitemaps, and gives each page of the site once', async () => {
    found([`${home}a`, `${home}a?utm_source=x`, `${home}a#b`, 'https://b.example/', `${home}b`])
    assert.deepEqual(await map({ timeout: 3 }), [home, `${home}a`, `${home}b`])
    const site = { page: false, links: true, sitemap: true, most: 50_000 }
    assert.deepEqual(asked, { url: home, options: { timeout: 3, site } })
  })

  test('leaves sitemaps out, or takes nothing else', async () => {
    found([`${home}a`], { final_url: null })
    assert.deepEqual(await map({ sitemap: 'only' }), [`${home}a`])
    assert.deepEqual([asked.options.site?.links, asked.options.site?.sitemap], [false, true])
    await map({ sitemap: 'skip' })
    assert.deepEqual([asked.options.site?.links, asked.options.site?.sitemap], [true, false])
  })

  test('keeps to its limit, its patterns and its hosts', async () => {
    found([`${home}a/1`, `${home}a/2`, `${home}b`, 'https://shop.a.example/a/3'])
    assert.deepEqual(await map({ limit: 2 }), [home, `${home}a/1`])
    assert.deepEqual(await map({ include: ['/a/*'], exclude: ['/a/1'] }), [`${home}a/2`])
    assert.equal((await map({ same_domain: true })).length, 5)
  })

  test('leaves out a page that could not be had', async () => {
    found([`${home}a`], { final_url: null })
    assert.deepEqual(await map(), [`${home}a`])
  })

  test('takes the host for its own that the page led to', async () => {
    found(['https://b.example/x'], { final_url: 'https://b.example/start' })
    assert.deepEqual(await map(), ['https://b.example/start', 'https://b.example/x'])
  })

  test('orders by the words that are searched for, in any script', async () => {
    found([`${home}lamps`, `${home}chairs`, `${home}lamps/red`, `${home}%D0%BB%D0%B0%D0%BC%D0%BF%D1%8B`])
    assert.deepEqual(await map({ search: 'red LAMPS' }), [`${home}lamps/red`, `${home}lamps`])
    assert.deepEqual(await map({ search: 'лампы' }), [`${home}%D0%BB%D0%B0%D0%BC%D0%BF%D1%8B`])
    assert.deepEqual(await map({ search: 'tables' }), [])
  })

  test('passes on why a site cannot be had', async () => {
    answer = () => {
      throw new ServiceError('unknown_host')
    }
    const response = await post('/map', { url: home })
    assert.deepEqual([response.status, (await read(response)).code], [502, 'unknown_host'])
  })
})
