import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { Redis } from 'ioredis'
import { startNameServer } from '../support/dns.ts'
import { page, startOrigin } from '../support/origin.ts'
import { eventually, freePort, run } from '../support/process.ts'
import { sharedRedis } from '../support/redis.ts'

const SLOW = 64

test('a parser whose name servers are silent on many names serves all others meanwhile', async (t) => {
  const origin = await startOrigin(() => page('<title>fine</title>'))
  t.after(() => origin.close())
  const names = await startNameServer((name, type) => {
    if (name.startsWith('slow')) return 'silence'
    return { addresses: type === 'A' ? ['127.0.0.1'] : [], ttl: 0 }
  })
  t.after(() => names.close())
  const [queue, port] = [`names-${randomUUID()}`, await freePort()]
  const parser = run(process.execPath, ['src/main.ts', 'parser'], {
    env: {
      ...process.env,
      ...{ REDIS_URL: sharedRedis(), TASK_QUEUE: queue, RESULT_PREFIX: `${queue}:result:` },
      ...{ PORT: String(port), LOG_LEVEL: 'warn', DNS_SERVERS: names.server },
      ...{ ALLOW_PRIVATE: `127.0.0.1:${origin.port}`, CONNECT_TIMEOUT: '30', FETCH_TIMEOUT: '60' },
    },
  })
  t.after(() => parser.stop())
  const redis = new Redis(sharedRedis())
  t.after(() => redis.disconnect())
  const give = (name: string, id: number) =>
    redis.lpush(queue, JSON.stringify({ id, url: `http://${name}.example:${origin.port}/` }))
  const answerTo = (id: number) =>
    eventually(`${id}: ${parser.output()}`, async () => {
      const json = await redis.get(`${queue}:result:${id}`)
      return json === null ? undefined : (JSON.parse(json) as { title?: string; error_code?: string })
    })

  for (let id = 1; id <= SLOW; id += 1) await give(`slow-${id}`, id)
  await eventually('all slow names to be asked for', () => {
    return new Set(names.asked.filter((question) => question.startsWith('A slow'))).size === SLOW
  })
  await give('quick', 1000)
  assert.equal((await answerTo(1000)).title, 'fine')
  assert.equal((await fetch(`http://127.0.0.1:${port}/health`)).status, 200)
  assert.equal(await redis.exists(...Array.from({ length: SLOW }, (_, at) => `${queue}:result:${at + 1}`)), 0)
  for (let id = 1; id <= SLOW; id += 1) assert.equal((await answerTo(id)).error_code, 'dns_error')
  assert.equal(origin.asked.length, 1)
})
