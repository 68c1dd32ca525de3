import { z } from 'zod'
import { fromJson, fromNumber, ParseOptions, whole } from './options.ts'
import { MAX_URL_LENGTH, ParseSyncQuery } from './requests.ts'

/** Most addresses that come along with one page. */
export const MOST_FOUND = 50_000

/** Most links taken of one page. */
export const MOST_LINKS = 5000

/** What is to be found out beside a page, for those who look at a whole site. */
export const SiteWish = z.strictObject({
  /** Whether the page is given, as it is by default, and its faults with it; else it is fetched for its links alone. */
  page: z.boolean().optional(),
  /** Addresses that the page leads to. */
  links: z.boolean().optional(),
  /** Addresses that the site lists in its sitemaps. */
  sitemap: z.boolean().optional(),
  /** Most addresses of both. */
  most: whole(1, MOST_FOUND),
})
export type SiteWish = z.infer<typeof SiteWish>

/** What parsers are told: a client's options, and what we want to know for ourselves. */
export const TaskOptions = ParseOptions.extend({
  site: SiteWish.optional(),
  /** Seconds between the starts of two fetches of one host, at least. */
  host_gap: z.number().min(0).max(3600).optional(),
})
export type TaskOptions = z.infer<typeof TaskOptions>

/** What was found out beside a page: absolute http(s) URLs without fragments, those of the page first. */
export const Found = z.object({
  /** The URL that the page says is its own. */
  canonical: z.string().max(MAX_URL_LENGTH).nullish().default(null),
  urls: z.array(z.string().max(MAX_URL_LENGTH)).max(MOST_FOUND),
})
export type Found = z.infer<typeof Found>

/** The query of a parser's `GET /fetch`, by which gateways ask it. */
export const ParserQuery = ParseSyncQuery.extend({
  site: z.preprocess((value) => (typeof value === 'string' ? fromJson(value) : value), SiteWish).optional(),
  host_gap: fromNumber(z.number().min(0).max(3600)).optional(),
})
