import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { postJson } from '../support/http.ts'
import { type Maze, startMaze } from '../support/maze.ts'
import { freshDatabase } from '../support/postgres.ts'
import { eventually, freePort, type Running, run } from '../support/process.ts'
import { sharedRedis } from '../support/redis.ts'

interface Crawl {
  crawl_id: number
  total: number
  done: boolean
  counts: Record<string, number>
}

interface Result {
  url: string
  status: string
  title: string | null
  error?: { code: string }
}

/** A service in one of its shapes; each of its processes may be killed and started again. */
interface Service {
  base: string
  start(): Promise<void>
  kill(): Promise<void>
  close(): void
}

const clean = () => {
  const { DATABASE_URL: _, REDIS_URL: __, PORT: ___, ...env } = process.env
  return env
}

const start = (role: string, env: NodeJS.ProcessEnv) => run(process.execPath, ['src/main.ts', role], { env })

const isHealthy = (base: string) => async () => (await fetch(`${base}/health`)).ok

const shapes: Record<string, (maze: Maze) => Promise<Service>> = {
  'as one process': async (maze) => {
    const folder = mkdtempSync(join(tmpdir(), 'parsegate-crawl-'))
    const port = await freePort()
    const base = `http://127.0.0.1:${port}`
    const env = { ...clean(), PORT: String(port), DATA_DIR: folder, ALLOW_PRIVATE: new URL(maze.base).host }
    let service: Running | undefined
    return {
      base,
      async start() {
        service = start('serve', env)
        await eventually('the service', isHealthy(base))
      },
      kill: async () => void (await service?.stop('SIGKILL')),
      close: () => rmSync(folder, { recursive: true }),
    }
  },
  'as processes over Postgres and Redis': async (maze) => {
    const [port, parserPort] = [await freePort(), await freePort()]
    const base = `http://127.0.0.1:${port}`
    const env = {
      ...clean(),
      DATABASE_URL: await freshDatabase(),
      REDIS_URL: sharedRedis(),
      TASK_QUEUE: `crawl:${port}`,
      RESULT_PREFIX: `crawl:${port}:results:`,
      PARSER_URL: `http://127.0.0.1:${parserPort}`,
      ALLOW_PRIVATE: new URL(maze.base).host,
    }
    assert.equal(await start('migrate', env).ended, 0)
    let roles: Running[] = []
    return {
      base,
      async start() {
        roles = [
          start('api', { ...env, PORT: String(port) }),
          start('worker', env),
          start('parser', { ...env, PORT: String(parserPort) }),
        ]
        await eventually('the api', isHealthy(base))
        await eventually('the parser', isHealthy(env.PARSER_URL))
      },
      kill: async () => void (await Promise.all(roles.map((role) => role.stop('SIGKILL')))),
      close: () => {},
    }
  },
}

for (const [name, open] of Object.entries(shapes)) {
  describe(`sites, with the service ${name}`, () => {
    let maze: Maze
    let service: Service

    before(async () => {
      maze = await startMaze(40)
      service = await open(maze)
      await service.start()
    })

    after(async () => {
      await service.kill()
      service.close()
      await maze.close()
    })

    const crawl = async (body: object) => {
      const response = await postJson(`${service.base}/crawl`, { url: `${maze.base}/`, ...body })
      const { crawl_id: id } = (await response.json()) as Crawl
      assert.deepEqual([response.status, response.headers.get('location')], [202, `/crawl/${id}`])
      return id
    }
    const read = async (id: number) => (await (await fetch(`${service.base}/crawl/${id}`)).json()) as Crawl
    const done = (id: number) =>
      eventually(`crawl ${id}`, async () => {
        const state = await read(id)
        return state.done && state
      })
    const results = async (id: number) => {
      const response = await fetch(`${service.base}/crawl/${id}/results?format=ndjson`)
      const lines = (await response.text()).split('\n').filter((line) => line !== '')
      return lines.map((line) => JSON.parse(line) as Result)
    }
    const pathOf = ({ url }: Result) => url.replace(maze.base, '')

    test('are crawled to the end through kill -9 of all, and no finished page is fetched again', async () => {
      const id = await crawl({ limit: 100 })
      await eventually('the middle', async () => ((await read(id)).counts.success ?? 0) >= 6)
      const finished = (await results(id)).filter(({ status }) => status === 'success').map(pathOf)
      await service.kill()
      assert.ok(finished.length >= 6 && finished.length < maze.pages.length, String(finished.length))
      const before = new Map(maze.asked)
      await service.start()
      const { total, counts } = await done(id)
      for (const path of finished) assert.equal(maze.asked.get(path), before.get(path), path)
      const all = await results(id)
      const succeeded = all.filter(({ status }) => status === 'success').map(pathOf)
      assert.deepEqual(succeeded.toSorted(), maze.pages.toSorted())
      const failed = all.filter(({ status }) => status === 'failure')
      assert.deepEqual(
        failed.map((one) => [pathOf(one), one.error?.code]),
        [['/private/page', 'robots_denied']],
      )
      assert.deepEqual([total, counts.success], [maze.pages.length + 1, maze.pages.length])
      assert.equal(maze.asked.get('/private/page'), undefined)
      assert.equal(maze.asked.get('/canonical'), undefined)
    })

    test('are crawled within the limit and the patterns, without sitemaps', async () => {
      const id = await crawl({ limit: 7, include: ['/p/*'], sitemap: false })
      assert.equal((await done(id)).total, 7)
      assert.ok((await results(id)).map(pathOf).every((path) => path === '/' || path.startsWith('/p/')))
    })

    test('are left where they know no end', async () => {
      const id = await crawl({ url: `${maze.base}/trap`, sitemap: false })
      assert.ok((await done(id)).total < 10)
    })

    test('are no longer crawled once that is cancelled', async () => {
      const id = await crawl({ limit: 100, delay: 1, sitemap: false })
      await eventually('a page', async () => (await read(id)).counts.success === 1)
      const cancelling = await fetch(`${service.base}/crawl/${id}/cancel`, { method: 'POST' })
      assert.equal(cancelling.status, 200)
      const { counts } = await done(id)
      assert.ok((counts.cancelled ?? 0) >= 1, JSON.stringify(counts))
    })

    test('are mapped at once', async () => {
      const response = await postJson(`${service.base}/map`, { url: `${maze.base}/` })
      const { urls } = (await response.json()) as { urls: string[] }
      assert.deepEqual(
        urls.map((url) => url.replace(maze.base, '')),
        ['/', '/p/1', '/alias', '/private/page', '/p/2', '/listed'],
      )
    })
  })
}
