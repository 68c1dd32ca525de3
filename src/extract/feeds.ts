import type { ParentNode } from 'domhandler'
import type { FeedLink } from '../contract/formats.ts'
import type { Base } from './base.ts'
import { elementsOf } from './walk.ts'

const feedTypes: ReadonlySet<string> = new Set([
  'application/rss+xml',
  'application/atom+xml',
  'application/rdf+xml',
  'application/feed+json',
])

/** The feeds that a page names by `<link rel="alternate">`, each once. */
export function feedsOf(document: ParentNode, base: Base): FeedLink[] {
  const feeds = new Map<string, FeedLink>()
  for (const { name, attribs } of elementsOf(document)) {
    if (name !== 'link' || !/(?:^|\s)(?:alternate|feed)(?:\s|$)/i.test(attribs.rel ?? '')) continue
    const type = (attribs.type ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
    const url = feedTypes.has(type) ? base.web(attribs.href ?? '') : null
    if (url !== null && !feeds.has(url)) feeds.set(url, { url, title: (attribs.title ?? '').trim(), type })
  }
  return [...feeds.values()]
}
