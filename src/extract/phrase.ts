import type { ChildNode, Element } from 'domhandler'
import type { Base } from './base.ts'
import { codeText } from './code.ts'
import { atom } from './escape.ts'
import { isPermalink } from './headings.ts'
import { imageUrl, isDot } from './images.ts'
import { imageMarkdown } from './inline.ts'
import { readable } from './marks.ts'
import { isRendering } from './math.ts'
import { type Span, Style, type Target } from './spans.ts'
import type { Survey } from './survey.ts'
import { blocks, isElement, isImage, isText } from './walk.ts'

/** What is around a phrase. */
export interface Around {
  survey: Survey
  style: number
  link: Target | null
  in: 'paragraph' | 'item' | 'heading' | 'cell'
}

/** Elements that a reader of text does not see. */
const silent: ReadonlySet<string> = new Set([
  ...[
    'script',
    'style',
    'template',
    'head',
    'title',
    'svg',
    'canvas',
    'map',
    'datalist',
    'textarea',
    'select',
  ],
  ...['noframes', 'noembed', 'colgroup', 'meta', 'link', 'base', 'source', 'track', 'param', 'input'],
])

/** Elements that show something from elsewhere, of which a link can be given. */
export const embedded: ReadonlySet<string> = new Set(['iframe', 'video', 'audio', 'embed'])

const styles: Record<string, number> = {
  b: Style.bold,
  strong: Style.bold,
  i: Style.italic,
  em: Style.italic,
  cite: Style.italic,
  dfn: Style.italic,
  var: Style.italic,
  s: Style.struck,
  strike: Style.struck,
  del: Style.struck,
}

const codes: ReadonlySet<string> = new Set(['code', 'kbd', 'samp', 'tt', 'pre'])

/** Gathers what stands in nodes that make no lines of their own; where they do, a space divides. */
export function gatherPhrase(nodes: readonly ChildNode[], around: Around, spans: Span[]): void {
  for (const node of nodes) {
    if (isText(node)) addText(node.data, around, spans)
    else if (isElement(node)) gatherElement(node, around, spans)
  }
}

function addText(text: string, { style, link }: Around, spans: Span[]): void {
  spans.push({ text: readable(text), style, link })
}

function addMarkdown(markdown: string, { style, link }: Around, spans: Span[]): void {
  if (markdown !== '') spans.push({ text: atom, markdown: readable(markdown), style, link })
}

function gatherElement(element: Element, around: Around, spans: Span[]): void {
  const { name } = element
  if (isRendering(element) || isFinished(element, around, spans) || isSilent(element, around.survey)) return
  if (name === 'br') spans.push({ text: '\n', style: around.style, link: around.link })
  else if (name === 'a') gatherLink(element, around, spans)
  else if (name === 'q') gatherBetween('“', '”', element, around, spans)
  else if (name === 'rt' && !hasParentheses(element)) gatherBetween(' (', ')', element, around, spans)
  else if (name === 'sup' || name === 'sub') gatherShifted(element, around, spans)
  else if (name === 'noscript') gatherPhrase(element.children.filter(isImage), around, spans)
  else if (blocks.has(name) && name !== 'br') gatherBetween(' ', ' ', element, around, spans)
  else gatherPhrase(element.children, { ...around, style: around.style | (styles[name] ?? 0) }, spans)
}

/** Whether nothing of an element is to be read where it stands. */
export function isSilent(element: Element, { notes }: Survey): boolean {
  return silent.has(element.name) || notes.definitions.has(element) || isRendering(element)
}

/** Whether an element becomes one piece of Markdown, whatever is in it. */
function isFinished(element: Element, around: Around, spans: Span[]): boolean {
  const { name } = element
  const formula = around.survey.formulaOf(element)
  const label = around.survey.notes.references.get(element)
  if (formula) addMarkdown(inCell(`$${formula.tex}$`, around), around, spans)
  else if (label !== undefined) addMarkdown(`[^${label}]`, around, spans)
  else if (name === 'img') addImage(element, around, spans)
  else if (codes.has(name)) addCode(element, around, spans)
  else if (embedded.has(name)) addEmbedded(element, around, spans)
  else return around.survey.notes.returns.has(element)
  return true
}

/** Largest side, in pixels, of what is a sign and not a picture. */
const MAX_SIGN = 64

/** Whether an image in an item, a heading or a cell only adorns the text there. */
function isOrnament({ attribs }: Element, around: Around): boolean {
  if (around.in === 'paragraph') return false
  const isSmall = [attribs.width, attribs.height].some((side) => Number.parseInt(side ?? '', 10) <= MAX_SIGN)
  return isSmall || attribs.alt?.trim() === '' || attribs.role === 'presentation'
}

