import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Writable } from 'node:stream'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { ServiceError } from '../../src/contract/errors.ts'
import { parserConnectionName } from '../../src/parser/roster.ts'
import { encodeTask } from '../../src/parser/wire.ts'
import { aPage, aTask, createGate, openWire, type Wire } from '../support/link.ts'
import { eventually } from '../support/process.ts'

const push = (wire: Wire, ...ids: number[]) =>
  wire.redis.lpush(wire.keys.tasks, ...ids.map((id) => encodeTask(aTask(id))))

const result = (wire: Wire, id: number) =>
  eventually(
    `the result of ${id}`,
    async () => (await wire.redis.get(`${wire.keys.results}${id}`)) ?? undefined,
  )

const clients = async (wire: Wire) => String(await wire.redis.client('LIST'))

/** A log of a test's own. */
function listen() {
  const lines: Record<string, unknown>[] = []
  const write = (chunk: Buffer, _: unknown, next: () => void) => {
    lines.push(JSON.parse(chunk.toString()) as Record<string, unknown>)
    next()
  }
  return { lines, log: pino({ level: 'info' }, new Writable({ write })) }
}

describe('tasks that cannot be read', () => {
  const bad: [task: string, reason: RegExp][] = [
    ['{"id":1,', /^task: /],
    ['', /^task: /],
    ['null', /^task: /],
    ['17', /^task: /],
    ['[1,"https://example.com/"]', /^task: /],
    ['{"url":"https://example.com/"}', /^id: /],
    ['{"id":null,"url":"https://example.com/"}', /^id: /],
    ['{"id":1.5,"url":"https://example.com/"}', /^id: /],
    ['{"id":"","url":"https://example.com/"}', /^id: /],
    ['{"id":{"a":1},"url":"https://example.com/"}', /^id: /],
    ['{"id":1}', /^url: /],
    ['{"id":1,"url":17}', /^url: /],
    [`{"id":1,"x":"${'y'.repeat(20_000)}"}`, /^url: /],
  ]

  test('are set aside with the reason and counted, and the next is taken', async (t) => {
    const wire = openWire(t)
    const metrics = new Registry()
    await wire.consumer({ parse: async () => aPage() }, { metrics, concurrency: 2 })
    await wire.redis.lpush(wire.keys.tasks, ...bad.map(([task]) => task))
    await push(wire, 7)
    await result(wire, 7)
    const dead = await eventually('all to be set aside', async () => {
      const records = await wire.redis.lrange(wire.keys.dead, 0, -1)
      return records.length === bad.length && records
    })
    const records = dead.map((json) => JSON.parse(json) as { task: string; reason: string; at: string })
    for (const [task, reason] of bad) {
      const record = records.find((one) => one.task === task.slice(0, 10_000))
      assert.match(record?.reason ?? 'none', reason, task)
      assert.ok(record && !Number.isNaN(Date.parse(record.at)))
    }
    const counted = await metrics.metrics()
    assert.match(counted, new RegExp(`parsegate_parser_tasks_total\\{outcome="dead"\\} ${bad.length}\\b`))
    const left = await wire.redis.keys(`${wire.keys.taken}*`)
    assert.deepEqual(left, [])
  })

  test('are kept up to a bound', async (t) => {
    const wire = openWire(t)
    await wire.consumer({ parse: async () => aPage() }, { concurrency: 50 })
    await wire.redis.lpush(wire.keys.tasks, ...Array.from({ length: 1100 }, (_, index) => `bad ${index}`))
    await push(wire, 1)
    await result(wire, 1)
    await eventually('an empty list', async () => (await wire.redis.llen(wire.keys.tasks)) === 0)
    await eventually('all of them', async () => {
      const [newest] = await wire.redis.lrange(wire.keys.dead, 0, 0)
      return newest?.includes('bad 1099')
    })
    assert.equal(await wire.redis.llen(wire.keys.dead), 1000)
  })
})

