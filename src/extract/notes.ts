import type { Element, ParentNode } from 'domhandler'
import { blocks, elementsOf, isElement, isText, levelOf, nodesOf } from './walk.ts'

export interface Notes {
  /** The links that stand in the text for a note, and the label of it. */
  references: ReadonlyMap<Element, string>
  /** The elements that are notes, by their labels, in the order in which they are referred to. */
  definitions: ReadonlyMap<Element, string>
  /** The links that lead from notes back into the text. */
  returns: ReadonlySet<Element>
}

interface Anchor {
  element: Element
  target: Element
}

/** How far into a note is looked for its way back, and most characters of what refers to it. */
const MAX_SEEN = 300
const MAX_LABEL = 8

/**
 * The footnotes of a page, known by how they are made and not by their names: a short link leads to an element further down,
 * and a link in there leads back.
 */
export function notesOf(root: ParentNode): Notes {
  const { anchors, order } = anchorsOf(root)
  const targets = new Map(anchors.map(({ element, target }) => [element, target]))
  const ways = new Map<Element, Anchor[]>()
  const references = new Map<Element, string>()
  const definitions = new Map<Element, string>()
  const returns = new Set<Element>()
  const nextLabel = createLabels()
  for (const { element, target } of anchors) {
    const label = shortLabel(element)
    if (label === null || (order.get(element) ?? 0) > (order.get(target) ?? 0)) continue
    const note = noteAround(target)
    if (!note || returns.has(element)) continue
    if (!ways.has(note)) ways.set(note, anchorsIn(note, targets))
    const back = ways.get(note)?.filter((way) => isAround(way.target, element)) ?? []
    if (back.length === 0) continue
    for (const way of back) returns.add(way.element)
    if (!definitions.has(note)) definitions.set(note, nextLabel(label))
    references.set(element, definitions.get(note) as string)
  }
  return { references, definitions, returns }
}

/** The links within a page, and where in it everything is that has to do with them. */
function anchorsOf(root: ParentNode): { anchors: Anchor[]; order: Map<Element, number> } {
  const named = new Map<string, Element>()
  const links: { element: Element; fragment: string }[] = []
  const order = new Map<Element, number>()
  for (const element of elementsOf(root)) {
    const { id, name, href } = element.attribs
    const names = [id, element.name === 'a' ? name : undefined].filter((text) => text)
    for (const text of names) if (text && !named.has(text)) named.set(text, element)
    if (element.name === 'a' && href?.startsWith('#'))
      links.push({ element, fragment: decoded(href.slice(1)) })
    if (names.length > 0 || element.name === 'a') order.set(element, order.size)
  }
  const anchors = links.flatMap(({ element, fragment }) => {
    const target = named.get(fragment)
    return target ? [{ element, target }] : []
  })
  return { anchors, order }
}

function decoded(fragment: string): string {
  try {
    return decodeURIComponent(fragment)
  } catch {
    return fragment
  }
}

/** The text of a link if it is as short as a sign for a note: a number, a letter, a star, perhaps in brackets. */
function shortLabel(link: Element): string | null {
  let text = ''
  for (const node of nodesOf(link)) {
    if (isText(node)) text += node.data
    if (text.length > MAX_LABEL * 4) return null
  }
  const label = text.replaceAll(/[\s[\]()]/g, '')
  return /^(?:\p{N}{1,4}|\p{L}{1,3}|note\p{N}{1,3}|[*†‡§¶#※]{1,3})$/iu.test(label) ? label : null
}

/** The block that a target is or begins. */
function noteAround(target: Element): Element | null {
  let at: Element | null = target
  while (at && !blocks.has(at.name)) at = at.parent && isElement(at.parent) ? at.parent : null
  const isNote = at && levelOf(at) === 0 && !/^(?:html|body|article|main|section|table)$/.test(at.name)
  return isNote ? at : null
}

function anchorsIn(note: Element, targets: ReadonlyMap<Element, Element>): Anchor[] {
  const found: Anchor[] = []
  let seen = 0
  for (const element of elementsOf(note)) {
    const target = targets.get(element)
    if (target) found.push({ element, target })
    seen += 1
    if (seen > MAX_SEEN) break
  }
  return found
}

/** Whether a way back leads to a link: to it, to what stands close around it, or to an anchor beside it. */
function isAround(target: Element, link: Element): boolean {
  let at: unknown = link
  for (let depth = 0; depth < 4 && at instanceof Object; depth += 1) {
    if (at === target) return true
    at = (at as Element).parent
  }
  return !blocks.has(target.name) && target.parent === link.parent
}

/** Gives each note a label that no other has: the one it is referred to by, if it can be. */
function createLabels(): (wish: string) => string {
  const taken = new Set<string>()
  let number = 0
  return (wish) => {
    let label = wish.replaceAll(/[^\p{L}\p{N}]/gu, '')
    while (label === '' || taken.has(label)) {
      number += 1
      label = String(number)
    }
    taken.add(label)
    return label
  }
}
