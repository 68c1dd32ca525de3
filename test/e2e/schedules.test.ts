import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { postJson } from '../support/http.ts'
import { freshDatabase, query } from '../support/postgres.ts'
import { eventually, freePort, type Running, run } from '../support/process.ts'
import { sharedRedis } from '../support/redis.ts'

interface Schedule {
  schedule_id: number
  request_id: number
  batch_id: number
  last_run: { request_id: number; batch_id: number; changed: boolean | null; hash: string | null } | null
  next_run_at: string
}

interface Result {
  request_id: number
  url: string
  status: string
  changed?: boolean
  hash?: string
  diff?: string | null
  previous_request_id?: number | null
}

interface Told {
  type: string
  data: { schedule_id: number; request_id: number; changed: boolean; hash: string }
}

/** A site whose pages say what they are told to, and the receiver of webhooks that tell of it. */
async function startSite() {
  const words = new Map<string, string>()
  const told: Told[] = []
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      if (request.method === 'POST') told.push(JSON.parse(Buffer.concat(chunks).toString()) as Told)
      const text = words.get(request.url ?? '') ?? 'Nothing much.'
      response.setHeader('content-type', 'text/html')
      const served = `<!-- ${performance.now()} --><title>Page</title><main><h1>News of the day</h1><p>The first paragraph stays as it is.</p><p>${text}</p></main>`
      response.end(request.method === 'POST' ? '' : served)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  return { words, told, host, base: `http://${host}`, close }
}

type Site = Awaited<ReturnType<typeof startSite>>

const clean = () => {
  const { DATABASE_URL: _, REDIS_URL: __, PORT: ___, ...env } = process.env
  return env
}
const start = (role: string, env: NodeJS.ProcessEnv) => run(process.execPath, ['src/main.ts', role], { env })
const isHealthy = (base: string) => async () => (await fetch(`${base}/health`)).ok

const shapes: Record<string, (site: Site) => Promise<{ base: string; close: () => Promise<void> }>> = {
  'as one process': async ({ host }) => {
    const folder = mkdtempSync(join(tmpdir(), 'parsegate-schedules-'))
    const port = await freePort()
    const service = start('serve', {
      ...clean(),
      ...{ PORT: String(port), DATA_DIR: folder, ALLOW_PRIVATE: host },
    })
    const base = `http://127.0.0.1:${port}`
    await eventually('the service', isHealthy(base))
    const close = async () => {
      assert.equal(await service.stop(), 0)
      rmSync(folder, { recursive: true })
    }
    return { base, close }
  },
  'as processes over Postgres and Redis': async ({ host }) => {
    const { base, roles } = await startRoles(await freshDatabase(), host)
    return { base, close: async () => void (await Promise.all(roles.map((role) => role.stop()))) }
  },
}

/** An api, two workers and a parser; the workers are the second and the third. */
async function startRoles(database: string, host: string): Promise<{ base: string; roles: Running[] }> {
  const [port, parserPort] = [await freePort(), await freePort()]
  const base = `http://127.0.0.1:${port}`
  const env = {
    ...clean(),
    ...{ DATABASE_URL: database, REDIS_URL: sharedRedis(), ALLOW_PRIVATE: host },
    ...{ TASK_QUEUE: `schedules:${port}`, RESULT_PREFIX: `schedules:${port}:results:` },
    PARSER_URL: `http://127.0.0.1:${parserPort}`,
  }
  assert.equal(await start('migrate', env).ended, 0)
  const roles = [
    start('api', { ...env, PORT: String(port) }),
    start('worker', env),
    start('worker', env),
    start('parser', { ...env, PORT: String(parserPort) }),
  ]
  await eventually('the api', isHealthy(base))
  await eventually('the parser', isHealthy(env.PARSER_URL))
  return { base, roles }
}