describe('a consumer', () => {
  test('gives up what was cancelled within a second, and leaves no trace of it', async (t) => {
    const wire = openWire(t)
    const gate = createGate()
    const metrics = new Registry()
    await push(wire, 1, 2)
    await wire.consumer(gate, { metrics })
    await eventually('both in hand', () => gate.held() === 2)
    await wire.redis.sadd(wire.keys.cancelled, '1')
    await eventually('one to be given up', () => gate.held() === 1, 1000)
    const left = async () => (await wire.redis.keys(`${wire.keys.taken}*`)).flatMap((key) => [key])
    await eventually('its place to be free', async () => {
      const [taken = ''] = await left()
      return (await wire.redis.lrange(taken, 0, -1)).join() === encodeTask(aTask(2))
    })
    assert.equal(await wire.redis.exists(`${wire.keys.results}1`), 0)
    assert.match(await metrics.metrics(), /parsegate_parser_tasks_total\{outcome="cancelled"\} 1\b/)
    // The same id, tried anew while the old word is still there, is another matter.
    await push(wire, 1)
    await eventually('both in hand again', () => gate.held() === 2)
    await sleep(700)
    assert.equal(gate.held(), 2)
    gate.open()
    await result(wire, 1)
  })

  test('has no more in hand than it may, and takes the oldest first', async (t) => {
    const wire = openWire(t)
    const gate = createGate()
    await push(wire, 1, 2, 3, 4, 5, 6, 7)
    await wire.consumer(gate, { concurrency: 3 })
    await eventually('as many as may be', () => gate.held() === 3)
    await sleep(50)
    assert.deepEqual(
      gate.begun,
      [1, 2, 3].map((id) => aTask(id).url),
    )
    assert.equal(await wire.redis.llen(wire.keys.tasks), 4)
    gate.open()
    await result(wire, 7)
    assert.equal(gate.most(), 3)
  })

  test('writes what is done at the same time whole: each result, its end as a task, and who waits for it', async (t) => {
    const wire = openWire(t)
    const { redis, keys } = wire
    const gate = createGate((url) => aPage({ title: url, html: 'x'.repeat(200_000) }))
    await wire.consumer(gate, { concurrency: 100 })
    const ids = Array.from({ length: 100 }, (_, index) => index + 1)
    const awaited = ids.filter((id) => id % 2 === 0)
    await redis.hset(keys.owners, ...awaited.flatMap((id) => [id, 'one']))
    await push(wire, ...ids)
    await eventually('all to be taken', () => gate.held() === ids.length)
    gate.open()
    for (const id of ids)
      assert.match(await result(wire, id), new RegExp(`"title":"https://example.com/${id}"`))
    const woken = await redis.lrange(`${keys.wake}one`, 0, -1)
    assert.deepEqual(
      woken.map(Number).sort((a, b) => a - b),
      awaited,
    )
    assert.deepEqual(await redis.keys(`${keys.taken}*`), [])
  })

  test('does a task once that is on the list twice', async (t) => {
    const wire = openWire(t)
    const gate = createGate()
    await wire.consumer(gate)
    await push(wire, 1, 1)
    await eventually('both to be taken', async () => (await wire.redis.llen(wire.keys.tasks)) === 0)
    await eventually('the parser', () => gate.held() === 1)
    gate.open()
    await result(wire, 1)
    await eventually('nothing taken', async () => (await wire.redis.keys(`${wire.keys.taken}*`)).length === 0)
    assert.equal(gate.begun.length, 1)
  })

  test('goes on when the list of tasks was no list for a while', async (t) => {
    const wire = openWire(t)
    await wire.consumer({ parse: async () => aPage() })
    await wire.redis.set(wire.keys.tasks, 'a text')
    await sleep(50)
    await wire.redis.del(wire.keys.tasks)
    await push(wire, 1)
    await result(wire, 1)
  })

  test('answers for a page that is larger than a result may be', async (t) => {
    const wire = openWire(t)
    await wire.consumer({ parse: async () => aPage({ html: '\u0001'.repeat(100_000) }) })
    await push(wire, 1)
    assert.match(await result(wire, 1), /"error_code":"body_too_large"/)
  })

  test('writes down the cause of an internal error, which it tells nobody', async (t) => {
    const wire = openWire(t)
    const { lines, log } = listen()
    await wire.consumer({ parse: () => Promise.reject(new TypeError('the very cause')) }, { log })
    await push(wire, 1)
    assert.doesNotMatch(await result(wire, 1), /the very cause/)
    const line = await eventually('the line', () => lines.find(({ task }) => task === 1))
    assert.match(JSON.stringify(line.err), /the very cause/)
    assert.equal(line.level, 50)
  })
})

