import { type ChildNode, type Document, type Element, isTag, isText } from 'domhandler'
import { createNamesReader } from './names.ts'
import { unseen } from './text.ts'
import { levelOf } from './walk.ts'
import { charCodeAt } from './words.ts'

/** What stands in an element. Lengths are in characters that are not white space. */
interface Sums {
  text: number
  /** Text in links. */
  links: number
  /** Text in paragraphs, quotes, code and long runs of words, without that of links. */
  prose: number
  /** Ends of sentences. */
  ends: number
  headings: number
}

/** An element of a page that is seen, and the sums of what is in it and was not dropped. */
export interface Part extends Sums {
  element: Element
  parent: Part | null
  /** Its place among all parts in document order, and the place after its last descendant. */
  at: number
  end: number
  /** Length of the page's text before it. */
  before: number
  /** Whether it stands in a `main` or `article`. */
  isWithin: boolean
  /** What its class and id say that it is: bits of `nameBits`. */
  names: number
  isDropped: boolean
  /** Whether it was dropped for what it is beyond doubt. */
  isSurelyOut: boolean
  own: Sums
}

/** The parts of a page in document order. */
export interface Parts {
  all: Part[]
  /** Those of the elements that are asked for. */
  of: Map<Element, Part>
  /** Length of the text that is seen only where scripts do not run, as far as it was passed over. */
  unscripted: number
}

export type Asked = ReadonlySet<Element | Document>

/**
 * Measures all elements of a page that are seen, in one pass and time that grows with the page.
 * @param asked the elements whose parts have to be found again
 * @param isScripted whether scripts run, so that what is in a `noscript` is not seen
 */
export function measure(document: Document, asked: Asked, isScripted: boolean): Parts {
  const parts: Parts = { all: [], of: new Map(), unscripted: 0 }
  const bitsOf = createNamesReader()
  const names = ({ attribs: { class: classes, id } }: Element) =>
    (classes ? bitsOf(classes) : 0) | (id ? bitsOf(id) : 0)
  let length = 0
  const visit = (nodes: ChildNode[], parent: Part | null, isLinked: boolean, isProse: boolean): void => {
    for (const node of nodes) {
      if (isText(node)) {
        if (parent) length += addText(parent.own, node.data, isLinked, isProse)
      } else if (isTag(node)) {
        if (node.name === 'noscript' && isScripted) parts.unscripted += lengthOf(node)
        if (!isSeen(node, isScripted)) continue
        const part = createPart(node, parent, parts.all.length, length, names(node))
        parts.all.push(part)
        if (asked.has(node)) parts.of.set(node, part)
        visit(node.children, part, isLinked || node.name === 'a', isProse || proseNames.has(node.name))
        part.end = parts.all.length
      }
    }
  }
  visit(document.children, null, false, false)
  addUp(parts)
  return parts
}

function isSeen({ name, attribs }: Element, isScripted: boolean): boolean {
  if (name === 'noscript') return !isScripted
  return !unseen.has(name) || (name === 'template' && 'shadowrootmode' in attribs)
}

/** Length of the text of an element that is seen where scripts do not run. */
function lengthOf({ children }: Element): number {
  let length = 0
  for (const node of children) {
    if (isText(node)) length += countText(node.data).length
    else if (isTag(node) && isSeen(node, false)) length += lengthOf(node)
  }
  return length
}

const proseNames: ReadonlySet<string> = new Set(['p', 'pre', 'blockquote'])
export const isHeading = ({ element }: Part): boolean => levelOf(element) > 0

export const isMain = ({ element }: Part): boolean =>
  element.name === 'main' || element.attribs.role === 'main'

const nothing = (): Sums => ({ text: 0, links: 0, prose: 0, ends: 0, headings: 0 })

