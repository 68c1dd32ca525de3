import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type CrawlPlan, firstPage } from '../../src/contract/crawl.ts'
import type { Claimed, Page } from '../../src/contract/models.ts'
import type { Repository } from '../../src/contract/repository.ts'
import { migrate } from '../../src/store/migrate.ts'
import type { Owner } from '../../src/store/owner.ts'
import { createRepository } from '../../src/store/repository.ts'
import { aPage } from '../support/link.ts'
import { type Opened, stores } from '../support/stores.ts'

const home = 'https://a.example/'

const plan = (more: Partial<CrawlPlan> = {}): CrawlPlan => ({
  limit: 1000,
  max_depth: 10,
  include: [],
  exclude: [],
  scope: 'host',
  delay: 0,
  homes: [home],
  queue: 'api',
  priority: 0,
  options: { robots: true },
  ...more,
})

/** A page that leads to paths of its site, or to whole URLs. */
const leading = (paths: string[], more: Partial<Page> = {}, canonical: string | null = null): Page => ({
  ...aPage(),
  found: { canonical, urls: paths.map((path) => new URL(path, home).href) },
  ...more,
})

for (const [name, open] of Object.entries(stores)) {
  describe(`crawls in a repository on ${name}`, () => {
    let store: Opened
    let repository: Repository
    let me: Owner
    let queues = 0

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

    /** A crawl with a queue of its own, and what works on it. */
    const begin = async (more: Partial<CrawlPlan> = {}, url = home, keeper = repository) => {
      queues += 1
      const own = plan({ queue: `crawl-${queues}`, ...more })
      const group = { kind: 'crawl', caller: null, options: own, closed: false } as const
      const { id } = await keeper.createGroup(group, [firstPage(own, null, url, true)])
      const claim = () => keeper.claim(me.id, [own.queue], 10_000)
      const state = async () => {
        const { total, done, counts } = (await repository.group(id, 'crawl', null)) ?? { total: 0 }
        return { total, done, counts }
      }
      const end = ({ id: request }: Claimed, page: Page) => keeper.succeed(request, page, id)
      /** Ends all there is until there is no more. @returns the paths in the order they were claimed */
      const walk = async (answer: (path: string) => Page) => {
        const paths: string[] = []
        for (let some = await claim(); some.length > 0; some = await claim())
          for (const one of some) {
            const { pathname, search } = new URL(one.url)
            paths.push(pathname + search)
            assert.equal(await end(one, answer(pathname + search)), true)
          }
        return paths
      }
      return { id, claim, state, end, walk }
    }

    test('go on with what their pages lead to, each page once, and end with the last', async () => {
      const { walk, state } = await begin()
      const site: Record<string, string[]> = {
        '/': ['/a', '/b', '/'],
        '/a': ['/b', '/c#x', '/a?utm_source=x'],
        '/b': ['/'],
      }
      assert.deepEqual(await walk((path) => leading(site[path] ?? [])), ['/', '/a', '/b', '/c'])
      const { total, done, counts } = await state()
      assert.deepEqual([total, done, counts?.success], [4, true, 4])
    })

    test('are not done while there is a page to fetch', async () => {
      const { claim, end, state } = await begin()
      const [first] = await claim()
      assert.equal((await state()).done, false)
      await end(first as Claimed, leading(['/a']))
      assert.deepEqual([(await state()).done, (await state()).total], [false, 2])
      const [second] = await claim()
      await end(second as Claimed, leading([]))
      assert.equal((await state()).done, true)
    })

    test('end with a page that fails, too', async () => {
      const { id, claim, state } = await begin()
      const [first] = await claim()
      const fault = { code: 'timeout', message: 'late' }
      await repository.fail((first as Claimed).id, me.id, fault, { final_url: null, target_status: null }, id)
      assert.equal((await state()).done, true)
    })

    test('end with what a parser gives that knows nothing of sites', async () => {
      const { walk, state } = await begin()
      assert.deepEqual(await walk(() => aPage()), ['/'])
      assert.equal((await state()).done, true)
    })

    test('have never more pages than their limit, and use it', async () => {
      const { walk, state } = await begin({ limit: 25 })
      const links = (path: string) => Array.from({ length: 10 }, (_, at) => `${path}${'x'.repeat(at + 1)}/`)
      const paths = await walk((path) => leading(links(path)))
      assert.equal(paths.length, 25)
      assert.deepEqual([(await state()).total, (await state()).done], [25, true])
    })

    test('have never more pages than their limit, however many end at once', async () => {
      const { claim, end, state, id } = await begin({ limit: 60 })
      const [first] = await claim()
      await end(first as Claimed, leading(Array.from({ length: 20 }, (_, at) => `/${'a'.repeat(at + 1)}`)))
      const many = await claim()
      assert.equal(many.length, 20)
      const leads = (one: Claimed) =>
        leading(Array.from({ length: 10 }, (_, at) => `${new URL(one.url).pathname}/${'b'.repeat(at + 1)}`))
      await Promise.all(many.map((one) => end(one, leads(one))))
      assert.equal((await state()).total, 60)
      const events = await repository.groupEvents(id, 0, 100)
      assert.deepEqual(
        events.map(({ seq }) => seq),
        Array.from({ length: 21 }, (_, at) => at + 1),
      )
    })

    test('add a page once that many lead to at once', async () => {
      const { claim, end, state } = await begin()
      const [first] = await claim()
      await end(first as Claimed, leading(Array.from({ length: 20 }, (_, at) => `/${'a'.repeat(at + 1)}`)))
      await Promise.all((await claim()).map((one) => end(one, leading(['/shared', '/shared?gclid=1', '/']))))
      assert.equal((await state()).total, 22)
    })

    test('take a page under the first of its addresses', async () => {
      const { walk } = await begin()
      const links = ['/a?b=1', '/a?b=1&utm_source=x', '/a?utm_source=y&b=1']
      assert.deepEqual(await walk(() => leading(links)), ['/', '/a?b=1'])
    })

    test('go no deeper than they may', async () => {
      const { walk } = await begin({ max_depth: 2 })
      const paths = await walk((path) => leading([`${path}${'x'.repeat(path.length)}`]))
      assert.deepEqual(paths, ['/', '/x', '/xxx'])
      const { walk: stay } = await begin({ max_depth: 0 })
      assert.deepEqual(await stay(() => leading(['/a'])), ['/'])
    })

    test('stay within their host and their patterns', async () => {
      const { walk } = await begin({ include: ['/blog/**'], exclude: ['**.pdf'] })
      const links = [
        '/blog/a',
        '/blog/b.pdf',
        '/shop',
        'https://b.example/blog/c',
        'https://www.a.example/blog/d',
      ]
      assert.deepEqual(await walk(() => leading(links)), ['/', '/blog/a', '/blog/d'])
    })

    test('go where their first page led, to another host', async () => {
      const { walk } = await begin()
      const answer = (path: string) =>
        path === '/'
          ? leading(['https://b.example/x', 'https://c.example/no'], { final_url: 'https://b.example/' })
          : leading(['https://b.example/y', 'https://b.example/'])
      assert.deepEqual(await walk(answer), ['/', '/x', '/y'])
    })

    test('do not fetch what a page says it is, nor where it was found', async () => {
      const { walk } = await begin()
      const answer = (path: string) => {
        if (path === '/') return leading(['/a', '/moved', '/b'])
        if (path === '/a') return leading(['/canonical', '/c'], {}, `${home}canonical`)
        if (path === '/moved') return leading(['/target'], { final_url: `${home}target` })
        return leading([])
      }
      assert.deepEqual(await walk(answer), ['/', '/a', '/moved', '/b', '/c'])
    })

    test('leave traps: calendars, filters and paths that grow', async () => {
      const { walk } = await begin({ limit: 10_000, max_depth: 100 })
      const dates = Array.from(
        { length: 3000 },
        (_, at) => `/calendar/${1900 + Math.floor(at / 12)}/${1 + (at % 12)}`,
      )
      const filters = Array.from({ length: 500 }, (_, at) => `/list?colour=${at.toString(36)}x&size=l`)
      const answer = (path: string) => {
        if (path === '/') return leading([...dates, ...filters, '/grow/a'])
        return leading(path.startsWith('/grow') ? [`${path}/a`, `${path}/b`] : [])
      }
      const paths = await walk(answer)
      const among = (start: string) => paths.filter((path) => path.startsWith(start)).length
      assert.equal(among('/calendar'), 200)
      assert.ok(among('/list') <= 100, String(among('/list')))
      assert.ok(among('/grow') < 3000, String(among('/grow')))
    })

    test('come due one after another where there is to be time between', async () => {
      const { claim, end, id } = await begin({ delay: 100 })
      const [first] = await claim()
      assert.equal((first as Claimed).options.host_gap, 100)
      await end(first as Claimed, leading(['/a', '/b', '/c']))
      const due = await claim()
      assert.deepEqual(
        due.map(({ url }) => new URL(url).pathname),
        ['/a'],
      )
      assert.equal((await repository.group(id, 'crawl', null))?.counts.pending, 2)
    })

    describe('where as many requests wait as may', () => {
      const waiting = async (id: number) => {
        const { kysely } = store.database
        const rows = await kysely
          .selectFrom('crawl_frontier')
          .select('url')
          .where('group_id', '=', id)
          .execute()
        return rows.length
      }
      /** A repository that takes so many more than wait now. */
      const withRoom = async (more: number) => {
        const maxPending = (await repository.countPending(100_000)) + more
        return createRepository(store.database, { leaseMs: 60_000, maxPending })
      }
      const links = Array.from({ length: 30 }, (_, at) => `/${'a'.repeat(at + 1)}`)

      test('make no more requests than there is room for, and lose no page', async () => {
        const { id, claim, end, walk, state } = await begin({}, home, await withRoom(6))
        const [first] = await claim()
        await end(first as Claimed, leading(links))
        // The first waits no more, so there is room for one more than there was.
        assert.deepEqual([(await state()).counts?.pending, await waiting(id)], [6, 24])
        assert.deepEqual(await walk(() => leading(links)), links)
        assert.deepEqual([(await state()).total, (await state()).done, await waiting(id)], [31, true, 0])
      })

      test('go on page by page without any room, several at once', async () => {
        const full = await withRoom(0)
        const crawls = [await begin({}, home, full), await begin({}, home, full)]
        for (const { claim, end } of crawls) await end((await claim())[0] as Claimed, leading(links))
        for (const { state } of crawls) assert.equal((await state()).counts?.pending, 1)
        for (const { walk, state } of crawls) {
          assert.deepEqual(await walk(() => leading(['/', '/a'])), links)
          assert.equal((await state()).done, true)
        }
      })

      test('have never more pages than their limit', async () => {
        const { id, claim, end, walk, state } = await begin({ limit: 10 }, home, await withRoom(3))
        await end((await claim())[0] as Claimed, leading(links.slice(0, 8)))
        assert.equal(await waiting(id), 5)
        assert.deepEqual(await walk(() => leading(links)), links.slice(0, 9))
        assert.deepEqual([(await state()).total, (await state()).done], [10, true])
      })

      test('go on after a page that fails, and forget what is left when they are cancelled', async () => {
        const keeper = await withRoom(0)
        const { id, claim, end, state } = await begin({}, home, keeper)
        await end((await claim())[0] as Claimed, leading(links))
        const [second] = await claim()
        const fault = { code: 'timeout', message: 'late' }
        await keeper.fail((second as Claimed).id, me.id, fault, { final_url: null, target_status: null }, id)
        assert.deepEqual([(await state()).counts?.pending, await waiting(id)], [1, 28])
        await keeper.markCancelled(id)
        await keeper.cancelSome(id, 100)
        assert.deepEqual([(await state()).done, (await state()).total, await waiting(id)], [true, 3, 0])
      })
    })

    test('take nothing more in once they are cancelled', async () => {
      const { id, claim, state } = await begin()
      const [first] = await claim()
      await repository.markCancelled(id)
      await repository.cancelSome(id, 100)
      assert.equal(await repository.succeed((first as Claimed).id, leading(['/a']), id), false)
      assert.deepEqual([(await state()).total, (await state()).done], [1, true])
    })

    test('ask for a page in the way the first was asked for, with its links', async () => {
      const { claim, end } = await begin({ options: { robots: false, accept_language: 'de' }, priority: 3 })
      const [first] = await claim()
      assert.deepEqual(first?.options.site, { links: true, sitemap: true, most: 7000 })
      await end(first as Claimed, leading(['/a']))
      const [next] = await claim()
      const { site, ...options } = next?.options ?? {}
      assert.deepEqual(
        [options, site],
        [
          { robots: false, accept_language: 'de' },
          { links: true, most: 5000 },
        ],
      )
    })

    test('do not keep what they found with a page, and forget all with their group', async () => {
      const { id, walk } = await begin()
      await walk((path) => leading(path === '/' ? ['/a1', '/a2?x=1'] : []))
      const [one] = await repository.groupResults(id, 0, 1, 1000)
      assert.ok(one && !('found' in one.result))
      for (const { id: request } of await repository.groupEvents(id, 0, 10))
        await repository.remove(request, null)
      assert.ok((await repository.purgeGroups(-1000)) >= 1)
      const { kysely } = store.database
      for (const table of ['crawl_keys', 'crawl_families'] as const) {
        const rows = await kysely.selectFrom(table).select('group_id').where('group_id', '=', id).execute()
        assert.deepEqual(rows, [])
      }
    })
  })
}
