import { createJudge, type Place } from './escape.ts'
import { seal, sealText } from './marks.ts'
import { collapse, isBreak, type Span, Style, settle, type Target } from './spans.ts'

/**
 * The spans of one paragraph, heading or cell as finished Markdown within HTML: sealed, so that nothing but line breaks is
 * left to convert. Empty if there is nothing to read.
 */
export function writeInline(spans: Span[], where: Place['in']): string {
  const isOneLine = where !== 'paragraph'
  const run = settle(
    collapse(spans.map((span) => (isBreak(span) && (isOneLine || span.link) ? space(span) : span))),
  )
  const [first] = run
  if (run.length === 1 && first && marksOf(first).length === 0) return writeAlone(first, where)
  const text = run.map((span) => span.text).join('')
  const isStyled = run.some(({ style }) => style !== 0)
  const isEscaped = createJudge(text, { in: where, isStyled, edges: edgesOf(run) })
  const ends = endsOf(run)
  const open: Mark[] = []
  const address = createTracker()
  let [html, at] = ['', 0]
  run.forEach((span, index) => {
    html += change(open, ends[index] as Ends)
    if (span.code !== undefined && address.isOpen()) html += ' '
    address.take(span.text)
    html += written(span, at, isEscaped, signAfter(span, run[index + 1]), where === 'cell')
    at += span.text.length
  })
  return html + closeDown(open, 0)
}

/** Most paragraphs, headings and cells are a single text, without a mark. */
function writeAlone(span: Span, where: Place['in']): string {
  const isEscaped = createJudge(span.text, { in: where, isStyled: false, edges: [] })
  return written(span, 0, isEscaped, '', where === 'cell')
}

function edgesOf(run: Span[]): number[] {
  let at = 0
  return run.map(({ text }) => {
    at += text.length
    return at
  })
}

/** What stands behind a span where that is no text of it: the bracket of a link, or the sign that begins an image. */
function signAfter(span: Span, next: Span | undefined): string {
  if (!next) return ''
  return next.link !== null && next.link !== span.link ? '[' : (next.markdown?.charAt(0) ?? '')
}

/**
 * Follows whether an address is written out just before: GFM makes a link of it up to the next space, and would take the
 * backticks of code for a part of it and what is in the code for markup.
 */
function createTracker(): { isOpen: () => boolean; take: (text: string) => void } {
  let [isOpen, tail] = [false, '']
  return {
    isOpen: () => isOpen,
    take: (text) => {
      const from = Math.max(text.lastIndexOf(' '), text.lastIndexOf('\n'))
      const run = from === -1 ? tail + text : text.slice(from + 1)
      isOpen = (isOpen && from === -1) || /:\/\/|www\./i.test(run)
      tail = run.slice(-4)
    },
  }
}

const space = (span: Span): Span => ({ ...span, text: ' ' })

function written(
  span: Span,
  start: number,
  isEscaped: ReturnType<typeof createJudge>,
  behind: string,
  isInCell: boolean,
): string {
  if (isBreak(span)) return '<br>'
  if (span.code !== undefined) return seal(codeSpan(span.code, isInCell))
  if (span.markdown !== undefined) return seal(span.markdown)
  const isInLink = span.link !== null
  const last = span.text.length - 1
  return sealText(span.text, (sign, at) => {
    return isEscaped(start + at, isInLink) || (at === last && joins(sign, behind))
  })
}

/** Whether the last sign of a text would make something else of the sign behind it: escape it, or be a tag or an image with it. */
function joins(sign: string, behind: string): boolean {
  return sign === '\\' || (sign === '!' && behind === '[') || (sign === '<' && behind === '!')
}

/** What is open around a span: a kind of emphasis, or a link. */
type Mark = number | Target

const bits: readonly number[] = [Style.bold, Style.italic, Style.struck]
const signs: Record<number, string> = { [Style.bold]: '**', [Style.italic]: '*', [Style.struck]: '~~' }

/** Up to which span each mark of a span reaches. */
type Ends = Map<Mark, number>

const unmarked: Ends = new Map()

function endsOf(run: Span[]): Ends[] {
  const all: Ends[] = []
  let following: Ends = new Map()
  for (let index = run.length - 1; index >= 0; index -= 1) {
    const marks = marksOf(run[index] as Span)
    const ends: Ends = marks.length === 0 ? unmarked : new Map()
    for (const mark of marks) ends.set(mark, following.get(mark) ?? index)
    all[index] = ends
    following = ends
  }
  return all
}

function marksOf({ style, link }: Span): Mark[] {
  if (style === 0) return link ? [link] : []
  const styles = bits.filter((bit) => style & bit)
  return link ? [link, ...styles] : styles
}

/** Closes what ends before a span and opens what begins with it: what reaches furthest first, so that it closes last. */
function change(open: Mark[], ends: Ends): string {
  if (open.length === 0 && ends.size === 0) return ''
  const stale = open.findIndex((mark) => !ends.has(mark))
  const closing = closeDown(open, stale === -1 ? open.length : stale)
  const fresh = [...ends.keys()].filter((mark) => !open.includes(mark))
  fresh.sort((a, b) => (ends.get(b) as number) - (ends.get(a) as number))
  open.push(...fresh)
  return closing + seal(fresh.map((mark) => (typeof mark === 'number' ? signs[mark] : '[')).join(''))
}

/** Closes all but the outermost `depth` marks. */
function closeDown(open: Mark[], depth: number): string {
  if (open.length === depth) return ''
  const closed = open.splice(depth).reverse()
  return seal(
    closed.map((mark) => (typeof mark === 'number' ? signs[mark] : `](${destination(mark.url)})`)).join(''),
  )
}

/** A URL between the parentheses of a link. */
export function destination(url: string): string {
  const safe = url.replaceAll(/[\\<>`|\s]/g, (sign) => encodeURIComponent(sign))
  return isBalanced(safe) ? safe : safe.replaceAll('(', '%28').replaceAll(')', '%29')
}

function isBalanced(url: string): boolean {
  let depth = 0
  for (const sign of url) {
    if (sign === '(') depth += 1
    if (sign === ')') depth -= 1
    if (depth < 0 || depth > 20) return false
  }
  return depth === 0
}

/** Code within a line: between as many backticks as it takes (CommonMark 0.31, 6.1). */
function codeSpan(code: string, isInCell: boolean): string {
  const runs = code.match(/`+/g) ?? []
  let count = 1
  const lengths = new Set(runs.map(({ length }) => length))
  while (lengths.has(count)) count += 1
  const fence = '`'.repeat(count)
  const pad = code.startsWith('`') || code.endsWith('`') ? ' ' : ''
  const body = isInCell ? code.replaceAll('|', '\\|') : code
  return `${fence}${pad}${body}${pad}${fence}`
}

/** An image, its text escaped as in a link. */
export function imageMarkdown(alt: string, url: string): string {
  const text = alt.replaceAll(/\s+/g, ' ').trim()
  const isEscaped = createJudge(text, { in: 'cell', isStyled: false, edges: [] })
  const escaped = text.replaceAll(/[!-/:-@[-`{-~]/g, (sign, at: number) =>
    isEscaped(at, true) ? `\\${sign}` : sign,
  )
  return `![${escaped}](${destination(url)})`
}