function inCell(markdown: string, around: Around): string {
  return around.in === 'cell' ? markdown.replaceAll('|', '\\|') : markdown
}

function addImage(image: Element, around: Around, spans: Span[]): void {
  const url = isDot(image) || isOrnament(image, around) ? null : imageUrl(image, around.survey.base)
  if (url !== null) addMarkdown(imageMarkdown(readable(image.attribs.alt ?? ''), url), around, spans)
}

/** Pieces of code with nothing between them are one: their signs would run together. */
function addCode(element: Element, around: Around, spans: Span[]): void {
  const only = element.children.length === 1 ? element.children[0] : undefined
  const inner = only && isElement(only) && only.name === 'a' ? targetOf(only, around) : null
  const link = around.link ?? inner
  const text = readable(codeText(element)).replaceAll(/\s+/g, ' ')
  const code = text.trim()
  const last = spans.at(-1)
  if (text.startsWith(' ')) addText(' ', around, spans)
  else if (last?.code !== undefined && last.style === around.style && last.link === link) {
    last.code += code
    return
  }
  if (code !== '') spans.push({ text: atom, code, style: around.style, link })
}

function addEmbedded(element: Element, around: Around, spans: Span[]): void {
  const shown = embeddedLink(element, around.survey.base)
  if (shown) addText(shown.text, { ...around, link: around.link ?? shown }, spans)
}

/** A link to what an element shows from elsewhere; null if nothing of the web is. */
export function embeddedLink(element: Element, base: Base): (Target & { text: string }) | null {
  const { title, src, poster: _, ...rest } = element.attribs
  const source = element.children.find((child) => isElement(child) && child.name === 'source')
  const address = src ?? rest['data-src'] ?? (source && isElement(source) ? source.attribs.src : undefined)
  const url = address ? base.web(address) : null
  if (url === null || isDot(element)) return null
  return { url, text: (title ?? rest['aria-label'] ?? '').trim() || new URL(url).hostname }
}

function gatherLink(element: Element, around: Around, spans: Span[]): void {
  if (around.in === 'heading' && isPermalink(element)) return
  gatherPhrase(element.children, { ...around, link: around.link ?? targetOf(element, around) }, spans)
}

/**
 * Where a link leads; null for what is no link that a reader may follow, and for a place of the page itself, which is here
 * already or is not content. A heading is its own text: it keeps a link only where nothing else leads there.
 */
export function targetOf({ attribs }: Element, around: Pick<Around, 'survey' | 'in'>): Target | null {
  const { linked, base } = around.survey
  const url = attribs.href === undefined ? null : base.link(attribs.href)
  if (url === null || isOnPage(url, base.href)) return null
  return around.in === 'heading' && linked.has(url) ? null : { url }
}

/** Whether an address is a place of the page. `#/` and `#!` begin the addresses of pages that a script tells apart. */
function isOnPage(url: string, base: string): boolean {
  const at = url.indexOf('#')
  return at !== -1 && !/^#[/!]/.test(url.slice(at, at + 2)) && url.slice(0, at) === base.split('#', 1)[0]
}

function gatherBetween(before: string, after: string, element: Element, around: Around, spans: Span[]): void {
  addText(before, around, spans)
  gatherPhrase(element.children, around, spans)
  addText(after, around, spans)
}

function hasParentheses({ parent }: Element): boolean {
  return parent?.children.slice(0, 20).some((child) => isElement(child) && child.name === 'rp') ?? false
}

const raised = new Map('0123456789+-=()n'.split('').map((sign, at) => [sign, '⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ'.charAt(at)]))
const lowered = new Map('0123456789+-=()'.split('').map((sign, at) => [sign, '₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎'.charAt(at)]))

/** Numbers above and below the line have signs of their own; anything else stays on it. */
function gatherShifted(element: Element, around: Around, spans: Span[]): void {
  const only = element.children.length === 1 ? element.children[0] : undefined
  const signs = element.name === 'sup' ? raised : lowered
  const text = only && isText(only) ? only.data.trim() : ''
  const isShiftable = text !== '' && text.length < 20 && text.split('').every((sign) => signs.has(sign))
  if (isShiftable)
    addText(
      text
        .split('')
        .map((sign) => signs.get(sign))
        .join(''),
      around,
      spans,
    )
  else gatherPhrase(element.children, around, spans)
}
