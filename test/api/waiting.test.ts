import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyReply } from 'fastify'
import { createWaiting, untilEnded, type Wanted } from '../../src/api/waiting.ts'
import type { Status } from '../../src/contract/status.ts'
import { embeddedBell } from '../../src/store/bell.ts'
import { readEvents } from '../support/events.ts'
import { postJson, readAnswer } from '../support/http.ts'
import { eventually } from '../support/process.ts'
import { openShop, type Shop } from '../support/shop.ts'

let shop: Shop
before(async () => {
  shop = await openShop()
})
after(() => shop.close())

const url = 'https://example.com/page'
const get = (path: string) => fetch(`${shop.base}${path}`)

async function create(): Promise<number> {
  return (await readAnswer(await postJson(`${shop.base}/parse_async`, { url }))).request_id
}

async function createBatch(count: number): Promise<{ batch: number; ids: number[] }> {
  const urls = Array.from({ length: count }, (_, index) => `${url}/${index}`)
  const response = await postJson(`${shop.base}/parse_batch`, { urls })
  const { batch_id, request_ids } = (await response.json()) as { batch_id: number; request_ids: number[] }
  return { batch: batch_id, ids: request_ids }
}

describe('an answer that waits', () => {
  for (const path of ['status', 'result']) {
    test(`comes from /${path} the moment the request ends`, async () => {
      const id = await create()
      const asked = get(`/${path}/${id}?wait=60`)
      await shop.claim()
      await sleep(50)
      const begun = performance.now()
      await shop.succeed(id)
      assert.equal((await readAnswer(await asked)).status, 'success')
      assert.ok(performance.now() - begun < 2000)
    })
  }

  test('comes at once where it has ended, and for what is not there', async () => {
    const id = await create()
    await shop.claim()
    await shop.succeed(id)
    const begun = performance.now()
    assert.equal((await readAnswer(await get(`/status/${id}?wait=60`))).status, 'success')
    assert.equal((await get('/status/999999?wait=60')).status, 404)
    assert.ok(performance.now() - begun < 5000)
  })

  test('tells how it stands when the time is over', async () => {
    const id = await create()
    await shop.claim()
    const answer = await readAnswer(await get(`/status/${id}?wait=0.2`))
    assert.equal(answer.status, 'processing')
  })

  test('comes when the request is cancelled or deleted', async () => {
    const cancelled = await create()
    const asked = get(`/status/${cancelled}?wait=60`)
    await sleep(50)
    await fetch(`${shop.base}/requests/${cancelled}/cancel`, { method: 'POST' })
    assert.equal((await readAnswer(await asked)).status, 'cancelled')
  })

  test('comes from a batch when all of it has ended', async () => {
    const { batch, ids } = await createBatch(3)
    await shop.claim()
    const asked = get(`/batch/${batch}?wait=60`)
    for (const id of ids) await shop.succeed(id)
    const { done, counts } = (await (await asked).json()) as { done: boolean; counts: object }
    assert.deepEqual(
      [done, counts],
      [true, { pending: 0, processing: 0, success: 3, failure: 0, cancelled: 0 }],
    )
  })

  test('is bounded', async () => {
    const id = await create()
    for (const wait of ['61', '-1', 'soon', '']) {
      const response = await get(`/status/${id}?wait=${wait}`)
      assert.equal(response.status, 422, wait)
      assert.deepEqual(
        (await readAnswer(response)).errors.map(({ path }) => path),
        ['wait'],
      )
    }
  })

  test('comes when the service stops', async () => {
    const other = await openShop()
    const { request_id } = await readAnswer(await postJson(`${other.base}/parse_async`, { url }))
    const asked = fetch(`${other.base}/status/${request_id}?wait=60`)
    const events = await readEvents(`${other.base}/status/${request_id}/events`)
    await sleep(50)
    const begun = performance.now()
    await other.close()
    assert.equal((await readAnswer(await asked)).status, 'pending')
    await events.ended
    assert.ok(performance.now() - begun < 5000)
  })
})

const stateOf = (status: Status) => ({ status, attempt: 0 })

