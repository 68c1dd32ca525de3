import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import { sql } from 'kysely'
import type { CrawlPlan } from '../../src/contract/crawl.ts'
import type { Change } from '../../src/contract/models.ts'
import type { Repository } from '../../src/contract/repository.ts'
import type { Target } from '../../src/contract/runs.ts'
import type { NewSchedule, Schedules } from '../../src/contract/schedules.ts'
import type { Database } from '../../src/store/database.ts'
import { createDeliveries } from '../../src/store/deliveries.ts'
import { migrate } from '../../src/store/migrate.ts'
import { createRepository } from '../../src/store/repository.ts'
import { createSchedules } from '../../src/store/schedules.ts'
import { type Opened, page, stores } from '../support/stores.ts'

const OWNER = 7
const url = 'https://example.com/'
const webhook = { url: 'https://example.org/hook' }
const asked = { queue: 'api', priority: 0, options: {} }
const single: Target = { kind: 'url', url, asked }
const pages = ['a', 'b'].map((path) => ({ url: `${url}${path}` }))
const batch: Target = { kind: 'batch', asked: { ...asked, options: { timeout: 5 } }, pages }
const plan: CrawlPlan = {
  limit: 10,
  max_depth: 2,
  include: [],
  exclude: [],
  scope: 'host',
  delay: 0,
  homes: [url],
  ...asked,
}
const crawl: Target = { kind: 'crawl', url, sitemap: false, plan }
const changed = (hash: string, previous: number | null, is = true): Change => ({
  changed: is,
  hash,
  previous_request_id: previous,
  diff: is ? 'a diff' : null,
})

