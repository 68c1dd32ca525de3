import {
  type ChildNode,
  type Document,
  type Element,
  isTag,
  isText,
  type ParentNode,
  type Text,
} from 'domhandler'
import type { Base, PageUrls } from './base.ts'
import { createFurnitureCheck } from './furniture.ts'
import { isPlaceSign } from './headings.ts'
import { imageUrl } from './images.ts'
import type { Box, Outline } from './layout.ts'
import { append, createDocument, createElement, createText } from './node.ts'
import { isImage } from './walk.ts'

/** Elements that show something without text, or shape what does. */
const shown: ReadonlySet<string> = new Set(
  'img picture source video audio track iframe math hr br wbr td th col colgroup'.split(' '),
)
/** Elements of which all is taken or nothing, whatever their children are. */
const wholes: ReadonlySet<string> = new Set(['picture', 'video', 'audio', 'math', 'pre'])
/** What an image says in one of them is not said in the next. */
const cells: ReadonlySet<string> = new Set(['td', 'th'])
const dropped: ReadonlySet<string> = new Set(
  'head script style template svg canvas object textarea input select option datalist noembed noframes'.split(
    ' ',
  ),
)

/** Share of a box's words that are kept, for what has no words in it to be kept too. */
const MOSTLY = 0.5

interface Gathering {
  boxes: ReadonlyMap<Element | Document, Box>
  /** Whether each text of a block is kept. */
  kept: Map<Text, boolean>
  /** Words, and words kept, before each block. */
  words: Float64Array
  keptWords: Float64Array
  isFurniture: (element: Element) => boolean
  isReadAloud: (element: Element) => boolean
  /** What addresses are relative to, and those of the images since the last text. */
  base: Base
  shown: Set<string>
}

/**
 * A new tree of the blocks that are kept, in the elements that they stand in. What shows something without words (an
 * image, a rule, an empty cell) is kept where most of the words around it are.
 * @param kept 1 for each block to keep
 */
export function gather(
  document: Document,
  { boxes, blocks, isReadAloud }: Outline,
  kept: Uint8Array,
  { url, base }: PageUrls,
): Document {
  const gathering: Gathering = {
    boxes: new Map(boxes.map((box) => [box.element, box])),
    kept: new Map(),
    words: new Float64Array(blocks.length + 1),
    keptWords: new Float64Array(blocks.length + 1),
    isFurniture: createFurnitureCheck(url, base),
    isReadAloud,
    base,
    shown: new Set(),
  }
  for (const [at, { measure, nodes }] of blocks.entries()) {
    for (const node of nodes) gathering.kept.set(node, kept[at] === 1)
    gathering.words[at + 1] = (gathering.words[at] as number) + measure.words
    gathering.keptWords[at + 1] = (gathering.keptWords[at] as number) + (kept[at] ? measure.words : 0)
  }
  const root = createDocument()
  copyChildren(gathering, document, root, false)
  return root
}

/** @param isMost whether most of the words of the nearest box with words are kept. @returns whether anything was */
function copyChildren(gathering: Gathering, from: ParentNode, to: ParentNode, isMost: boolean): boolean {
  let hasAny = false
  for (const child of from.children) if (copyNode(gathering, child, to, isMost)) hasAny = true
  return hasAny
}

function copyNode(gathering: Gathering, node: ChildNode, to: ParentNode, isMost: boolean): boolean {
  if (isText(node)) return copyText(gathering, node, to, isMost)
  if (!isTag(node) || dropped.has(node.name) || gathering.isReadAloud(node) || isPlaceSign(node)) return false
  if (cells.has(node.name)) gathering.shown.clear()
  const image = imageOf(node)
  if (image && (!isMost || isShownAgain(gathering, image))) return false
  const share = shareKept(gathering, node)
  // Nothing is kept within, as most of the page is.
  if (share === 0 || (share === null && gathering.isFurniture(node))) return false
  const isMostHere = share === null ? isMost : share >= MOSTLY
  const copy = createElement(node.name === 'noscript' ? 'div' : node.name, node.attribs)
  if (wholes.has(node.name)) {
    if (isMostHere) copyWhole(node, copy)
    return isMostHere && put(copy, to)
  }
  const hasAny = copyChildren(gathering, node, copy, isMostHere)
  return (hasAny || (isMostHere && shown.has(node.name))) && put(copy, to)
}

function imageOf(element: Element): Element | undefined {
  if (element.name === 'picture') return element.children.find(isImage)
  return isImage(element) ? element : undefined
}

/** What a file's name says of how large it is. */
const sizeInName = /-\d{2,4}x\d{2,4}(?=\.\w{3,4}$)/

/** Whether an image has been shown with no text since: for another width, without scripts, or once more in small. */
function isShownAgain({ base, shown }: Gathering, image: Element): boolean {
  const address = imageUrl(image, base)?.replace(sizeInName, '')
  if (address === undefined) return false
  const before = shown.size
  return shown.add(address).size === before
}

function put(node: ChildNode, to: ParentNode): boolean {
  append(to, node)
  return true
}

/**
 * Marks without words (a bracket in code, a dash) are no blocks; they go with the words around them. White space between
 * words counts, as it may be all that an element holds.
 */
function copyText({ kept, shown }: Gathering, text: Text, to: ParentNode, isMost: boolean): boolean {
  const isKept = kept.get(text)
  if (!(isKept ?? isMost)) return false
  if (isKept) shown.clear()
  append(to, createText(text.data))
  return isKept === true || text.data.trim() !== ''
}

/** Share of an element's words that are kept; null for what has no words of its own. */
function shareKept({ boxes, words, keptWords }: Gathering, element: Element): number | null {
  const box = boxes.get(element)
  if (!box) return null
  const all = (words[box.end] as number) - (words[box.first] as number)
  const kept = (keptWords[box.end] as number) - (keptWords[box.first] as number)
  return all === 0 ? null : kept / all
}

function copyWhole(from: Element, to: Element): void {
  for (const child of from.children) {
    if (isText(child)) append(to, createText(child.data))
    else if (isTag(child) && !dropped.has(child.name)) {
      const copy = createElement(child.name, child.attribs)
      append(to, copy)
      copyWhole(child, copy)
    }
  }
}
