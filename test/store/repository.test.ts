import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { sql } from 'kysely'
import type { ParseOptions } from '../../src/contract/options.ts'
import type { NewRequest, Repository } from '../../src/contract/repository.ts'
import { migrate, missingMigrations } from '../../src/store/migrate.ts'
import type { Owner } from '../../src/store/owner.ts'
import { createRepository } from '../../src/store/repository.ts'
import { aPage } from '../support/link.ts'
import { type Opened, page, request, stores } from '../support/stores.ts'

for (const [name, open] of Object.entries(stores)) {
  describe(`a repository on ${name}`, () => {
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

    const claimOne = async (more: Partial<NewRequest> = {}) => {
      const { id } = await repository.create(request(more))
      const [claimed] = await repository.claim(me.id, [more.queue ?? 'api'], 100)
      assert.equal(claimed?.id, id)
      return id
    }

    test('is migrated once, however often and by however many it is asked', async () => {
      const other = store.again()
      await Promise.all([migrate(store.database), migrate(other)])
      assert.deepEqual(await missingMigrations(other), [])
      await other.close()
    })

    test('gives ids to requests made at once in the order they came', async () => {
      const urls = Array.from({ length: 250 }, (_, index) => `https://example.com/${index}`)
      const made = await Promise.all(urls.map((url) => repository.create(request({ url, queue: 'order' }))))
      assert.deepEqual(
        made.map(({ url }) => url),
        urls,
      )
      assert.equal(new Set(made.map(({ id }) => id)).size, urls.length)
    })

    test('takes a request from pending through processing to success', async () => {
      const made = await repository.create(request({ queue: 'life', options: { timeout: 3 } }))
      assert.equal(made.status, 'pending')
      assert.match(made.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
      const [claimed] = await repository.claim(me.id, ['life'], 1)
      assert.deepEqual(claimed, {
        id: made.id,
        url: made.url,
        options: { timeout: 3 },
        attempt: 1,
        caller: null,
        group_id: null,
        schedule_id: null,
        waited_ms: 0,
        again: false,
      })
      assert.equal((await repository.status(made.id, null))?.status, 'processing')
      assert.equal(await repository.succeed(made.id, page), true)
      const { caching: _, ...told } = page
      const result = await repository.result(made.id, null)
      assert.deepEqual(
        { ...result, created_at: 0, updated_at: 0 },
        {
          id: made.id,
          url: made.url,
          status: 'success',
          attempt: 1,
          error: null,
          options: { timeout: 3 },
          group_id: null,
          change: null,
          ...told,
          created_at: 0,
          updated_at: 0,
        },
      )
    })

    test('lets the first ending win', async () => {
      const id = await claimOne({ queue: 'ending' })
      const fault = { code: 'timeout', message: 'late' }
      const nothing = { final_url: null, target_status: null }
      const [first, second] = await Promise.all([
        repository.succeed(id, page),
        repository.succeed(id, { ...page, title: 'other' }),
      ])
      assert.deepEqual([first, second], [true, false])
      assert.equal(await repository.fail(id, me.id, fault, nothing), false)
      assert.equal(await repository.retry(id, me.id, 0, fault), false)
      await repository.release(me.id, [{ id, attempt: 0, out: false }])
      assert.equal((await repository.result(id, null))?.title, 'A title')
    })

    test('does not end what was never claimed', async () => {
      const { id } = await repository.create(request({ queue: 'nobody' }))
      assert.equal(await repository.succeed(id, page), false)
      assert.equal((await repository.status(id, null))?.status, 'pending')
    })

    test('keeps the fault of a failed request and no page', async () => {
      const id = await claimOne({ queue: 'failing' })
      const details = { final_url: 'https://example.com/x', target_status: 404 }
      assert.equal(
        await repository.fail(id, me.id + 1, { code: 'x', message: 'not its owner' }, details),
        false,
      )
      assert.equal(await repository.fail(id, me.id, { code: 'http_status', message: '404' }, details), true)
      const result = await repository.result(id, null)
      assert.deepEqual(result?.error, { code: 'http_status', message: '404' })
      assert.deepEqual([result?.status, result?.html, result?.target_status], ['failure', null, 404])
    })

    test('gives a request that is retried out again when it is due, as a new attempt', async () => {
      const id = await claimOne({ queue: 'retrying' })
      assert.equal(await repository.retry(id, me.id, 3_600_000, { code: 'timeout', message: 'x' }), true)
      assert.deepEqual(await repository.claim(me.id, ['retrying'], 1), [])
      await sql`update parse_requests set run_at = created_at where id = ${id}`.execute(store.database.kysely)
      const [claimed] = await repository.claim(me.id, ['retrying'], 1)
      assert.deepEqual([claimed?.attempt, claimed?.again], [2, false])
    })

    test('gives a request that is postponed out again when it is due, as the same attempt', async () => {
      const id = await claimOne({ queue: 'postponed' })
      assert.equal(await repository.postpone(id, me.id + 1, 0), false)
      assert.equal(await repository.postpone(id, me.id, 3_600_000), true)
      assert.deepEqual(await repository.claim(me.id, ['postponed'], 1), [])
      await sql`update parse_requests set run_at = created_at where id = ${id}`.execute(store.database.kysely)
      const [claimed] = await repository.claim(me.id, ['postponed'], 1)
      assert.deepEqual([claimed?.id, claimed?.attempt, claimed?.again], [id, 1, false])
    })

    test('finds the youngest page of an equal request of the same caller', async () => {
      const url = 'https://example.com/again'
      const keep = async (more: Partial<NewRequest>, title: string, fetched_at: string) =>
        repository.succeed(await claimOne({ url, queue: 'again', ...more }), { ...page, title, fetched_at })
      const options = { accept_language: 'de', headers: { a: 'b' } }
      await keep({ options }, 'young', '2026-01-02T00:00:00.000Z')
      await keep({ options }, 'old', '2026-01-01T00:00:00.000Z')
      await keep({}, 'other options', '2026-01-03T00:00:00.000Z')
      await keep({ options, caller: 'me' }, 'mine', '2026-01-03T00:00:00.000Z')
      const find = async (more: Partial<NewRequest>) =>
        (await repository.reusable(request({ url, options, ...more })))?.title
      const unnoticed = { headers: { a: 'b' }, max_age: 5, timeout: 3, max_bytes: 100, accept_language: 'de' }
      assert.equal(await find({}), 'young')
      assert.equal(await find({ options: unnoticed }), 'young')
      assert.equal(await find({ options: { ...options, cookies: { a: '1' } } }), undefined)
      assert.equal(await find({ caller: 'me' }), 'mine')
      assert.equal(await find({ caller: 'you' }), undefined)
      assert.equal(await find({ url: 'https://example.com/other' }), undefined)
      const whole = await repository.reusable(request({ url, options }))
      assert.deepEqual(whole, { ...page, title: 'young', fetched_at: '2026-01-02T00:00:00.000Z' })
    })

    test('passes formats on where they were made for the same part of the page', async () => {
      const url = 'https://example.com/part'
      const made = { main: false, remove: 'nav', extract: { price: { selector: '.price' } } }
      await repository.succeed(await claimOne({ url, queue: 'part', options: made }), page)
      const find = async (options: ParseOptions) =>
        Object.keys((await repository.reusable(request({ url, options })))?.formats ?? {})
      assert.deepEqual(await find({ ...made, formats: ['text'] }), ['markdown', 'extract', 'links'])
      assert.deepEqual(await find({ main: false, remove: 'nav' }), ['markdown', 'links'])
      assert.deepEqual(await find({ ...made, remove: 'aside' }), [])
      assert.deepEqual(await find({}), [])
    })

    test('takes pages from parsers that know little of them', async () => {
      const id = await claimOne({ queue: 'foreign' })
      await repository.succeed(id, aPage({ title: 'T' }))
      const { title, redirects, cached, media_type } = (await repository.result(id, null)) ?? {}
      assert.deepEqual([title, redirects, cached, media_type], ['T', [], false, null])
    })

    test('remembers of what was handed back whether a parser may still be at it', async () => {
      const id = await claimOne({ queue: 'handed' })
      await repository.release(me.id, [{ id, attempt: 0, out: true }])
      const [claimed] = await repository.claim(me.id, ['handed'], 1)
      assert.deepEqual([claimed?.attempt, claimed?.again], [1, true])
    })

    test('claims by priority, then age, from the queues that are asked for alone', async () => {
      const low = await repository.create(request({ queue: 'q1' }))
      const other = await repository.create(request({ queue: 'q3', priority: 9 }))
      const high = await repository.create(request({ queue: 'q2', priority: 5 }))
      const later = await repository.create(request({ queue: 'q1' }))
      const claimed = await repository.claim(me.id, ['q1', 'q2'], 10)
      assert.deepEqual(
        claimed.map(({ id }) => id),
        [high.id, low.id, later.id],
      )
      assert.equal((await repository.status(other.id, null))?.status, 'pending')
    })

    test('gives each row to one of many claims at once', async () => {
      await Promise.all(Array.from({ length: 60 }, () => repository.create(request({ queue: 'race' }))))
      const claims = await Promise.all(Array.from({ length: 8 }, () => repository.claim(me.id, ['race'], 10)))
      const ids = claims.flat().map(({ id }) => id)
      assert.equal(new Set(ids).size, ids.length)
      assert.ok(ids.length >= 10)
    })

    test('gives what a dead owner held to whoever adopts it, once', async () => {
      const dead = 2_000_000_000
      const { id } = await repository.create(request({ queue: 'orphan' }))
      await repository.claim(dead, ['orphan'], 1)
      const adopted = (await repository.adopt(me.id, 1000)).filter((one) => one.id === id)
      assert.deepEqual(
        adopted.map(({ attempt, again }) => [attempt, again]),
        [[1, true]],
      )
      assert.deepEqual(
        (await repository.adopt(me.id, 1000)).filter((one) => one.id === id),
        [],
      )
    })

    test('shows a caller its own requests alone', async () => {
      const { id } = await repository.create(request({ queue: 'callers', caller: 'a' }))
      assert.equal(await repository.status(id, 'b'), undefined)
      assert.equal(await repository.result(id, 'b'), undefined)
      assert.equal((await repository.status(id, 'a'))?.id, id)
    })
  })
}
