import assert from 'node:assert/strict'
import { test } from 'node:test'
import { freshDatabase } from '../support/postgres.ts'
import { eventually, freePort, type Running, run } from '../support/process.ts'
import { startRedis } from '../support/redis.ts'

const roles = ['serve', 'api', 'worker', 'parser'] as const

/** A role over this Redis that is at work. */
async function startRole(role: string, REDIS_URL: string, DATABASE_URL: string): Promise<Running> {
  const env = { ...process.env, REDIS_URL, DATABASE_URL, PORT: String(await freePort()), LOG_LEVEL: 'debug' }
  const running = run(process.execPath, ['src/main.ts', role], { env })
  await eventually(
    `${role}: ${running.output()}`,
    async () => (await fetch(`http://127.0.0.1:${env.PORT}/ready`)).ok,
  )
  return running
}

async function migrated(): Promise<string> {
  const url = await freshDatabase()
  const env = { ...process.env, DATABASE_URL: url }
  assert.equal(await run(process.execPath, ['src/main.ts', 'migrate'], { env }).ended, 0)
  return url
}

const warning = /"level":40,[^\n]*"policy":"([\w-]+)"[^\n]*noeviction/g

test('each role warns once of a Redis that drops keys by itself', async (t) => {
  const redis = await startRedis(['--maxmemory-policy', 'allkeys-lru'])
  t.after(() => redis.stop())
  const database = await migrated()
  for (const role of roles) {
    const running = await startRole(role, redis.url, database)
    await eventually(
      `the warning of ${role}: ${running.output()}`,
      () => running.output().match(warning) !== null,
    )
    await running.stop()
    const told = [...running.output().matchAll(warning)].map(([, policy]) => policy)
    assert.deepEqual([role, told], [role, ['allkeys-lru']])
  }
})

test('a role says nothing of a Redis that keeps what it has, or that does not tell', async (t) => {
  const redis = await startRedis(['--user', 'silent', 'on', 'nopass', '~*', '+@all', '-info'])
  t.after(() => redis.stop())
  const database = await migrated()
  const silent = new URL(redis.url)
  silent.username = 'silent'
  for (const url of [redis.url, silent.href]) {
    const running = await startRole('parser', url, database)
    if (url !== redis.url) await eventually('the refusal', () => running.output().includes('does not tell'))
    assert.equal(await running.stop(), 0)
    assert.doesNotMatch(running.output(), /noeviction/)
  }
})
