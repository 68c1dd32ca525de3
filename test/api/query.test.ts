import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { openShop, type Shop } from '../support/shop.ts'

let shop: Shop
before(async () => {
  shop = await openShop()
})
after(() => shop.close())

interface Operation {
  tags: string[]
  requestBody?: object
  parameters?: { name: string; in: string }[]
  responses: Record<string, object>
}

interface Fault {
  path: string
  message: string
}

const url = 'https://example.com/'
const bodies: Record<string, object> = {
  '/parse_batch': { urls: [url] },
  '/schedules': { url, every: 60 },
  '/v2/batch/scrape': { urls: [url] },
}

/** Every operation that clients have, by its method and its path. */
async function operations(): Promise<[method: 'GET' | 'POST', path: string, operation: Operation][]> {
  const { paths } = (await shop.server.inject('/openapi.json')).json<{
    paths: Record<string, Record<string, Operation>>
  }>()
  return Object.entries(paths).flatMap(([path, all]) =>
    Object.entries(all).flatMap(
      ([method, operation]): [method: 'GET', path: string, operation: Operation][] =>
        // Whoever watches a service may add what it likes; what follows /r/ is a URL with a query of its own.
        operation.tags.includes('operation') || path === '/r/{url}'
          ? []
          : [[method.toUpperCase() as 'GET', path, operation]],
    ),
  )
}

/** Asks with a query that is not known beside what is needed. @returns the faults that are told */
async function ask(method: 'GET' | 'POST', path: string, operation: Operation, query: string) {
  const needed = path === '/parse_sync' ? `url=${url}&` : ''
  const answer = await shop.server.inject({
    method,
    url: `${path.replace('{id}', '1')}?${needed}${query}`,
    ...(operation.requestBody ? { payload: bodies[path] ?? { url } } : {}),
  })
  const { errors, details } = answer.json<{ errors?: Fault[]; details?: Fault[] }>()
  return { status: answer.statusCode, faults: errors ?? details ?? [] }
}

describe('a parameter in a query that is not known', () => {
  test('is refused by every path, with the names of those that are', async () => {
    const all = await operations()
    assert.ok(all.length > 40)
    for (const [method, path, operation] of all) {
      const { status, faults } = await ask(method, path, operation, 'nonsense=1')
      const name = `${method} ${path}`
      assert.deepEqual(
        [status, faults.map((one) => one.path)],
        [path.startsWith('/v2/') ? 400 : 422, ['nonsense']],
        name,
      )
      assert.ok(String(status) in operation.responses, `${name} does not tell of ${status}`)
      const known = (operation.parameters ?? []).filter((one) => one.in === 'query').map((one) => one.name)
      for (const one of known.length > 0 ? known : ['nothing'])
        assert.match(faults[0]?.message ?? '', new RegExp(`\\b${one}\\b`), name)
    }
  })

  test('is told with each other', async () => {
    const { body } = await shop.server.inject('/status/1?a=1&b=2&wait=x')
    const { errors } = JSON.parse(body) as { errors: Fault[] }
    assert.deepEqual(errors.map(({ path }) => path).toSorted(), ['a', 'b', 'wait'])
  })

  test('is none of a page that is read by its URL, nor of a probe', async () => {
    assert.equal((await shop.server.inject(`/r/${url}?nonsense=1`)).statusCode, 200)
    assert.equal((await shop.server.inject('/health?nonsense=1')).statusCode, 200)
  })
})

describe('the query of a batch', () => {
  const send = async (type: string, query: string, payload: string) => {
    const headers = { 'content-type': type }
    const answer = await shop.server.inject({
      method: 'POST',
      url: `/parse_batch?${query}`,
      headers,
      payload,
    })
    const { errors = [], detail } = answer.json<{ errors?: Fault[]; detail: string }>()
    return { status: answer.statusCode, paths: errors.map(({ path }) => path), detail }
  }

  test('has the options of a list, each of which is known', async () => {
    assert.equal((await send('text/plain', 'formats=markdown&timeout=3', url)).status, 202)
    const { status, paths, detail } = await send('text/csv', 'formats=markdown&format=x', url)
    assert.deepEqual([status, paths], [422, ['format']])
    assert.match(detail, /^format is not known here; .*\bformats\b/)
  })

  test('has options beside JSON too, where the body has no others', async () => {
    const body = { urls: [url], timeout: 2 }
    const { batch_id: id } = (
      await shop.server.inject({ method: 'POST', url: '/parse_batch?formats=text&timeout=9', payload: body })
    ).json<{ batch_id: number }>()
    const group = await shop.repository.group(id, 'batch', null)
    assert.deepEqual(group?.options, { formats: ['text'], timeout: 2 })
    const sent = JSON.stringify(body)
    for (const query of ['formats=foo', 'nonsense=1'])
      assert.equal((await send('application/json', query, sent)).status, 422, query)
    for (const none of ['null', '[]', '"x"', '1'])
      assert.match((await send('application/json', '', none)).detail, /^The body must be an object/)
  })

  test('is read for types that are taken, which are told', async () => {
    const { status, detail } = await send('text/html', '', url)
    assert.equal(status, 415)
    for (const type of ['application/json', 'text/plain', 'text/csv'])
      assert.ok(detail.includes(type), detail)
    const headers = { 'content-type': 'text/plain' }
    const other = await shop.server.inject({ method: 'POST', url: '/parse_async', headers, payload: url })
    assert.equal(
      other.json<{ detail: string }>().detail,
      'Send a body of type application/json, not compressed.',
    )
  })
})

describe('the numbers of a query', () => {
  test('that are none are named for what they should be', async () => {
    for (const [path, words] of [
      ['/webhooks?request=x', 'request must be the id of a request'],
      ['/webhooks?group=0', 'group must be the id of a batch or crawl'],
      ['/requests?limit=many', 'limit must be a whole number from 1 to 1000'],
      ['/status/1?wait=soon', 'wait must be a number of seconds'],
      ['/requests?batch=NaN', 'batch must be the id of a batch'],
    ] as const)
      assert.equal((await shop.server.inject(path)).json<{ detail: string }>().detail, words)
  })
})
