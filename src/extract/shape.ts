import type { ChildNode, Element } from 'domhandler'
import { afterBullet, partAtBullets } from './bullets.ts'
import { escapeText } from './clean.ts'
import { codeText, languageOf } from './code.ts'
import { hasWords } from './escape.ts'
import { writeInline } from './inline.ts'
import { addDefinitions, addList } from './list.ts'
import { blankLine, readable, seal } from './marks.ts'
import { type Around, embedded, embeddedLink, gatherPhrase, isSilent, targetOf } from './phrase.ts'
import { addTable } from './sheet.ts'
import { isBreak, lineBreak, type Span, Style, type Target } from './spans.ts'
import type { Survey } from './survey.ts'
import { blocks, elementsOf, isElement, levelOf, walk } from './walk.ts'

/** What is around blocks. */
export interface Surrounding {
  survey: Survey
  /** How much deeper lists and quotes may nest: each level is written on every line within it. */
  room: number
  /** A link around several blocks. The first that has text or an image takes it along; a heading only if there is none. */
  link: { target: Target; isForHeading: boolean; isTaken: boolean } | null
  /** Whether an item of a list is around. */
  isInItem: boolean
}

/** A piece of HTML as the converter takes it right: few elements, rightly nested, their text finished Markdown. */
export interface Block {
  /** `images`: a paragraph of nothing else; `bullets`: a list that the page writes with signs in its text. */
  kind: 'paragraph' | 'images' | 'list' | 'bullets' | 'heading' | 'other'
  /** Of a paragraph, what is in it; of a list, its items. */
  html: string
  /** Of a list, its start tag. */
  begin?: string
  /** Of a paragraph that begins with a sign like that of an item, what follows it, and whether it can be nothing else. */
  item?: string
  isBullet?: boolean
}

/** Makes blocks of nodes and puts them to those found: what nests deep is not handed on from level to level. */
export type Shape = (nodes: readonly ChildNode[], within: Surrounding, found: Block[]) => void

/** Nodes as blocks; what stands between blocks is paragraphs. */
export const shape: Shape = (nodes, within, found) => {
  const line: ChildNode[] = []
  const endLine = () => {
    if (line.length > 0) addParagraphs(line.splice(0), within, found)
  }
  for (const node of nodes) {
    if (!isElement(node) || isPartOfLine(node, within)) line.push(node)
    else {
      endLine()
      addBlocks(node, within, found)
    }
  }
  endLine()
}

export function toHtml(found: readonly Block[]): string {
  return found.map(blockHtml).join('')
}

function blockHtml({ kind, html, begin = '<ul>' }: Block): string {
  if (isList({ kind })) return `${begin}${html}${begin.startsWith('<ol') ? '</ol>' : '</ul>'}`
  return kind === 'other' || kind === 'heading' ? html : `<p>${html}</p>`
}

export function isList({ kind }: Pick<Block, 'kind'>): boolean {
  return kind === 'list' || kind === 'bullets'
}

function isPartOfLine(element: Element, { survey: { holdsBlocks, formulaOf } }: Surrounding): boolean {
  const { name } = element
  const formula = formulaOf(element)
  if (formula) return !formula.isBlock
  if (embedded.has(name)) return false
  if (name === 'code' && isSeveralLines(element)) return false
  return name === 'br' || name === 'noscript' || !(blocks.has(name) || holdsBlocks.has(element))
}

function addBlocks(element: Element, within: Surrounding, found: Block[]): void {
  const { name, children } = element
  const formula = within.survey.formulaOf(element)
  if (formula) found.push({ kind: 'paragraph', html: seal(`$$${formula.tex}$$`) })
  else if (isSilent(element, within.survey)) return
  else if (levelOf(element) > 0 && !holdsMore(element)) addHeading(element, within, found)
  else if (embedded.has(name)) addShown(element, within, found)
  else if (lists.has(name)) addList(element, within, shape, found)
  else if (codes.has(name)) addCode(element, found)
  else if (name === 'dl') addDefinitions(element, within, shape, found)
  else if (name === 'table') addTable(element, within, shape, found)
  else if (name === 'blockquote') addQuote(element, within, found)
  else if (name === 'hr') found.push({ kind: 'other', html: '<hr>' })
  else if (isTitle(element, within)) addStrong(element, within, found)
  else if (name === 'a')
    shape(children, { ...within, link: within.link ?? linkAround(element, within) }, found)
  else shape(children, within, found)
}

