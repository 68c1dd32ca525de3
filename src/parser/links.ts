import type { Page } from '../contract/models.ts'
import { type Found, MOST_LINKS, type SiteWish, type TaskOptions } from '../contract/site.ts'
import { anchorsOf } from '../extract/anchors.ts'
import { QUICK_CHARS, toHtml } from '../extract/xhtml.ts'
import { kindOf } from '../fetch/media.ts'

export const noLinks: Found = { canonical: null, urls: [] }

/** What a page leads to, as far as it is wanted. @param url where it was asked for */
export async function readLinks(
  url: string,
  page: Page,
  { robots }: TaskOptions,
  { most }: SiteWish,
): Promise<Found> {
  const kind = kindOf(page.media_type ?? 'text/html')
  if (kind !== 'html' && kind !== 'xhtml') return noLinks
  // What is longer is read as HTML, in which nearly all links are the same: it would hold up everyone else.
  const html = page.html.length > QUICK_CHARS ? page.html : toHtml(page.html, page.media_type)
  const options = { most: Math.min(most, MOST_LINKS), heedsNofollow: robots === true }
  return anchorsOf(html, page.final_url ?? url, options)
}
