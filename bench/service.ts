import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Agent, request } from 'undici'
import { startPostgres } from '../test/support/postgres.ts'
import { eventually, freePort, type Running, run } from '../test/support/process.ts'
import { startRedis } from '../test/support/redis.ts'

/** A shape of the service, running. */
export interface Service {
  name: string
  /** Where its api listens. */
  base: string
  /** Where the store of a probe is to be, of the same kind as its own. */
  probeStore: () => Promise<string>
  /** Requests that ended well so far, as the worker counts them. */
  done(): Promise<number>
  /** Resident memory of its own processes, in MB, by role. */
  memory(): Record<string, number>
  close(): Promise<void>
}

/** Resident memory of all its processes together, in MB. */
export function wholeMemory(service: Service): number {
  return Object.values(service.memory()).reduce((sum, one) => sum + one, 0)
}

/** The site that pages are fetched from: `bench/origin.ts` in a process of its own. */
export async function startSite(): Promise<{ base: string; stop: () => Promise<unknown> }> {
  const site = run(process.execPath, ['bench/origin.ts'])
  await once(site.child.stdout ?? site.child, 'data')
  return { base: `http://127.0.0.1:${site.output().trim()}`, stop: () => site.stop() }
}

const agent = new Agent({ connections: 64, pipelining: 1 })

async function startRole(role: string, port: number, env: NodeJS.ProcessEnv): Promise<Running> {
  const { DATABASE_URL: _, REDIS_URL: __, ...clean } = process.env
  const running = run(process.execPath, ['src/main.ts', role], {
    env: { ...clean, ...env, PORT: String(port), LOG_LEVEL: 'warn' },
  })
  await eventually(
    `${role}: ${running.output()}`,
    async () => (await request(`http://127.0.0.1:${port}/ready`)).statusCode === 200,
  )
  return running
}

async function countDone(port: number): Promise<number> {
  const { body } = await request(`http://127.0.0.1:${port}/metrics`, { dispatcher: agent })
  const line = /^parsegate_attempts_total\{outcome="done".*\} (\d+)$/m.exec(await body.text())
  return Number(line?.[1] ?? 0)
}

function memoryOf({ child }: Running): number {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024
}

/** `serve` with SQLite inside. @param allowed what it may fetch although not public. @param env further settings */
export async function startEmbedded(allowed: string, env: NodeJS.ProcessEnv = {}): Promise<Service> {
  const folder = mkdtempSync(join(tmpdir(), 'parsegate-bench-'))
  const port = await freePort()
  const serve = await startRole('serve', port, { ...env, DATA_DIR: folder, ALLOW_PRIVATE: allowed })
  return {
    name: 'embedded',
    base: `http://127.0.0.1:${port}`,
    probeStore: async () => mkdtempSync(join(folder, 'probe-')),
    done: () => countDone(port),
    memory: () => ({ serve: memoryOf(serve) }),
    close: async () => {
      await serve.stop()
      rmSync(folder, { recursive: true })
    },
  }
}

/** One api, one worker and one parser over a Postgres and a Redis of their own. @param more further settings */
export async function startDistributed(allowed: string, more: NodeJS.ProcessEnv = {}): Promise<Service> {
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis()])
  const ports = { api: await freePort(), worker: await freePort(), parser: await freePort() }
  const env = {
    ...more,
    DATABASE_URL: await postgres.database(),
    REDIS_URL: redis.url,
    PARSER_URL: `http://127.0.0.1:${ports.parser}`,
    ALLOW_PRIVATE: allowed,
  }
  await run(process.execPath, ['src/main.ts', 'migrate'], { env: { ...process.env, ...env } }).ended
  const roles = {
    parser: await startRole('parser', ports.parser, env),
    worker: await startRole('worker', ports.worker, env),
    api: await startRole('api', ports.api, env),
  }
  return {
    name: 'distributed',
    base: `http://127.0.0.1:${ports.api}`,
    probeStore: () => postgres.database(),
    done: () => countDone(ports.worker),
    memory: () =>
      Object.fromEntries(Object.entries(roles).map(([role, running]) => [role, memoryOf(running)])),
    close: async () => {
      await Promise.all(Object.values(roles).map((role) => role.stop()))
      await Promise.all([postgres.stop(), redis.stop()])
    },
  }
}

/** POSTs a URL. @param options further members of the body. @returns its request's id */
export async function accept(service: Service, url: string, options: object = {}): Promise<number> {
  const { statusCode, body } = await request(`${service.base}/parse_async`, {
    method: 'POST',
    dispatcher: agent,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ url, ...options }),
  })
  const answer = (await body.json()) as { request_id: number }
  if (statusCode !== 202)
    throw new Error(`POST /parse_async answered ${statusCode}: ${JSON.stringify(answer)}`)
  return answer.request_id
}

/** What `GET /status/{id}` says. */
export async function statusOf(service: Service, id: number): Promise<string> {
  const { body } = await request(`${service.base}/status/${id}`, { dispatcher: agent })
  return ((await body.json()) as { status: string }).status
}
