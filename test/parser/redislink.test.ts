import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ServiceError } from '../../src/contract/errors.ts'
import { encodePage } from '../../src/parser/wire.ts'
import { aPage, aTask, createGate, faultOf, handing, openWire } from '../support/link.ts'
import { eventually } from '../support/process.ts'
import { startRedis } from '../support/redis.ts'

const done = (title: string) => encodePage(aPage({ title }), {})

describe('a task that gets no answer', () => {
  test('ends as timeout when a parser has taken it and is silent', async (t) => {
    const wire = openWire(t)
    const link = await wire.link({ resultTimeoutMs: 300 })
    const foreign = wire.foreignParser(() => undefined)
    const fault = await faultOf(link.parse(aTask(1), handing()))
    assert.deepEqual([fault.code, fault.message, fault.passes], ['timeout', 'Timeout waiting result', true])
    assert.equal(foreign.taken.length, 1)
  })

  test('ends as parser_unavailable when nobody takes it, and is taken off the list', async (t) => {
    const wire = openWire(t)
    const link = await wire.link({ queueTtlMs: 600, resultTimeoutMs: 100 })
    const waiting = faultOf(link.parse(aTask(1), handing()))
    await eventually('the task on the list', async () => (await wire.redis.llen(wire.keys.tasks)) === 1)
    const fault = await waiting
    assert.deepEqual([fault.code, fault.passes], ['parser_unavailable', false])
    assert.equal(await wire.redis.llen(wire.keys.tasks), 0)
  })

  test('has waited as long as it is said to have', async (t) => {
    const wire = openWire(t)
    const link = await wire.link({ queueTtlMs: 60_000 })
    const fault = await faultOf(link.parse(aTask(1), handing({ again: true, waitedMs: 60_000 })))
    assert.equal(fault.code, 'parser_unavailable')
    assert.equal(await wire.redis.llen(wire.keys.tasks), 0)
  })

  test('ends although the list of tasks is no list', async (t) => {
    const wire = openWire(t)
    await wire.redis.set(wire.keys.tasks, 'a text')
    const link = await wire.link({ queueTtlMs: 300 })
    assert.equal((await faultOf(link.parse(aTask(1), handing()))).code, 'parser_unavailable')
    assert.equal(await wire.redis.get(wire.keys.tasks), 'a text')
  })
})

describe('a task that is handed out', () => {
  test('is not answered by what an earlier attempt left or brings late', async (t) => {
    const wire = openWire(t)
    await wire.redis.set(`${wire.keys.results}1`, done('old'))
    const link = await wire.link()
    const waiting = link.parse(aTask(1), handing())
    await eventually('the task', () => wire.redis.rpop(wire.keys.tasks).then((raw) => raw !== null))
    await wire.redis.set(`${wire.keys.results}1`, done('new'))
    assert.equal((await waiting).title, 'new')
  })

  test('stays under its key until it is settled', async (t) => {
    const wire = openWire(t)
    const link = await wire.link()
    await wire.consumer({ parse: async () => aPage({ title: 'kept' }) })
    await link.parse(aTask(1), handing())
    assert.equal(await wire.redis.exists(`${wire.keys.results}1`), 1)
    assert.equal(await wire.redis.hlen(wire.keys.owners), 1)
    await link.settled(1)
    assert.equal(await wire.redis.exists(`${wire.keys.results}1`), 0)
    assert.equal(await wire.redis.hlen(wire.keys.owners), 0)
  })

  test('can be taken back while no parser has it', async (t) => {
    const wire = openWire(t)
    const link = await wire.link()
    const abort = new AbortController()
    const waiting = link.parse(aTask(1, { timeout: 2 }), handing({ signal: abort.signal }))
    await eventually('the task', async () => (await wire.redis.llen(wire.keys.tasks)) === 1)
    abort.abort(new Error('closing'))
    await assert.rejects(waiting, /closing/)
    assert.equal(await link.withdraw(aTask(1, { timeout: 2 })), true)
    assert.equal(await link.withdraw(aTask(1, { timeout: 2 })), false)
    assert.equal(await wire.redis.llen(wire.keys.tasks), 0)
  })
})

