import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { sql } from 'kysely'
import { openShop, type Shop } from '../support/shop.ts'

const url = 'https://example.com/'
const webhook = { url: 'https://example.org/hook' }

let shop: Shop
before(async () => {
  shop = await openShop()
})
after(() => shop.close())

interface Body {
  schedule_id: number
  next_run_at: string | null
  paused: boolean
  request_id: number
  batch_id: number
  crawl_id: number
  last_run: { request_id: number; changed: boolean | null; hash: string | null }
  schedules: { schedule_id: number }[]
  next_cursor: string | null
  requests: { request_id: number }[]
  code: string
  errors: { path: string; message: string }[]
}

const read = async (response: Response) => (await response.json()) as Body
const get = (path: string, headers: Record<string, string> = {}) => fetch(`${shop.base}${path}`, { headers })
const post = (path: string, body?: unknown, headers: Record<string, string> = {}) =>
  fetch(`${shop.base}${path}`, {
    method: 'POST',
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
const make = async (body: object = {}) =>
  (await read(await post('/schedules', { every: 60, url, ...body }))).schedule_id

describe('POST /schedules', () => {
  test('stores when and what, and says when it runs first', async () => {
    const response = await post('/schedules', {
      ...{ cron: '0 6 * * 1-5', timezone: 'Europe/Berlin', url, webhook, only_changed: true },
      ...{ formats: ['markdown'], priority: 2, queue: 'bulk', timeout: 5 },
    })
    const { schedule_id: id, next_run_at } = await read(response)
    assert.deepEqual([response.status, response.headers.get('location')], [201, `/schedules/${id}`])
    assert.match(next_run_at ?? '', /T0[45]:00:00\.000Z$/)
    const { created_at: _, ...told } = (await read(await get(`/schedules/${id}`))) as Body & {
      created_at: string
    }
    assert.deepEqual(told, {
      ...{ schedule_id: id, cron: '0 6 * * 1-5', timezone: 'Europe/Berlin', kind: 'url', url, requests: 1 },
      ...{ webhook: webhook.url, only_changed: true, paused: false, due: false, next_run_at, last_run: null },
    })
    await post(`/schedules/${id}/run`)
    const [request] = await shop.repository.claim(7, ['bulk'], 10)
    assert.deepEqual(request?.options, { timeout: 5, formats: ['markdown', 'text'] })
  })

  test('takes a batch, whose own options and those of its items go first', async () => {
    const items = [
      { url: `${url}a`, priority: 9 },
      { url: `${url}b`, timeout: 1, formats: ['text', 'links'] },
    ]
    const id = await make({ url: undefined, batch: { items, timeout: 2 }, timeout: 3, accept_language: 'de' })
    const { batch_id } = await read(await post(`/schedules/${id}/run`))
    assert.equal((await get(`/batch/${batch_id}`)).status, 200)
    const rows = await shop.repository.claim(7, ['api'], 10)
    const formats = ['title', 'html', 'text']
    assert.deepEqual(
      rows.map((row) => [row.url, row.options]),
      [
        [`${url}a`, { timeout: 2, accept_language: 'de', formats }],
        [`${url}b`, { timeout: 1, accept_language: 'de', formats: ['text', 'links'] }],
      ],
    )
  })

  test('takes a crawl, with robots.txt heeded as by any other', async () => {
    const id = await make({ url: undefined, crawl: { url, limit: 3, sitemap: false }, accept_language: 'de' })
    const { crawl_id } = await read(await post(`/schedules/${id}/run`))
    const group = await shop.repository.group(crawl_id, 'crawl', null)
    const plan = group?.options as { limit: number; options: object }
    const formats = ['title', 'html', 'text']
    assert.deepEqual([plan.limit, plan.options], [3, { robots: true, accept_language: 'de', formats }])
    await shop.claim()
  })

  const refused: [name: string, body: object, paths: string[]][] = [
    ['nothing', {}, ['cron', 'url']],
    ['both cron and every', { cron: '* * * * *', every: 60, url }, ['cron']],
    ['a bad cron', { cron: '61 * * * *', url }, ['cron']],
    ['a cron that never comes', { cron: '0 0 30 2 *', url }, ['cron']],
    ['too often', { every: 1, url }, ['every']],
    ['an unknown time zone', { cron: '* * * * *', timezone: 'Mars/Base', url }, ['timezone']],
    ['a time zone without cron', { every: 60, timezone: 'Europe/Berlin', url }, ['timezone']],
    ['a page and a batch', { every: 60, url, batch: { urls: [url] } }, ['url']],
    ['an empty batch', { every: 60, batch: {} }, ['batch.urls']],
    ['a delay of its own', { every: 60, url, delay: 5 }, ['delay']],
    ['a bad URL of a batch', { every: 60, batch: { urls: [url, 'x'] } }, ['batch.urls.1']],
    ['a time of an item', { every: 60, batch: { items: [{ url, delay: 5 }] } }, ['batch.items.0.delay']],
    ['an unknown queue', { every: 60, url, queue: 'x' }, ['queue']],
    [
      'an unknown queue of an item',
      { every: 60, batch: { items: [{ url, queue: 'x' }] } },
      ['batch.items.0.queue'],
    ],
    ['an unknown queue of a batch', { every: 60, batch: { urls: [url], queue: 'x' } }, ['batch.queue']],
    ['an unknown queue beside a batch', { every: 60, batch: { urls: [url] }, queue: 'x' }, ['queue']],
    ['an unknown queue of a crawl', { every: 60, crawl: { url, queue: 'x' } }, ['crawl.queue']],
    ['a crawl from the store', { every: 60, crawl: { url }, max_age: 5 }, ['max_age']],
    ['a webhook within', { every: 60, crawl: { url, webhook } }, ['crawl.webhook']],
    ['only changes without a webhook', { every: 60, url, only_changed: true }, ['webhook']],
    [
      'only changes of other events',
      { every: 60, url, only_changed: true, webhook: { ...webhook, events: ['request.success'] } },
      ['webhook.events'],
    ],
  ]
  for (const [name, body, paths] of refused)
    test(`refuses ${name}`, async () => {
      const response = await post('/schedules', body)
      const { errors } = await read(response)
      assert.deepEqual([response.status, errors?.map(({ path }) => path)], [422, paths])
    })

  test('makes one schedule for one Idempotency-Key', async () => {
    const send = (every: number) => post('/schedules', { every, url }, { 'idempotency-key': 'a' })
    const [first, second] = [await read(await send(60)), await read(await send(60))]
    assert.deepEqual(first, second)
    assert.equal((await read(await send(61))).code, 'idempotency_mismatch')
  })
})

describe('a schedule', () => {
  test('is listed with others, the youngest first, part by part', async () => {
    const ids = [await make(), await make(), await make()]
    const first = await read(await get('/schedules?limit=2'))
    const second = await read(await get(`/schedules?limit=1&cursor=${first.next_cursor}`))
    const told = [...first.schedules, ...second.schedules].map(({ schedule_id }) => schedule_id)
    assert.deepEqual(told, ids.reverse())
    assert.equal((await get('/schedules?cursor=x')).status, 422)
  })

  test('runs when it is told to, once for one key and not while a run is under way', async () => {
    const id = await make()
    const run = () => post(`/schedules/${id}/run`, undefined, { 'idempotency-key': `run ${id}` })
    const response = await run()
    const began = await read(response)
    assert.deepEqual([response.status, response.headers.get('location')], [202, `/schedules/${id}`])
    assert.deepEqual(await read(await run()), began)
    const refused = await post(`/schedules/${id}/run`)
    assert.deepEqual([refused.status, (await read(refused)).code], [409, 'not_ended'])
    const { last_run } = await read(await get(`/schedules/${id}`))
    assert.deepEqual([last_run.request_id, last_run.changed], [began.request_id, null])
    const { requests } = await read(await get(`/requests?schedule=${id}`))
    assert.deepEqual(
      requests.map(({ request_id }) => request_id),
      [began.request_id],
    )
  })

  test('tells what changed in the result of its run', async () => {
    const id = await make()
    const { request_id } = await read(await post(`/schedules/${id}/run`))
    await shop.claim()
    await shop.succeed(request_id)
    const plain = await read(await get(`/result/${request_id}`))
    assert.equal('changed' in plain, false)
    const change = { changed: true, hash: 'h', previous_request_id: 1, diff: '-a\n+b' }
    await sql`update parse_requests set change = ${JSON.stringify(change)} where id = ${request_id}`.execute(
      shop.database.kysely,
    )
    const { changed, hash, previous_request_id, diff } = (await read(
      await get(`/result/${request_id}`),
    )) as Body & typeof change
    assert.deepEqual({ changed, hash, previous_request_id, diff }, change)
    const { last_run } = await read(await get(`/schedules/${id}`))
    assert.deepEqual([last_run.changed, last_run.hash], [true, 'h'])
  })

  test('rests, goes on and is deleted', async () => {
    const id = await make()
    const paused = await read(await post(`/schedules/${id}/pause`))
    assert.deepEqual([paused.paused, paused.next_run_at], [true, null])
    const resumed = await read(await post(`/schedules/${id}/resume`))
    assert.equal(resumed.paused, false)
    assert.ok(Date.parse(resumed.next_run_at ?? '') > Date.now())
    assert.equal((await fetch(`${shop.base}/schedules/${id}`, { method: 'DELETE' })).status, 204)
    for (const path of ['', '/run', '/pause', '/resume']) {
      const gone = path === '' ? await get(`/schedules/${id}`) : await post(`/schedules/${id}${path}`)
      assert.equal(gone.status, 404, path)
    }
  })

  test('is refused when its caller has as many as it may, until one is deleted', async () => {
    const other = await openShop({ apiKeys: ['a', 'b'], maxSchedules: 2 })
    try {
      const send = (key: string, method = 'POST', path = '') =>
        fetch(`${other.base}/schedules${path}`, {
          method,
          headers: {
            authorization: `Bearer ${key}`,
            ...(path ? {} : { 'content-type': 'application/json' }),
          },
          ...(path ? {} : { body: JSON.stringify({ every: 60, url }) }),
        })
      const { schedule_id: id } = await read(await send('a'))
      assert.equal((await send('a')).status, 201)
      const refused = await send('a')
      assert.deepEqual([refused.status, (await read(refused)).code], [409, 'too_many_schedules'])
      assert.equal((await send('b')).status, 201)
      await send('a', 'DELETE', `/${id}`)
      assert.equal((await send('a')).status, 201)
    } finally {
      await other.close()
    }
  })

  test('is its own key’s alone, and cannot be run while too much waits', async () => {
    const other = await openShop({ apiKeys: ['a', 'b'], maxPending: 1 })
    try {
      const send = (path: string, key: string, body?: object) =>
        fetch(`${other.base}${path}`, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${key}`,
            ...(body ? { 'content-type': 'application/json' } : {}),
          },
          ...(body ? { body: JSON.stringify(body) } : {}),
        })
      const batch = { urls: [url, `${url}2`] }
      const { schedule_id: id } = await read(await send('/schedules', 'a', { every: 60, batch }))
      assert.equal((await send(`/schedules/${id}/pause`, 'b')).status, 404)
      assert.equal((await send(`/schedules/${id}/run`, 'b')).status, 404)
      assert.equal((await read(await send(`/schedules/${id}/run`, 'a'))).code, 'queue_full')
    } finally {
      await other.close()
    }
  })
})
