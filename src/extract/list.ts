import type { ChildNode, Element } from 'domhandler'
import { writeInline } from './inline.ts'
import { seal } from './marks.ts'
import { gatherPhrase } from './phrase.ts'
import { type Block, type Shape, type Surrounding, toHtml } from './shape.ts'
import { type Span, Style } from './spans.ts'
import { elementsOf, isElement, isText } from './walk.ts'

const listNames: ReadonlySet<string> = new Set(['ul', 'ol', 'menu', 'dir'])

/** A list, or an item that stands outside of any, as a list. Where the items are sections with headings it is taken apart. */
export function writeList(element: Element, within: Surrounding, shape: Shape): Block[] {
  const items = element.name === 'li' ? [element.children] : itemsOf(element, within)
  const headed = items.filter((nodes) =>
    nodes.some((node) => within.holdsHeadings.has(node) || isHeading(node)),
  )
  if (within.room === 0 || headed.length * 2 > items.length)
    return items.flatMap((nodes) => shape(nodes, within))
  const inner = { ...within, room: within.room - 1 }
  const html = items.map((nodes) => itemHtml(shape(nodes, inner), boxOf(nodes))).join('')
  if (html === '') return []
  const start = element.name === 'ol' ? Number.parseInt(element.attribs.start ?? '1', 10) : Number.NaN
  const [begin, end] = element.name === 'ol' ? [`<ol${numberedFrom(start)}>`, '</ol>'] : ['<ul>', '</ul>']
  return [{ kind: 'list', html: begin + html + end }]
}

function numberedFrom(start: number): string {
  return start >= 0 && start < 1_000_000_000 && start !== 1 ? ` start="${start}"` : ''
}

function isHeading(node: ChildNode): boolean {
  return isElement(node) && /^h[1-6]$/.test(node.name)
}

/** The items of a list, each as its nodes: a list between items belongs to the one before, wrappers around items are none. */
function itemsOf(list: Element, { notes, holdsBlocks }: Surrounding): ChildNode[][] {
  const items: ChildNode[][] = []
  for (const child of list.children) {
    if (isText(child) ? child.data.trim() === '' : !isElement(child) || notes.definitions.has(child)) continue
    if (!isElement(child)) items.push([child])
    else if (child.name === 'li') items.push([...child.children])
    else if (listNames.has(child.name) && items.length > 0) items.at(-1)?.push(child)
    else if (holdsBlocks.has(child) && child.children.some(isItem))
      items.push(...itemsOf(child, { notes, holdsBlocks } as Surrounding))
    else items.push([child])
  }
  return items
}

function isItem(node: ChildNode): boolean {
  return isElement(node) && node.name === 'li'
}

/** The first paragraph stands on the item's own line; lists may follow without a blank line. */
function itemHtml(blocks: Block[], box: string): string {
  const [first, ...rest] = blocks
  if (!first) return ''
  if (first.kind !== 'paragraph') return `<li>${box === '' ? '' : seal(box)}${toHtml(blocks)}</li>`
  const isTight = rest.every(({ kind }) => kind === 'list')
  const line = seal(box) + first.html
  return `<li>${isTight ? line : `<p>${line}</p>`}${toHtml(rest)}</li>`
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
export function writeDefinitions(list: Element, within: Surrounding, shape: Shape): Block[] {
  const found: Block[] = []
  for (const child of list.children) {
    if (!isElement(child)) continue
    if (child.name === 'dt') found.push(...term(child, within))
    else if (child.name === 'dd') found.push(...definition(shape(child.children, within)))
    else if (child.name === 'div') found.push(...writeDefinitions(child, within, shape))
    else found.push(...shape([child], within))
  }
  return found
}

function term({ children }: Element, { base, notes }: Surrounding): Block[] {
  const spans: Span[] = []
  gatherPhrase(children, { base, notes, style: Style.bold, link: null, isInCell: false }, spans)
  const html = writeInline(spans, 'paragraph')
  return html === '' ? [] : [{ kind: 'paragraph', html }]
}

function definition([first, ...rest]: Block[]): Block[] {
  if (first?.kind !== 'paragraph') return first ? [first, ...rest] : []
  return [{ kind: 'paragraph', html: seal(': ') + first.html }, ...rest]
}
