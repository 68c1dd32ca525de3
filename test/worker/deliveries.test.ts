import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, describe, test } from 'node:test'
import { sql } from 'kysely'
import { pino } from 'pino'
import { Webhook } from 'standardwebhooks'
import type { Delivery } from '../../src/contract/webhooks.ts'
import { parseAllowPrivate } from '../../src/fetch/allowance.ts'
import { defaultBlockedPorts } from '../../src/fetch/ports.ts'
import { createPost } from '../../src/fetch/post.ts'
import { type Database, openPostgres, openSqlite } from '../../src/store/database.ts'
import { addDeliveries, createDeliveries, type Happening } from '../../src/store/deliveries.ts'
import { migrate } from '../../src/store/migrate.ts'
import { createRepository } from '../../src/store/repository.ts'
import { type Deliverer, startDeliverer } from '../../src/worker/deliveries.ts'
import { freshDatabase } from '../support/postgres.ts'
import { eventually } from '../support/process.ts'

interface Told {
  headers: IncomingHttpHeaders
  body: string
}

/** A receiver that answers each POST with the next of the statuses, and with 200 when there are none left. */
async function startReceiver() {
  const told: Told[] = []
  const answers: { status: number; headers?: Record<string, string> }[] = []
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      told.push({ headers: request.headers, body: Buffer.concat(chunks).toString() })
      const { status, headers } = answers.shift() ?? { status: 200 }
      response.writeHead(status, headers).end('whatever')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { told, answers, port, url: `http://127.0.0.1:${port}/hook`, close: () => server.close() }
}

const limits = { connections: 5, connectTimeoutMs: 5000, queryTimeoutMs: 10_000 }
const secretOf = (letter: string) => `whsec_${Buffer.from(letter.repeat(32)).toString('base64')}`

const stores: Record<string, () => Promise<{ database: Database; remove: () => void }>> = {
  SQLite: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'parsegate-deliveries-'))
    return { database: openSqlite(folder), remove: () => rmSync(folder, { recursive: true }) }
  },
  Postgres: async () => ({ database: openPostgres(await freshDatabase(), limits), remove: () => {} }),
}

