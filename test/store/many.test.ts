import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { sql } from 'kysely'
import { ServiceError } from '../../src/contract/errors.ts'
import type { NewGroup } from '../../src/contract/groups.ts'
import { MOST_ATTEMPTS_TOLD } from '../../src/contract/models.ts'
import type { Answer, NewRequest, OnceKey, Repository } from '../../src/contract/repository.ts'
import { migrate } from '../../src/store/migrate.ts'
import type { Owner } from '../../src/store/owner.ts'
import { createRepository } from '../../src/store/repository.ts'
import { faultOf } from '../support/link.ts'
import { planOf } from '../support/plan.ts'
import { type Opened, page, request, stores } from '../support/stores.ts'

const batch = (more: Partial<NewGroup> = {}): NewGroup => ({
  kind: 'batch',
  caller: null,
  options: { timeout: 3 },
  closed: true,
  ...more,
})

const fault = { code: 'timeout', message: 'late' }
const nothing = { final_url: null, target_status: null }
const numbered = (count: number, more: Partial<NewRequest> = {}): NewRequest[] =>
  Array.from({ length: count }, (_, index) => request({ url: `https://example.com/${index}`, ...more }))

for (const [name, open] of Object.entries(stores)) {
  describe(`a repository of many requests on ${name}`, () => {
    let store: Opened
    let repository: Repository
    let me: Owner

    before(async () => {
      store = await open()
      await migrate(store.database)
      repository = createRepository(store.database, { leaseMs: 60_000 })
      me = await store.owner()
    })

    after(async () => {
      await me.close()
      await store.database.close()
      await store.close()
    })

    const run = (statement: ReturnType<typeof sql>) => statement.execute(store.database.kysely)
    const isBatch = (id: number, caller: string | null = null) => repository.group(id, 'batch', caller)
    const claimAll = (queue: string) => repository.claim(me.id, [queue], 10_000)

    describe('a group', () => {
      test('is among those under way until it is done, for those whose it is', async () => {
        const crawl = (caller: string, closed = false) => batch({ kind: 'crawl', caller, closed })
        const [first, second, closed] = [
          await repository.createGroup(crawl('way'), numbered(1, { queue: 'g-way' })),
          await repository.createGroup(crawl('way'), numbered(1, { queue: 'g-way' })),
          await repository.createGroup(crawl('way', true), []),
        ]
        await repository.createGroup(crawl('other'), numbered(1, { queue: 'g-way' }))
        await repository.createGroup(batch({ caller: 'way' }), numbered(1, { queue: 'g-way' }))
        const underWay = async (limit: number) =>
          (await repository.groupsUnderWay('crawl', 'way', limit)).map(({ id }) => id)
        assert.deepEqual(await underWay(10), [second.id, first.id])
        assert.deepEqual(await underWay(1), [second.id])
        await repository.markCancelled(second.id)
        assert.deepEqual(await underWay(10), [second.id, first.id])
        await repository.cancelSome(second.id, 10)
        assert.deepEqual(await underWay(10), [first.id])
        assert.equal((await repository.group(closed.id, 'crawl', 'way'))?.done, true)
      })

      test('under way is found by an index, however many have ended', async () => {
        const json = JSON.stringify(Array.from({ length: 5000 }, (_, at) => String(at)))
        const ended = name === 'Postgres' ? sql`jsonb_array_elements_text(${json})` : sql`json_each(${json})`
        await run(sql`insert into request_groups (kind, caller, closed, total, success)
          select 'crawl', 'ended', 1, 1, 1 from ${ended}`)
        await run(sql`analyze request_groups`)
        for (const caller of [null, 'ended']) {
          const plan = await planOf(store.database, (watched) =>
            createRepository(watched, { leaseMs: 60_000 }).groupsUnderWay('crawl', caller, 100),
          )
          // Of the two, whichever is thought to be shorter.
          assert.match(plan, /\brequest_groups_(?:own_)?under_way\b/)
        }
        await run(sql`delete from request_groups where caller = 'ended'`)
      })

      test('is stored with all its requests, in the order they were given', async () => {
        const requests = numbered(2500, { queue: 'g-order', options: { accept_language: 'de' }, priority: 2 })
        const made = await repository.createGroup(batch(), requests)
        assert.equal(made.requests.length, 2500)
        const { items } = await repository.list({ caller: null, group: made.id }, null, 3000)
        assert.deepEqual(
          items.map(({ id, url, group_id }) => ({ id, url, group_id })).reverse(),
          requests.map(({ url }, index) => ({ id: made.requests[index], url, group_id: made.id })),
        )
        assert.deepEqual(
          { ...(await isBatch(made.id)), created_at: 0, updated_at: 0 },
          {
            id: made.id,
            kind: 'batch',
            options: { timeout: 3 },
            total: 2500,
            counts: { pending: 2500, processing: 0, success: 0, failure: 0, cancelled: 0 },
            done: false,
            cancelled: false,
            seq: 0,
            created_at: 0,
            updated_at: 0,
          },
        )
        const [first] = await repository.claim(me.id, ['g-order'], 1)
        assert.deepEqual([first?.url, first?.options], [requests[0]?.url, { accept_language: 'de' }])
        assert.equal(first?.group_id, made.id)
      })

      test('is of one kind and one caller', async () => {
        const { id } = await repository.createGroup(
          batch({ caller: 'a' }),
          numbered(1, { caller: 'a', queue: 'g-own' }),
        )
        assert.equal((await isBatch(id, 'a'))?.id, id)
        assert.equal((await isBatch(id))?.id, id)
        assert.equal(await isBatch(id, 'b'), undefined)
        assert.equal(await repository.group(id, 'crawl', 'a'), undefined)
      })

      test('counts endings without a gap, whoever ends them at once, and keeps their order', async () => {
        const { id, requests } = await repository.createGroup(batch(), numbered(120, { queue: 'g-seq' }))
        const other = await repository.createGroup(batch(), numbered(60, { queue: 'g-seq' }))
        await claimAll('g-seq')
        const all = [
          ...requests.map((one) => [one, id]),
          ...other.requests.map((one) => [one, other.id]),
        ] as [number, number][]
        const seen: number[] = []
        let watching = true
        const watch = async () => {
          for (let last = 0; watching; ) {
            const events = await repository.groupEvents(id, last, 1000)
            seen.push(...events.map(({ seq }) => seq))
            last = seen.at(-1) ?? 0
            await nextTurn()
          }
        }
        const watcher = watch()
        const ended = await Promise.all(
          // Told of their group or not, and some of them twice.
          all.flatMap(([one, group], index) => [
            index % 3 === 0
              ? repository.fail(one, me.id, fault, nothing, group)
              : repository.succeed(one, page, index % 2 ? group : null),
            ...(index % 5 === 0 ? [repository.succeed(one, page, group)] : []),
          ]),
        )
        watching = false
        await watcher
        assert.equal(ended.filter(Boolean).length, all.length)
        const events = await repository.groupEvents(id, 0, 1000)
        assert.deepEqual(
          events.map(({ seq }) => seq),
          requests.map((_, index) => index + 1),
        )
        assert.deepEqual(new Set(events.map((event) => event.id)), new Set(requests))
        assert.deepEqual(seen, events.map(({ seq }) => seq).slice(0, seen.length))
        const { counts, done, seq } = (await isBatch(id)) ?? {}
        assert.deepEqual([counts?.pending, counts?.processing, done, seq], [0, 0, true, 120])
        assert.equal((counts?.success ?? 0) + (counts?.failure ?? 0), 120)
        assert.equal((await isBatch(other.id))?.seq, 60)
        assert.deepEqual(
          (await repository.groupEvents(id, 118, 1000)).map((event) => event.seq),
          [119, 120],
        )
        assert.deepEqual(
          await repository.groupVersions([id, other.id, 1e9]),
          new Map([
            [id, '120-1'],
            [other.id, '60-1'],
          ]),
        )
      })

      test('tells what each request ended with', async () => {
        const { id, requests } = await repository.createGroup(batch(), numbered(2, { queue: 'g-tell' }))
        await claimAll('g-tell')
        await repository.fail(
          requests[0] as number,
          me.id,
          fault,
          { final_url: null, target_status: 503 },
          id,
        )
        await repository.succeed(requests[1] as number, page, id)
        assert.deepEqual(await repository.groupEvents(id, 0, 10), [
          {
            seq: 1,
            id: requests[0],
            url: 'https://example.com/0',
            status: 'failure',
            error: fault,
            target_status: 503,
          },
          {
            seq: 2,
            id: requests[1],
            url: 'https://example.com/1',
            status: 'success',
            error: null,
            target_status: 200,
          },
        ])
      })

      test('gives results in the order they came, no more at once than a bound of bytes lets', async () => {
        const { id, requests } = await repository.createGroup(batch(), numbered(6, { queue: 'g-results' }))
        await claimAll('g-results')
        for (const one of requests) await repository.succeed(one, { ...page, html: 'x'.repeat(1000) }, id)
        const read = async (after: number, limit: number, bytes: number) =>
          (await repository.groupResults(id, after, limit, bytes)).map(({ seq, result }) => [
            seq,
            result.html?.length,
          ])
        assert.deepEqual(
          await read(0, 10, 1e6),
          [1, 2, 3, 4, 5, 6].map((seq) => [seq, 1000]),
        )
        assert.deepEqual(await read(2, 2, 1e6), [
          [3, 1000],
          [4, 1000],
        ])
        assert.deepEqual(await read(0, 10, 2500), [
          [1, 1000],
          [2, 1000],
        ])
        assert.deepEqual(await read(3, 10, 1), [[4, 1000]])
        assert.deepEqual(await read(6, 10, 1e6), [])
      })

      test('takes more until it is closed or cancelled', async () => {
        const { id } = await repository.createGroup(
          batch({ closed: false }),
          numbered(1, { queue: 'g-more' }),
        )
        const read = async () => {
          const { total, done, cancelled } = (await isBatch(id)) ?? {}
          return { total, done, cancelled }
        }
        const [first] = await claimAll('g-more')
        await repository.succeed(first?.id as number, page, id)
        assert.deepEqual(await read(), { total: 1, done: false, cancelled: false })
        assert.equal((await repository.addToGroup(id, numbered(3, { queue: 'g-more' }))).length, 3)
        assert.deepEqual(await read(), { total: 4, done: false, cancelled: false })
        for (const one of await claimAll('g-more')) await repository.succeed(one.id, page, id)
        await repository.closeGroup(id)
        assert.deepEqual(await repository.addToGroup(id, numbered(3, { queue: 'g-more' })), [])
        assert.deepEqual(await read(), { total: 4, done: true, cancelled: false })
        assert.equal(await repository.markCancelled(id), true)
        assert.equal(await repository.markCancelled(id), false)
        assert.equal((await read()).cancelled, true)
      })

      test('is cancelled in steps, whatever its requests are doing', async () => {
        const { id, requests } = await repository.createGroup(batch(), numbered(10, { queue: 'g-cancel' }))
        const held = await repository.claim(me.id, ['g-cancel'], 4)
        await repository.succeed(held[0]?.id as number, page, id)
        assert.equal(await repository.markCancelled(id), true)
        const first = await repository.cancelSome(id, 6)
        const rest = await repository.cancelSome(id, 6)
        assert.deepEqual([first.length, rest.length, await repository.cancelSome(id, 6)], [6, 3, []])
        const working = [...first, ...rest].filter(({ from }) => from === 'processing').map((one) => one.id)
        assert.deepEqual(
          working,
          held.slice(1).map((one) => one.id),
        )
        assert.equal(await repository.succeed(held[1]?.id as number, page, id), false)
        const { counts, done, cancelled, seq } = (await isBatch(id)) ?? {}
        assert.deepEqual(counts, { pending: 0, processing: 0, success: 1, failure: 0, cancelled: 9 })
        assert.deepEqual([done, cancelled, seq], [true, true, 10])
        const events = await repository.groupEvents(id, 0, 100)
        assert.deepEqual(
          events.map((event) => event.seq),
          requests.map((_, index) => index + 1),
        )
      })

      test('is done again after one of its requests was tried anew', async () => {
        const { id, requests } = await repository.createGroup(batch(), numbered(2, { queue: 'g-renew' }))
        await claimAll('g-renew')
        await repository.fail(requests[0] as number, me.id, fault, nothing, id)
        await repository.succeed(requests[1] as number, page, id)
        const move = await repository.renew(requests[0] as number, null)
        assert.deepEqual(move, { moved: true, from: 'failure', group_id: id })
        const { done, counts } = (await isBatch(id)) ?? {}
        assert.deepEqual([done, counts?.pending, counts?.failure], [false, 1, 0])
        const [again] = await claimAll('g-renew')
        await repository.succeed(again?.id as number, page, id)
        const { done: isDone, seq } = (await isBatch(id)) ?? {}
        assert.deepEqual([isDone, seq], [true, 3])
        assert.deepEqual(
          (await repository.groupEvents(id, 1, 10)).map((event) => event.seq),
          [2, 3],
        )
      })
    })

    describe('claims', () => {
      test('take what is posted later before the rest of a long group', async () => {
        const { requests } = await repository.createGroup(batch(), numbered(50, { queue: 'c-turn' }))
        const started = await repository.claim(me.id, ['c-turn'], 3)
        assert.deepEqual(
          started.map(({ id }) => id),
          requests.slice(0, 3),
        )
        const single = await repository.create(request({ queue: 'c-turn' }))
        const second = await repository.createGroup(batch(), numbered(2, { queue: 'c-turn' }))
        const next = await repository.claim(me.id, ['c-turn'], 4)
        assert.deepEqual(
          next.map(({ id }) => id).sort((a, b) => a - b),
          [requests[3], single.id, ...second.requests].sort((a, b) => (a ?? 0) - (b ?? 0)),
        )
        assert.equal((await claimAll('c-turn')).length, 46)
      })

      test('leave room for single ones when asked to', async () => {
        const high = await repository.createGroup(batch(), numbered(20, { queue: 'c-room', priority: 9 }))
        const single = await repository.create(request({ queue: 'c-room' }))
        const none = await repository.claim(me.id, ['c-room'], 10, 0)
        assert.deepEqual(
          none.map(({ id }) => id),
          [single.id],
        )
        const some = await repository.claim(me.id, ['c-room'], 10, 3)
        assert.deepEqual(
          some.map(({ id }) => id),
          high.requests.slice(0, 3),
        )
      })

      test('wait for the time of those that have one, and pass many of these without a look', async () => {
        const many = numbered(2000, { queue: 'c-later', delayMs: 3_600_000, priority: 9 })
        await repository.createGroup(batch(), many)
        const later = await repository.create(request({ queue: 'c-later', delayMs: 3_600_000 }))
        const now = await repository.create(request({ queue: 'c-later' }))
        assert.deepEqual(
          (await claimAll('c-later')).map(({ id }) => id),
          [now.id],
        )
        await run(sql`update parse_requests set run_at = created_at where id = ${later.id}`)
        assert.deepEqual(
          (await claimAll('c-later')).map(({ id }) => id),
          [later.id],
        )
      })
    })

    describe('a request', () => {
      test('is cancelled while it waits and while it is worked on, and its late answer changes nothing', async () => {
        const waiting = await repository.create(request({ queue: 'r-cancel' }))
        assert.deepEqual(await repository.cancel(waiting.id, null), {
          moved: true,
          from: 'pending',
          group_id: null,
        })
        const working = await repository.create(request({ queue: 'r-cancel' }))
        assert.equal((await claimAll('r-cancel')).length, 1)
        assert.deepEqual(await repository.cancel(working.id, null), {
          moved: true,
          from: 'processing',
          group_id: null,
        })
        assert.equal(await repository.succeed(working.id, page), false)
        assert.equal(await repository.retry(working.id, me.id, 0, fault), false)
        const told = await repository.status(working.id, null)
        assert.deepEqual([told?.status, told?.error, told?.attempts.length], ['cancelled', null, 1])
        assert.deepEqual(await repository.cancel(working.id, null), {
          moved: false,
          from: 'cancelled',
          group_id: null,
        })
        assert.deepEqual(await claimAll('r-cancel'), [])
      })

      test('of another caller is not there to be cancelled, tried anew or deleted', async () => {
        const { id } = await repository.create(request({ queue: 'r-own', caller: 'a' }))
        for (const step of ['cancel', 'renew', 'remove'] as const) {
          assert.equal(await repository[step](id, 'b'), undefined)
          assert.equal(await repository[step](1e9, null), undefined)
        }
        assert.equal((await repository.cancel(id, 'a'))?.moved, true)
      })

      test('that failed or was cancelled is tried anew as if it had just been made', async () => {
        const { id } = await repository.create(request({ queue: 'r-renew' }))
        assert.equal((await repository.renew(id, null))?.moved, false)
        await claimAll('r-renew')
        await repository.retry(id, me.id, 0, fault)
        await claimAll('r-renew')
        await repository.fail(id, me.id, fault, { final_url: 'https://example.com/x', target_status: 500 })
        assert.equal((await repository.renew(id, null))?.moved, true)
        const { status, attempt, attempts, error } = (await repository.status(id, null)) ?? {}
        assert.deepEqual(
          { status, attempt, attempts, error },
          { status: 'pending', attempt: 0, attempts: [], error: null },
        )
        assert.equal((await repository.result(id, null))?.target_status, null)
        const [claimed] = await claimAll('r-renew')
        assert.deepEqual([claimed?.id, claimed?.attempt], [id, 1])
        await repository.succeed(id, page)
        assert.deepEqual(await repository.renew(id, null), { moved: false, from: 'success', group_id: null })
      })

      test('is deleted once it has ended', async () => {
        const { id } = await repository.create(request({ queue: 'r-remove' }))
        assert.deepEqual(await repository.remove(id, null), { moved: false, from: 'pending', group_id: null })
        await repository.cancel(id, null)
        assert.deepEqual(await repository.remove(id, null), {
          moved: true,
          from: 'cancelled',
          group_id: null,
        })
        assert.equal(await repository.status(id, null), undefined)
      })

      test('tells of each attempt that has ended, and of the stages of the last', async () => {
        const { id } = await repository.create(request({ queue: 'r-attempts' }))
        await claimAll('r-attempts')
        await repository.retry(id, me.id, 0, fault, 503)
        await claimAll('r-attempts')
        await repository.succeed(id, { ...page, timings: { dns: 1.5, parse: 3 } })
        const { attempts = [], timings } = (await repository.status(id, null)) ?? {}
        assert.deepEqual(
          attempts.map(({ error, target_status }) => ({ error, target_status })),
          [
            { error: fault, target_status: 503 },
            { error: null, target_status: 200 },
          ],
        )
        for (const { started_at, ended_at } of attempts) {
          assert.match(started_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
          assert.ok(started_at <= ended_at)
        }
        assert.deepEqual([timings?.dns, timings?.parse], [1.5, 3])
        assert.ok((timings?.queued ?? -1) >= 0)
      })

      test('tells of the youngest attempts alone where there were many', async () => {
        const { id } = await repository.create(request({ queue: 'r-many' }))
        for (let attempt = 1; attempt <= MOST_ATTEMPTS_TOLD + 3; attempt += 1) {
          await claimAll('r-many')
          await repository.retry(id, me.id, 0, { code: 'timeout', message: String(attempt) })
        }
        const { attempts = [] } = (await repository.status(id, null)) ?? {}
        assert.equal(attempts.length, MOST_ATTEMPTS_TOLD)
        assert.deepEqual([attempts[0]?.error?.message, attempts.at(-1)?.error?.message], ['4', '23'])
      })

      test('tells its place among those that wait in its queue', async () => {
        const place = async (id: number) => (await repository.status(id, null))?.place
        const first = await repository.create(request({ queue: 'r-place' }))
        await repository.createGroup(batch(), numbered(2500, { queue: 'r-place', priority: 1 }))
        await run(sql`update parse_requests set turn = turn - 5000 where id = ${first.id}`)
        const last = await repository.create(request({ queue: 'r-place' }))
        const high = await repository.create(request({ queue: 'r-place', priority: 5 }))
        const later = await repository.create(request({ queue: 'r-place', delayMs: 60_000 }))
        assert.deepEqual([await place(high.id), await place(last.id), await place(later.id)], [0, 1000, null])
        await run(
          sql`update parse_requests set status = 'cancelled' where group_id is not null and queue = 'r-place'`,
        )
        assert.deepEqual([await place(first.id), await place(last.id)], [1, 2])
        await claimAll('r-place')
        assert.equal(await place(first.id), null)
      })
    })

    describe('the list', () => {
      const ids = async (...args: Parameters<Repository['list']>) =>
        (await repository.list(...args)).items.map(({ id }) => id)

      test('goes through everything in parts, youngest first, missing none and telling none twice', async () => {
        const { id: group, requests } = await repository.createGroup(
          batch(),
          numbered(25, { queue: 'l-parts' }),
        )
        for (const one of await repository.claim(me.id, ['l-parts'], 9))
          await repository.succeed(one.id, page, group)
        const seen: number[] = []
        const sizes: number[] = []
        for (let before: number | null = null; ; ) {
          const { items, next } = await repository.list({ caller: null, group }, before, 10)
          seen.push(...items.map(({ id }) => id))
          sizes.push(items.length)
          if (next === null) break
          before = next
        }
        assert.deepEqual([seen, sizes], [requests.toReversed(), [10, 10, 5]])
      })

      test('is of one status, host, group and caller, or of several of these', async () => {
        const queue = 'l-filter'
        const make = (url: string, caller: string | null = null) =>
          repository.create(request({ queue, url, caller }))
        const a = await make('https://a.test/x')
        const port = await make('http://a.test:8080/x')
        const six = await make('http://[2001:db8::1]:81/x', 'me')
        const mine = await make('https://a.test/y', 'me')
        await repository.cancel(a.id, null)
        const own = { caller: 'me' }
        assert.deepEqual(await ids({ caller: null, host: 'a.test' }, null, 10), [mine.id, port.id, a.id])
        assert.deepEqual(await ids({ caller: null, host: 'A.test:8080' }, null, 10), [port.id])
        assert.deepEqual(await ids({ caller: null, host: '[2001:db8::1]' }, null, 10), [six.id])
        assert.deepEqual(await ids({ caller: null, host: 'a.test', status: 'cancelled' }, null, 10), [a.id])
        assert.deepEqual(await ids({ ...own, host: 'a.test' }, null, 10), [mine.id])
        assert.deepEqual(await ids(own, null, 10), [mine.id, six.id])
        assert.deepEqual(await ids({ ...own, status: 'success' }, null, 10), [])
        assert.deepEqual(await ids({ caller: 'you' }, null, 10), [])
        assert.deepEqual(await ids({ caller: null, host: '%%' }, null, 10), [])
      })

      test('begins with a time where one is given', async () => {
        const host = 'since.test'
        const made = []
        for (const day of ['01', '02', '03']) {
          const { id } = await repository.create(request({ url: `https://${host}/`, queue: 'l-since' }))
          const at = store.database.dialect.time(`2026-01-${day}T00:00:00.000Z`)
          await run(sql`update parse_requests set created_at = ${at} where id = ${id}`)
          made.push(id)
        }
        const since = '2026-01-02T00:00:00.000Z'
        assert.deepEqual(await ids({ caller: null, host, since }, null, 10), made.slice(1).reverse())
        const part = await repository.list({ caller: null, host, since }, null, 2)
        assert.deepEqual([part.items.length, part.next], [2, made[1]])
        assert.deepEqual(await repository.list({ caller: null, host, since }, part.next, 2), {
          items: [],
          next: null,
        })
      })

      test('knows which requests have not ended, and how many wait', async () => {
        const made = await repository.createGroup(batch(), numbered(3, { queue: 'l-open' }))
        const [first, second, third] = made.requests as [number, number, number]
        await repository.claim(me.id, ['l-open'], 1)
        await repository.cancel(second, null)
        assert.deepEqual(await repository.unended([first, second, third, 1e9]), new Set([first, third]))
        assert.deepEqual(await repository.unended([]), new Set())
        const states = [
          [first, { status: 'processing', attempt: 1 }],
          [second, { status: 'cancelled', attempt: 0 }],
        ] as const
        assert.deepEqual(await repository.states([first, second, 1e9]), new Map<number, object>(states))
        assert.equal(await repository.countPending(2), 2)
        assert.ok((await repository.countPending(1e6)) > 2)
      })
    })

    describe('what is old', () => {
      const day = 86_400_000
      const age = (ids: number[], days: number) =>
        run(sql`update parse_requests set created_at = ${store.database.dialect.later(-days * day)},
          updated_at = ${store.database.dialect.later(-days * day)} where ${store.database.dialect.among('id', ids)}`)
      const purgeAll = async (ageMs: number, from: number) => {
        let removed = 0
        for (let after: number | null = from; after !== null; ) {
          const step = await repository.purge(ageMs, after)
          removed += step.removed
          after = step.next
        }
        return removed
      }

      test('is deleted in steps when it has ended, with its group at the end', async () => {
        const { id, requests } = await repository.createGroup(batch(), numbered(450, { queue: 'o-purge' }))
        const claimed = await repository.claim(me.id, ['o-purge'], 440)
        for (const one of claimed.slice(0, 430)) await repository.succeed(one.id, aPageOf(one.id), id)
        await age(requests, 31)
        await run(
          sql`update request_groups set created_at = ${store.database.dialect.later(-31 * day)} where id = ${id}`,
        )
        await repository.succeed(claimed[431]?.id as number, page, id)
        const first = await repository.purge(30 * day, (requests[0] ?? 0) - 1)
        assert.deepEqual([first.removed, first.next], [200, requests[199]])
        assert.equal(await purgeAll(30 * day, (requests[0] ?? 0) - 1), 230)
        assert.equal((await repository.list({ caller: null, group: id }, null, 1000)).items.length, 20)
        assert.equal(await repository.purgeGroups(30 * day), 0)
        for (let left = 1; left > 0; ) left = (await repository.cancelSome(id, 100)).length
        await age(requests, 31)
        assert.equal(await purgeAll(30 * day, (requests[0] ?? 0) - 1), 20)
        assert.equal(await repository.purgeGroups(30 * day), 1)
        assert.equal(await isBatch(id), undefined)
      })

      const aPageOf = (id: number) => ({ ...page, title: String(id), html: '' })

      test('is not looked for among what is young', async () => {
        const made = await repository.createGroup(batch(), numbered(500, { queue: 'o-young' }))
        const first = (made.requests[0] ?? 0) - 1
        assert.deepEqual(await repository.purge(day, first), { removed: 0, next: null })
      })
    })

    describe('a creation that is asked for once', () => {
      const once = (more: Partial<OnceKey> = {}): OnceKey => ({
        caller: null,
        key: 'k',
        digest: 'd',
        ...more,
      })
      const creating = (key: OnceKey, queue: string): Promise<Answer> =>
        repository.once(key, async (creator) => {
          const { id } = await creator.create(request({ queue }))
          const made = await creator.createGroup(batch(), numbered(2, { queue }))
          return { status: 202, location: `/status/${id}`, body: { request_id: id, batch_id: made.id } }
        })

      test('is done once, and answered alike ever after', async () => {
        const key = once({ key: 'same' })
        const first = await creating(key, 'once-same')
        assert.deepEqual(await creating(key, 'once-same'), first)
        assert.equal((await claimAll('once-same')).length, 3)
      })

      test('is another one for another key and another caller', async () => {
        const answers = [
          await creating(once({ key: 'x' }), 'once-other'),
          await creating(once({ key: 'y' }), 'once-other'),
          await creating(once({ key: 'x', caller: 'a' }), 'once-other'),
          await creating(once({ key: 'x', caller: 'b', digest: 'e' }), 'once-other'),
        ]
        assert.equal(new Set(answers.map(({ location }) => location)).size, 4)
      })

      test('is refused when it is sent with something else', async () => {
        await creating(once({ key: 'differs' }), 'once-differs')
        const refused = await faultOf(creating(once({ key: 'differs', digest: 'other' }), 'once-differs'))
        assert.equal(refused.code, 'idempotency_mismatch')
        assert.equal((await claimAll('once-differs')).length, 3)
      })

      test('is refused while the first is under way, in this process and in others', async () => {
        const other = createRepository(name === 'Postgres' ? store.again() : store.database, {
          leaseMs: 60_000,
        })
        const begun = Promise.withResolvers<void>()
        const goOn = Promise.withResolvers<void>()
        const key = once({ key: 'busy' })
        const first = repository.once(key, async (creator) => {
          const { id } = await creator.create(request({ queue: 'once-busy' }))
          begun.resolve()
          await goOn.promise
          return { status: 202, location: null, body: { id } }
        })
        await begun.promise
        const never = async (): Promise<Answer> => assert.fail('was done twice')
        assert.equal((await faultOf(repository.once(key, never))).code, 'idempotency_in_progress')
        if (name === 'Postgres')
          assert.equal((await faultOf(other.once(key, never))).code, 'idempotency_in_progress')
        goOn.resolve()
        const answer = await first
        assert.deepEqual(await repository.once(key, never), answer)
      })

      test('leaves nothing when it fails, and may then be asked for again', async () => {
        const key = once({ key: 'fails' })
        const failing = repository.once(key, async (creator) => {
          await creator.create(request({ queue: 'once-fails' }))
          throw new ServiceError('queue_full')
        })
        assert.equal((await faultOf(failing)).code, 'queue_full')
        assert.deepEqual(await claimAll('once-fails'), [])
        await creating({ ...key, digest: 'other' }, 'once-fails')
        assert.equal((await claimAll('once-fails')).length, 3)
      })

      test('is forgotten after a day', async () => {
        const key = once({ key: 'old' })
        const first = await creating(key, 'once-old')
        const daysAgo = (days: number) => store.database.dialect.later(-days * 86_400_000)
        await run(sql`update once_keys set created_at = ${daysAgo(2)} where key = 'old'`)
        const second = await creating({ ...key, digest: 'other' }, 'once-old')
        assert.notDeepEqual(second, first)
        await run(sql`update once_keys set created_at = ${daysAgo(2)} where key = 'old'`)
        assert.equal(await repository.purgeKeys(), 1)
        assert.equal(await repository.purgeKeys(), 0)
      })
    })
  })
}
