import type { Page } from '../contract/models.ts'
import type { Parser } from '../contract/parser.ts'
import type { Found, SiteWish, TaskOptions } from '../contract/site.ts'
import { anchorsOf } from '../extract/anchors.ts'
import { kindOf } from '../fetch/media.ts'
import type { Fetcher } from '../fetch/page.ts'
import { toFetchOptions } from './parse.ts'
import { walkSitemaps } from './sitemaps.ts'

export interface SiteParts {
  fetcher: Fetcher
  /** Milliseconds for reading the sitemaps of a site, together with its page. */
  timeoutMs: number
}

/** Adds to a parser's pages what they, and the sitemaps of their site, lead to, where a task asks for that. */
export function withSite(parser: Parser, parts: SiteParts): Parser {
  return {
    async parse(url, { site, ...options }, signal, handedOn) {
      if (!site) return parser.parse(url, options, signal, handedOn)
      // At once: together they have no more time than the page alone.
      const listing = site.sitemap ? listPages(url, options, site, parts, signal) : []
      const page = site.page === false ? nothing : await parser.parse(url, options, signal, handedOn)
      const links = site.links && page.html !== '' ? readLinks(url, page, options, site) : noLinks
      const urls = new Set([...links.urls, ...(await listing)])
      return { ...page, found: { ...links, urls: [...urls].slice(0, site.most) } }
    },
  }
}

const noLinks: Found = { canonical: null, urls: [] }

/** What stands for a page where none was wanted. */
const nothing: Page = {
  title: '',
  html: '',
  final_url: null,
  target_status: null,
  redirects: [],
  content_type: null,
  media_type: null,
  encoding: null,
  encoding_source: null,
  fetched_at: null,
  cached: false,
  page_flags: [],
  caching: null,
}

function listPages(
  url: string,
  options: TaskOptions,
  { most }: SiteWish,
  { fetcher, timeoutMs }: SiteParts,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const late = AbortSignal.timeout(Math.min(timeoutMs, (options.timeout ?? Infinity) * 1000))
  const ends = signal ? AbortSignal.any([signal, late]) : late
  return walkSitemaps(url, { fetcher, most, options: { ...toFetchOptions(options), signal: ends } })
}

/** Most addresses taken of one page. */
const MOST_LINKS = 5000

function readLinks(url: string, page: Page, { robots }: TaskOptions, { most }: SiteWish): Found {
  const kind = kindOf(page.media_type ?? 'text/html')
  if (kind !== 'html' && kind !== 'xhtml') return noLinks
  const options = { most: Math.min(most, MOST_LINKS), heedsNofollow: robots === true }
  return anchorsOf(page.html, page.final_url ?? url, options)
}