for (const [name, open] of Object.entries(stores)) {
  describe(`deliveries on ${name}`, () => {
    let database: Database
    let remove: () => void
    let receiver: Awaited<ReturnType<typeof startReceiver>>
    let deliverer: Deliverer | undefined

    before(async () => {
      const store = await open()
      database = store.database
      remove = store.remove
      await migrate(database)
      receiver = await startReceiver()
    })

    afterEach(async () => {
      await deliverer?.close()
      deliverer = undefined
      await database.kysely.deleteFrom('deliveries').execute()
      receiver.told.length = 0
      receiver.answers.length = 0
    })

    after(async () => {
      receiver.close()
      await database.close()
      remove()
    })

    const start = (allowed = `127.0.0.1:${receiver.port}`) => {
      const guard = { allowPrivate: parseAllowPrivate(allowed), blockedPorts: defaultBlockedPorts }
      deliverer = startDeliverer({
        deliveries: createDeliveries(database),
        post: createPost(guard),
        concurrency: 4,
        random: () => 0.5,
        now: Date.now,
        log: pino({ level: 'silent' }),
      })
      return deliverer
    }

    const happening = (more: Partial<Happening> = {}): Happening => ({
      webhook: { url: receiver.url },
      event: 'request.success',
      caller: null,
      requestId: 17,
      groupId: null,
      data: { request_id: 17, status: 'success' },
      ...more,
    })

    const all = () => createDeliveries(database).list({ caller: null, limit: 100 })

    /** The delivery that is there, once it satisfies. */
    async function untilDelivery(
      what: string,
      satisfies: (delivery: Delivery) => boolean,
    ): Promise<Delivery> {
      let found: Delivery | undefined
      await eventually(what, async () => {
        ;[found] = await all()
        return found !== undefined && satisfies(found)
      })
      return found as Delivery
    }

    const makeDue = () =>
      sql`update deliveries set run_at = ${database.dialect.later(-1)}`.execute(database.kysely)

    test('reach their receiver, signed with every secret', async () => {
      const secret = [secretOf('a'), secretOf('b')]
      await addDeliveries(database.kysely, [happening({ webhook: { url: receiver.url, secret } })])
      start()
      const delivery = await untilDelivery('the delivery', ({ status }) => status === 'delivered')
      const [one] = receiver.told
      assert.ok(one)
      const { timestamp, ...told } = JSON.parse(one.body) as { timestamp: string }
      assert.ok(Date.parse(timestamp) > 0)
      assert.deepEqual(told, { type: 'request.success', data: { request_id: 17, status: 'success' } })
      for (const each of secret)
        assert.doesNotThrow(() => new Webhook(each).verify(one.body, one.headers as Record<string, string>))
      assert.throws(() => new Webhook(secretOf('c')).verify(one.body, one.headers as Record<string, string>))
      assert.deepEqual(
        delivery.attempts.map(({ status, error }) => ({ status, error })),
        [{ status: 200, error: null }],
      )
    })

    test('are made for the events asked for alone', async () => {
      const webhook = { url: receiver.url, events: ['request.failure' as const] }
      await addDeliveries(database.kysely, [
        happening({ webhook }),
        happening({ webhook, event: 'request.failure' }),
      ])
      assert.deepEqual(
        (await all()).map(({ event }) => event),
        ['request.failure'],
      )
    })

    test('are gone with the transaction that would have made them', async () => {
      const failing = database.kysely.transaction().execute(async (transaction) => {
        await addDeliveries(transaction, [happening()])
        throw new Error('rolled back')
      })
      await assert.rejects(failing, /rolled back/)
      assert.deepEqual(await all(), [])
    })

    test('are tried again with the same id after a fault, later where the receiver says so', async () => {
      receiver.answers.push({ status: 500 }, { status: 503, headers: { 'retry-after': '7200' } })
      await addDeliveries(database.kysely, [happening()])
      start()
      const first = await untilDelivery('a first try', ({ attempts }) => attempts.length === 1)
      assert.equal(first.status, 'pending')
      const wait = Date.parse(first.next_attempt_at ?? '') - Date.parse(first.attempts[0]?.at ?? '')
      assert.ok(wait > 4000 && wait < 15_000, `${wait}`)
      await makeDue()
      deliverer?.wake()
      const second = await untilDelivery('a second try', ({ attempts }) => attempts.length === 2)
      assert.ok(
        Date.parse(second.next_attempt_at ?? '') - Date.parse(second.attempts[1]?.at ?? '') > 7_100_000,
      )
      await makeDue()
      deliverer?.wake()
      await untilDelivery('the delivery', ({ status }) => status === 'delivered')
      assert.equal(new Set(receiver.told.map(({ headers }) => headers['webhook-id'])).size, 1)
      assert.equal(receiver.told.length, 3)
    })

    test('are tried once more at the end of their day where the receiver asks for longer', async () => {
      const later = { status: 503, headers: { 'retry-after': '259200' } }
      receiver.answers.push(later, later)
      await addDeliveries(database.kysely, [happening()])
      const hour = 3_600_000
      await sql`update deliveries set since = ${database.dialect.later(-20 * hour)}`.execute(database.kysely)
      start()
      const first = await untilDelivery('a try', ({ attempts }) => attempts.length === 1)
      const wait = Date.parse(first.next_attempt_at ?? '') - Date.parse(first.attempts[0]?.at ?? '')
      assert.ok(wait > 3.9 * hour && wait < 4.1 * hour, `${wait}`)
      await sql`update deliveries set since = ${database.dialect.later(-24 * hour)}`.execute(database.kysely)
      await makeDue()
      deliverer?.wake()
      await untilDelivery('the end', ({ status, attempts }) => status === 'failed' && attempts.length === 2)
    })

    test('end after a day', async () => {
      receiver.answers.push({ status: 500 })
      await addDeliveries(database.kysely, [happening()])
      await sql`update deliveries set since = ${database.dialect.later(-86_399_000)}`.execute(database.kysely)
      start()
      const delivery = await untilDelivery('the end', ({ status }) => status === 'failed')
      assert.equal(delivery.next_attempt_at, null)
    })

    test('end at once where the receiver is gone, and are made again by a replay', async () => {
      receiver.answers.push({ status: 410 })
      await addDeliveries(database.kysely, [happening()])
      start()
      const { id } = await untilDelivery('the end', ({ status }) => status === 'failed')
      const deliveries = createDeliveries(database)
      assert.equal(await deliveries.replay(id, null), true)
      assert.equal(await deliveries.replay(999_999, null), undefined)
      deliverer?.wake()
      const replayed = await untilDelivery('the delivery', ({ status }) => status === 'delivered')
      assert.deepEqual(
        replayed.attempts.map(({ status }) => status),
        [410, 200],
      )
    })

    test('never reach an address that may not be fetched', async () => {
      await addDeliveries(database.kysely, [happening()])
      start('')
      const delivery = await untilDelivery('the end', ({ status }) => status === 'failed')
      assert.deepEqual(
        delivery.attempts.map(({ error }) => error),
        ['blocked_address'],
      )
      assert.equal(receiver.told.length, 0)
    })

    test('are not followed elsewhere by a redirect', async () => {
      receiver.answers.push({ status: 302, headers: { location: `${receiver.url}2` } })
      await addDeliveries(database.kysely, [happening()])
      start()
      const delivery = await untilDelivery('a try', ({ attempts }) => attempts.length === 1)
      assert.equal(delivery.status, 'pending')
      assert.equal(receiver.told.length, 1)
    })

    test('of a worker that died are due again when its lease is over, and no sooner', async () => {
      await addDeliveries(database.kysely, [happening()])
      const deliveries = createDeliveries(database)
      assert.equal((await deliveries.claim(10, 60_000)).length, 1)
      assert.equal((await deliveries.claim(10, 60_000)).length, 0)
      await makeDue()
      assert.equal((await deliveries.claim(10, 60_000)).length, 1)
    })

    test('that have ended are removed when they are old enough', async () => {
      receiver.answers.push({ status: 410 })
      await addDeliveries(database.kysely, [happening()])
      start()
      await untilDelivery('the end', ({ status }) => status === 'failed')
      await addDeliveries(database.kysely, [happening({ requestId: 18 })])
      await deliverer?.close()
      await sql`update deliveries set status = 'pending' where request_id = 18`.execute(database.kysely)
      const { purgeDeliveries } = createRepository(database, { leaseMs: 60_000 })
      assert.equal(await purgeDeliveries(86_400_000), 0)
      assert.equal(await purgeDeliveries(-1000), 1)
      assert.deepEqual(
        (await all()).map(({ request_id }) => request_id),
        [18],
      )
    })

    test('of one caller are not seen by another', async () => {
      await addDeliveries(database.kysely, [happening({ caller: 'a' })])
      const deliveries = createDeliveries(database)
      const [mine] = await deliveries.list({ caller: 'a', limit: 10 })
      assert.ok(mine)
      assert.equal(await deliveries.find(mine.id, 'b'), undefined)
      assert.equal(await deliveries.replay(mine.id, 'b'), undefined)
      assert.deepEqual(await deliveries.list({ caller: 'b', limit: 10 }), [])
    })
  })
}
