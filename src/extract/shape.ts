import type { ChildNode, Element } from 'domhandler'
import { escapeText } from './clean.ts'
import { codeText, languageOf } from './code.ts'
import { hasWords } from './escape.ts'
import { writeInline } from './inline.ts'
import { writeDefinitions, writeList } from './list.ts'
import { blankLine, readable, seal } from './marks.ts'
import { type Formula, formulaOf } from './math.ts'
import type { Notes } from './notes.ts'
import { type Around, embedded, embeddedLink, gatherPhrase, isSilent, targetOf } from './phrase.ts'
import { writeTable } from './sheet.ts'
import { isBreak, type Span, Style, type Target } from './spans.ts'
import { blocks, elementsOf, isElement, levelOf } from './walk.ts'

export interface Page {
  base: string
  notes: Notes
  /** Elements that have blocks in them, and those that have headings. */
  holdsBlocks: ReadonlySet<unknown>
  holdsHeadings: ReadonlySet<unknown>
}

/** What is around blocks. */
export interface Surrounding extends Page {
  /** How much deeper lists and quotes may nest: each level is written on every line within it. */
  room: number
  /** A link around several blocks. One of them takes it along: the first heading, else the first that has text. */
  link: { target: Target; isForHeading: boolean; isTaken: boolean } | null
}

/** A piece of HTML as the converter takes it right: few elements, rightly nested, their text finished Markdown. */
export interface Block {
  kind: 'paragraph' | 'list' | 'other'
  /** Of a paragraph, what is in it. */
  html: string
}

/** Makes blocks of nodes. */
export type Shape = (nodes: readonly ChildNode[], within: Surrounding) => Block[]

/** Nodes as blocks; what stands between blocks is paragraphs. */
export const shape: Shape = (nodes, within) => {
  const found: Block[] = []
  const line: ChildNode[] = []
  const endLine = () => {
    if (line.length > 0) found.push(...paragraphs(line.splice(0), within))
  }
  for (const node of nodes) {
    const block = isElement(node) ? blockOf(node, within) : null
    if (block === null) line.push(node)
    else {
      endLine()
      found.push(...block)
    }
  }
  endLine()
  return found
}

export function toHtml(found: readonly Block[]): string {
  return found.map(({ kind, html }) => (kind === 'paragraph' ? `<p>${html}</p>` : html)).join('')
}

/** The blocks that an element makes; null if it is a part of a line. */
function blockOf(element: Element, within: Surrounding): Block[] | null {
  const { name } = element
  const formula = formulaOf(element)
  if (formula) return formula.isBlock ? displayed(formula) : null
  if (isSilent(element, within.notes)) return isInline(element, within) ? null : []
  if (name === 'code' && isSeveralLines(element)) return code(element)
  if (embedded.has(name)) return shown(element, within)
  return isInline(element, within) ? null : container(element, within)
}

function isInline(element: Element, { holdsBlocks }: Page): boolean {
  const { name } = element
  return name === 'br' || name === 'noscript' || !(blocks.has(name) || holdsBlocks.has(element))
}

function container(element: Element, within: Surrounding): Block[] {
  const { name, children } = element
  if (levelOf(element) > 0 && !holdsMore(element)) return heading(element, within)
  switch (name) {
    case 'ul':
    case 'ol':
    case 'menu':
    case 'dir':
    case 'li':
      return writeList(element, within, shape)
    case 'dl':
      return writeDefinitions(element, within, shape)
    case 'table':
      return writeTable(element, within, shape)
    case 'pre':
    case 'listing':
    case 'xmp':
    case 'plaintext':
      return code(element)
    case 'blockquote':
      return quote(element, within)
    case 'summary':
    case 'legend':
      return within.holdsHeadings.has(element) ? shape(children, within) : strong(element, within)
    case 'hr':
      return [{ kind: 'other', html: '<hr>' }]
    case 'a':
      return shape(children, { ...within, link: within.link ?? linkAround(element, within) })
    default:
      return shape(children, within)
  }
}

function linkAround(element: Element, { base, holdsHeadings }: Page): Surrounding['link'] {
  const target = targetOf(element, { base })
  return target && { target, isForHeading: holdsHeadings.has(element), isTaken: false }
}

