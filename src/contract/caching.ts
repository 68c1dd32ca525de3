import { ServiceError } from './errors.ts'
import type { Page } from './models.ts'
import type { TaskOptions } from './site.ts'

/** Header fields of an answer that decide whether and for how long it may be taken again (RFC 9111). */
export const cachingFields = [
  'age',
  'cache-control',
  'date',
  'etag',
  'expires',
  'last-modified',
  'pragma',
  'vary',
] as const

export interface Ways {
  /** The youngest page stored for an equal request. */
  find: () => Promise<Page | undefined>
  /** Has the page fetched; conditional header fields may be among the options. */
  ask: (options: TaskOptions) => Promise<Page>
  /** Milliseconds since 1970. */
  now: () => number
}

/**
 * Takes a page from the store where `max_age` allows it, asks its site whether it is still the same where that is all
 * that is needed (RFC 9111, 4.3), and has it fetched otherwise. `max_age` is read as a request's `max-age` with
 * `max-stale`: an answer that is no longer fresh serves too, unless it says `no-store`, `no-cache` or `must-revalidate`.
 */
export async function throughCache(options: TaskOptions, { find, ask, now }: Ways): Promise<Page> {
  const { max_age: maxAge } = options
  // A store that is away now is no reason not to fetch.
  const stored = maxAge === undefined ? undefined : await find().catch(() => undefined)
  if (maxAge === undefined || !stored?.fetched_at) return whole(await ask(options))
  const reuse = await judge(stored, maxAge, now())
  if (reuse === 'as it is') return { ...stored, cached: true }
  if (reuse === 'never') return whole(await ask(options))
  const page = await ask({ ...options, headers: { ...options.headers, ...reuse } })
  if (!page.not_modified) return page
  const caching = { ...stored.caching, ...page.caching }
  return { ...stored, cached: 'revalidated', fetched_at: page.fetched_at, caching }
}

/** A page that is there. "Not modified" answers only those who asked about a page that they have. */
function whole(page: Page): Page {
  if (!page.not_modified) return page
  throw new ServiceError('http_status', 'The site answered 304 Not Modified.', {
    targetStatus: 304,
    finalUrl: page.final_url ?? undefined,
  })
}

/** @returns how a stored page may be taken again; conditional header fields where its site has to be asked */
async function judge(stored: Page, maxAge: number, now: number) {
  const caching = stored.caching ?? {}
  const { age, freshFor, isStorable } = await measure(caching, Date.parse(stored.fetched_at ?? ''), now)
  if (!isStorable) return 'never'
  if (age <= maxAge && !mustBeAsked(caching, age > freshFor)) return 'as it is'
  const { etag, 'last-modified': lastModified } = caching
  const fields = {
    ...(etag === undefined ? {} : { 'If-None-Match': etag }),
    ...(lastModified === undefined ? {} : { 'If-Modified-Since': lastModified }),
  }
  return Object.keys(fields).length > 0 ? fields : 'never'
}

/** What a site says of an answer stands above what the client would take (RFC 9111, 4.1, 5.2.2.2, 5.2.2.4, 5.4). */
function mustBeAsked(caching: Record<string, string>, isStale: boolean): boolean {
  const { 'cache-control': control, pragma = '', vary = '' } = caching
  const directives = (control ?? pragma).toLowerCase()
  const says = (name: string) => new RegExp(`(?:^|[,\\s])${name}(?![\\w-])`).test(directives)
  return says('no-cache') || vary.includes('*') || (isStale && says('must-revalidate'))
}

/**
 * Seconds of age (RFC 9111, 4.2.3) and of freshness (4.2.1). http-cache-semantics 4.3 tells these; what it makes of them
 * for a request with max-stale is not used, since it then passes over `no-cache` and takes `must-revalidate` for it.
 */
async function measure(headers: Record<string, string>, fetchedAt: number, now: number) {
  // Loaded by the first request that has a `max_age`.
  const { default: CachePolicy } = await import('http-cache-semantics')
  const request = { url: '/', method: 'GET', headers: {} }
  const policy = new CachePolicy(request, { status: 200, headers }, { shared: false })
  const moved = CachePolicy.fromObject({ ...policy.toObject(), t: fetchedAt })
  // The library reads the clock by a method of its own.
  Object.assign(moved, { now: () => now })
  return { age: moved.age(), freshFor: moved.maxAge(), isStorable: moved.storable() }
}
