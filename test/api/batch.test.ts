import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { postJson } from '../support/http.ts'
import { openShop, type Shop } from '../support/shop.ts'

let shop: Shop
before(async () => {
  shop = await openShop()
})
after(() => shop.close())

interface Batch {
  batch_id: number
  request_ids: number[]
  counts: Record<string, number>
  total: number
  done: boolean
  cancelled: boolean
  results: { request_id: number; url: string; status: string; html: string | null }[]
  next_cursor: string | null
  code: string
  errors: { path: string; message: string }[]
}

const read = async (response: Response) => (await response.json()) as Batch
const post = (body: unknown) => postJson(`${shop.base}/parse_batch`, body)
const get = (path: string, headers: Record<string, string> = {}) => fetch(`${shop.base}${path}`, { headers })
const send = (type: string, body: string, query = '') =>
  fetch(`${shop.base}/parse_batch${query}`, { method: 'POST', headers: { 'content-type': type }, body })
const urlsOf = (count: number) => Array.from({ length: count }, (_, index) => `https://example.com/${index}`)

async function rowsOf(ids: number[]) {
  const rows = await shop.database.kysely
    .selectFrom('parse_requests')
    .selectAll()
    .where('id', 'in', ids)
    .orderBy('id')
    .execute()
  return rows.map(({ url, priority, queue, options, delayed }) => ({
    url,
    priority,
    queue,
    delayed,
    options: JSON.parse(options as string) as object,
  }))
}

describe('POST /parse_batch', () => {
  test('stores all URLs, and says where they are asked about', async () => {
    const response = await post({ urls: urlsOf(3), timeout: 5, priority: 2, queue: 'bulk' })
    const { batch_id, request_ids } = await read(response)
    assert.deepEqual([response.status, response.headers.get('location')], [202, `/batch/${batch_id}`])
    const same = { priority: 2, queue: 'bulk', delayed: 0, options: { timeout: 5 } }
    assert.deepEqual(
      await rowsOf(request_ids),
      urlsOf(3).map((url) => ({ url, ...same })),
    )
  })

  test('takes items with options of their own, which go before those of all', async () => {
    const items = [
      { url: 'https://example.com/a' },
      { url: 'https://example.com/b', timeout: 2, priority: 9, run_at: '2000-01-01T00:00:00Z' },
    ]
    const { request_ids } = await read(await post({ items, timeout: 5, accept_language: 'de', delay: 60 }))
    const [a, b] = await rowsOf(request_ids)
    assert.deepEqual([a?.options, a?.priority, a?.delayed], [{ timeout: 5, accept_language: 'de' }, 0, 1])
    assert.deepEqual([b?.options, b?.priority, b?.delayed], [{ timeout: 2, accept_language: 'de' }, 9, 0])
  })

  test('takes a text with a URL on each line, and its options in the query', async () => {
    const response = await send(
      'text/plain; charset=utf-8',
      ' https://example.com/a\r\n\n\nhttps://example.com/b',
      '?timeout=5&priority=3',
    )
    const rows = await rowsOf((await read(response)).request_ids)
    const same = { priority: 3, queue: 'api', delayed: 0, options: { timeout: 5 } }
    assert.deepEqual(
      rows,
      ['https://example.com/a', 'https://example.com/b'].map((url) => ({ url, ...same })),
    )
  })

  const tables: [name: string, text: string][] = [
    [
      'the column called url',
      '\uFEFFname,URL\n"a, b",https://example.com/a\n"c ""d""",https://example.com/b\n',
    ],
    ['the first column', 'https://example.com/a,1\nhttps://example.com/b\n'],
  ]
  for (const [name, text] of tables)
    test(`takes ${name} of a table`, async () => {
      const { request_ids } = await read(await send('text/csv', text))
      assert.deepEqual(
        (await rowsOf(request_ids)).map(({ url }) => url),
        ['https://example.com/a', 'https://example.com/b'],
      )
    })

  const refused: [name: string, body: unknown, paths: string[], code?: string][] = [
    ['nothing', {}, ['urls']],
    ['urls and items', { urls: urlsOf(1), items: [{ url: 'https://example.com/' }] }, ['urls']],
    ['no URL', { urls: [] }, ['urls']],
    ['too many', { urls: urlsOf(10_001) }, ['urls']],
    ['one bad URL', { urls: [...urlsOf(17), 'ftp://example.com/'] }, ['urls.17'], 'unsupported_scheme'],
    ['several', { urls: ['x', 'https://example.com/', 5] }, ['urls.0', 'urls.2']],
    ['bad options of an item', { items: [{ url: 'https://example.com/', timeout: 0 }] }, ['items.0.timeout']],
    ['an unknown member', { urls: urlsOf(1), speed: 1 }, ['speed']],
    [
      'an unknown queue of an item',
      { items: [{ url: 'https://example.com/', queue: 'x' }] },
      ['items.0.queue'],
    ],
    [
      'an unknown queue of all, told once',
      { items: [{ url: 'https://example.com/' }], queue: 'x' },
      ['queue'],
    ],
    [
      'what the operator does not permit to an item',
      { items: [{ url: 'https://example.com/', ignore_tls_errors: true }] },
      ['items.0.ignore_tls_errors'],
    ],
    ['two times to begin', { urls: urlsOf(1), delay: 1, run_at: '2030-01-01T00:00:00Z' }, ['run_at']],
    ['a time too far away', { urls: urlsOf(1), run_at: '9999-01-01T00:00:00Z' }, ['run_at']],
  ]
  for (const [name, body, paths, code = 'invalid_request'] of refused)
    test(`refuses ${name}, and stores nothing`, async () => {
      const before = await shop.repository.list({ caller: null }, null, 1)
      const response = await post(body)
      const problem = await read(response)
      assert.deepEqual(
        [response.status, problem.code, problem.errors.map(({ path }) => path)],
        [422, code, paths],
      )
      assert.deepEqual(await shop.repository.list({ caller: null }, null, 1), before)
    })

  test('tells of no more faults than can be read', async () => {
    const { errors } = await read(await post({ urls: Array.from({ length: 10_000 }, () => 'x') }))
    assert.deepEqual([errors.length, errors[99]?.path], [100, 'urls.99'])
  })

  test('takes a text whose lines end as on any system', async () => {
    for (const end of ['\n', '\r\n', '\r']) {
      const { request_ids } = await read(await send('text/plain', urlsOf(2).join(end)))
      const rows = await rowsOf(request_ids)
      assert.deepEqual(
        rows.map(({ url }) => url),
        urlsOf(2),
      )
    }
  })

  test('refuses lists that are none, and bodies that are too large', async () => {
    assert.equal((await send('text/csv', '"a')).status, 422)
    assert.equal((await send('text/plain', '\n\n')).status, 422)
    assert.equal((await send('text/plain', 'https://example.com/', '?speed=1')).status, 422)
    assert.equal((await send('text/html', 'https://example.com/')).status, 415)
    assert.equal((await send('text/plain', 'x'.repeat(8 * 1024 * 1024 + 1))).status, 413)
    const other = await fetch(`${shop.base}/parse_async`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: 'x',
    })
    assert.equal(other.status, 415)
  })

  test('takes 10,000 URLs at once', async () => {
    const { request_ids } = await read(await post({ urls: urlsOf(10_000) }))
    assert.equal(new Set(request_ids).size, 10_000)
    await shop.claim()
  })
})