describe('those who wait', () => {
  test('are asked about in one question, and found to have ended without any news', async (t) => {
    const questions: number[][] = []
    const repository = {
      states: async (ids: number[]) => {
        questions.push(ids)
        return new Map(ids.map((id) => [id, stateOf(id === 2 ? 'success' : 'pending')]))
      },
      groupVersions: async (ids: number[]) => new Map(ids.map((id) => [id, '1'])),
    }
    const bell = embeddedBell()
    const waiting = createWaiting({ bell, repository, lookMs: 20 })
    t.after(() => waiting.close())
    const tickets = [1, 2, 3, 3].map((id) => waiting.open('request', id))
    const group = waiting.open('group', 9)
    // Nobody tells of anything: the slow question alone finds out.
    await Promise.all([tickets[1]?.news(60_000), group.news(60_000)])
    assert.deepEqual(questions[0], [1, 2, 3])
  })

  test('leave nothing behind when they go', async () => {
    const listeners = new Set<number>()
    const repository = {
      states: async (ids: number[]) => {
        for (const id of ids) listeners.add(id)
        return new Map(ids.map((id) => [id, stateOf('pending')]))
      },
      groupVersions: async () => new Map<number, string>(),
    }
    const waiting = createWaiting({ bell: embeddedBell(), repository, lookMs: 20 })
    const ticket = waiting.open('request', 5)
    let isOver = false
    const news = ticket.news(60_000).then(() => (isOver = true))
    ticket.close()
    await news
    assert.ok(isOver)
    await sleep(100)
    assert.deepEqual([...listeners], [])
    waiting.close()
  })

  test('are let go when their client has gone', async (t) => {
    const id = await create()
    let looks = 0
    const { repository } = shop
    const read = () => {
      looks += 1
      return repository.status(id, null)
    }
    const waiting = createWaiting({ bell: shop.bell, repository })
    t.after(() => waiting.close())
    const raw: EventEmitter = new EventEmitter()
    const wanted: Wanted<unknown> = { of: 'request', id, read, hasEnded: () => false }
    const waited = untilEnded(waiting, wanted, 60, { raw } as unknown as FastifyReply)
    await eventually('the first look', () => looks === 1)
    raw.emit('close')
    await waited
    const before = looks
    await shop.claim()
    await shop.succeed(id)
    assert.equal(looks, before)
  })
})

describe('the events of a request', () => {
  test('are its changes of status, up to the end', async () => {
    const id = await create()
    const reader = await readEvents(`${shop.base}/status/${id}/events`)
    await eventually('the first', () => reader.events.length === 1)
    await shop.claim()
    await eventually('the second', () => reader.events.length === 2)
    await shop.succeed(id)
    await reader.ended
    assert.deepEqual(
      reader.events.map((one) => [one.id, one.event, one.data.status]),
      [
        ['0-pending', 'status', 'pending'],
        ['1-processing', 'status', 'processing'],
        ['1-success', 'status', 'success'],
      ],
    )
    assert.deepEqual(reader.events[2]?.data, await (await get(`/status/${id}`)).json())
  })

  test('go on after the one that was told last, and end for good', async () => {
    const id = await create()
    await shop.claim()
    const reader = await readEvents(`${shop.base}/status/${id}/events`, '1-processing')
    await sleep(100)
    assert.equal(reader.events.length, 0)
    await shop.fail(id)
    await reader.ended
    assert.deepEqual(
      reader.events.map((one) => one.id),
      ['1-failure'],
    )
    assert.equal((await readEvents(`${shop.base}/status/${id}/events`, '1-failure')).status, 204)
    assert.equal((await readEvents(`${shop.base}/status/999999/events`)).status, 404)
  })
})

describe('the events of a batch', () => {
  test('are each ending by its number, then that it is done', async () => {
    const { batch, ids } = await createBatch(3)
    await shop.claim()
    const reader = await readEvents(`${shop.base}/batch/${batch}/events`)
    await shop.succeed(ids[2] as number)
    await shop.fail(ids[0] as number)
    await shop.succeed(ids[1] as number)
    await reader.ended
    assert.deepEqual(
      reader.events.map(({ id, event, data }) => [id, event, data.request_id, data.status]),
      [
        ['1', 'request', ids[2], 'success'],
        ['2', 'request', ids[0], 'failure'],
        ['3', 'request', ids[1], 'success'],
        ['3-done', 'done', undefined, undefined],
      ],
    )
    assert.deepEqual(reader.events[3]?.data, await (await get(`/batch/${batch}`)).json())
  })

  test('end for a client that names one which never was', async () => {
    const { batch, ids } = await createBatch(1)
    await shop.claim()
    await shop.succeed(ids[0] as number)
    for (const told of ['999', '999-done']) {
      const reader = await readEvents(`${shop.base}/batch/${batch}/events`, told)
      await reader.ended
      assert.deepEqual(
        reader.events.map(({ id }) => id),
        ['1-done'],
      )
    }
  })

  test('are all told to a client that is cut off again and again', async () => {
    const { batch, ids } = await createBatch(200)
    await shop.claim()
    const seen: string[] = []
    const ending = (async () => {
      for (const id of ids) await shop.succeed(id)
    })()
    for (let last: string | undefined; !seen.includes('200-done'); last = seen.at(-1)) {
      const reader = await readEvents(`${shop.base}/batch/${batch}/events`, last)
      await Promise.race([reader.ended, sleep(30)])
      seen.push(...reader.events.map(({ id }) => id))
      reader.leave()
    }
    await ending
    assert.deepEqual(seen, [...ids.map((_, index) => String(index + 1)), '200-done'])
    assert.equal((await readEvents(`${shop.base}/batch/${batch}/events`, '200-done')).status, 204)
  })

  test('end although the request that ended last was deleted', async () => {
    const { batch, ids } = await createBatch(2)
    await shop.claim()
    for (const id of ids) await shop.succeed(id)
    await fetch(`${shop.base}/requests/${ids[1]}`, { method: 'DELETE' })
    const reader = await readEvents(`${shop.base}/batch/${batch}/events`)
    await reader.ended
    assert.deepEqual(
      reader.events.map(({ id }) => id),
      ['1', '2-done'],
    )
  })
})
