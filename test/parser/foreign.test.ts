import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { ServiceError } from '../../src/contract/errors.ts'
import type { Task } from '../../src/contract/models.ts'
import { aPage, aTask, createGate, faultOf, handing, openWire } from '../support/link.ts'
import { delayed } from '../support/linkdelay.ts'
import { eventually } from '../support/process.ts'
import { sharedRedis } from '../support/redis.ts'

const idOf = (raw: string) => (JSON.parse(raw) as { id: number }).id

describe('a parser that was not written here', () => {
  test('is asked by JSON with exactly an id and a url', async (t) => {
    const wire = openWire(t)
    const link = await wire.link()
    const foreign = wire.foreignParser(() => '{"status":"success","title":"T","html":"<p>"}')
    await link.parse({ id: 17, url: 'https://example.com/', options: {} }, handing())
    assert.deepEqual(foreign.taken, ['{"id":17,"url":"https://example.com/"}'])
  })

  test('is told options where there are any', async (t) => {
    const wire = openWire(t)
    const link = await wire.link()
    const foreign = wire.foreignParser(() => '{"status":"success","title":"T","html":"<p>"}')
    await link.parse({ id: 17, url: 'https://example.com/', options: { timeout: 2 } }, handing())
    assert.deepEqual(foreign.taken, ['{"id":17,"url":"https://example.com/","options":{"timeout":2}}'])
  })

  test('answers with a title and HTML alone', async (t) => {
    const wire = openWire(t)
    const link = await wire.link()
    wire.foreignParser(() => JSON.stringify({ status: 'success', title: 'Заголовок', html: '<p>x' }))
    const page = await link.parse(aTask(1), handing())
    assert.deepEqual(page, aPage({ title: 'Заголовок', html: '<p>x' }))
  })

  test('answers with a failure in its own words', async (t) => {
    const wire = openWire(t)
    const link = await wire.link()
    wire.foreignParser(() => JSON.stringify({ status: 'failure', error: 'HTTP 404' }))
    const { code, message, passes } = await faultOf(link.parse(aTask(1), handing()))
    assert.deepEqual([code, message, passes], ['parser_error', 'HTTP 404', false])
  })

  test('need say nothing of what its pages lead to: that is read from them where it is wanted', async (t) => {
    const wire = openWire(t)
    const link = await wire.link()
    const html = '<link rel=canonical href=/own><a href=/a>a</a><a href=/b rel=nofollow>b</a><a href=/c>c</a>'
    const results = [
      { html },
      { html, final_url: 'https://example.org/x/' },
      { html, media_type: 'text/plain' },
      { html, found: { canonical: null, urls: ['https://example.com/told'] } },
      { html, found: 'nonsense' },
      { html },
    ]
    wire.foreignParser((raw) => JSON.stringify({ status: 'success', ...results[idOf(raw)] }))
    const ask = async (id: number, options: Task['options']) =>
      (await link.parse({ id, url: 'https://example.com/', options }, handing())).found
    const options = { robots: true, site: { links: true, most: 10 } }
    const own = {
      canonical: 'https://example.com/own',
      urls: ['https://example.com/a', 'https://example.com/c'],
    }
    const nothing = { canonical: null, urls: [] }
    assert.deepEqual(await ask(0, options), own)
    const elsewhere = ['https://example.org/a', 'https://example.org/c']
    assert.deepEqual(await ask(1, options), { canonical: 'https://example.org/own', urls: elsewhere })
    assert.deepEqual(await ask(2, options), nothing)
    assert.deepEqual(await ask(3, options), results[3]?.found)
    assert.deepEqual(await ask(4, { site: { links: true, most: 2 } }), {
      ...own,
      urls: ['https://example.com/a', 'https://example.com/b'],
    })
    assert.equal(await ask(5, {}), undefined)
  })

  test('is given tasks in the order they were handed out, each once', async (t) => {
    const wire = openWire(t)
    const link = await wire.link({ redisUrl: await delayed(t, sharedRedis(), 3) })
    const foreign = wire.foreignParser(() => undefined)
    const ids = Array.from({ length: 600 }, (_, index) => index + 1)
    const waiting: Promise<unknown>[] = []
    for (const id of ids) {
      waiting.push(link.parse(aTask(id), handing()))
      // Over several rounds of the link's own looking after what is out, each with some tasks on their way.
      await sleep(1)
    }
    await eventually('all to be taken', () => foreign.taken.length >= ids.length)
    await wire.redis.mset(
      ids.flatMap((id) => [`${wire.keys.results}${id}`, '{"status":"success","html":""}']),
    )
    await Promise.all(waiting)
    assert.deepEqual(foreign.taken.map(idOf), ids)
  })

  test('may leave a result that nobody waits for: it stays as it is', async (t) => {
    const wire = openWire(t)
    await wire.redis.set(`${wire.keys.results}999`, 'nobody asked')
    const link = await wire.link()
    wire.foreignParser(() => '{"status":"success","html":"<p>"}')
    await link.parse(aTask(1), handing())
    await link.settled(1)
    assert.equal(await wire.redis.get(`${wire.keys.results}999`), 'nobody asked')
    assert.equal(await wire.redis.exists(`${wire.keys.results}1`), 0)
  })

  const most = 2 * 100_000 + 65_536
  const bad: Record<string, string> = {
    'is not JSON': '<html>',
    'is empty': '',
    'is null': 'null',
    'is a list': '[]',
    'is a number': '17',
    'has no status': '{"title":"T","html":"<p>"}',
    'has a status of its own': '{"status":"done","title":"T","html":"<p>"}',
    'has no HTML': '{"status":"success","title":"T"}',
    'has HTML that is not text': '{"status":"success","title":"T","html":["<p>"]}',
    'has a title that is not text': '{"status":"success","title":{},"html":"<p>"}',
    'has an error that is not text': '{"status":"failure","error":{"a":1}}',
    'is one byte too large': JSON.stringify({ status: 'success', html: 'x'.repeat(most - 29) }),
  }

  test('fails a task by an answer that cannot be one', async (t) => {
    const wire = openWire(t)
    const link = await wire.link()
    const answers = Object.entries(bad)
    assert.equal(answers.at(-1)?.[1].length, most + 1)
    wire.foreignParser((raw) => answers[idOf(raw)]?.[1])
    const faults = await Promise.all(answers.map((_, id) => faultOf(link.parse(aTask(id), handing()))))
    assert.deepEqual(
      faults.map(({ code }, id) => [answers[id]?.[0], code]),
      answers.map(([what]) => [what, 'bad_parser_result']),
    )
  })

  test('fails a task by a result that is no string to Redis', async (t) => {
    const wire = openWire(t)
    const link = await wire.link()
    const foreign = wire.foreignParser(() => undefined)
    const waiting = link.parse(aTask(1), handing())
    const well = link.parse(aTask(2), handing())
    await eventually('both to be taken', () => foreign.taken.length === 2)
    await wire.redis.lpush(`${wire.keys.results}1`, 'x')
    await wire.redis.set(`${wire.keys.results}2`, '{"status":"success","html":"<p>"}')
    assert.equal((await faultOf(waiting)).code, 'bad_parser_result')
    assert.equal((await well).html, '<p>')
    await link.settled(1)
    assert.equal(await wire.redis.exists(`${wire.keys.results}1`), 0)
  })

  test('may answer with the largest result that is taken', async (t) => {
    const wire = openWire(t)
    const link = await wire.link()
    const html = 'x'.repeat(most - 30)
    wire.foreignParser(() => JSON.stringify({ status: 'success', html }))
    assert.equal((await link.parse(aTask(1), handing())).html.length, html.length)
  })
})

