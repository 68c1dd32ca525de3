import { type ChildNode, type Document, type Element, isTag, isText } from 'domhandler'
import { unseen } from './text.ts'

/** What stands in an element. Lengths are in characters that are not white space. */
interface Sums {
  text: number
  /** Text in links. */
  links: number
  /** Text in paragraphs, quotes, code and long runs of words, without that of links. */
  prose: number
  /** Ends of sentences. */
  ends: number
  linkCount: number
  images: number
  headings: number
}

/** An element of a page that is seen, and the sums of what is in it and was not dropped. */
export interface Box extends Sums {
  element: Element
  parent: Box | null
  /** Its place among all boxes in document order, and the place after its last descendant. */
  at: number
  end: number
  /** Length of the page's text before it. */
  before: number
  /** Whether it stands in a `main` or `article`. */
  isWithin: boolean
  /** The words that its class and id are made of, in small letters. */
  words: readonly string[]
  isDropped: boolean
  own: Sums
}

/** The boxes of a page in document order. */
export interface Boxes {
  all: Box[]
  of: Map<Element, Box>
}

/**
 * Measures all elements of a page that are seen, in one pass and time that grows with the page.
 * @param isScripted whether scripts run, so that what is in a `noscript` is not seen
 */
export function measure(document: Document, isScripted: boolean): Boxes {
  const boxes: Boxes = { all: [], of: new Map() }
  const split = createSplitter()
  let length = 0
  const visit = (nodes: ChildNode[], parent: Box | null, isLinked: boolean, isProse: boolean): void => {
    for (const node of nodes) {
      if (isText(node)) {
        if (parent) length += addText(parent.own, node.data, isLinked, isProse)
      } else if (isTag(node) && isSeen(node, isScripted)) {
        const box = createBox(node, parent, boxes.all.length, length, split(node))
        boxes.all.push(box)
        boxes.of.set(node, box)
        visit(node.children, box, isLinked || node.name === 'a', isProse || proseNames.has(node.name))
        box.end = boxes.all.length
      }
    }
  }
  visit(document.children, null, false, false)
  addUp(boxes)
  return boxes
}

function isSeen({ name, attribs }: Element, isScripted: boolean): boolean {
  if (name === 'noscript') return !isScripted
  return !unseen.has(name) || (name === 'template' && 'shadowrootmode' in attribs)
}

const proseNames: ReadonlySet<string> = new Set(['p', 'pre', 'blockquote'])
const headingNames: ReadonlySet<string> = new Set(['h1', 'h2', 'h3', 'h4', 'h5', 'h6'])

export const isHeading = ({ element }: Box): boolean => headingNames.has(element.name)

export const isMain = ({ element }: Box): boolean =>
  element.name === 'main' || element.attribs.role === 'main'

const nothing = (): Sums => ({ text: 0, links: 0, prose: 0, ends: 0, linkCount: 0, images: 0, headings: 0 })

function createBox(
  element: Element,
  parent: Box | null,
  at: number,
  before: number,
  words: readonly string[],
): Box {
  const { name } = element
  const own = nothing()
  if (name === 'a') own.linkCount = 1
  if (name === 'img') own.images = 1
  if (headingNames.has(name)) own.headings = 1
  const isWithin = parent !== null && (parent.isWithin || parent.element.name === 'article' || isMain(parent))
  return {
    ...nothing(),
    own,
    element,
    parent,
    at,
    end: at + 1,
    before,
    isWithin,
    words,
    isDropped: false,
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
  for (let at = 0; at < data.length; at += 1) {
    const code = data.charCodeAt(at)
    const isSpace = code <= 0x20 || code === 0xa0
    // An ASCII mark counts where the word ends with it: not in numbers, addresses and file names.
    if (isSpace && isLastEnd) ends += 1
    isLastEnd =
      !isSpace && (code === 0x2e || code === 0x2c || code === 0x21 || code === 0x3f || code === 0x3b)
    if (isSpace) continue
    length += 1
    if (wideEnds.has(code)) ends += 1
  }
  return { length, ends: isLastEnd ? ends + 1 : ends }
}

/** Marks of scripts that put no space after them: 。，！？、；। ، ؟ */
const wideEnds: ReadonlySet<number> = new Set(Array.from('。，！？、；।،؟', (mark) => mark.charCodeAt(0)))

/** Adds up what every box holds, without what was dropped. */
export function addUp({ all }: Boxes): void {
  for (const box of all) Object.assign(box, box.own)
  for (let at = all.length - 1; at > 0; at -= 1) {
    const box = all[at] as Box
    if (box.isDropped || !box.parent) continue
    for (const sum of sums) box.parent[sum] += box[sum]
  }
}

const sums = Object.keys(nothing()) as (keyof Sums)[]

/** Takes a box and all in it out. The sums stand as they were until `addUp`. */
export function drop({ all }: Boxes, box: Box): void {
  for (let at = box.at; at < box.end; at += 1) (all[at] as Box).isDropped = true
}

/** The boxes below one that were not dropped, in document order; what is dropped meanwhile is passed over. */
export function* below({ all }: Boxes, root: Box): Generator<Box> {
  for (let at = root.at + 1; at < root.end; at += 1) {
    const box = all[at] as Box
    if (!box.isDropped) yield box
  }
}

/** Share of a box's text that is in links, 0 to 1. */
export const linkDensity = ({ text, links }: Box): number => (text === 0 ? 0 : links / text)

export const hasWord = ({ words }: Box, list: ReadonlySet<string>): boolean =>
  words.some((word) => list.has(word))

/** Longer names are made by machines and say nothing further on. */
const MAX_NAMES = 300

/** Class names that say what something has, shows or is filed under, and not what it is. */
const sayings =
  /^(?:has|no|with|without|is|are|show|hide|enable|disable|allow|tag|category|cat|product_tag|product_cat)[-_]/

/** Splits names such as `postBody article-meta` into words; the same names stand on many elements. */
function createSplitter(): (element: Element) => readonly string[] {
  const known = new Map<string, readonly string[]>()
  return ({ attribs: { class: classes = '', id = '' } }) => {
    const names = `${classes} ${id}`
    const found = known.get(names)
    if (found) return found
    const words = names === ' ' ? [] : split(names.slice(0, MAX_NAMES))
    known.set(names, words)
    return words
  }
}

function split(names: string): string[] {
  return names
    .split(/\s+/)
    .filter((name) => !sayings.test(name.toLowerCase()))
    .flatMap(
      (name) =>
        name
          .replaceAll(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
          .toLowerCase()
          .match(/\p{L}{2,}/gu) ?? [],
    )
}