for (const [name, open] of Object.entries(stores)) {
  describe(`schedules on ${name}`, () => {
    let store: Opened
    let database: Database
    let repository: Repository
    let schedules: Schedules

    before(async () => {
      store = await open()
      database = store.database
      await migrate(database)
      repository = createRepository(database, { leaseMs: 60_000 })
      schedules = createSchedules(database)
    })

    afterEach(async () => {
      await claimAll()
      await database.kysely.deleteFrom('schedules').execute()
    })

    after(async () => {
      await database.close()
      await store.close()
    })

    const make = async (more: Partial<NewSchedule> = {}): Promise<number> => {
      const plain = { caller: null, timing: { every: 3600 }, target: single, webhook: undefined }
      return (await repository.createSchedule({ ...plain, onlyChanged: false, ...more }, 0)).id
    }
    const setNext = (id: number, ms: number) =>
      sql`update schedules set next_run_at = ${database.dialect.later(ms)} where id = ${id}`.execute(
        database.kysely,
      )
    const madeDue = async (more: Partial<NewSchedule> = {}): Promise<number> => {
      const id = await make(more)
      await setNext(id, -1)
      return id
    }
    const runsOf = (id: number) =>
      database.kysely
        .selectFrom('parse_requests')
        .selectAll()
        .where('schedule_id', '=', id)
        .orderBy('id')
        .execute()
    const claimAll = async () => {
      while ((await repository.claim(OWNER, ['api'], 100)).length > 0);
    }
    /** A run of a page that has succeeded. @returns its id */
    const runOnce = async (schedule: number, change?: Change): Promise<number> => {
      const id = (await repository.runSchedule(schedule, null))?.requestId ?? 0
      await claimAll()
      assert.equal(await repository.succeed(id, { ...page, change }), true)
      return id
    }
    const msUntil = (iso: string | null | undefined) => Date.parse(iso ?? '') - Date.now()

    test('are not due before their time', async () => {
      const { id, next_run_at } = await repository.createSchedule(
        {
          ...{ caller: null, timing: { every: 3600 }, target: single, webhook, onlyChanged: false },
        },
        0,
      )
      assert.ok(Math.abs(msUntil(next_run_at) - 3_600_000) < 10_000, `${next_run_at}`)
      assert.deepEqual(await schedules.due(10), [])
      assert.equal(await schedules.fire(id), undefined)
      const { created_at: _, ...told } = (await schedules.find(id, null)) ?? {}
      assert.deepEqual(told, {
        id,
        ...{ timing: { every: 3600 }, kind: 'url', url, size: 1, webhook, onlyChanged: false },
        ...{ paused: false, next_run_at, due: false, last: null },
      })
    })

    test('say that they are due until they have run or are paused', async () => {
      const [one, other] = [await madeDue(), await madeDue()]
      const isDue = async (id: number) => (await schedules.find(id, null))?.due
      assert.deepEqual([await isDue(one), await isDue(other)], [true, true])
      await schedules.fire(one)
      await schedules.pause(other, null, true)
      assert.deepEqual([await isDue(one), await isDue(other)], [false, false])
      await claimAll()
    })

    test('are no more for one caller than there may be, until one is deleted', async () => {
      const plain = { timing: { every: 60 }, target: single, webhook: undefined, onlyChanged: false }
      const store = (caller: string | null, most: number) =>
        repository.createSchedule({ ...plain, caller }, most)
      const refused = { code: 'too_many_schedules' }
      const { id } = await store('one', 2)
      await store('one', 2)
      await assert.rejects(store('one', 2), refused)
      await store('other', 2)
      await store('one', 0)
      await assert.rejects(store('one', 3), refused)
      await schedules.remove(id, 'one')
      await store('one', 3)
      // Without keys all are of one caller.
      await assert.rejects(store(null, 1), refused)
      for (const { id: left } of await schedules.list(null, null, 1000)) await schedules.remove(left, null)
    })

    test('ask for their page with its text, and are due again at the time after', async () => {
      const id = await madeDue({ target: { ...single, asked: { ...asked, priority: 3 } } })
      assert.deepEqual(await schedules.due(10), [id])
      const began = await schedules.fire(id)
      const [request, ...others] = await runsOf(id)
      assert.deepEqual(began, { kind: 'url', requestId: request?.id, groupId: null, requests: 1 })
      assert.deepEqual([others, request?.url, request?.priority], [[], url, 3])
      const [claimed] = await repository.claim(OWNER, ['api'], 10)
      assert.deepEqual(claimed?.options, { formats: ['title', 'html', 'text'] })
      assert.equal(claimed?.schedule_id, id)
      assert.deepEqual(await schedules.due(10), [])
      const found = await schedules.find(id, null)
      assert.ok(Math.abs(msUntil(found?.next_run_at) - 3_600_000) < 10_000)
      assert.deepEqual([found?.last?.requestId, found?.last?.changed], [request?.id, null])
    })

    test('run once, however many workers find them due', async () => {
      // Two transactions of SQLite's one process are one after the other.
      const other = name === 'Postgres' ? store.again() : database
      const ids = await Promise.all(Array.from({ length: 5 }, () => madeDue()))
      const both = [schedules, createSchedules(other)]
      const began = await Promise.all([...ids, ...ids].flatMap((id) => both.map((one) => one.fire(id))))
      assert.equal(began.filter((one) => one !== undefined).length, ids.length)
      for (const id of ids) assert.equal((await runsOf(id)).length, 1)
      if (other !== database) await other.close()
    })

    test('run once after many missed runs, and stay in step', async () => {
      const id = await make()
      await setNext(id, -3_600_000 * 99.5)
      assert.ok(await schedules.fire(id))
      assert.equal(await schedules.fire(id), undefined)
      assert.equal((await runsOf(id)).length, 1)
      const ms = msUntil((await schedules.find(id, null))?.next_run_at)
      assert.ok(Math.abs(ms - 1_800_000) < 10_000, `${ms}`)
    })

    test('pass over a run while the one before is under way', async () => {
      const id = await madeDue()
      await schedules.fire(id)
      await setNext(id, -1)
      assert.equal(await schedules.fire(id), undefined)
      assert.equal((await runsOf(id)).length, 1)
      assert.ok(msUntil((await schedules.find(id, null))?.next_run_at) > 0)
      assert.equal(await repository.runSchedule(id, null), null)
      await claimAll()
      await repository.succeed((await runsOf(id))[0]?.id ?? 0, page)
      assert.ok(await repository.runSchedule(id, null))
    })

    test('do not run while they are paused, nor for the time that they were', async () => {
      const id = await madeDue()
      assert.equal(await schedules.pause(id, null, true), true)
      assert.deepEqual([await schedules.due(10), await schedules.fire(id)], [[], undefined])
      assert.equal((await schedules.find(id, null))?.next_run_at, null)
      assert.equal(await schedules.pause(id, null, false), true)
      assert.equal(await schedules.fire(id), undefined)
      assert.ok(msUntil((await schedules.find(id, null))?.next_run_at) > 3_590_000)
      await setNext(id, 60_000)
      for (const paused of [true, false]) await schedules.pause(id, null, paused)
      assert.ok(msUntil((await schedules.find(id, null))?.next_run_at) < 61_000)
    })

    test('are gone when they are removed, and what they stored stays', async () => {
      const id = await madeDue()
      await schedules.fire(id)
      await setNext(id, -1)
      assert.equal(await schedules.remove(id, null), true)
      assert.equal(await schedules.remove(id, null), false)
      assert.deepEqual([await schedules.fire(id), await schedules.find(id, null)], [undefined, undefined])
      assert.equal(await schedules.pause(id, null, true), false)
      assert.equal(await repository.runSchedule(id, null), undefined)
      assert.equal((await runsOf(id)).length, 1)
    })

    test('make no request where their next time cannot be stored, and none twice after that', async () => {
      const id = await madeDue()
      const fault =
        name === 'Postgres'
          ? [
              sql`create function refuse() returns trigger language plpgsql as 'begin raise exception ''no''; end'`,
              sql`create trigger refused before update of last_run_at on schedules execute function refuse()`,
            ]
          : [
              sql`create trigger refused before update of last_run_at on schedules begin select raise(abort, 'no'); end`,
            ]
      for (const step of fault) await step.execute(database.kysely)
      await assert.rejects(schedules.fire(id), /no/)
      assert.deepEqual([(await runsOf(id)).length, await schedules.due(10)], [0, [id]])
      await sql`drop trigger refused ${name === 'Postgres' ? sql`on schedules` : sql``}`.execute(
        database.kysely,
      )
      assert.ok(await schedules.fire(id))
      assert.equal((await runsOf(id)).length, 1)
    })

    test('are seen, listed and changed by their callers alone', async () => {
      const [mine, other] = [await make({ caller: 'me' }), await make({ caller: 'other' })]
      const ids = async (caller: string, before: number | null = null) =>
        (await schedules.list(caller, before, 10)).map(({ id }) => id)
      assert.deepEqual(await ids('me'), [mine])
      const second = await make({ caller: 'me' })
      assert.deepEqual([await ids('me'), await ids('me', second)], [[second, mine], [mine]])
      assert.equal(await schedules.find(other, 'me'), undefined)
      assert.equal(await schedules.pause(other, 'me', true), false)
      assert.equal(await schedules.remove(other, 'me'), false)
      assert.equal(await repository.runSchedule(other, 'me'), undefined)
      const began = await repository.runSchedule(mine, 'me')
      assert.ok(await repository.status(began?.requestId ?? 0, 'me'))
    })

    test('of a batch make it anew at each run', async () => {
      const id = await madeDue({ target: batch, webhook: { ...webhook, events: ['schedule.changed'] } })
      const began = await schedules.fire(id)
      assert.equal(began?.kind, 'batch')
      const group = await repository.group(began?.groupId ?? 0, 'batch', null)
      assert.deepEqual([group?.total, group?.done], [2, false])
      const [first, second] = await repository.claim(OWNER, ['api'], 10)
      assert.deepEqual([first?.url, second?.url], [`${url}a`, `${url}b`])
      const options = { timeout: 5, formats: ['title', 'html', 'text'] }
      assert.deepEqual([first?.options, first?.schedule_id], [options, id])
      const [a = 0, b = 0] = [first?.id, second?.id]
      await repository.succeed(a, { ...page, change: changed('a', null, false) })
      assert.equal(await repository.runSchedule(id, null), null)
      await repository.succeed(b, { ...page, change: changed('b', 1) })
      const told = await createDeliveries(database).list({
        ...{ caller: null, limit: 9, group: began?.groupId ?? 0 },
      })
      assert.deepEqual(
        told.map(({ event, request_id }) => [event, request_id]),
        [['schedule.changed', b]],
      )
      assert.ok(await repository.runSchedule(id, null))
    })

    test('of a crawl know the pages that it grows by as theirs', async () => {
      const id = await make({ target: crawl })
      const began = await repository.runSchedule(id, null)
      const [first] = await repository.claim(OWNER, ['api'], 10)
      const found = { canonical: null, urls: [`${url}next`] }
      await repository.succeed(first?.id ?? 0, { ...page, final_url: url, found }, began?.groupId)
      const [next] = await repository.claim(OWNER, ['api'], 10)
      assert.deepEqual([next?.url, next?.schedule_id], [`${url}next`, id])
      assert.deepEqual(next?.options.formats, ['title', 'html', 'text'])
      const { items } = await repository.list({ caller: null, schedule: id }, null, 10)
      assert.deepEqual(
        items.map(({ url: one }) => one),
        [`${url}next`, url],
      )
    })

    test('compare a page with the last that could be compared', async () => {
      const id = await make()
      const first = await runOnce(id, changed('a', null, false))
      assert.equal(await repository.previous(first), undefined)
      const flagged = await runOnce(id)
      const third = await runOnce(id, changed('b', first))
      const { text = null } = page.formats ?? {}
      const before = { id: first, text, html: page.html }
      assert.deepEqual(
        [await repository.previous(flagged), await repository.previous(third)],
        [before, before],
      )
      const other = await runOnce(await make(), changed('a', null, false))
      assert.equal(await repository.previous(other), undefined)
      assert.deepEqual((await repository.result(third, null))?.change, changed('b', first))
      const last = (await schedules.find(id, null))?.last
      assert.deepEqual([last?.requestId, last?.changed, last?.hash], [third, true, 'b'])
    })

    test('tell their webhook of each end and of changes, or of changes alone', async () => {
      const [every, only] = [await make({ webhook }), await make({ webhook, onlyChanged: true })]
      const told = async (id: number) =>
        (await createDeliveries(database).list({ caller: null, limit: 9, request: id })).map(
          ({ event }) => event,
        )
      const events = []
      for (const id of [every, only])
        for (const is of [false, true]) events.push(await told(await runOnce(id, changed('x', 1, is))))
      assert.deepEqual(events, [
        ['request.success'],
        ['schedule.changed', 'request.success'],
        [],
        ['schedule.changed'],
      ])
      const { rows } = await sql<{ payload: string }>`select payload from deliveries
        order by id desc limit 1`.execute(database.kysely)
      const { data } = JSON.parse(rows[0]?.payload ?? '') as { data: Record<string, unknown> }
      assert.deepEqual([data.schedule_id, data.changed, data.hash], [only, true, 'x'])
    })

    test('keep the page that the next is compared with, however old it is', async () => {
      const id = await make()
      const gone = await runOnce(id, changed('a', null, false))
      const kept = await runOnce(id, changed('a', gone, false))
      const purge = async () => {
        for (let next: number | null = 0; next !== null; ) next = (await repository.purge(-10_000, next)).next
        return (await runsOf(id)).map((row) => row.id)
      }
      assert.deepEqual(await purge(), [kept])
      await schedules.remove(id, null)
      assert.deepEqual(await purge(), [])
    })
  })
}