describe('a batch', () => {
  const make = async (count: number) => {
    const { batch_id, request_ids } = await read(await post({ urls: urlsOf(count) }))
    await shop.claim()
    return { batch: batch_id, ids: request_ids as [number, ...number[]] }
  }

  test('tells how far it is', async () => {
    const { batch, ids } = await make(4)
    await shop.succeed(ids[0])
    await shop.fail(ids[1] as number)
    const state = await read(await get(`/batch/${batch}`))
    assert.deepEqual(
      [state.batch_id, state.counts, state.total, state.done, state.cancelled],
      [batch, { pending: 0, processing: 2, success: 1, failure: 1, cancelled: 0 }, 4, false, false],
    )
  })

  test('gives what has ended in parts, now and later, until all is told', async () => {
    const { batch, ids } = await make(4)
    const [a, b, c, d] = ids as unknown as [number, number, number, number]
    for (const id of [c, a, b]) await shop.succeed(id, `<p>${id}`)
    const first = await read(await get(`/batch/${batch}/results?limit=2`))
    assert.deepEqual(
      first.results.map(({ request_id, html }) => [request_id, html]),
      [
        [c, `<p>${c}`],
        [a, `<p>${a}`],
      ],
    )
    const second = await read(await get(`/batch/${batch}/results?cursor=${first.next_cursor}`))
    assert.deepEqual(
      second.results.map(({ request_id }) => request_id),
      [b],
    )
    const none = await read(await get(`/batch/${batch}/results?cursor=${second.next_cursor}`))
    assert.deepEqual([none.results, none.next_cursor], [[], second.next_cursor])
    await shop.fail(d)
    const last = await read(await get(`/batch/${batch}/results?cursor=${none.next_cursor}`))
    assert.deepEqual([last.results.map(({ status }) => status), last.next_cursor], [['failure'], null])
  })

  test('gives what has ended as lines', async () => {
    const { batch, ids } = await make(250)
    for (const id of ids) await shop.succeed(id)
    for (const response of [
      await get(`/batch/${batch}/results?format=ndjson`),
      await get(`/batch/${batch}/results`, { accept: 'application/x-ndjson' }),
    ]) {
      assert.match(response.headers.get('content-type') ?? '', /^application\/x-ndjson/)
      const lines = (await response.text()).trimEnd().split('\n')
      const told = lines.map((line) => (JSON.parse(line) as { request_id: number }).request_id)
      assert.deepEqual(told, [...ids])
    }
  })

  test('is cancelled as a whole, once', async () => {
    const { batch, ids } = await make(1200)
    const heard: number[] = []
    const stop = shop.bell.hear((news) => {
      for (const { of, id } of news ?? []) if (of === 'cancelled') heard.push(id)
    })
    await shop.succeed(ids[0])
    const cancel = () => fetch(`${shop.base}/batch/${batch}/cancel`, { method: 'POST' })
    const state = await read(await cancel())
    stop()
    assert.deepEqual(
      [state.done, state.cancelled, state.counts.cancelled, state.counts.success],
      [true, true, 1199, 1],
    )
    // Workers are told of what they have in hand.
    assert.deepEqual(heard, ids.slice(1))
    const again = await cancel()
    assert.deepEqual([again.status, (await read(again)).code], [409, 'already_ended'])
  })

  test('that there is not, is a 404', async () => {
    for (const path of [
      '/batch/99999',
      '/batch/x',
      '/batch/0',
      '/batch/99999/results',
      '/batch/99999/events',
    ])
      assert.equal((await get(path)).status, 404, path)
    assert.equal((await fetch(`${shop.base}/batch/99999/cancel`, { method: 'POST' })).status, 404)
    assert.equal((await get('/crawl/1')).status, 404)
  })

  test('takes only cursors that it gave', async () => {
    const { batch } = await make(1)
    for (const query of ['cursor=x', 'cursor=17', 'limit=0', 'limit=101', 'format=xml'])
      assert.equal((await get(`/batch/${batch}/results?${query}`)).status, 422, query)
  })
})
