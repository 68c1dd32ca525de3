import { sql } from 'kysely'
import { type CrawlPlan, createSelector, nextPage } from '../contract/crawl.ts'
import type { Page } from '../contract/models.ts'
import { familiesOf } from '../contract/traps.ts'
import type { Database } from './database.ts'
import { among, depthOf, digest, digestOf, remember } from './keys.ts'
import { addToGroup } from './members.ts'
import { fromJson } from './page.ts'
import type { Room } from './room.ts'

type Base = Pick<Database, 'kysely' | 'dialect'>

/** A page of a group that has just ended, within the transaction that ends it. */
export interface EndedPage {
  group: number
  url: string
  page: Partial<Page>
}

interface Crawl {
  id: number
  caller: string | null
  plan: CrawlPlan
  total: number
  /** Requests that have not ended. */
  left: number
  /** Pages that are known to be wanted and have no request: those in the store, and those found just now. */
  waiting: number
  fresh: string[]
}

/**
 * What the ends of pages mean for the crawls they are of: what they lead to becomes requests, and a crawl that has come to
 * its end is closed. All in the transaction that ends the pages, so that no crash loses a link or fetches a page twice. The
 * rows of their groups must be locked: then no two do this at once for one crawl.
 */
export async function tend(base: Base, ended: EndedPage[], room: Room): Promise<void> {
  const crawls = await readCrawls(base, [...new Set(ended.map(({ group }) => group))])
  for (const crawl of crawls) {
    for (const one of ended) if (one.group === crawl.id && one.page.found) await look(base, crawl, one)
    if (crawl.waiting + crawl.fresh.length > 0) await grow(base, crawl, room)
    if (crawl.left === 0 || crawl.total >= crawl.plan.limit)
      await sql`update request_groups set closed = 1 where id = ${crawl.id}`.execute(base.kysely)
  }
}

/** Those of the groups that are crawls which may still grow. */
async function readCrawls({ kysely, dialect }: Base, groups: number[]): Promise<Crawl[]> {
  const rows = await kysely
    .selectFrom('request_groups')
    .select(['id', 'caller', 'options', 'total', 'success', 'failure', 'cancelled', 'waiting'])
    .where(dialect.among('id', groups))
    .where('kind', '=', 'crawl')
    .where('closed', '=', 0)
    .execute()
  return rows.map(({ id, caller, options, total, success, failure, cancelled, waiting }) => {
    const plan = fromJson<CrawlPlan>(options) as CrawlPlan
    return { id, caller, plan, total, left: total - success - failure - cancelled, waiting, fresh: [] }
  })
}

/** Notes what a page leads to, as far as it is wanted, new and within the crawl's own bounds. */
async function look(base: Base, crawl: Crawl, { url, page }: EndedPage): Promise<void> {
  const depth = await depthOf(base, crawl.id, url)
  if (depth === 0) await settleIn(base, crawl, page.final_url)
  // Under its other names it is the same page.
  const names = [page.final_url, page.found?.canonical].filter((name) => typeof name === 'string')
  await remember(base, crawl.id, names.map(digestOf), depth)
  const room = crawl.plan.limit - crawl.total - crawl.waiting - crawl.fresh.length
  if (depth >= crawl.plan.max_depth || room <= 0) return
  const urls = await choose(base, crawl, page.found?.urls ?? [], room)
  await remember(base, crawl.id, urls.map(digestOf), depth + 1)
  crawl.fresh.push(...urls)
}

/**
 * Makes requests of what a crawl knows to be wanted, the first found first, while there is room in the queue. Of a crawl that has
 * nothing else under way one is made always: its end makes the next, so none comes to a halt, and none needs to be looked
 * after. The rest stays in the store.
 */
async function grow(base: Base, crawl: Crawl, room: Room): Promise<void> {
  const { id, plan, caller, fresh } = crawl
  const most = Math.max(await room.left(base.kysely), crawl.left === 0 ? 1 : 0)
  const urls = await takeOut(base, crawl, most)
  urls.push(...fresh.splice(0, most - urls.length))
  await putIn(base, crawl)
  if (urls.length === 0) return
  await addToGroup(
    base,
    id,
    urls.map((url, index) => nextPage(plan, caller, url, crawl.left + index)),
  )
  room.take(urls.length)
  crawl.total += urls.length
  crawl.left += urls.length
}

