import type { ParentNode } from 'domhandler'
import { ServiceError } from '../contract/errors.ts'
import { findElement } from './walk.ts'

/** What addresses of a page are made absolute by. Each is made once, however often it is asked for. */
export interface Base {
  href: string
  /** An absolute URL of the web; null for any other, and for what is no URL. @throws ServiceError `page_too_complex` */
  web: (address: string) => string | null
  /** One that a reader may follow: of the web, or to write a mail to; null for any other. @throws as `web` */
  link: (address: string) => string | null
}

/** What the addresses of a page are told by. */
export interface PageUrls {
  /** The address that it came from, after redirects. */
  url: string
  /** What those in it are relative to. */
  base: Base
}

/** Longest base and longest address that are taken: each may become as long as both. */
const MAX_LENGTH = 8192

/** Characters of all addresses together. They take a quarter of a second, and three times as much room as a page may. */
const MOST_CHARS = 32_000_000

const schemes: ReadonlySet<string> = new Set(['http:', 'https:', 'mailto:'])

/**
 * What the links of a page are relative to: the first `<base href>`, itself against the page's own URL (HTML Standard, 4.2.3).
 * @param url where the page came from in the end
 */
export function baseOf(document: ParentNode, url: string): Base {
  const base = findElement(document, ({ name, attribs }) => name === 'base' && attribs.href !== undefined)
  return createBase((base && createBase(url).web(base.attribs.href ?? '')) ?? url)
}

/** @param href absolute */
export function createBase(href: string): Base {
  const known = new Map<string, string | null>()
  let left = MOST_CHARS
  const link = (address: string) => {
    const before = known.get(address)
    if (before !== undefined) return before
    const url = resolve(address, href)
    known.set(address, url)
    left -= url?.length ?? 0
    if (left < 0) throw new ServiceError('page_too_complex', 'The links of the page are too long.')
    return url
  }
  const web = (address: string) => {
    const url = link(address)
    return url?.startsWith('mailto:') ? null : url
  }
  return { href, web, link }
}

function resolve(address: string, base: string): string | null {
  if (address.length > MAX_LENGTH) return null
  const url = URL.parse(address, base)
  return url && schemes.has(url.protocol) ? url.href : null
}