for (const [name, open] of Object.entries(shapes)) {
  describe(`schedules, with the service ${name}`, () => {
    let site: Site
    let service: Awaited<ReturnType<typeof open>>

    before(async () => {
      site = await startSite()
      service = await open(site)
    })

    after(async () => {
      await service.close()
      site.close()
    })

    const get = async <T>(path: string) => (await (await fetch(`${service.base}${path}`)).json()) as T
    const make = async (body: object) => {
      const response = await postJson(`${service.base}/schedules`, body)
      assert.equal(response.status, 201)
      return ((await response.json()) as Schedule).schedule_id
    }
    const runNow = async (id: number) => {
      const response = await fetch(`${service.base}/schedules/${id}/run`, { method: 'POST' })
      assert.equal(response.status, 202)
      return (await response.json()) as Schedule
    }
    /** Runs a schedule of one page now, to its end. */
    const runPage = async (id: number) => {
      const { request_id } = await runNow(id)
      const result = await get<Result>(`/result/${request_id}?wait=20`)
      assert.equal(result.status, 'success')
      return result
    }

    test('tell what changed on a page, and tell of that alone where they were asked to', async () => {
      site.words.set('/a', 'All is well.')
      const url = `${site.base}/a`
      const webhook = { url: `${site.base}/hook` }
      const id = await make({ every: 86_400, url, webhook, only_changed: true, formats: ['markdown'] })
      const [first, second] = [await runPage(id), await runPage(id)]
      assert.deepEqual([first.changed, second.changed, second.hash], [false, false, first.hash])
      assert.equal(second.previous_request_id, first.request_id)
      site.words.set('/a', 'Nothing is well.')
      const third = await runPage(id)
      assert.equal(third.changed, true)
      assert.match(third.diff ?? '', /^-All is well\.\n\+Nothing is well\.$/m)
      assert.doesNotMatch(third.diff ?? '', /<!--/)
      const told = await eventually('the webhook', () => site.told.length > 0 && site.told)
      const [{ type, data }] = told as [Told]
      assert.deepEqual([told.length, type, data.schedule_id], [1, 'schedule.changed', id])
      assert.deepEqual([data.request_id, data.hash], [third.request_id, third.hash])
      const { last_run } = await get<Schedule>(`/schedules/${id}`)
      assert.deepEqual([last_run?.changed, last_run?.hash], [true, third.hash])
    })

    test('tell of each page of a batch whether it changed', async () => {
      const urls = ['/b', '/c'].map((path) => `${site.base}${path}`)
      const id = await make({ every: 86_400, batch: { urls } })
      const changes = async () => {
        const { batch_id } = await runNow(id)
        await get(`/batch/${batch_id}?wait=20`)
        const { results } = await get<{ results: Result[] }>(`/batch/${batch_id}/results`)
        return Object.fromEntries(results.map(({ url, changed }) => [url.slice(-2), changed]))
      }
      assert.deepEqual(await changes(), { '/b': false, '/c': false })
      site.words.set('/c', 'Something else.')
      assert.deepEqual(await changes(), { '/b': false, '/c': true })
    })

    test('run by themselves when their time has come', async () => {
      const id = await make({ every: 10, url: `${site.base}/d` })
      assert.equal((await get<Schedule>(`/schedules/${id}`)).last_run, null)
      const ran = await eventually('a run', async () => {
        const { last_run } = await get<Schedule>(`/schedules/${id}`)
        return last_run?.hash ? last_run : undefined
      })
      assert.equal(ran.changed, false)
      assert.equal((await fetch(`${service.base}/schedules/${id}`, { method: 'DELETE' })).status, 204)
    })
  })
}

test('schedules that are due run once each while workers are killed, and late ones no more than once', async (t) => {
  const [site, database] = [await startSite(), await freshDatabase()]
  const { base, roles } = await startRoles(database, site.host)
  t.after(async () => {
    await Promise.all(roles.map((role) => role.stop('SIGKILL')))
    site.close()
  })
  const many = Array.from({ length: 60 }, (_, index) => index)
  for (const one of many)
    assert.equal(
      (await postJson(`${base}/schedules`, { every: 3600, url: `${site.base}/${one}` })).status,
      201,
    )
  await query(database, `update schedules set next_run_at = now() - interval '30 days'`)
  const runs = () =>
    query<{ runs: number; done: number }>(
      database,
      `select count(*)::int as runs, count(*) filter (where status = 'success')::int as done
        from parse_requests group by schedule_id`,
    )
  await eventually('the first runs', async () => (await runs()).length > 0)
  await roles[1]?.stop('SIGKILL')
  const ended = await eventually('all runs', async () => {
    const rows = await runs()
    return rows.reduce((sum, { done }) => sum + done, 0) >= many.length && rows
  })
  assert.deepEqual(
    ended.map((row) => row.runs),
    many.map(() => 1),
  )
})
