import { z } from 'zod'
import { ParseOptions, whole } from './options.ts'
import { createFilter, Patterns } from './pattern.ts'
import type { NewRequest } from './repository.ts'
import { TargetUrl, turnFields } from './requests.ts'
import { MOST_FOUND, MOST_LINKS, type TaskOptions } from './site.ts'
import { isTrap } from './traps.ts'
import { createScope, type Scope } from './urls.ts'
import { webhookOf } from './webhooks.ts'

/** Most pages of one crawl, and how many where its client does not say. */
export const MOST_PAGES = 10_000
const PAGES_UNSET = 100
const DEPTH_UNSET = 10

const truth = z.boolean('must be true or false')

/** Which addresses of a site are meant. */
const siteFields = {
  include: Patterns.default([]).meta({
    description: 'Patterns of paths such as /blog/**; a page must fit one of them, if there are any',
  }),
  exclude: Patterns.default([]).meta({ description: 'Patterns of paths; no page may fit one of them' }),
  same_host: truth.optional().meta({
    description: 'Stay at the host of the URL, with `www` or without; so it is if nothing is said',
  }),
  same_domain: truth.optional().meta({ description: 'Stay at the domain of the URL, at any of its hosts' }),
}

export const onePlace = {
  message: 'cannot be given together with same_host',
  path: ['same_domain'],
}
export const isOnePlace = (body: { same_host?: boolean | undefined; same_domain?: boolean | undefined }) =>
  !(body.same_host && body.same_domain)

const { max_age: _, ...options } = ParseOptions.shape

/** What a crawl goes by. A page that was stored before has no links to go on with, so there is no `max_age`. */
export const crawlFields = {
  url: TargetUrl,
  limit: whole(1, MOST_PAGES)
    .default(PAGES_UNSET)
    .meta({ description: 'Most pages, that of `url` included' }),
  max_depth: whole(0, 100)
    .default(DEPTH_UNSET)
    .meta({ description: 'Most links from `url` to a page; what sitemaps list is one away' }),
  ...siteFields,
  sitemap: truth.default(true).meta({ description: 'Take what the sitemaps list, too' }),
  delay: z
    .number('must be a number of seconds')
    .min(0, 'must be 0 or more')
    .max(600, 'must be 600 or less')
    .default(0)
    .meta({ description: 'Seconds between the starts of two fetches of one host, at least' }),
  queue: turnFields.queue,
  priority: turnFields.priority,
  ...options,
}

/** The body of `POST /crawl`. */
export const CrawlCreate = z
  .strictObject({ ...crawlFields, webhook: webhookOf('crawl').optional() })
  .refine(isOnePlace, onePlace)

export const CrawlCreated = z.object({
  crawl_id: z
    .int()
    .positive()
    .meta({ examples: [3] }),
})

/** The body of `POST /map`. */
export const MapCreate = z
  .strictObject({
    url: TargetUrl,
    limit: whole(1, MOST_FOUND).default(5000).meta({ description: 'Most URLs' }),
    search: z
      .string('must be a text')
      .min(1, 'must not be empty')
      .max(200, 'must not be longer than 200 characters')
      .optional()
      .meta({ description: 'Words that a URL is to have: those with more of them first, none without any' }),
    sitemap: z
      .enum(['include', 'skip', 'only'], 'must be include, skip or only')
      .default('include')
      .meta({ description: 'Whether sitemaps are read beside the page, not at all, or alone' }),
    ...siteFields,
    ...options,
  })
  .refine(isOnePlace, onePlace)

export const MapResponse = z.object({
  url: z.string().meta({ description: 'As it was asked for, normalised' }),
  urls: z.array(z.string()).meta({ description: 'Each page once' }),
})

/** What a crawl goes by, as it is stored with its group. */
export interface CrawlPlan {
  limit: number
  max_depth: number
  include: string[]
  exclude: string[]
  /** Patterns of which a page must fit one as well, if there are any. */
  within?: string[]
  scope: Scope
  /** Seconds. */
  delay: number
  /** URLs whose sites it stays within: where it began, and where that led. */
  homes: string[]
  /** How its pages are asked for. */
  queue: string
  priority: number
  options: TaskOptions
}

export function scopeOf(said: { same_host?: boolean | undefined; same_domain?: boolean | undefined }): Scope {
  if (said.same_domain) return 'domain'
  return said.same_host === false ? 'any' : 'host'
}

/** @returns whether a URL is one that a crawl or a map wants */
export function createSelector(
  plan: Pick<CrawlPlan, 'scope' | 'homes' | 'include' | 'exclude' | 'within'>,
): (href: string) => boolean {
  const isIn = createScope(plan.scope, plan.homes)
  const isWithin = createFilter(plan.within ?? [], [])
  const isWanted = createFilter(plan.include, plan.exclude)
  return (href) => isIn(href) && isWithin(href) && isWanted(href) && !isTrap(href)
}

/** The page that a crawl begins with. */
export function firstPage(plan: CrawlPlan, caller: string | null, url: string, sitemap: boolean): NewRequest {
  const page = nextPage(plan, caller, url, 0)
  const most = sitemap ? Math.min(MOST_FOUND, MOST_LINKS + 2 * plan.limit) : MOST_LINKS
  return { ...page, options: { ...page.options, site: { links: true, sitemap, most } } }
}

/** A page that a crawl was led to. @param place how many of its pages are to be fetched before */
export function nextPage(plan: CrawlPlan, caller: string | null, url: string, place: number): NewRequest {
  const { queue, priority, delay } = plan
  const options: TaskOptions = {
    ...plan.options,
    site: { links: true, most: MOST_LINKS },
    ...(delay > 0 ? { host_gap: delay } : {}),
  }
  // What would only wait for its host waits in the store: fetched one after the other, they come due one after the other.
  return { url, queue, priority, caller, options, delayMs: Math.round(place * delay * 1000) }
}