/** Takes up to `most` pages out of a frontier, the first found first. */
async function takeOut({ kysely }: Base, { id, waiting }: Crawl, most: number): Promise<string[]> {
  const count = Math.min(most, waiting)
  if (count === 0) return []
  const { rows } = await sql<{ id: number; url: string }>`delete from crawl_frontier where id in (
    select id from crawl_frontier where group_id = ${id} order by id limit ${count})
    returning id, url`.execute(kysely)
  await sql`update request_groups set waiting = waiting - ${rows.length} where id = ${id}`.execute(kysely)
  return rows.sort((a, b) => a.id - b.id).map(({ url }) => url)
}

/** Keeps in the frontier what there was no room for. */
async function putIn({ kysely, dialect }: Base, { id, fresh }: Crawl): Promise<void> {
  if (fresh.length === 0) return
  await sql`insert into crawl_frontier (group_id, url)
    select cast(${id} as bigint), value from ${dialect.texts(fresh)} where true`.execute(kysely)
  await sql`update request_groups set waiting = waiting + ${fresh.length} where id = ${id}`.execute(kysely)
}

/** A first page that led to another host makes that one a home too. */
async function settleIn(
  { kysely, dialect }: Base,
  crawl: Crawl,
  url: string | null | undefined,
): Promise<void> {
  if (!url || crawl.plan.homes.some((home) => new URL(home).host === new URL(url).host)) return
  crawl.plan.homes.push(url)
  const options = dialect.json(JSON.stringify(crawl.plan))
  await sql`update request_groups set options = ${options} where id = ${crawl.id}`.execute(kysely)
}

/** Up to `room` of the addresses: wanted, each page once, none that is known, and no family beyond its bound. */
async function choose(base: Base, { id, plan }: Crawl, urls: string[], room: number): Promise<string[]> {
  const wanted = new Map<string, string>()
  for (const url of urls.filter(createSelector(plan))) {
    const key = digestOf(url)
    // The first of a page's addresses is the plainest, as a rule.
    if (!wanted.has(key)) wanted.set(key, url)
  }
  const known = await among(base, id, [...wanted.keys()])
  const fresh = [...wanted].filter(([key]) => !known.has(key)).map(([, url]) => url)
  const families = new Map(
    fresh.map((url) => [url, familiesOf(url).map((one) => ({ ...one, name: digest(one.name) }))]),
  )
  const counts = await countFamilies(
    base,
    id,
    [...families.values()].flat().map(({ name }) => name),
  )
  const chosen: string[] = []
  const grown: string[] = []
  for (const [url, own] of families) {
    if (chosen.length >= room) break
    if (own.some(({ name, most }) => (counts.get(name) ?? 0) >= most)) continue
    chosen.push(url)
    for (const { name } of own) counts.set(name, (counts.get(name) ?? 0) + 1)
    grown.push(...own.map(({ name }) => name))
  }
  await growFamilies(base, id, grown)
  return chosen
}

async function countFamilies(
  { kysely, dialect }: Base,
  group: number,
  names: string[],
): Promise<Map<string, number>> {
  const { rows } = await sql<{ name: string; count: number }>`select name, count from crawl_families
    where group_id = ${group} and name in (select value from ${dialect.texts(names)})`.execute(kysely)
  return new Map(rows.map(({ name, count }) => [name, count]))
}

async function growFamilies({ kysely, dialect }: Base, group: number, names: string[]): Promise<void> {
  if (names.length === 0) return
  await sql`insert into crawl_families (group_id, name, count)
    select cast(${group} as bigint), value, count(*) from ${dialect.texts(names)} where true group by value
    on conflict (group_id, name) do update set count = crawl_families.count + excluded.count`.execute(kysely)
}
