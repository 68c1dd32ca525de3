import type { Element, ParentNode } from 'domhandler'
import type { Base } from './base.ts'
import { createFormulas, type FindFormula } from './math.ts'
import { type Notes, notesOf } from './notes.ts'
import { blocks, levelOf, walk } from './walk.ts'

/** What has to be known of a whole tree before any part of it can be written. */
export interface Survey {
  base: Base
  /** Finds the formula that an element shows; null for what is none. */
  formulaOf: FindFormula
  notes: Notes
  /** What has blocks in it, and what has headings. */
  holdsBlocks: ReadonlySet<ParentNode>
  holdsHeadings: ReadonlySet<ParentNode>
  /** Where links lead that do not stand in headings. */
  linked: ReadonlySet<string>
}

export function surveyOf(root: ParentNode, base: Base): Survey {
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
  for (const link of links) linked.add(base.link(link.attribs.href ?? '') ?? '')
  return { base, formulaOf: createFormulas(), notes: notesOf(root), holdsBlocks, holdsHeadings, linked }
}

/** Marks all that stands around, up to where it is marked already. */
function mark(parent: ParentNode | null, marked: Set<ParentNode>): void {
  for (let at = parent; at && !marked.has(at); at = at.parent) marked.add(at)
}