describe('a consumer that closes', () => {
  test('finishes what is in hand within the grace', async (t) => {
    const wire = openWire(t)
    const gate = createGate()
    const consumer = await wire.consumer(gate)
    await push(wire, 1)
    await eventually('the parser', () => gate.held() === 1)
    const [id = ''] = await wire.redis.smembers(wire.keys.parsers)
    const closing = consumer.close(20_000)
    await eventually('the end of taking', async () => !(await clients(wire)).includes(`taker-${id}`))
    await push(wire, 2)
    gate.open()
    await closing
    assert.match(await result(wire, 1), /"status":"success"/)
    assert.deepEqual(await wire.redis.lrange(wire.keys.tasks, 0, -1), [encodeTask(aTask(2))])
    assert.equal(await wire.redis.scard(wire.keys.parsers), 0)
  })

  test('hands back the rest, to be taken next and in the same order, without counting it', async (t) => {
    const wire = openWire(t)
    const ended: unknown[] = []
    const parse = async (_: string, __: unknown, signal?: AbortSignal) => {
      assert.ok(signal)
      await once(signal, 'abort')
      ended.push(signal.reason)
      throw signal.reason
    }
    const consumer = await wire.consumer({ parse }, { concurrency: 3 })
    await push(wire, 1, 2, 3, 4)
    await eventually('three to be taken', async () => (await wire.redis.llen(wire.keys.tasks)) === 1)
    await consumer.close(0)
    const list = await wire.redis.lrange(wire.keys.tasks, 0, -1)
    assert.deepEqual(
      list,
      [4, 3, 2, 1].map((id) => encodeTask(aTask(id))),
    )
    assert.ok(ended.every((reason) => reason instanceof ServiceError))
    assert.equal(ended.length, 3)
    assert.equal(await wire.redis.exists(wire.keys.returns), 0)
    assert.deepEqual(await wire.redis.keys(`${wire.keys.results}*`), [])
  })

  test('keeps nothing of what is pushed while it closes', async (t) => {
    const wire = openWire(t)
    for (let round = 1; round <= 20; round += 1) {
      const consumer = await wire.consumer(createGate())
      await Promise.all([consumer.close(0), push(wire, round), push(wire, -round)])
      assert.equal(await wire.redis.llen(wire.keys.tasks), 2 * round)
    }
    assert.deepEqual(await wire.redis.keys(`${wire.keys.taken}*`), [])
  })

  test('counts as alive for as long as it has something in hand', async (t) => {
    const wire = openWire(t)
    const gate = createGate()
    const consumer = await wire.consumer(gate)
    await push(wire, 1)
    await eventually('the parser', () => gate.held() === 1)
    const [id = ''] = await wire.redis.smembers(wire.keys.parsers)
    const alive = async () => (await clients(wire)).includes(parserConnectionName(id))
    assert.ok(await alive())
    const closing = consumer.close(20_000)
    await sleep(50)
    assert.ok(await alive(), 'or others would take its tasks for those of the dead')
    gate.open()
    await closing
    await eventually('its end', async () => !(await alive()))
  })
})
