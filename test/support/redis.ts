import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { eventually, freePort, type Running, run } from './process.ts'

/** A Redis of a test's own that keeps nothing on disk: killed, it comes back empty. */
export interface RedisServer {
  url: string
  start(): Promise<void>
  kill(): Promise<void>
  stop(): Promise<void>
}

/** @param more arguments of redis-server */
export async function startRedis(more: string[] = []): Promise<RedisServer> {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'pipe' })
  } catch {
    throw new Error(
      'The tests need Redis: install it (Debian: apt-get install redis-server) or set TEST_REDIS_URL',
    )
  }
  const folder = mkdtempSync(join(tmpdir(), 'parsegate-redis-'))
  const port = await freePort()
  const url = `redis://127.0.0.1:${port}/0`
  let server: Running | undefined
  const start = async () => {
    const args = [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--save',
      '',
      '--appendonly',
      'no',
      '--dir',
      folder,
      ...more,
    ]
    server = run('redis-server', args)
    await eventually('Redis', () => ping(url))
  }
  await start()
  return {
    url,
    start,
    kill: async () => void (await server?.stop('SIGKILL')),
    async stop() {
      await server?.stop('SIGTERM')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function ping(url: string): Promise<boolean> {
  const redis = new Redis(url, {
    lazyConnect: true,
    retryStrategy: () => null,
    // Where there are users, strangers may do no more than ping.
    enableReadyCheck: false,
  })
  redis.on('error', () => {})
  try {
    await redis.connect()
    return (await redis.ping()) === 'PONG'
  } finally {
    redis.disconnect()
  }
}

/** The URL of the Redis that the whole run shares. Tests keep apart by the names of their keys. */
export function sharedRedis(): string {
  const url = process.env.TEST_REDIS_URL
  if (!url) throw new Error('TEST_REDIS_URL is not set: run the tests with npm test, which starts a Redis')
  return url
}
