import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Answer, postJson, readAnswer } from '../support/http.ts'
import { eventually } from '../support/process.ts'
import { openShop, type Shop } from '../support/shop.ts'

let shop: Shop
before(async () => {
  shop = await openShop()
})
after(() => shop.close())

const url = 'https://example.com/page'

async function call(method: string, path: string, at = shop, headers: Record<string, string> = {}) {
  const response = await fetch(`${at.base}${path}`, { method, headers })
  const text = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    body: (text === '' ? {} : JSON.parse(text)) as Answer,
  }
}

async function create(body: object = {}): Promise<number> {
  return (await readAnswer(await postJson(`${shop.base}/parse_async`, { url, ...body }))).request_id
}

describe('POST /requests/{id}/cancel', () => {
  test('ends a request that waits, and one that is worked on, of which workers are told', async () => {
    const heard: number[] = []
    const stop = shop.bell.hear((news) => {
      for (const { of, id } of news ?? []) if (of === 'cancelled') heard.push(id)
    })
    const waiting = await create()
    const first = await call('POST', `/requests/${waiting}/cancel`)
    assert.deepEqual([first.status, first.body.request_id, first.body.status], [200, waiting, 'cancelled'])
    const working = await create()
    await shop.claim()
    assert.equal((await call('POST', `/requests/${working}/cancel`)).body.status, 'cancelled')
    stop()
    assert.ok(heard.includes(working))
    const { status, html, error } = (await call('GET', `/result/${working}`)).body
    assert.deepEqual([status, html, error], ['cancelled', null, undefined])
  })

  test('is refused for what has ended, and for what is not there', async () => {
    const id = await create()
    await shop.claim()
    await shop.succeed(id)
    const { status, body } = await call('POST', `/requests/${id}/cancel`)
    assert.deepEqual([status, body.code], [409, 'already_ended'])
    for (const path of [
      '/requests/999999/cancel',
      '/requests/x/cancel',
      '/requests/0/retry',
      '/requests/999999/retry',
    ])
      assert.equal((await call('POST', path)).status, 404, path)
    assert.equal((await call('DELETE', '/requests/999999')).status, 404)
  })
})

describe('POST /requests/{id}/retry', () => {
  test('tries anew what failed', async () => {
    const id = await create()
    await shop.claim()
    await shop.fail(id)
    const { status, body, headers } = await call('POST', `/requests/${id}/retry`)
    assert.deepEqual([status, body.status, headers.get('location')], [202, 'pending', `/status/${id}`])
    assert.deepEqual(await shop.claim(), [id])
    assert.equal((await call('POST', `/requests/${id}/retry`)).body.code, 'not_ended')
    await shop.succeed(id)
    const refused = await call('POST', `/requests/${id}/retry`)
    assert.deepEqual([refused.status, refused.body.code], [409, 'already_ended'])
  })
})

describe('DELETE /requests/{id}', () => {
  test('deletes what has ended, and nothing else', async () => {
    const id = await create()
    const refused = await call('DELETE', `/requests/${id}`)
    assert.deepEqual([refused.status, refused.body.code], [409, 'not_ended'])
    await call('POST', `/requests/${id}/cancel`)
    assert.equal((await call('DELETE', `/requests/${id}`)).status, 204)
    assert.equal((await call('GET', `/status/${id}`)).status, 404)
  })
})

