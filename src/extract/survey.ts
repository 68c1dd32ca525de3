import type { Element, ParentNode } from 'domhandler'
import { linkUrl } from './base.ts'
import { type Notes, notesOf } from './notes.ts'
import { blocks, levelOf, walk } from './walk.ts'

/** What has to be known of a whole tree before any part of it can be written. */
export interface Survey {
  base: string
  /** Where a link leads, absolute; null if a reader may not follow it. */
  urlOf: (href: string) => string | null
  notes: Notes
  /** What has blocks in it, and what has headings. */
  holdsBlocks: ReadonlySet<ParentNode>
  holdsHeadings: ReadonlySet<ParentNode>
  /** Where links lead that do not stand in headings. */
  linked: ReadonlySet<string>
}

export function surveyOf(root: ParentNode, base: string): Survey {
  const urlOf = createResolver(base)
  const holdsBlocks = new Set<ParentNode>()
  const holdsHeadings = new Set<ParentNode>()
  const links = new Set<Element>()
  const within = { heading: 0, link: null as Element | null }
  walk(root, {
    enter: (element) => {
      if (blocks.has(element.name) && element.name !== 'br') mark(element.parent, holdsBlocks)
      if (levelOf(element) > 0) {
        within.heading += 1
        mark(element.parent, holdsHeadings)
      }
      if (element.name === 'a' && element.attribs.href) within.link = element
      if (element.name === 'img' && within.link && within.heading === 0) links.add(within.link)
      return true
    },
    leave: (element) => {
      if (levelOf(element) > 0) within.heading -= 1
      if (element === within.link) within.link = null
    },
    text: (text) => {
      if (within.link && within.heading === 0 && text.trim() !== '') links.add(within.link)
    },
  })
  const linked = new Set<string>()
  for (const link of links) linked.add(urlOf(link.attribs.href ?? '') ?? '')
  return { base, urlOf, notes: notesOf(root), holdsBlocks, holdsHeadings, linked }
}

/** Marks all that stands around, up to where it is marked already. */
function mark(parent: ParentNode | null, marked: Set<ParentNode>): void {
  for (let at = parent; at && !marked.has(at); at = at.parent) marked.add(at)
}

/** The same addresses come again and again. */
function createResolver(base: string): (href: string) => string | null {
  const known = new Map<string, string | null>()
  return (href) => {
    let url = known.get(href)
    if (url === undefined) {
      url = linkUrl(href, base)
      known.set(href, url)
    }
    return url
  }
}