function createPart(element: Element, parent: Part | null, at: number, before: number, names: number): Part {
  const own = nothing()
  if (levelOf(element) > 0) own.headings = 1
  const isWithin = parent !== null && (parent.isWithin || parent.element.name === 'article' || isMain(parent))
  return {
    text: 0,
    links: 0,
    prose: 0,
    ends: 0,
    headings: 0,
    own,
    element,
    parent,
    at,
    end: at + 1,
    before,
    isWithin,
    names,
    isDropped: false,
    isSurelyOut: false,
  }
}

/** From how many characters on a run of text is read as prose wherever it stands. */
const PROSE = 40

function addText(own: Sums, data: string, isLinked: boolean, isProse: boolean): number {
  const { length, ends } = countText(data)
  own.text += length
  own.ends += ends
  if (isLinked) own.links += length
  else if (isProse || length > PROSE) own.prose += length
  return length
}

/** Counts characters that are not white space, and those that end or part sentences. */
function countText(data: string): { length: number; ends: number } {
  let length = 0
  let ends = 0
  let isLastEnd = false
  const all = data.length
  for (let at = 0; at < all; at += 1) {
    const code = charCodeAt.call(data, at)
    const isSpace = code <= 0x20 || code === 0xa0
    // An ASCII mark counts where the word ends with it: not in numbers, addresses and file names.
    if (isSpace && isLastEnd) ends += 1
    isLastEnd =
      !isSpace && (code === 0x2e || code === 0x2c || code === 0x21 || code === 0x3f || code === 0x3b)
    if (isSpace) continue
    length += 1
    if (code >= FIRST_WIDE && wideEnds.has(code)) ends += 1
  }
  return { length, ends: isLastEnd ? ends + 1 : ends }
}

/** Marks of scripts that put no space after them: 。，！？、；। ، ؟ */
const FIRST_WIDE = 0x060c
const wideEnds: ReadonlySet<number> = new Set([
  0x3002, 0xff0c, 0xff01, 0xff1f, 0x3001, 0xff1b, 0x0964, 0x060c, 0x061f,
])

/** Adds up what every part holds, without what was dropped. */
export function addUp({ all }: Parts): void {
  for (const part of all) set(part, part.own)
  for (let at = all.length - 1; at > 0; at -= 1) {
    const part = all[at] as Part
    if (!part.isDropped && part.parent) add(part.parent, part)
  }
}

function set(to: Sums, from: Sums): void {
  to.text = from.text
  to.links = from.links
  to.prose = from.prose
  to.ends = from.ends
  to.headings = from.headings
}

function add(to: Sums, from: Sums): void {
  to.text += from.text
  to.links += from.links
  to.prose += from.prose
  to.ends += from.ends
  to.headings += from.headings
}

/** Takes a part and all in it out. The sums stand as they were until `addUp`. */
export function drop({ all }: Parts, part: Part, isSure = false): void {
  for (let at = part.at; at < part.end; at += 1) {
    const one = all[at] as Part
    one.isDropped = true
    one.isSurelyOut ||= isSure
  }
}

/** Tells of the parts below one that were not dropped, in document order; what is dropped meanwhile is passed over. */
export function eachBelow({ all }: Parts, root: Part, visit: (part: Part) => void): void {
  for (let at = root.at + 1; at < root.end; at += 1) {
    const part = all[at] as Part
    if (!part.isDropped) visit(part)
  }
}

/** The parts that stand in a part itself, dropped or not, in document order. */
export function* within({ all }: Parts, { at, end }: Part): Generator<Part> {
  for (let next = at + 1; next < end; next = (all[next] as Part).end) yield all[next] as Part
}

/** The parts that stand beside a part, after it. */
export function* after({ all }: Parts, { end, parent }: Part): Generator<Part> {
  const last = parent?.end ?? all.length
  for (let at = end; at < last; at = (all[at] as Part).end) yield all[at] as Part
}

/** Share of a part's text that is in links, 0 to 1. */
export const linkDensity = ({ text, links }: Part): number => (text === 0 ? 0 : links / text)

/** Whether its class or id has a word of one of the lists. @param bits of `nameBits` */
export const isNamed = ({ names }: Part, bits: number): boolean => (names & bits) !== 0
