import type { Page } from '../contract/models.ts'
import type { Parser } from '../contract/parser.ts'
import type { SiteWish, TaskOptions } from '../contract/site.ts'
import type { Fetcher } from '../fetch/page.ts'
import { noLinks, readLinks } from './links.ts'
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
      const [read, listed] = await Promise.allSettled([
        site.page !== false || site.links ? parser.parse(url, options, signal, handedOn) : nothing,
        site.sitemap ? listPages(url, options, site, parts, signal) : [],
      ])
      const urls = listed.status === 'fulfilled' ? listed.value : []
      // Whoever wants addresses alone is served by those there are.
      const isFault = read.status === 'rejected' && (site.page !== false || urls.length === 0)
      if (isFault) throw read.reason
      const page = read.status === 'fulfilled' ? read.value : nothing
      const links = site.links ? await readLinks(url, page, options, site) : noLinks
      const found = { ...links, urls: [...new Set([...links.urls, ...urls])].slice(0, site.most) }
      return site.page === false ? { ...nothing, final_url: page.final_url, found } : { ...page, found }
    },
  }
}

/** What stands for a page that nobody wants. */
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
