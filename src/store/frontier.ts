import { sql } from 'kysely'
import { type CrawlPlan, createSelector, nextPage } from '../contract/crawl.ts'
import type { Page } from '../contract/models.ts'
import { familiesOf } from '../contract/traps.ts'
import type { Database } from './database.ts'
import { among, depthOf, digest, digestOf, remember } from './keys.ts'
import { addToGroup } from './members.ts'
import { fromJson } from './page.ts'

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
}

/**
 * What the ends of pages mean for the crawls they are of: what they lead to becomes requests, and a crawl that has come to
 * its end is closed. All in the transaction that ends the pages, so that no crash loses a link or fetches a page twice. The
 * rows of their groups must be locked: then no two do this at once for one crawl.
 */
export async function tend(base: Base, ended: EndedPage[]): Promise<void> {
  const crawls = await readCrawls(base, [...new Set(ended.map(({ group }) => group))])
  for (const crawl of crawls) {
    for (const one of ended) if (one.group === crawl.id && one.page.found) await grow(base, crawl, one)
    if (crawl.left === 0 || crawl.total >= crawl.plan.limit)
      await sql`update request_groups set closed = 1 where id = ${crawl.id}`.execute(base.kysely)
  }
}

/** Those of the groups that are crawls which may still grow. */
async function readCrawls({ kysely, dialect }: Base, groups: number[]): Promise<Crawl[]> {
  const rows = await kysely
    .selectFrom('request_groups')
    .select(['id', 'caller', 'options', 'total', 'success', 'failure', 'cancelled'])
    .where(dialect.among('id', groups))
    .where('kind', '=', 'crawl')
    .where('closed', '=', 0)
    .execute()
  return rows.map(({ id, caller, options, total, success, failure, cancelled }) => {
    const plan = fromJson<CrawlPlan>(options) as CrawlPlan
    return { id, caller, plan, total, left: total - success - failure - cancelled }
  })
}

/** Adds what a page leads to, as far as it is wanted, new and within all bounds. Brings the crawl's numbers up to date. */
async function grow(base: Base, crawl: Crawl, { url, page }: EndedPage): Promise<void> {
  const depth = await depthOf(base, crawl.id, url)
  if (depth === 0) await settleIn(base, crawl, page.final_url)
  // Under its other names it is the same page.
  const names = [page.final_url, page.found?.canonical].filter((name) => typeof name === 'string')
  await remember(base, crawl.id, names.map(digestOf), depth)
  const room = crawl.plan.limit - crawl.total
  if (depth >= crawl.plan.max_depth || room <= 0) return
  const urls = await choose(base, crawl, page.found?.urls ?? [], room)
  if (urls.length === 0) return
  await remember(base, crawl.id, urls.map(digestOf), depth + 1)
  const requests = urls.map((one, index) => nextPage(crawl.plan, crawl.caller, one, crawl.left + index))
  await addToGroup(base, crawl.id, requests)
  crawl.total += requests.length
  crawl.left += requests.length
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
