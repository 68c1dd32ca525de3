import type { ParentNode } from 'domhandler'
import type { Link } from '../contract/formats.ts'
import type { Base } from './base.ts'
import { labelsOf } from './labels.ts'

/**
 * The links of a page to the web, each once, in document order, with the first text that any of them has.
 * @param base what they are relative to
 * @throws ServiceError `page_too_complex` where they are too long together
 */
export function linksOf(document: ParentNode, base: Base): Link[] {
  const links = new Map<string, Link>()
  const host = URL.parse(base.href)?.host
  const anchors = labelsOf(document, {
    isWanted: ({ name, attribs }) => (name === 'a' || name === 'area') && attribs.href !== undefined,
    withAlt: true,
  })
  for (const { element, text } of anchors) {
    const url = base.web(element.attribs.href ?? '')
    if (url === null) continue
    const label = text || labelOf(element.attribs)
    const known = links.get(url)
    if (known) known.text ||= label
    else links.set(url, { url, text: label, ...relOf(element.attribs), internal: hostOf(url) === host })
  }
  return [...links.values()]
}

/** The host of an absolute URL of the web, with its port. @param url as the URL Standard writes it */
function hostOf(url: string): string {
  const start = url.indexOf('//') + 2
  const authority = url.slice(start, url.indexOf('/', start))
  return authority.slice(authority.indexOf('@') + 1)
}

function labelOf(attributes: Record<string, string>): string {
  return (attributes['aria-label'] ?? attributes.title ?? attributes.alt ?? '').trim()
}

function relOf({ rel }: Record<string, string>): { rel?: string } {
  const words = rel?.toLowerCase().split(/\s+/).filter(Boolean).join(' ')
  return words ? { rel: words } : {}
}