describe('a task that is handed out again', () => {
  test('takes a cancelled task from the list, and tells parsers of one that is not there', async (t) => {
    const wire = openWire(t)
    const link = await wire.link()
    const stop = new AbortController()
    const waiting = link.parse(aTask(1), handing({ signal: stop.signal }))
    waiting.catch(() => {})
    await eventually('the task', async () => (await wire.redis.llen(wire.keys.tasks)) === 1)
    stop.abort(new ServiceError('cancelled'))
    await link.cancel(aTask(1))
    assert.equal(await wire.redis.llen(wire.keys.tasks), 0)
    assert.equal(await wire.redis.exists(wire.keys.cancelled), 0)
    await link.cancel(aTask(2))
    assert.deepEqual(await wire.redis.smembers(wire.keys.cancelled), ['2'])
    assert.ok((await wire.redis.pttl(wire.keys.cancelled)) > 0)
    assert.equal((await faultOf(waiting)).code, 'cancelled')
  })

  test('is answered by the result that is there', async (t) => {
    const wire = openWire(t)
    await wire.redis.set(`${wire.keys.results}1`, done('there'))
    const link = await wire.link()
    assert.equal((await link.parse(aTask(1), handing({ again: true }))).title, 'there')
    assert.equal(await wire.redis.llen(wire.keys.tasks), 0)
  })

  test('is not doubled while it is on the list, and answered when it is done', async (t) => {
    const wire = openWire(t)
    const first = await wire.link()
    const abort = new AbortController()
    const lost = first.parse(aTask(1), handing({ signal: abort.signal }))
    await eventually('the task', async () => (await wire.redis.llen(wire.keys.tasks)) === 1)
    abort.abort(new Error('died'))
    await assert.rejects(lost, /died/)
    const second = await wire.link()
    const waiting = second.parse(aTask(1), handing({ again: true }))
    // One that is new goes through the same rounds: when it is on the list, the other has been looked for.
    const after = second.parse(aTask(2), handing({ again: true }))
    await eventually('the other task', async () => (await wire.redis.llen(wire.keys.tasks)) > 1)
    assert.equal(await wire.redis.llen(wire.keys.tasks), 2)
    await wire.consumer({ parse: async (url) => aPage({ title: url }) })
    assert.equal((await waiting).title, aTask(1).url)
    assert.equal((await after).title, aTask(2).url)
  })

  test('is not doubled while a parser is at it', async (t) => {
    const wire = openWire(t)
    const gate = createGate()
    await wire.consumer(gate)
    const first = await wire.link()
    const abort = new AbortController()
    const lost = first.parse(aTask(1), handing({ signal: abort.signal }))
    await eventually('the parser', () => gate.held() === 1)
    abort.abort(new Error('died'))
    await assert.rejects(lost, /died/)
    const second = await wire.link()
    const waiting = second.parse(aTask(1), handing({ again: true }))
    const after = second.parse(aTask(2), handing({ again: true }))
    await eventually('the other task', () => gate.held() === 2)
    gate.open()
    await Promise.all([waiting, after])
    assert.deepEqual(gate.begun, [aTask(1).url, aTask(2).url])
  })

  test('is sent when there is no trace of it', async (t) => {
    const wire = openWire(t)
    await wire.consumer({ parse: async () => aPage({ title: 'anew' }) })
    const link = await wire.link()
    assert.equal((await link.parse(aTask(1), handing({ again: true }))).title, 'anew')
  })
})

describe('tasks that are out when Redis fails', () => {
  test('are handed out again when it was emptied', async (t) => {
    const server = await startRedis()
    t.after(() => server.stop())
    const wire = openWire(t, server.url)
    const link = await wire.link()
    const foreign = wire.foreignParser(() => undefined)
    const taken = link.parse(aTask(1), handing())
    await eventually('the parser', () => foreign.taken.length === 1)
    await wire.redis.flushall()
    await eventually('the task again', () => foreign.taken.length === 2)
    await wire.redis.set(`${wire.keys.results}1`, done('after'))
    assert.equal((await taken).title, 'after')
  })

  test('are done once more by parsers of ours, and no task stays behind', async (t) => {
    const server = await startRedis()
    t.after(() => server.stop())
    const wire = openWire(t, server.url)
    const link = await wire.link()
    const gate = createGate((url) => aPage({ title: url }))
    await wire.consumer(gate, { concurrency: 2 })
    const ids = [1, 2, 3, 4, 5]
    const waiting = ids.map((id) => link.parse(aTask(id), handing()))
    await eventually('the parser', () => gate.held() === 2)
    await wire.redis.flushall()
    gate.open()
    const titles = (await Promise.all(waiting)).map(({ title }) => title)
    assert.deepEqual(
      titles,
      ids.map((id) => aTask(id).url),
    )
    await eventually('an empty list', async () => (await wire.redis.llen(wire.keys.tasks)) === 0)
  })

  test('are handed out again when it was killed and came back empty', async (t) => {
    const server = await startRedis()
    t.after(() => server.stop())
    const wire = openWire(t, server.url)
    const link = await wire.link()
    const gate = createGate((url) => aPage({ title: url }))
    await wire.consumer(gate, { concurrency: 1 })
    const early = [1, 2].map((id) => link.parse(aTask(id), handing()))
    await eventually('the parser', () => gate.held() === 1)
    await server.kill()
    await eventually('the link to see it', () => !link.ready)
    const meanwhile = link.parse(aTask(3), handing())
    assert.equal(await link.withdraw(aTask(3)), false)
    await link.settled(99)
    gate.open()
    await server.start()
    const pages = await Promise.all([...early, meanwhile])
    assert.deepEqual(
      pages.map(({ title }) => title),
      [1, 2, 3].map((id) => aTask(id).url),
    )
  })
})