describe('GET /requests', () => {
  interface List {
    requests: Answer[]
    next_cursor: string | null
  }
  const list = async (query: string, at = shop, headers = {}) =>
    (await call('GET', `/requests?${query}`, at, headers)).body as unknown as List

  test('lists by host, state and batch, in parts', async () => {
    const ids = []
    for (let index = 0; index < 5; index += 1) ids.push(await create({ url: `https://list.test/${index}` }))
    const first = await list('host=list.test&limit=3')
    assert.deepEqual(
      first.requests.map(({ request_id }) => request_id),
      ids.slice(2).reverse(),
    )
    const rest = await list(`host=list.test&limit=3&cursor=${first.next_cursor}`)
    assert.deepEqual(
      rest.requests.map(({ request_id }) => request_id),
      ids.slice(0, 2).reverse(),
    )
    assert.equal(rest.next_cursor, null)
    await call('POST', `/requests/${ids[1]}/cancel`)
    assert.deepEqual(
      (await list('host=list.test&status=cancelled')).requests.map(({ request_id }) => request_id),
      [ids[1]],
    )
    const made = await postJson(`${shop.base}/parse_batch`, { urls: [url, url] })
    const { batch_id, request_ids } = (await made.json()) as { batch_id: number; request_ids: number[] }
    assert.deepEqual(
      (await list(`batch=${batch_id}`)).requests.map(({ request_id }) => request_id),
      request_ids.toReversed(),
    )
    assert.deepEqual((await list('since=2100-01-01T00:00:00%2B02:00')).requests, [])
    const [one] = first.requests
    assert.deepEqual(Object.keys(one ?? {}), [
      'request_id',
      'status',
      'url',
      'attempt',
      'created_at',
      'updated_at',
    ])
  })

  test('refuses what it does not know', async () => {
    const bad = [
      'status=done',
      'host=',
      'batch=x',
      'batch=0',
      'since=yesterday',
      'cursor=1',
      'limit=1001',
      'limit=0',
      'x=1',
    ]
    for (const query of bad) {
      const { status, body } = await call('GET', `/requests?${query}`)
      assert.deepEqual([status, body.errors.map(({ path }) => path)], [422, [query.split('=')[0]]], query)
    }
  })

  test('shows and lets each caller touch its own requests alone', async (t) => {
    const guarded = await openShop({ apiKeys: ['one', 'two'] })
    t.after(() => guarded.close())
    const [one, two] = [{ 'x-api-key': 'one' }, { 'x-api-key': 'two' }]
    const headers = { ...one, 'content-type': 'application/json' }
    const made = await fetch(`${guarded.base}/parse_batch`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ urls: [url] }),
    })
    const { batch_id, request_ids } = (await made.json()) as { batch_id: number; request_ids: number[] }
    assert.equal((await list('', guarded, one)).requests.length, 1)
    assert.equal((await list('', guarded, two)).requests.length, 0)
    assert.equal((await list(`batch=${batch_id}`, guarded, two)).requests.length, 0)
    const paths: [string, string][] = [
      ...['', '/results', '/events'].map((end): [string, string] => ['GET', `/batch/${batch_id}${end}`]),
      ['POST', `/batch/${batch_id}/cancel`],
      ['GET', `/status/${request_ids[0]}/events`],
      ['POST', `/requests/${request_ids[0]}/cancel`],
      ['POST', `/requests/${request_ids[0]}/retry`],
      ['DELETE', `/requests/${request_ids[0]}`],
    ]
    for (const [method, path] of paths) {
      assert.equal((await call(method, path, guarded, two)).status, 404, path)
      assert.equal((await call(method, path, guarded)).status, 401, path)
    }
    assert.equal((await call('GET', '/requests', guarded)).status, 401)
    assert.equal((await call('POST', `/batch/${batch_id}/cancel`, guarded, one)).status, 200)
  })
})

