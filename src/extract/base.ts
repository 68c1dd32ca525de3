import type { ParentNode } from 'domhandler'
import { findElement } from './walk.ts'

/** Longest base and longest link that are taken: each link is as long as its base, so that bounds them all. */
const MAX_LENGTH = 8192

const webSchemes: ReadonlySet<string> = new Set(['http:', 'https:'])
const linkSchemes: ReadonlySet<string> = new Set(['http:', 'https:', 'mailto:'])

/**
 * What the links of a page are relative to: the first `<base href>`, itself against the page's own URL (HTML Standard, 4.2.3).
 * @param url where the page came from in the end
 */
export function baseOf(document: ParentNode, url: string): string {
  const base = findElement(document, ({ name, attribs }) => name === 'base' && attribs.href !== undefined)
  return (base && webUrl(base.attribs.href ?? '', url)) ?? url
}

/** An absolute URL of the web; null for any other, and for what is no URL. */
export function webUrl(href: string, base: string): string | null {
  return resolve(href, base, webSchemes)
}

/** An absolute URL that a reader may follow: of the web, or an address to write to; null for any other. */
export function linkUrl(href: string, base: string): string | null {
  return resolve(href, base, linkSchemes)
}

function resolve(href: string, base: string, schemes: ReadonlySet<string>): string | null {
  if (href.length > MAX_LENGTH) return null
  const url = URL.parse(href, base)
  return url && schemes.has(url.protocol) ? url.href : null
}
