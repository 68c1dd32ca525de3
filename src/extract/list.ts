import type { ChildNode, Element } from 'domhandler'
import { writeInline } from './inline.ts'
import { seal } from './marks.ts'
import { gatherPhrase } from './phrase.ts'
import { type Block, isList, type Shape, type Surrounding, toHtml } from './shape.ts'
import { type Span, Style } from './spans.ts'
import type { Survey } from './survey.ts'
import { elementsOf, isElement, isText, levelOf } from './walk.ts'

const listNames: ReadonlySet<string> = new Set(['ul', 'ol', 'menu', 'dir'])

/**
 * A list, or an item that stands outside of any, as a list. Where the items are sections with headings, or images alone, it is
 * taken apart.
 */
export function addList(element: Element, within: Surrounding, shape: Shape, found: Block[]): void {
  const items = element.name === 'li' ? [element.children] : itemsOf(element, within.survey)
  if (within.room === 0 || areSections(items, within)) {
    for (const nodes of items) shape(nodes, within, found)
    return
  }
  const inner = { ...within, room: within.room - 1, isInItem: true }
  const shaped = items.map((nodes) => ({ nodes, blocks: shapeItem(nodes, inner, shape) }))
  const filled = shaped.filter(({ blocks }) => blocks.length > 0)
  if (element.name === 'ol') dropNumbers(filled, firstNumber(element))
  const blocks = filled.flatMap((item) => item.blocks)
  if (blocks.every(({ kind }) => kind === 'images')) addImages(blocks, found)
  else {
    const begin = element.name === 'ol' ? `<ol${numberedFrom(element)}>` : '<ul>'
    found.push({ kind: 'list', html: filled.map((item) => itemHtml(item, begin)).join(''), begin })
  }
}

interface Item {
  nodes: ChildNode[]
  blocks: Block[]
}

function shapeItem(nodes: ChildNode[], within: Surrounding, shape: Shape): Block[] {
  const blocks: Block[] = []
  shape(nodes, within, blocks)
  return blocks
}

/** A row of images is no list to a reader. */
function addImages(images: Block[], found: Block[]): void {
  if (images.length > 0) found.push({ kind: 'images', html: images.map(({ html }) => html).join(' ') })
}

function areSections(items: ChildNode[][], { survey: { holdsHeadings } }: Surrounding): boolean {
  const headed = items.filter((nodes) =>
    nodes.some((node) => isElement(node) && (holdsHeadings.has(node) || levelOf(node) > 0)),
  )
  return headed.length * 2 > items.length
}

function numberedFrom(list: Element): string {
  const start = firstNumber(list)
  return start === 1 ? '' : ` start="${start}"`
}

function firstNumber({ attribs }: Element): number {
  const start = Number.parseInt(attribs.start ?? '1', 10)
  return start >= 0 && start < 1_000_000_000 ? start : 1
}

const numberSigns = new RegExp(`^${seal('#')}?0?(\\d+)[${seal('.:)')}]?(?:\\s|<br>|$)`)

/** Takes the numbers from items that all begin with their own: the list numbers them anew. */
function dropNumbers(items: Item[], start: number): void {
  const numbers = items.map(({ blocks: [first] }) =>
    first?.kind === 'paragraph' ? numberSigns.exec(first.html) : null,
  )
  if (items.length < 2 || !numbers.every((number, at) => Number(number?.[1]) === start + at)) return
  for (const [at, { blocks }] of items.entries()) {
    const html = (blocks[0] as Block).html.slice(numbers[at]?.[0].length)
    blocks.splice(0, 1, ...(html === '' ? [] : [{ kind: 'paragraph' as const, html }]))
  }
}

/** The items of a list, each as its nodes: a list between items belongs to the one before, wrappers around items are none. */
function itemsOf(list: Element, survey: Survey, items: ChildNode[][] = []): ChildNode[][] {
  for (const child of list.children) {
    if (isText(child) && child.data.trim() === '') continue
    if (!isElement(child)) items.push([child])
    else if (survey.notes.definitions.has(child)) continue
    else if (child.name === 'li') items.push([...child.children])
    else if (listNames.has(child.name) && items.length > 0) items.at(-1)?.push(child)
    else if (survey.holdsBlocks.has(child) && child.children.some(isItem)) itemsOf(child, survey, items)
    else items.push([child])
  }
  return items
}

function isItem(node: ChildNode): boolean {
  return isElement(node) && node.name === 'li'
}

/**
 * The first paragraph stands on the item's own line; lists may follow without a blank line. An item that is but a list of the
 * same kind is left to the items of that.
 */
function itemHtml({ nodes, blocks }: Item, begin: string): string {
  const [first, ...rest] = textFirst(blocks)
  if (!first) return ''
  if (first.begin === begin && rest.length === 0) return first.html
  const box = seal(boxOf(nodes))
  if (isList(first) || first.kind === 'heading' || first.kind === 'other')
    return `<li>${box}${toHtml(blocks)}</li>`
  const isTight = rest.every(isList)
  const line = box + (first.isBullet ? (first.item ?? '') : first.html)
  return `<li>${isTight ? line : `<p>${line}</p>`}${toHtml(rest)}</li>`
}

/** What an item says stands beside its sign, and the images before it below. */
function textFirst(blocks: Block[]): Block[] {
  const at = blocks.findIndex(({ kind }) => kind !== 'images')
  const text = blocks[at]
  return at > 0 && text?.kind === 'paragraph'
    ? [text, ...blocks.slice(0, at), ...blocks.slice(at + 1)]
    : blocks
}

/** How many elements of an item are looked through for a box to tick. */
const MAX_SEEN = 5

/** The box that begins an item of a list of tasks. */
function boxOf(nodes: ChildNode[]): string {
  for (const node of nodes.slice(0, 3).filter(isElement)) {
    const box = isBox(node) ? node : firstBox(node)
    if (box) return Object.hasOwn(box.attribs, 'checked') ? '[x] ' : '[ ] '
  }
  return ''
}

function firstBox(node: Element): Element | null {
  let seen = 0
  for (const element of elementsOf(node)) {
    if (isBox(element)) return element
    seen += 1
    if (seen > MAX_SEEN) break
  }
  return null
}

function isBox({ name, attribs }: Element): boolean {
  return name === 'input' && attribs.type?.toLowerCase() === 'checkbox'
}

/** A list of terms and what they mean, in the form of Pandoc and PHP Markdown Extra. */
export function addDefinitions(list: Element, within: Surrounding, shape: Shape, found: Block[]): void {
  for (const child of list.children) {
    if (!isElement(child)) continue
    if (child.name === 'dt') addTerm(child, within, found)
    else if (child.name === 'dd') addMeaning(child, within, shape, found)
    else if (child.name === 'div') addDefinitions(child, within, shape, found)
    else shape([child], within, found)
  }
}

function addTerm({ children }: Element, { survey }: Surrounding, found: Block[]): void {
  const spans: Span[] = []
  gatherPhrase(children, { survey, style: Style.bold, link: null, in: 'paragraph' }, spans)
  const html = writeInline(spans, 'paragraph')
  if (html !== '') found.push({ kind: 'paragraph', html })
}

function addMeaning({ children }: Element, within: Surrounding, shape: Shape, found: Block[]): void {
  const start = found.length
  shape(children, within, found)
  const first = found[start]
  if (first?.kind === 'paragraph') found[start] = { kind: 'paragraph', html: seal(': ') + first.html }
}
