import type { Element, ParentNode } from 'domhandler'
import { loadEngine } from './engine.ts'
import { writeInline } from './inline.ts'
import { seal, unseal } from './marks.ts'
import { type Notes, notesOf } from './notes.ts'
import { gatherPhrase } from './phrase.ts'
import { shape, toHtml } from './shape.ts'
import type { Span } from './spans.ts'
import { blocks, elementsOf, levelOf } from './walk.ts'

/** Lists and quotes nest no deeper: each level is written on every line within it. */
const MAX_NESTING = 12

const convert = await loadEngine()

/**
 * A tree as Markdown (CommonMark with tables, task lists, strikethrough, footnotes, definition lists and formulas in TeX).
 * Nothing is left of HTML, text stays text, and links lead to the web or to an address for mail: what is made of it can be
 * shown. The tree is not changed.
 * @param base what links are relative to
 */
export function toMarkdown(root: ParentNode, base: string): string {
  const notes = notesOf(root)
  const holdsBlocks = holdersOf(root, ({ name }) => blocks.has(name) && name !== 'br')
  const holdsHeadings = holdersOf(root, (element) => levelOf(element) > 0)
  const within = { base, notes, holdsBlocks, holdsHeadings, room: MAX_NESTING, link: null }
  return unseal(convert(toHtml(shape(root.children, within)) + definitionsOf(notes, base)))
}

/** All that has an element of a kind in it. */
function holdersOf(root: ParentNode, isMeant: (element: Element) => boolean): ReadonlySet<ParentNode> {
  const holders = new Set<ParentNode>()
  for (const element of elementsOf(root))
    if (isMeant(element))
      for (let at = element.parent; at && !holders.has(at); at = at.parent) holders.add(at)
  return holders
}

/** The footnotes, in the order in which they are referred to, without their ways back. */
function definitionsOf(notes: Notes, base: string): string {
  const around = { base, notes: { ...notes, definitions: new Map() }, style: 0, link: null, isInCell: false }
  let html = ''
  for (const [element, label] of notes.definitions) {
    const spans: Span[] = []
    gatherPhrase(element.children, around, spans)
    html += `<p>${seal(`[^${label}]: `)}${writeInline(withoutWayBack(spans), 'paragraph')}</p>`
  }
  return html
}

/** Signs for the ways back, where those are several, stand before the note. */
function withoutWayBack([first, ...rest]: Span[]): Span[] {
  return first ? [{ ...first, text: first.text.replace(/^(?:[\s^↑↩]|\ufe0e)+/, '') }, ...rest] : []
}
