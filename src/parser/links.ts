import type { Page } from '../contract/models.ts'
import { type Found, MOST_LINKS, type SiteWish, type TaskOptions } from '../contract/site.ts'
import { anchorsOf } from '../extract/anchors.ts'
import { kindOf } from '../fetch/media.ts'

export const noLinks: Found = { canonical: null, urls: [] }

/** What a page leads to, as far as it is wanted. @param url where it was asked for */
export function readLinks(url: string, page: Page, { robots }: TaskOptions, { most }: SiteWish): Found {
  const kind = kindOf(page.media_type ?? 'text/html')
  if (kind !== 'html' && kind !== 'xhtml') return noLinks
  const options = { most: Math.min(most, MOST_LINKS), heedsNofollow: robots === true }
  return anchorsOf(page.html, page.final_url ?? url, options)
}

/** Characters of another's page in which links are looked for: whoever reads them has other things to do (160 ms at worst). */
const MOST_READ = 2_097_152

/** Adds to a page what it leads to, where that is wanted and its parser, which was not written here, did not say. */
export function withLinks(page: Page, { url, options }: { url: string; options: TaskOptions }): Page {
  const { site } = options
  if (!site?.links || page.found) return page
  const start = { ...page, html: page.html.slice(0, MOST_READ) }
  return { ...page, found: readLinks(url, start, options, site) }
}
