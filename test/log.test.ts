import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Redis } from 'ioredis'
import { createRedaction } from '../src/redaction.ts'
import { postJson, readAnswer } from './support/http.ts'
import { page, startOrigin } from './support/origin.ts'
import { eventually, freePort, run } from './support/process.ts'
import { sharedRedis, startRedis } from './support/redis.ts'
import { services } from './support/service.ts'

const told = createRedaction(false)
const toldWithQueries = createRedaction(true)

describe('a URL in the log', () => {
  const rows: [given: string, without: string, withQuery?: string][] = [
    ['https://example.com/a', 'https://example.com/a'],
    ['https://example.com/a?token=SECRET', 'https://example.com/a?...', 'https://example.com/a?token=SECRET'],
    ['https://example.com/a#token=SECRET', 'https://example.com/a', 'https://example.com/a#token=SECRET'],
    ['https://user:SECRET@example.com/', 'https://example.com/'],
    ['https://SECRET@example.com/', 'https://example.com/'],
    ['https:user:SECRET@example.com', 'https://example.com/'],
    ['https:/\\user:SECRET@example.com', 'https://example.com/'],
    [' https://user:a@SECRET@example.com/', 'https://example.com/'],
    ['https://user:SECRET@', '(no URL)'],
    ['user:SECRET@example.com', '(no URL)'],
    ['data:text/html,SECRET', '(no URL)'],
    ['file:///SECRET', '(no URL)'],
    ['', '(no URL)'],
  ]
  for (const [given, without, withQuery = without] of rows)
    test(`${given || 'that is empty'} is told as ${without}`, () => {
      assert.equal(told.url(given), without)
      assert.equal(toldWithQueries.url(given), withQuery)
    })
})

describe('a fault in the log', () => {
  test('tells what went wrong, and nothing of what it was about', () => {
    const cause = Object.assign(new Error('no way to redis://:SECRET@127.0.0.1:1/0'), {
      code: 'WRONGPASS',
      command: { name: 'auth', args: ['SECRET'] },
    })
    const fault = new TypeError('cannot read "https://example.com/?token=SECRET", it is too long', { cause })
    const line = told.fault(fault)
    assert.ok(!JSON.stringify(line).includes('SECRET'))
    assert.equal(line.message, 'cannot read "https://example.com/?...", it is too long')
    assert.deepEqual(
      [line.type, line.cause?.code, line.cause?.message],
      ['TypeError', 'WRONGPASS', 'no way to redis://127.0.0.1:1/0'],
    )
    assert.match(line.stack ?? '', /log\.test\.ts/)
  })

  test('tells those of several tries', () => {
    const both = new AggregateError([new Error('first'), new Error('second')], 'neither')
    assert.deepEqual(
      told.fault(both).errors?.map(({ message }) => message),
      ['first', 'second'],
    )
  })

  test('ends where causes go in a circle', () => {
    const fault = new Error('round')
    fault.cause = fault
    assert.ok(JSON.stringify(told.fault(fault)).length < 20_000)
  })

  test('is told whatever was thrown', () => {
    for (const thrown of [undefined, null, 'https://user:SECRET@example.com/', 17, {}])
      assert.ok(!JSON.stringify(told.fault(thrown)).includes('SECRET'))
  })
})

for (const [shape, start] of Object.entries(services))
  test(`the log of the service ${shape} has no secret of a URL`, async (t) => {
    const origin = await startOrigin(({ path }) => {
      if (path.startsWith('/reset')) return 'no HTTP\r\n\r\n'
      return page('<title>A page</title>')
    })
    t.after(() => origin.close())
    const name = crypto.randomUUID()
    const keys = { TASK_QUEUE: `tasks:${name}`, RESULT_PREFIX: `results:${name}:` }
    const service = await start({ ALLOW_PRIVATE: `127.0.0.1:${origin.port}`, LOG_LEVEL: 'trace', ...keys })
    t.after(() => service.close())
    const { base } = service
    const query = '?token=SECRET#SECRET'
    const headers = { authorization: 'SECRET' }
    const bodies = ['/page', '/reset'].map((path) => ({
      url: `${origin.base}${path}${query}`,
      headers,
      webhook: { url: `${origin.base}/hook${query}`, events: ['request.success', 'request.failure'] },
    }))
    const ids = await Promise.all(
      bodies.map(async (body) => (await readAnswer(await postJson(`${base}/parse_async`, body))).request_id),
    )
    const withPassword = `http://user:SECRET@127.0.0.1:${origin.port}/`
    assert.equal((await postJson(`${base}/parse_async`, { url: withPassword })).status, 422)
    for (const url of [`${origin.base}/page${query}`, `${origin.base}/reset${query}`, withPassword])
      for (const path of ['parse_sync?url=', 'r/']) await fetch(`${base}/${path}${encodeURIComponent(url)}`)
    if (shape !== 'in one process') await pushTasks(keys.TASK_QUEUE, withPassword)
    for (const id of ids)
      await eventually(`line ${id}: ${service.output()}`, () =>
        service.output().includes(`"request":${id},"url":"${origin.base}/`),
      )
    await eventually('webhooks', () => service.output().includes(`"url":"${origin.base}/hook?..."`))
    assert.ok(!service.output().includes('SECRET'), service.output())
  })

/** Tasks of a gateway that was not written here: one with a password, and one that cannot be read. */
async function pushTasks(queue: string, url: string): Promise<void> {
  const redis = new Redis(sharedRedis())
  await redis.lpush(queue, JSON.stringify({ id: 9_000_001, url }), `{"id":9000002,"url":"${url}`)
  await eventually('both', async () => (await redis.llen(`${queue}:dead`)) === 1)
  redis.disconnect()
}

test('a wrong password of Redis is told of without the password', async (t) => {
  const redis = await startRedis()
  t.after(() => redis.stop())
  const url = new URL(redis.url)
  Object.assign(url, { username: 'someone', password: 'SECRET' })
  const parser = run(process.execPath, ['src/main.ts', 'parser'], {
    env: { ...process.env, REDIS_URL: url.href, PORT: String(await freePort()) },
  })
  t.after(() => parser.stop())
  await eventually('the fault', () => parser.output().includes('WRONGPASS'))
  assert.ok(!parser.output().includes('SECRET'), parser.output())
})
