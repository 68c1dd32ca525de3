import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { describe, test } from 'node:test'
import { openRedis } from '../../src/parser/redis.ts'
import { createRoster, MOST_RETURNS, parserConnectionName } from '../../src/parser/roster.ts'
import { decodeResult, encodeTask } from '../../src/parser/wire.ts'
import { aPage, aTask, createGate, faultOf, handing, openWire, quiet, type Wire } from '../support/link.ts'
import { eventually } from '../support/process.ts'
import { sharedRedis } from '../support/redis.ts'

/** What a parser leaves that died with tasks in hand. */
async function leave(wire: Wire, ...ids: number[]): Promise<string> {
  const parser = randomUUID()
  await wire.redis.sadd(wire.keys.parsers, parser)
  await wire.redis.lpush(wire.keys.taken + parser, ...ids.map((id) => encodeTask(aTask(id))))
  return parser
}

describe('the tasks of a parser that has gone', () => {
  test('return to be taken next, the oldest first, once it was missing twice', async (t) => {
    const wire = openWire(t)
    await wire.redis.lpush(wire.keys.tasks, 'newer')
    const parser = await leave(wire, 1, 2, 3)
    const roster = createRoster(await opened(t), wire.keys)
    assert.deepEqual(await roster.sweep(), [])
    assert.deepEqual(await roster.sweep(), [{ parser, returned: 3, poisoned: 0 }])
    assert.deepEqual(await wire.redis.lrange(wire.keys.tasks, 0, -1), [
      'newer',
      ...[3, 2, 1].map((id) => encodeTask(aTask(id))),
    ])
    assert.equal(await wire.redis.scard(wire.keys.parsers), 0)
    assert.equal(await wire.redis.exists(wire.keys.taken + parser), 0)
    assert.deepEqual(await roster.sweep(), [])
  })

  test('stay with it while a connection with its name is there', async (t) => {
    const wire = openWire(t)
    const parser = await leave(wire, 1)
    const living = openRedis(sharedRedis(), parserConnectionName(parser), quiet)
    t.after(() => living.disconnect())
    await eventually('the parser', () => living.status === 'ready')
    const roster = createRoster(await opened(t), wire.keys)
    for (let sweep = 0; sweep < 4; sweep += 1) assert.deepEqual(await roster.sweep(), [])
    assert.equal(await wire.redis.llen(wire.keys.taken + parser), 1)
  })

  test('are done by another, and their worker learns of it', async (t) => {
    const wire = openWire(t)
    await wire.redis.lpush(wire.keys.tasks, encodeTask(aTask(1)))
    const parser = randomUUID()
    await wire.redis.lmove(wire.keys.tasks, wire.keys.taken + parser, 'RIGHT', 'LEFT')
    await wire.redis.sadd(wire.keys.parsers, parser)
    const link = await wire.link()
    const waiting = link.parse(aTask(1), handing({ again: true }))
    await wire.consumer({ parse: async (url) => aPage({ title: url }) })
    assert.equal((await waiting).title, aTask(1).url)
  })

  test('are answered as poison when they have returned too often', async (t) => {
    const wire = openWire(t)
    const link = await wire.link()
    const waiting = faultOf(link.parse(aTask(1), handing()))
    const roster = createRoster(await opened(t), wire.keys)
    const outcomes: [number, number][] = []
    for (let death = 0; death < MOST_RETURNS; death += 1) {
      const parser = randomUUID()
      await eventually('the task', () =>
        wire.redis
          .lmove(wire.keys.tasks, wire.keys.taken + parser, 'RIGHT', 'LEFT')
          .then((raw) => raw !== null),
      )
      await wire.redis.sadd(wire.keys.parsers, parser)
      // The link looks after the parsers too: whoever is first returns the task.
      await eventually('its return', async () => {
        for (const { returned, poisoned } of await roster.sweep()) outcomes.push([returned, poisoned])
        return (await wire.redis.sismember(wire.keys.parsers, parser)) === 0
      })
    }
    const fault = await waiting
    assert.deepEqual([fault.code, fault.passes], ['poison', false])
    assert.equal(await wire.redis.llen(wire.keys.tasks), 0)
    assert.equal(await wire.redis.exists(wire.keys.returns), 0)
    assert.ok(outcomes.every(([returned, poisoned]) => returned + poisoned <= 1))
  })

  test('are told as poison to gateways that were not written here too', async (t) => {
    const wire = openWire(t)
    const roster = createRoster(await opened(t), wire.keys)
    const raw = '{"url":"https://example.com/","id":"a-b"}'
    for (let death = 0; death < MOST_RETURNS; death += 1) {
      const parser = randomUUID()
      await wire.redis.sadd(wire.keys.parsers, parser)
      await wire.redis.lpush(wire.keys.taken + parser, raw)
      await roster.sweep()
      await roster.sweep()
      await wire.redis.del(wire.keys.tasks)
    }
    const json = await wire.redis.get(`${wire.keys.results}a-b`)
    assert.throws(() => decodeResult(json ?? ''), { code: 'poison' })
    assert.ok((await wire.redis.pttl(`${wire.keys.results}a-b`)) > 0)
  })

  test('return although they cannot be read', async (t) => {
    const wire = openWire(t)
    const roster = createRoster(await opened(t), wire.keys)
    for (let death = 0; death <= MOST_RETURNS; death += 1) {
      const parser = randomUUID()
      await wire.redis.sadd(wire.keys.parsers, parser)
      await wire.redis.lpush(wire.keys.taken + parser, 'not JSON', '[]', '{"id":null}')
      await roster.sweep()
      const returned = await roster.sweep()
      assert.deepEqual(
        returned.map((one) => one.returned + one.poisoned),
        [3],
      )
    }
  })
})

describe('a parser whose connections were cut', () => {
  test('goes on with what it has and what comes', async (t) => {
    const wire = openWire(t)
    const gate = createGate((url) => aPage({ title: url }))
    await wire.consumer(gate)
    const link = await wire.link()
    const waiting = link.parse(aTask(1), handing())
    await eventually('the parser', () => gate.held() === 1)
    const [id = ''] = await wire.redis.smembers(wire.keys.parsers)
    const clients = String(await wire.redis.client('LIST')).split('\n')
    for (const client of clients.filter((line) => line.includes(id)))
      await wire.redis.client('KILL', 'ID', /id=(\d+)/.exec(client)?.[1] ?? '')
    gate.open()
    assert.equal((await waiting).title, aTask(1).url)
    assert.equal((await link.parse(aTask(2), handing())).title, aTask(2).url)
  })
})

async function opened(t: { after: (step: () => void) => void }) {
  const redis = openRedis(sharedRedis(), 'roster test', quiet)
  t.after(() => redis.disconnect())
  await eventually('Redis', () => redis.status === 'ready')
  return redis
}
