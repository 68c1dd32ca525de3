import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { Redis } from 'ioredis'
import { readEvents } from '../support/events.ts'
import { postJson, readAnswer } from '../support/http.ts'
import { type Postgres, query, startPostgres } from '../support/postgres.ts'
import { eventually, freePort, type Running, run } from '../support/process.ts'
import { type RedisServer, startRedis } from '../support/redis.ts'

const html = '<!doctype html><title>A page</title><p>text'

describe('the service as processes over Postgres and Redis', () => {
  let postgres: Postgres
  let redis: RedisServer
  let origin: Server
  let pages: string
  let env: NodeJS.ProcessEnv
  let base: string
  let api: Running
  let worker: Running
  let parser: Running
  /** Open answers of /slow, by the path that asked. */
  const waiting = new Map<string, () => void>()
  /** Paths whose answers were not waited for. */
  const gone = new Set<string>()

  const startRole = (role: string, more: NodeJS.ProcessEnv = {}) =>
    run(process.execPath, ['src/main.ts', role], { env: { ...env, ...more } })
  const startApi = async () => {
    api = startRole('api', { PORT: new URL(base).port })
    await eventually('the api', async () => (await fetch(`${base}/ready`)).ok)
  }
  const startWorker = async () => {
    worker = startRole('worker')
    await eventually('the worker', () => worker.output().includes('The worker is at work'))
  }
  const startParser = async () => {
    parser = startRole('parser', { PORT: String(new URL(env.PARSER_URL ?? '').port) })
    await eventually('the parser', () => parser.output().includes('The parser is at work'))
  }

  const post = async (path: string) => {
    const response = await postJson(`${base}/parse_async`, { url: `${pages}${path}` })
    const retryAfter = response.headers.get('retry-after')
    return { status: response.status, retryAfter, body: await readAnswer(response) }
  }
  const accepted = async (path: string): Promise<number> => {
    const { status, body } = await post(path)
    assert.equal(status, 202, JSON.stringify(body))
    return body.request_id
  }
  const statusOf = async (id: number) => readAnswer(await fetch(`${base}/status/${id}`))
  const succeeded = (id: number) =>
    eventually(`request ${id} to succeed`, async () => (await statusOf(id)).status === 'success')

  before(async () => {
    ;[postgres, redis] = await Promise.all([startPostgres(), startRedis()])
    origin = createServer((request, response) => {
      const answer = () => response.writeHead(200, { 'content-type': 'text/html' }).end(html)
      response.once('close', () => {
        if (!response.writableFinished) gone.add(request.url ?? '')
      })
      if (request.url?.startsWith('/slow') && !waiting.has(request.url)) waiting.set(request.url, answer)
      else answer()
    }).listen(0, '127.0.0.1')
    await once(origin, 'listening')
    pages = `http://127.0.0.1:${(origin.address() as { port: number }).port}`
    const port = await freePort()
    base = `http://127.0.0.1:${port}`
    env = {
      ...process.env,
      DATABASE_URL: (await postgres.database()).replace('postgres://', 'postgresql+asyncpg://'),
      REDIS_URL: redis.url,
      PARSER_URL: `http://127.0.0.1:${await freePort()}`,
      ALLOW_PRIVATE: new URL(pages).host,
    }
    const early = startRole('api', { PORT: String(port) })
    assert.equal(await early.ended, 1)
    assert.match(early.output(), /schema of the database is too old .* Run `migrate`/)
    const migrations = [startRole('migrate'), startRole('migrate')]
    for (const migration of migrations) {
      assert.equal(await migration.ended, 0, migration.output())
    }
    await Promise.all([startApi(), startWorker(), startParser()])
  })

  after(async () => {
    await Promise.all([api, worker, parser].map((role) => role?.stop('SIGKILL')))
    origin.closeAllConnections()
    origin.close()
    await Promise.all([postgres.stop(), redis.stop()])
  })

  test('takes a URL from POST to its result, and leaves nothing in Redis', async () => {
    const id = await accepted('/page')
    await succeeded(id)
    const result = await readAnswer(await fetch(`${base}/result/${id}`))
    assert.deepEqual([result.title, result.html, result.target_status], ['A page', html, 200])
    const client = new Redis(redis.url)
    try {
      await eventually('its result to go', async () => (await client.exists(`parser:results:${id}`)) === 0)
      assert.deepEqual(await client.hgetall('parser:tasks:owners'), {})
    } finally {
      client.disconnect()
    }
  })

  test('answers at once through the parser', async () => {
    const response = await fetch(`${base}/parse_sync?url=${encodeURIComponent(`${pages}/page`)}`)
    assert.deepEqual([response.status, (await readAnswer(response)).title], [200, 'A page'])
  })

  test('answers who waits the moment a request ends, and tells of a batch by events', async () => {
    const urls = ['/slow-wait', '/page-1', '/page-2'].map((path) => pages + path)
    const made = await postJson(`${base}/parse_batch`, { urls })
    const { batch_id, request_ids } = (await made.json()) as { batch_id: number; request_ids: number[] }
    const events = await readEvents(`${base}/batch/${batch_id}/events`)
    const asked = fetch(`${base}/result/${request_ids[0]}?wait=60`)
    await eventually('the page to be asked for', () => waiting.has('/slow-wait'))
    await eventually('the others', () => events.events.length === 2)
    const begun = performance.now()
    waiting.get('/slow-wait')?.()
    assert.equal((await readAnswer(await asked)).status, 'success')
    await events.ended
    // Well within the slow question that stands behind the news.
    assert.ok(performance.now() - begun < 2000)
    assert.deepEqual(
      events.events.map(({ id }) => id),
      ['1', '2', '3', '3-done'],
    )
  })

  test('ends the fetch of a cancelled request within a second', async () => {
    const id = await accepted('/slow-cancel')
    await eventually('the page to be asked for', () => waiting.has('/slow-cancel'))
    assert.ok(!gone.has('/slow-cancel'))
    const answer = await fetch(`${base}/requests/${id}/cancel`, { method: 'POST' })
    assert.deepEqual([answer.status, (await readAnswer(answer)).status], [200, 'cancelled'])
    await eventually('the connection to be closed', () => gone.has('/slow-cancel'), 1000)
    assert.equal((await statusOf(id)).status, 'cancelled')
    const again = await fetch(`${base}/requests/${id}/retry`, { method: 'POST' })
    assert.equal(again.status, 202)
    await succeeded(id)
  })

  test('moves on when a worker is killed, without asking the page again', async () => {
    const id = await accepted('/slow-worker')
    await eventually('the page to be asked for', () => waiting.has('/slow-worker'))
    await worker.stop('SIGKILL')
    await startWorker()
    waiting.get('/slow-worker')?.()
    await succeeded(id)
    assert.equal((await statusOf(id)).attempt, 1)
  })

  test('moves on when a parser is killed', async () => {
    const id = await accepted('/slow-parser')
    await eventually('the page to be asked for', () => waiting.has('/slow-parser'))
    await parser.stop('SIGKILL')
    await startParser()
    await succeeded(id)
  })

  test('accepts while Redis is away, and works on when it is back, emptied', async () => {
    const slow = await accepted('/slow-redis')
    await eventually('the page to be asked for', () => waiting.has('/slow-redis'))
    await redis.kill()
    const id = await accepted('/while-away')
    await eventually('/ready to name it', async () => {
      const response = await fetch(`${base}/ready`)
      return response.status === 503 && (await readAnswer(response)).detail.includes('redis')
    })
    await redis.start()
    await succeeded(id)
    waiting.get('/slow-redis')?.()
    await succeeded(slow)
  })

  test('answers 503 while Postgres is away, and recovers by itself', async () => {
    await postgres.kill()
    const { status, retryAfter, body } = await post('/lost')
    assert.deepEqual([status, retryAfter, body.code], [503, '1', 'store_unavailable'])
    const ready = await fetch(`${base}/ready`)
    assert.match((await readAnswer(ready)).detail, /store/)
    await postgres.start()
    const id = await eventually('a POST to be accepted', async () => {
      const answer = await post('/found')
      return answer.status === 202 && answer.body.request_id
    })
    await succeeded(id)
  })

  test('ends every role with 0 at SIGTERM, and does what is unfinished after the next start', async () => {
    const id = await accepted('/slow-stop')
    await eventually('the page to be asked for', () => waiting.has('/slow-stop'))
    assert.deepEqual(await Promise.all([worker.stop(), parser.stop(), api.stop()]), [0, 0, 0])
    const url = (env.DATABASE_URL ?? '').replace('postgresql+asyncpg:', 'postgres:')
    const read = 'select status from parse_requests where id = $1'
    assert.deepEqual(await query(url, read, [id]), [{ status: 'pending' }])
    await Promise.all([startApi(), startWorker(), startParser()])
    await succeeded(id)
    assert.ok((await statusOf(id)).attempt <= 2)
  })
})
