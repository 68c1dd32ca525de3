import type { ParentNode } from 'domhandler'
import type { Link } from '../contract/formats.ts'
import { webUrl } from './base.ts'
import { labelsOf } from './labels.ts'

/**
 * The links of a page to the web, each once, in document order, with the first text that any of them has.
 * @param base what they are relative to
 */
export function linksOf(document: ParentNode, base: string): Link[] {
  const links = new Map<string, Link>()
  const host = URL.parse(base)?.host
  const anchors = labelsOf(document, {
    isWanted: ({ name, attribs }) => (name === 'a' || name === 'area') && attribs.href !== undefined,
    withAlt: true,
  })
  for (const { element, text } of anchors) {
    const url = webUrl(element.attribs.href ?? '', base)
    if (url === null) continue
    const label = text || labelOf(element.attribs)
    const known = links.get(url)
    if (known) known.text ||= label
    else
      links.set(url, { url, text: label, ...relOf(element.attribs), internal: URL.parse(url)?.host === host })
  }
  return [...links.values()]
}

function labelOf(attributes: Record<string, string>): string {
  return (attributes['aria-label'] ?? attributes.title ?? attributes.alt ?? '').trim()
}

function relOf({ rel }: Record<string, string>): { rel?: string } {
  const words = rel?.toLowerCase().split(/\s+/).filter(Boolean).join(' ')
  return words ? { rel: words } : {}
}
