import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { type Postgres, startPostgres } from './postgres.ts'
import { type RedisServer, startRedis } from './redis.ts'

/**
 * Gives the whole run a Postgres and a Redis: those of TEST_DATABASE_URL and TEST_REDIS_URL, else ones of its own,
 * installed first where they are missing and may be.
 */
let postgres: Postgres | undefined
let redis: RedisServer | undefined

export async function globalSetup(): Promise<void> {
  install()
  if (!process.env.TEST_DATABASE_URL) {
    postgres = await startPostgres()
    process.env.TEST_DATABASE_URL = postgres.url
  }
  if (!process.env.TEST_REDIS_URL) {
    redis = await startRedis()
    process.env.TEST_REDIS_URL = redis.url
  }
}

export async function globalTeardown(): Promise<void> {
  await postgres?.stop()
  await redis?.stop()
}

/** The failure tests kill servers, so the binaries are needed even where TEST_*_URL name others. */
function install(): void {
  const missing = [
    ...(existsSync('/usr/lib/postgresql') || onPath('initdb') ? [] : ['postgresql']),
    ...(onPath('redis-server') ? [] : ['redis-server']),
  ]
  if (missing.length === 0 || process.getuid?.() !== 0 || !onPath('apt-get')) return
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  process.stdout.write(`installing ${missing.join(' and ')} for the tests\n`)
  execFileSync('apt-get', ['update', '-qq'], { env, stdio: ['ignore', 'ignore', 'inherit'] })
  execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

function onPath(command: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${command}`], { stdio: 'pipe' })
    return true
  } catch {
    return false
  }
}
