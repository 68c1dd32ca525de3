import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { postJson, readAnswer } from '../support/http.ts'
import { type Origin, page, startOrigin } from '../support/origin.ts'
import { type Postgres, startPostgres } from '../support/postgres.ts'
import { eventually, freePort, type Running, run } from '../support/process.ts'
import { type RedisServer, startRedis } from '../support/redis.ts'
import { hostileShapes } from '../support/shapes.ts'

const html =
  '<title>T</title><body><main><h1>Head</h1><p>Some words.</p><p class=price>3.50</p><a href=next>next</a>'
const hostile = '1,000,000 links'

interface Shape {
  base: string
  close: () => Promise<unknown>
}

/** Starts roles, and waits until each is ready. */
async function startRoles(roles: Record<string, number>, env: NodeJS.ProcessEnv): Promise<Running[]> {
  const running = Object.entries(roles).map(([role, port]) =>
    run(process.execPath, ['src/main.ts', role], { env: { ...env, PORT: String(port) } }),
  )
  for (const [role, port] of Object.entries(roles))
    await eventually(role, async () => (await fetch(`http://127.0.0.1:${port}/ready`)).ok)
  return running
}

const stopAll = (running: Running[]) => Promise.all(running.map((one) => one.stop()))

const shapes: Record<string, (env: NodeJS.ProcessEnv) => Promise<Shape>> = {
  'in one process': async (env) => {
    const folder = mkdtempSync(join(tmpdir(), 'parsegate-formats-'))
    const port = await freePort()
    const running = await startRoles({ serve: port }, { ...env, DATA_DIR: folder })
    const close = async () => {
      await stopAll(running)
      rmSync(folder, { recursive: true })
    }
    return { base: `http://127.0.0.1:${port}`, close }
  },
  'as processes': async (env) => {
    const [postgres, redis]: [Postgres, RedisServer] = await Promise.all([startPostgres(), startRedis()])
    const ports = { api: await freePort(), worker: await freePort(), parser: await freePort() }
    const urls = {
      DATABASE_URL: await postgres.database(),
      REDIS_URL: redis.url,
      PARSER_URL: `http://127.0.0.1:${ports.parser}`,
    }
    const all = { ...env, ...urls }
    assert.equal(await run(process.execPath, ['src/main.ts', 'migrate'], { env: all }).ended, 0)
    const running = await startRoles(ports, all)
    const close = async () => {
      await stopAll(running)
      await Promise.all([postgres.stop(), redis.stop()])
    }
    return { base: `http://127.0.0.1:${ports.api}`, close }
  },
}

for (const [name, start] of Object.entries(shapes)) {
  describe(`formats of the service ${name}`, () => {
    let origin: Origin
    let shape: Shape

    before(async () => {
      origin = await startOrigin(({ path }) =>
        page(path === '/hostile' ? (hostileShapes[hostile]?.() ?? '') : html),
      )
      const { DATABASE_URL: _, REDIS_URL: __, ...env } = process.env
      shape = await start({ ...env, ALLOW_PRIVATE: '127.0.0.1' })
    })
    after(async () => {
      await shape.close()
      await origin.close()
    })

    const get = async (path: string) => readAnswer(await fetch(shape.base + path))
    const accept = async (path: string, options: object) =>
      (await readAnswer(await postJson(`${shape.base}/parse_async`, { url: origin.base + path, ...options })))
        .request_id
    const ended = (id: number) =>
      eventually(`request ${id} to end`, async () => {
        const answer = await get(`/status/${id}`)
        return ['success', 'failure'].includes(answer.status) && answer
      })

    test('come with the page, and later without another fetch', async () => {
      const extract = { price: { selector: '.price', type: 'number' } }
      const id = await accept('/page', { formats: ['text', 'links'], main: false, extract })
      assert.equal((await ended(id)).status, 'success')
      const first = await get(`/result/${id}`)
      assert.equal('html' in first, false)
      assert.deepEqual(
        [first.title, first.text, first.extract],
        ['T', 'Head\nSome words.\n3.50\nnext', { price: 3.5 }],
      )
      assert.equal(first.links?.[0]?.url, `${origin.base}/next`)
      const asked = origin.asked.length
      const later = await get(`/result/${id}?formats=html,headings`)
      assert.deepEqual([later.html, later.headings], [html, [{ level: 1, text: 'Head' }]])
      const bare = await fetch(`${shape.base}/result/${id}.txt`)
      assert.equal(await bare.text(), 'Head\nSome words.\n3.50\nnext')
      assert.equal(origin.asked.length, asked)
    })

    test('come at once too, by a query', async () => {
      const query = new URLSearchParams({
        url: `${origin.base}/page`,
        formats: 'text,headings',
        select: 'h1, .price',
      })
      const answer = await get(`/parse_sync?${query}`)
      assert.deepEqual([answer.text, answer.headings?.length], ['Head\n3.50', 1])
    })

    test('of a page that is too complex end as a failure, while health is told', async () => {
      const id = await accept('/hostile', { formats: ['text'] })
      let told = 0
      const end = ended(id).finally(() => {
        told = Number.NEGATIVE_INFINITY
      })
      while (told >= 0) {
        assert.equal((await fetch(`${shape.base}/health`)).status, 200)
        told += 1
      }
      assert.deepEqual((await end).error?.code, 'page_too_complex')
      const next = await accept('/page', { formats: ['text'] })
      assert.equal((await ended(next)).status, 'success')
    })
  })
}
