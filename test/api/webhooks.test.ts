import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { postJson, readAnswer } from '../support/http.ts'
import { openShop, type Shop } from '../support/shop.ts'

let shop: Shop
before(async () => {
  shop = await openShop()
})
after(() => shop.close())

const url = 'https://example.com/'
const ofRequest = ['request.success', 'request.failure', 'request.cancelled']
const all = [...ofRequest, 'batch.done', 'crawl.done', 'schedule.changed']

/** What may have a webhook, and what can come of it. */
const things: [name: string, path: string, body: object, events: string[]][] = [
  ['a request', '/parse_async', { url }, ofRequest],
  ['a batch', '/parse_batch', { urls: [url] }, [...ofRequest, 'batch.done']],
  ['a crawl', '/crawl', { url }, [...ofRequest, 'crawl.done']],
  ['a schedule of a page', '/schedules', { every: 60, url }, [...ofRequest, 'schedule.changed']],
  [
    'a schedule of a batch',
    '/schedules',
    { every: 60, batch: { urls: [url] } },
    [...ofRequest, 'batch.done', 'schedule.changed'],
  ],
  [
    'a schedule of a crawl',
    '/schedules',
    { every: 60, crawl: { url } },
    [...ofRequest, 'crawl.done', 'schedule.changed'],
  ],
]

describe('the events of a webhook', () => {
  for (const [name, path, body, events] of things) {
    test(`of ${name} are those that can come of it, and no others`, async () => {
      const send = (asked: string[]) =>
        postJson(`${shop.base}${path}`, { ...body, webhook: { url, events: asked } })
      assert.equal(Math.floor((await send(events)).status / 100), 2)
      for (const event of [...all, 'request.done'].filter((one) => !events.includes(one))) {
        const response = await send([events[0] as string, event])
        const { errors } = await readAnswer(response)
        assert.equal(response.status, 422, event)
        assert.deepEqual([errors[0]?.path], ['webhook.events.1'], event)
        // One that is known elsewhere, or nowhere: what can come is told.
        for (const one of events) assert.ok(errors[0]?.message.includes(one), errors[0]?.message)
      }
    })
  }
})