const lists: ReadonlySet<string> = new Set(['ul', 'ol', 'menu', 'dir', 'li'])
const codes: ReadonlySet<string> = new Set(['pre', 'listing', 'xmp', 'plaintext', 'code'])

/** Whether an element heads what follows it without being a heading or holding one. */
function isTitle(element: Element, { survey: { holdsHeadings } }: Surrounding): boolean {
  return (element.name === 'summary' || element.name === 'legend') && !holdsHeadings.has(element)
}

function linkAround(element: Element, { survey }: Surrounding): Surrounding['link'] {
  const isForHeading = !holdsBesideHeading(element)
  const target = targetOf(element, { survey, in: isForHeading ? 'heading' : 'paragraph' })
  return target && { target, isForHeading, isTaken: false }
}

/** How far into a link or a heading is looked for what is in it. */
const MAX_SEEN = 100

/** Whether a link has text or an image outside of headings. */
function holdsBesideHeading(link: Element): boolean {
  let [seen, headings, isFound] = [0, 0, false]
  walk(link, {
    enter: (element) => {
      seen += 1
      if (levelOf(element) > 0) headings += 1
      if (element.name === 'img' && headings === 0) isFound = true
      return seen < MAX_SEEN
    },
    leave: (element) => {
      if (levelOf(element) > 0) headings -= 1
    },
    text: (text) => {
      if (headings === 0 && text.trim() !== '') isFound = true
    },
  })
  return isFound
}

/** A line of nodes as paragraphs: two line breaks in a row begin another. */
function addParagraphs(line: readonly ChildNode[], within: Surrounding, found: Block[]): void {
  const spans: Span[] = []
  gatherPhrase(line, around(within), spans)
  for (const part of splitAtBreaks(spans)) {
    const target = within.link?.isForHeading ? null : takeLink(part, within)
    for (const { lines, isList } of within.room > 0
      ? partAtBullets(part)
      : [{ lines: [part], isList: false }])
      if (isList) addItems(lines, target, found)
      else addParagraph(joinLines(lines), target, found)
  }
}

function joinLines(lines: Span[][]): Span[] {
  return lines.flatMap((line, at) => (at === 0 ? line : [lineBreak, ...line]))
}