/** A line of nodes as paragraphs: two line breaks in a row begin another. */
function paragraphs(line: readonly ChildNode[], within: Surrounding): Block[] {
  const spans: Span[] = []
  gatherPhrase(line, around(within), spans)
  return splitAtBreaks(spans).flatMap((part) =>
    paragraph(part, within.link?.isForHeading ? null : takeLink(part, within)),
  )
}

function around({ base, notes }: Page): Around {
  return { base, notes, style: 0, link: null, isInCell: false }
}

function splitAtBreaks(spans: Span[]): Span[][] {
  const parts: Span[][] = [[]]
  let breaks = 0
  for (const span of spans) {
    if (isBreak(span)) breaks += 1
    else if (span.text.trim() !== '') breaks = 0
    if (breaks > 1) parts.push([])
    else parts.at(-1)?.push(span)
    if (breaks > 1) breaks = 1
  }
  return parts
}

/** The link that stands around, if it has not been taken yet and there is something here to carry it. */
function takeLink(spans: Span[], { link }: Surrounding): Target | null {
  if (!link || link.isTaken || !spans.some(({ text }) => text.trim() !== '')) return null
  link.isTaken = true
  return link.target
}

function paragraph(spans: Span[], target: Target | null): Block[] {
  const linked = target ? spans.map((span) => ({ ...span, link: span.link ?? target })) : spans
  const html = writeInline(linked, 'paragraph')
  return html === '' ? [] : [{ kind: 'paragraph', html }]
}

/** What no heading is, though a tag says so. */
const largerThanHeading: ReadonlySet<string> = new Set([
  'ul',
  'ol',
  'dl',
  'table',
  'pre',
  'blockquote',
  'article',
])

/** How far into a heading is looked for more than a heading holds. */
const MAX_SEEN = 100

function holdsMore(heading: Element): boolean {
  let seen = 0
  for (const element of elementsOf(heading)) {
    seen += 1
    if (largerThanHeading.has(element.name) || levelOf(element) > 0) return true
    if (seen > MAX_SEEN) return true
  }
  return false
}

function heading(element: Element, within: Surrounding): Block[] {
  const spans: Span[] = []
  gatherPhrase(element.children, around(within), spans)
  if (!spans.some(({ text }) => hasWords(text))) return paragraph(spans, takeLink(spans, within))
  const target = takeLink(spans, within)
  const linked = target ? spans.map((span) => ({ ...span, link: span.link ?? target })) : spans
  const html = writeInline(linked, 'heading')
  return html === '' ? [] : [{ kind: 'other', html: `<${element.name}>${html}</${element.name}>` }]
}

/** A line that heads what follows it without being a heading. */
function strong(element: Element, within: Surrounding): Block[] {
  const spans: Span[] = []
  gatherPhrase(element.children, { ...around(within), style: Style.bold }, spans)
  return paragraph(spans, takeLink(spans, within))
}

function quote({ children }: Element, within: Surrounding): Block[] {
  const inner = shape(children, { ...within, room: within.room - 1 })
  return within.room === 0 || inner.length === 0
    ? inner
    : [{ kind: 'other', html: `<blockquote>${toHtml(inner)}</blockquote>` }]
}

function isSeveralLines(element: Element): boolean {
  return codeText(element).includes('\n')
}

/** Code on lines of its own. Blank lines in it are kept through the converter by a mark. */
export function code(element: Element): Block[] {
  const text = readable(codeText(element)).replaceAll(/\n[ \t]*(?=\n)/g, `\n${blankLine}`)
  if (text.trim() === '') return []
  const inner = element.children.find((child) => isElement(child) && child.name === 'code')
  const language = languageOf(inner && isElement(inner) ? inner : element)
  const label = language === '' ? '' : ` class="language-${language}"`
  return [{ kind: 'other', html: `<pre><code${label}>${escapeText(text)}</code></pre>` }]
}

function shown(element: Element, { base }: Page): Block[] {
  const link = embeddedLink(element, base)
  return link ? paragraph([{ text: readable(link.text), style: 0, link }], null) : []
}

function displayed({ tex }: Formula): Block[] {
  return [{ kind: 'paragraph', html: seal(`$$${tex}$$`) }]
}