describe('a gateway that was not written here', () => {
  const resultOf = (wire: ReturnType<typeof openWire>, id: string | number) =>
    eventually(`the result of ${id}`, async () => {
      const json = await wire.redis.get(`${wire.keys.results}${id}`)
      return json !== null && (JSON.parse(json) as Record<string, unknown>)
    })

  test('pushes an id and a url, and reads a status, a title and HTML', async (t) => {
    const wire = openWire(t)
    await wire.consumer({ parse: async (url) => aPage({ title: url, html: '<p>x' }) })
    await wire.redis.lpush(wire.keys.tasks, '{"id":17,"url":"https://example.com/a"}')
    const { status, title, html } = await resultOf(wire, 17)
    assert.deepEqual([status, title, html], ['success', 'https://example.com/a', '<p>x'])
    const left = await wire.redis.pttl(`${wire.keys.results}17`)
    assert.ok(left > 0, 'a result that nobody reads does not stay for ever')
  })

  test('reads a failure with its error', async (t) => {
    const wire = openWire(t)
    await wire.consumer({ parse: () => Promise.reject(new ServiceError('unknown_host', 'No such host')) })
    await wire.redis.lpush(wire.keys.tasks, '{"id":17,"url":"https://example.com/a"}')
    const { status, error, error_code } = await resultOf(wire, 17)
    assert.deepEqual([status, error, error_code], ['failure', 'No such host', 'unknown_host'])
  })

  test('may use ids of its own kind, and members that mean nothing here', async (t) => {
    const wire = openWire(t)
    await wire.consumer({ parse: async (url) => aPage({ title: url }) })
    const uuid = randomUUID()
    await wire.redis.lpush(
      wire.keys.tasks,
      JSON.stringify({ url: 'https://example.com/u', id: uuid, tenant: 'x', retries: 3 }),
      JSON.stringify({ id: 'a b:ц/1', url: 'https://example.com/s' }),
      JSON.stringify({ id: -1, url: 'https://example.com/m' }),
    )
    assert.equal((await resultOf(wire, uuid)).title, 'https://example.com/u')
    assert.equal((await resultOf(wire, 'a b:ц/1')).title, 'https://example.com/s')
    assert.equal((await resultOf(wire, -1)).title, 'https://example.com/m')
  })

  test('is told of what it may not ask for', async (t) => {
    const wire = openWire(t)
    const gate = createGate()
    await wire.consumer(gate)
    const urls = {
      not_a_url: 'invalid_url',
      'file:///etc/passwd': 'unsupported_scheme',
      'https://u:p@example.com/': 'credentials_not_allowed',
    }
    for (const [url, code] of Object.entries(urls)) {
      await wire.redis.lpush(wire.keys.tasks, JSON.stringify({ id: code, url }))
      assert.equal((await resultOf(wire, code)).error_code, code)
    }
    await wire.redis.lpush(
      wire.keys.tasks,
      JSON.stringify({ id: 1, url: 'https://example.com/', options: { timeout: 'long' } }),
    )
    const { error_code, error } = await resultOf(wire, 1)
    assert.equal(error_code, 'invalid_request')
    assert.match(String(error), /timeout/)
    assert.deepEqual(gate.begun, [])
  })
})
