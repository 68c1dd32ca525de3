import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Repository } from '../../src/contract/repository.ts'
import type { Delivery, Webhook } from '../../src/contract/webhooks.ts'
import { createDeliveries } from '../../src/store/deliveries.ts'
import { migrate } from '../../src/store/migrate.ts'
import { createRepository } from '../../src/store/repository.ts'
import { type Opened, page, request, stores } from '../support/stores.ts'

const webhook: Webhook = { url: 'https://example.org/hook' }
const fault = { code: 'unknown_host', message: 'There is none.' }
const noDetails = { final_url: null, target_status: null }

for (const [name, open] of Object.entries(stores)) {
  describe(`what webhooks are told of, on ${name}`, () => {
    let store: Opened
    let repository: Repository
    const owner = 7

    before(async () => {
      store = await open()
      await migrate(store.database)
      repository = createRepository(store.database, { leaseMs: 60_000 })
    })

    after(async () => {
      await store.database.close()
      await store.close()
    })

    const deliveries = () => createDeliveries(store.database)

    /** The events told of a request or a group, the oldest first. */
    async function told(of: { request?: number; group?: number }): Promise<Delivery['event'][]> {
      const found = await deliveries().list({ caller: null, limit: 1000, ...of })
      return found.map(({ event }) => event).reverse()
    }

    async function claimAll(): Promise<void> {
      while ((await repository.claim(owner, ['api'], 100)).length > 0);
    }

    test('is the end of a request, once', async () => {
      const { id } = await repository.create(request({ webhook }))
      await claimAll()
      assert.equal(await repository.succeed(id, page), true)
      assert.equal(await repository.succeed(id, page), false)
      assert.equal(await repository.fail(id, owner, fault, noDetails), false)
      assert.deepEqual(await told({ request: id }), ['request.success'])
    })

    test('is what it asked for, of a success and a failure that are settled together', async () => {
      const events = ['request.failure' as const]
      const good = await repository.create(request({ webhook: { ...webhook, events } }))
      const bad = await repository.create(request({ webhook: { ...webhook, events } }))
      const plain = await repository.create(request())
      await claimAll()
      const ends = [
        repository.succeed(good.id, page),
        repository.fail(bad.id, owner, fault, noDetails),
        repository.succeed(plain.id, page),
      ]
      assert.deepEqual(await Promise.all(ends), [true, true, true])
      assert.deepEqual(await told({ request: good.id }), [])
      assert.deepEqual(await told({ request: bad.id }), ['request.failure'])
      assert.deepEqual(await told({ request: plain.id }), [])
    })

    test('is no end where it is tried again', async () => {
      const { id } = await repository.create(request({ webhook }))
      await claimAll()
      await repository.retry(id, owner, 0, fault)
      assert.deepEqual(await told({ request: id }), [])
      await repository.cancel(id, null)
      assert.deepEqual(await told({ request: id }), ['request.cancelled'])
    })

    test('is that a batch is done, once, after the last of its requests', async () => {
      const group = { kind: 'batch', caller: null, options: {}, webhook, closed: true } as const
      const { id, requests } = await repository.createGroup(group, [request(), request(), request()])
      await claimAll()
      const [first = 0, second = 0, third = 0] = requests
      await Promise.all([repository.succeed(first, page, id), repository.succeed(second, page)])
      assert.deepEqual(await told({ group: id }), [])
      await repository.fail(third, owner, fault, noDetails, id)
      assert.deepEqual(await told({ group: id }), ['batch.done'])
    })

    test('is each request of a batch where it names such events', async () => {
      const events = ['request.success' as const, 'batch.done' as const]
      const named = { ...webhook, events }
      const group = { kind: 'batch', caller: null, options: {}, webhook: named, closed: true } as const
      const { id, requests } = await repository.createGroup(group, [request(), request()])
      await claimAll()
      for (const one of requests) await repository.succeed(one, page, id)
      assert.deepEqual(await told({ group: id }), ['request.success', 'request.success', 'batch.done'])
    })

    test('is that a batch is done by being cancelled', async () => {
      const group = { kind: 'batch', caller: null, options: {}, webhook, closed: true } as const
      const { id } = await repository.createGroup(group, [request(), request()])
      await repository.markCancelled(id)
      while ((await repository.cancelSome(id, 1)).length > 0);
      assert.deepEqual(await told({ group: id }), ['batch.done'])
    })

    test('is that a group which was open is done when it is closed', async () => {
      const group = { kind: 'crawl', caller: null, options: {}, webhook, closed: false } as const
      const { id } = await repository.createGroup(group, [])
      assert.deepEqual(await told({ group: id }), [])
      await repository.closeGroup(id)
      await repository.closeGroup(id)
      assert.deepEqual(await told({ group: id }), ['crawl.done'])
    })
  })
}
