import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Redis } from 'ioredis'
import { composeService, fill } from '../support/compose.ts'
import { postJson, readAnswer } from '../support/http.ts'
import { page, response, startOrigin } from '../support/origin.ts'
import { freshDatabase } from '../support/postgres.ts'
import { eventually, freePort, type Running, run } from '../support/process.ts'
import { startRedis } from '../support/redis.ts'

const roles = ['serve', 'api', 'worker', 'parser'] as const

/** A role over this Redis that is at work. */
async function startRole(
  role: string,
  REDIS_URL: string,
  DATABASE_URL: string,
  more: NodeJS.ProcessEnv = {},
): Promise<Running> {
  const port = more.PORT ?? String(await freePort())
  const env = { ...process.env, REDIS_URL, DATABASE_URL, LOG_LEVEL: 'debug', ...more, PORT: port }
  const running = run(process.execPath, ['src/main.ts', role], { env })
  const isReady = async () => (await fetch(`http://127.0.0.1:${port}/ready`)).ok
  await eventually(`${role}: ${running.output()}`, isReady)
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

test('with the users of compose.yaml the roles do all their work, and no more is open to them', async (t) => {
  const passwords = { api: 'api', worker: 'p@ss:w/o%rd?#', parser: 'parser' }
  const [, ...words] = composeService('redis').command ?? []
  const redis = await startRedis([
    ...words.map((word) => fill(word, { REDIS_WORKER_PASSWORD: passwords.worker })),
    ...['--user', 'admin', 'on', 'nopass', '~*', '+@all'],
  ])
  t.after(() => redis.stop())
  const urlOf = (user: string, password = '') =>
    redis.url.replace('//', `//${user}:${encodeURIComponent(password)}@`)
  const admin = new Redis(urlOf('admin', 'any'))
  t.after(() => admin.disconnect())
  const busy = new Set<string>()
  const origin = await startOrigin(({ path }) => {
    if (path.startsWith('/slow') && !busy.has(path)) return void busy.add(path)
    if (path === '/later' && !busy.has(path)) {
      busy.add(path)
      return response('', ['Retry-After: 1'], '429 Too Many Requests')
    }
    return page('<title>A page</title>')
  })
  t.after(() => origin.close())
  const database = await migrated()
  const parserPort = await freePort()
  const more = { HOST_CONCURRENCY: '4', HOST_GAP: '0.01', ALLOW_PRIVATE: `127.0.0.1:${origin.port}` }
  const startOurs = async (role: keyof typeof passwords, env: Record<string, string> = {}) => {
    const running = await startRole(role, urlOf(role, passwords[role]), database, { ...more, ...env })
    t.after(() => running.stop('SIGKILL'))
    return running
  }
  const [api, worker] = [
    await startOurs('api', { PARSER_URL: `http://127.0.0.1:${parserPort}` }),
    await startOurs('worker'),
  ]
  const parser = await startOurs('parser', { PORT: String(parserPort) })
  const base = /listens on (http:\/\/[\d.:]+)$/m.exec(api.output())?.[1]
  const submit = async (path: string) =>
    (await readAnswer(await postJson(`${base}/parse_async`, { url: `${origin.base}${path}` }))).request_id
  const ended = (id: number, status: string) =>
    eventually(`request ${id} to be ${status}: ${worker.output()}`, async () => {
      return (await readAnswer(await fetch(`${base}/status/${id}`))).status === status
    })

  await ended(await submit('/page'), 'success')
  await ended(await submit('/later'), 'success')
  assert.equal((await fetch(`${base}/parse_sync?url=${origin.base}/page`)).status, 200)
  await admin.lpush('parser:tasks', 'no task')
  await eventually('the task to be set aside', async () => (await admin.llen('parser:tasks:dead')) === 1)
  const [slow, orphan] = [await submit('/slow/1'), await submit('/slow/2')]
  await eventually('both to be fetched', () => busy.has('/slow/1') && busy.has('/slow/2'))
  await fetch(`${base}/requests/${slow}/cancel`, { method: 'POST' })
  await ended(slow, 'cancelled')
  await parser.stop('SIGKILL')
  const next = await startOurs('parser', { PORT: String(parserPort) })
  await ended(orphan, 'success')
  await admin.flushall()
  await ended(await submit('/page'), 'success')
  for (const role of [api, worker, next]) assert.equal(await role.stop(), 0)
  assert.deepEqual(await admin.call('ACL', 'LOG'), [])

  for (const user of ['api', 'worker', 'parser'] as const) {
    const client = new Redis(urlOf(user, passwords[user]))
    for (const command of [
      ['flushall'],
      ['config', 'get', '*'],
      ['keys', '*'],
      ['get', 'other'],
      ['acl', 'list'],
    ])
      await assert.rejects(client.call(...(command as [string])), /NOPERM/, `${user}: ${command.join(' ')}`)
    client.disconnect()
  }
  const stranger = new Redis(redis.url, { enableReadyCheck: false })
  assert.equal(await stranger.ping(), 'PONG')
  await assert.rejects(stranger.lpush('parser:tasks', 'task'), /NOPERM/)
  stranger.disconnect()
})
