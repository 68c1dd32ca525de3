import { type ChildNode, type Document, type Element, isTag, isText, type Text } from 'domhandler'
import { createAloudCheck } from './aloud.ts'
import { createControlCheck } from './controls.ts'
import { addText, createMeasure, type Measure } from './measure.ts'
import { setOf, squeeze } from './words.ts'

/** An element laid out as a block. What text it holds stands together: blocks `first` ≤ index < `end`. */
export interface Box {
  element: Element | Document
  /** Index of the box around it; -1 for the outermost. */
  parent: number
  depth: number
  first: number
  end: number
  images: number
  fields: number
}

/** A run of text between two edges of elements laid out as blocks, or two line breaks. */
export interface Block {
  nodes: Text[]
  /** What it says, white space collapsed. */
  text: string
  /** Index of the nearest box around it. */
  box: number
  /** Inline elements around its first text, the inmost first. */
  inlines: Element[]
  measure: Measure
}

/** A page's text as blocks, and the boxes they stand in, both in document order. */
export interface Outline {
  boxes: Box[]
  blocks: Block[]
  /** Whether an element is passed over, as its text is only read aloud. Remembers what the page's elements are named. */
  isReadAloud: (element: Element) => boolean
}

const skipped = setOf(
  'script style template head iframe object svg math textarea select canvas video audio datalist noframes noembed',
)
const inlineNames = setOf(
  'a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd mark nobr picture q rb rp rt ruby s samp ' +
    'small span strike strong sub sup time tt u var wbr label',
)
const strongNames = setOf('b strong h1 h2 h3 h4 h5 h6 th dt')
const fieldNames = setOf('input select textarea button')

/** How many inline elements around a text are looked at. */
const MAX_INLINES = 4

interface Walk extends Outline {
  isControl: (element: Element) => boolean
  /** The run of text that is still open. */
  run: Block | null
  breaks: number
  images: number
  fields: number
  inlines: Element[]
  linkDepth: number
  strongDepth: number
  box: number
}

/** Splits a page's text into blocks. One walk; how deep it goes is bounded by the builder of the tree. */
export function outline(document: Document): Outline {
  const walk: Walk = {
    boxes: [],
    blocks: [],
    run: null,
    breaks: 0,
    images: 0,
    fields: 0,
    inlines: [],
    linkDepth: 0,
    strongDepth: 0,
    box: -1,
    isReadAloud: createAloudCheck(),
    isControl: createControlCheck(),
  }
  visitBox(walk, document)
  return { boxes: walk.boxes, blocks: walk.blocks, isReadAloud: walk.isReadAloud }
}

function visitBox(walk: Walk, element: Element | Document): void {
  closeRun(walk)
  const { box: parent, images, fields } = walk
  const depth = (walk.boxes[parent]?.depth ?? -1) + 1
  const box = { element, parent, depth, first: walk.blocks.length, end: 0, images: 0, fields: 0 }
  walk.box = walk.boxes.push(box) - 1
  for (const child of element.children) visit(walk, child)
  closeRun(walk)
  walk.box = parent
  box.end = walk.blocks.length
  box.images = walk.images - images
  box.fields = walk.fields - fields
}

function visit(walk: Walk, node: ChildNode): void {
  if (isText(node)) addToRun(walk, node)
  else if (isTag(node)) visitElement(walk, node)
}

function visitElement(walk: Walk, element: Element): void {
  const { name } = element
  if (name === 'br') addBreak(walk)
  else if (name === 'img' || name === 'picture') walk.images += 1
  if (fieldNames.has(name)) walk.fields += 1
  if (skipped.has(name) || walk.isReadAloud(element)) return
  const link = name === 'a' ? 1 : 0
  const strong = strongNames.has(name) ? 1 : 0
  walk.linkDepth += link
  walk.strongDepth += strong
  if (inlineNames.has(name) && !walk.isControl(element)) visitInline(walk, element)
  else if (name !== 'br' && name !== 'img') visitBox(walk, element)
  walk.linkDepth -= link
  walk.strongDepth -= strong
}

function addBreak(walk: Walk): void {
  walk.breaks += 1
  if (walk.run) walk.run.text += ' '
}

function visitInline(walk: Walk, element: Element): void {
  walk.inlines.push(element)
  for (const child of element.children) visit(walk, child)
  walk.inlines.pop()
  if (element.name === 'a' && walk.run) walk.run.measure.links += 1
}

function addToRun(walk: Walk, text: Text): void {
  if (walk.breaks > 0 && text.data.trim() !== '') {
    if (walk.breaks > 1) closeRun(walk)
    walk.breaks = 0
  }
  if (walk.run) walk.run.nodes.push(text)
  else walk.run = beginRun(walk, text)
  const { run, linkDepth, strongDepth } = walk
  const { measure } = run
  run.text += text.data
  const words = addText(measure, text.data)
  if (linkDepth > 0) measure.linkWords += words
  if (strongDepth > 0) measure.strongWords += words
}

function beginRun({ box, inlines }: Walk, text: Text): Block {
  return {
    nodes: [text],
    text: '',
    box,
    inlines: inlines.slice(-MAX_INLINES).reverse(),
    measure: createMeasure(),
  }
}

/** Ends a run. One without a word is no block. */
function closeRun(walk: Walk): void {
  if (walk.run && walk.run.measure.words > 0) {
    walk.run.text = squeeze(walk.run.text)
    walk.blocks.push(walk.run)
  }
  walk.run = null
  walk.breaks = 0
}