describe('an Idempotency-Key', () => {
  const post = async (key: string, body: object, path = '/parse_async', headers = {}) => {
    const response = await fetch(`${shop.base}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key, ...headers },
      body: JSON.stringify(body),
    })
    return {
      status: response.status,
      location: response.headers.get('location'),
      body: await readAnswer(response),
    }
  }

  test('gives the same answer again, however the same is written down', async () => {
    const first = await post('k1', { url, timeout: 5 })
    assert.equal(first.status, 202)
    assert.deepEqual(await post('k1', { timeout: 5, url }), first)
    await shop.claim()
    await shop.succeed(first.body.request_id)
    assert.deepEqual(await post('k1', { url, timeout: 5 }), first)
  })

  test('works for batches', async () => {
    const first = await post('k2', { urls: [url, url] }, '/parse_batch')
    assert.equal(first.status, 202)
    assert.deepEqual(await post('k2', { urls: [url, url] }, '/parse_batch'), first)
  })

  test('is refused with something else, and when it is none', async () => {
    await post('k3', { url })
    const differs = await post('k3', { url: `${url}2` })
    assert.deepEqual([differs.status, differs.body.code], [422, 'idempotency_mismatch'])
    assert.equal((await post('k3', { urls: [url] }, '/parse_batch')).body.code, 'idempotency_mismatch')
    const long = await post('x'.repeat(256), { url })
    assert.deepEqual([long.status, long.body.errors.map(({ path }) => path)], [422, ['Idempotency-Key']])
  })

  test('sent many times at once makes one request', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => post('k4', { url: `${url}/once` })))
    const made = answers.filter(({ status }) => status === 202)
    const refused = answers.filter(({ status }) => status !== 202)
    assert.ok(made.length >= 1)
    assert.equal(new Set(made.map(({ body }) => body.request_id)).size, 1)
    assert.ok(refused.every(({ status, body }) => status === 409 && body.code === 'idempotency_in_progress'))
  })
})

describe('a request with a time', () => {
  test('waits for it', async () => {
    await shop.claim()
    const later = await create({ delay: 3600 })
    const at = await create({ run_at: new Date(Date.now() + 3_600_000).toISOString() })
    const past = await create({ run_at: '2000-01-01T00:00:00+02:00' })
    assert.deepEqual(await shop.claim(), [past])
    for (const id of [later, at]) assert.equal((await call('GET', `/status/${id}`)).body.place, undefined)
  })

  const refused: [object, string][] = [
    [{ delay: -1 }, 'delay'],
    [{ delay: 1e9 }, 'delay'],
    [{ run_at: 'soon' }, 'run_at'],
    [{ run_at: '2999-01-01T00:00:00Z' }, 'run_at'],
    [{ delay: 1, run_at: '2000-01-01T00:00:00Z' }, 'run_at'],
  ]
  for (const [body, path] of refused)
    test(`refuses ${JSON.stringify(body)}`, async () => {
      const response = await postJson(`${shop.base}/parse_async`, { url, ...body })
      assert.equal(response.status, 422)
      assert.deepEqual(
        (await readAnswer(response)).errors.map((fault) => fault.path),
        [path],
      )
    })
})

describe('MAX_PENDING', () => {
  test('bounds what waits: 503 and nothing stored, until there is room again', async (t) => {
    const small = await openShop({ maxPending: 5 })
    t.after(() => small.close())
    const post = (path: string, body: object) => postJson(`${small.base}${path}`, body)
    assert.equal((await post('/parse_batch', { urls: [url, url, url, url] })).status, 202)
    const refused = await post('/parse_batch', { urls: [url, url] })
    assert.deepEqual([refused.status, refused.headers.get('retry-after')], [503, '1'])
    assert.equal((await readAnswer(refused)).code, 'queue_full')
    assert.equal((await post('/parse_async', { url })).status, 202)
    assert.equal((await post('/parse_async', { url })).status, 503)
    assert.equal((await small.repository.list({ caller: null }, null, 100)).items.length, 5)
    await small.claim()
    const until = performance.now() + 10_000
    let status = 503
    while (status === 503 && performance.now() < until) {
      status = (await post('/parse_async', { url })).status
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    assert.equal(status, 202)
  })

  test('tells a batch that can never fit how many may wait', async (t) => {
    const small = await openShop({ maxPending: 2 })
    t.after(() => small.close())
    const refused = await postJson(`${small.base}/parse_batch`, { urls: [url, url, url] })
    assert.equal(refused.status, 503)
    assert.match((await readAnswer(refused)).detail, /3 requests, and no more than 2 .* send them in parts/)
  })

  test('bounds what is tried anew: 503 and nothing changed', async (t) => {
    const small = await openShop({ maxPending: 2 })
    t.after(() => small.close())
    const { request_id: id } = await readAnswer(await postJson(`${small.base}/parse_async`, { url }))
    await call('POST', `/requests/${id}/cancel`, small)
    const { request_ids } = (await (await postJson(`${small.base}/parse_batch`, { urls: [url] })).json()) as {
      request_ids: number[]
    }
    // What cannot be tried anew is told so, room or not.
    assert.equal((await call('POST', `/requests/${request_ids[0]}/retry`, small)).status, 409)
    assert.equal((await call('POST', '/requests/999999/retry', small)).status, 404)
    const refused = await call('POST', `/requests/${id}/retry`, small)
    const { status, body, headers } = refused
    assert.deepEqual([status, body.code, headers.get('retry-after')], [503, 'queue_full', '1'])
    assert.equal((await call('GET', `/status/${id}`, small)).body.status, 'cancelled')
    await small.claim()
    await eventually('room', async () => (await call('POST', `/requests/${id}/retry`, small)).status === 202)
    assert.deepEqual(await small.claim(), [id])
  })

  test('lets in what comes with an Idempotency-Key, and gives its answer again when there is no more room', async (t) => {
    const small = await openShop({ maxPending: 1 })
    t.after(() => small.close())
    const headers = { 'content-type': 'application/json', 'idempotency-key': 'k' }
    const post = (body: object) =>
      fetch(`${small.base}/parse_async`, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(10_000),
      })
    const ids = [await readAnswer(await post({ url })), await readAnswer(await post({ url }))]
    assert.equal(ids[0]?.request_id, ids[1]?.request_id)
    headers['idempotency-key'] = 'other'
    assert.equal((await post({ url })).status, 503)
  })
})