function around({ survey, isInItem }: Surrounding): Around {
  return { survey, style: 0, link: null, in: isInItem ? 'item' : 'paragraph' }
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

function addParagraph(spans: Span[], target: Target | null, found: Block[]): void {
  const html = writeInline(linked(spans, target), 'paragraph')
  if (html === '') return
  const bullet = afterBullet(spans)
  if (bullet) {
    const item = writeInline(linked(bullet.rest, target), 'paragraph')
    addBulleted({ kind: 'paragraph', html, item, isBullet: bullet.isSure }, found)
  } else found.push({ kind: isOfImages(spans) ? 'images' : 'paragraph', html })
}

/** Paragraphs with a sign each, one after the other, are a list. */
function addBulleted(block: Block & { item: string }, found: Block[]): void {
  const last = found.at(-1)
  if (last?.kind === 'bullets') last.html += itemOf(block.item)
  else if (last?.item !== undefined) found.splice(-1, 1, listOf([last.item, block.item]))
  else found.push(block)
}

function addItems(lines: Span[][], target: Target | null, found: Block[]): void {
  found.push(listOf(lines.map((line) => writeInline(linked(line, target), 'paragraph'))))
}

const itemOf = (html: string) => `<li>${html}</li>`
const listOf = (items: string[]): Block => ({ kind: 'bullets', html: items.map(itemOf).join('') })

function isOfImages(spans: Span[]): boolean {
  return spans.every(({ text, markdown }) => markdown?.startsWith('!') || text.trim() === '')
}

function linked(spans: Span[], target: Target | null): Span[] {
  return target ? spans.map((span) => ({ ...span, link: span.link ?? target })) : spans
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

function holdsMore(heading: Element): boolean {
  let seen = 0
  for (const element of elementsOf(heading)) {
    seen += 1
    if (largerThanHeading.has(element.name) || levelOf(element) > 0) return true
    if (seen > MAX_SEEN) return true
  }
  return false
}

/**
 * A heading without words is none: an image, or nothing. Bold it is by itself, and an image without a name adorns it. Who
 * cuts a text at its headings names the pieces by them: a link of all of it stands below, so that its line is words alone.
 */
function addHeading(element: Element, within: Surrounding, found: Block[]): void {
  const spans: Span[] = []
  gatherPhrase(element.children, { ...around(within), in: 'heading' }, spans)
  if (!spans.some(({ text }) => hasWords(text))) {
    addParagraph(spans, takeLink(spans, within), found)
    return
  }
  const plain = spans
    .filter(({ markdown }) => !markdown?.startsWith('![]('))
    .map((span) => ({ ...span, style: span.style & ~Style.bold }))
  const all = linked(plain, within.link?.isForHeading ? takeLink(spans, within) : null)
  const link = linkOfAll(all)
  const words = link ? all.map((span) => ({ ...span, link: null })) : all
  found.push({
    kind: 'heading',
    html: headingHtml(element.name, writeInline(words, 'heading'), within),
  })
  if (link) addParagraph([{ text: '→', style: 0, link }], null, found)
}

/** The link that all words are in. */
function linkOfAll(spans: readonly Span[]): Target | null {
  const withText = spans.filter(({ text }) => text.trim() !== '')
  const link = withText[0]?.link ?? null
  return withText.every((span) => span.link?.url === link?.url) ? link : null
}

/** In an item the converter would not put a heading on a line of its own. */
function headingHtml(name: string, html: string, { isInItem }: Surrounding): string {
  return isInItem ? `<p>${seal('#'.repeat(Number(name[1])))} ${html}</p>` : `<${name}>${html}</${name}>`
}

function addStrong(element: Element, within: Surrounding, found: Block[]): void {
  const spans: Span[] = []
  gatherPhrase(element.children, { ...around(within), style: Style.bold }, spans)
  addParagraph(spans, takeLink(spans, within), found)
}

/** Of lists alone a quote is made where a page only means to indent them, and with a heading first it is a box. */
function addQuote({ children }: Element, within: Surrounding, found: Block[]): void {
  if (within.room === 0) {
    shape(children, within, found)
    return
  }
  const inner: Block[] = []
  shape(children, { ...within, room: within.room - 1 }, inner)
  if (inner[0]?.kind === 'heading' || inner.every(({ kind }) => kind === 'list'))
    for (const block of inner) found.push(block)
  else found.push({ kind: 'other', html: `<blockquote>${toHtml(inner)}</blockquote>` })
}

function isSeveralLines(element: Element): boolean {
  return codeText(element).includes('\n')
}

/** Code on lines of its own. Blank lines in it are kept through the converter by a mark. */
export function addCode(element: Element, found: Block[]): void {
  const text = readable(codeText(element)).replaceAll(/\n[ \t]*(?=\n)/g, `\n${blankLine}`)
  if (text.trim() === '') return
  const inner = element.children.find((child) => isElement(child) && child.name === 'code')
  const language = languageOf(inner && isElement(inner) ? inner : element)
  const label = language === '' ? '' : ` class="language-${language}"`
  found.push({ kind: 'other', html: `<pre><code${label}>${escapeText(text)}</code></pre>` })
}

function addShown(element: Element, { survey }: Surrounding, found: Block[]): void {
  const link = embeddedLink(element, survey.base)
  if (link) addParagraph([{ text: readable(link.text), style: 0, link }], null, found)
}
