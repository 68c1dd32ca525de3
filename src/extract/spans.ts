import { atom, isJoined, isWord } from './escape.ts'
import { collapse as collapseSpaces } from './words.ts'

/** Kinds of emphasis, as bits. */
export const Style = { bold: 1, italic: 2, struck: 4 } as const

/** Where a link leads. Each link of a page is an object of its own. */
export interface Target {
  url: string
}

/** A stretch of one kind within a line. */
export interface Span {
  /** What is read; one sign, `atom`, for what is written already; a line break as `\n`. */
  text: string
  /** Finished Markdown, where there is some; code, whose signs depend on what is beside it. */
  markdown?: string
  code?: string
  style: number
  link: Target | null
}

export const lineBreak: Span = { text: '\n', style: 0, link: null }

export const isBreak = ({ text }: Span): boolean => text === '\n'

/** Spans as a reader sees them: white space collapsed, none at the ends and around line breaks, empty spans gone. */
export function collapse(spans: Span[]): Span[] {
  const kept: Span[] = []
  let endsInSpace = true
  for (const span of spans) {
    if (isBreak(span)) {
      trimEnd(kept)
      kept.push(span)
      endsInSpace = true
      continue
    }
    const text = span.markdown === undefined ? collapseSpaces(span.text) : span.text
    const rest: string = endsInSpace && text.startsWith(' ') ? text.slice(1) : text
    if (rest === '') continue
    kept.push({ ...span, text: rest })
    endsInSpace = rest.endsWith(' ')
  }
  trimEnd(kept)
  while (kept.at(-1)?.text === '\n') kept.pop()
  return kept.slice(kept.findIndex((span) => !isBreak(span)) >>> 0)
}

function trimEnd(spans: Span[]): void {
  const last = spans.at(-1)
  if (!last?.text.endsWith(' ')) return
  last.text = last.text.slice(0, -1)
  if (last.text === '') spans.pop()
}

/**
 * Moves to the outside of links and emphasis what keeps their signs from being read as such at the ends (CommonMark 0.31,
 * "left-flanking"): white space, and punctuation where a word follows at once, as in `**so:**then`.
 */
export function settle(spans: Span[]): Span[] {
  const links = loosen(spans, {
    markOf: ({ link }) => link,
    unmark: (span) => ({ ...span, link: null }),
    isStrict: false,
  })
  return Object.values(Style).reduce(
    (all, bit) =>
      loosen(all, {
        markOf: ({ style }) => style & bit || null,
        unmark: (span) => ({ ...span, style: span.style & ~bit }),
        isStrict: true,
      }),
    links,
  )
}

interface Loosening {
  /** What a span shares with its neighbours; null for nothing. */
  markOf: (span: Span) => unknown
  /** A span without it. */
  unmark: (span: Span) => Span
  /** Whether punctuation beside a word has to stay outside too. */
  isStrict: boolean
}

/** Goes through the stretches of spans that share a mark and takes the mark from what must not stand at their ends. */
function loosen(spans: Span[], loosening: Loosening): Span[] {
  if (spans.every((span) => loosening.markOf(span) === null)) return spans
  const result: Span[] = []
  for (let start = 0; start < spans.length; ) {
    const mark = loosening.markOf(spans[start] as Span)
    let end = start + 1
    while (end < spans.length && loosening.markOf(spans[end] as Span) === mark) end += 1
    const stretch = spans.slice(start, end)
    const loose = mark === null ? stretch : loosenEnds(stretch, loosening, result.at(-1), spans[end])
    for (const span of loose) result.push(span)
    start = end
  }
  return result
}

function loosenEnds(stretch: Span[], loosening: Loosening, before?: Span, after?: Span): Span[] {
  const head: Span[] = []
  const tail: Span[] = []
  const whole = wholeLink(stretch)
  while (stretch.length > 0) {
    const isBeside = loosening.isStrict && isJoined((head.at(-1) ?? before)?.text.at(-1))
    const { inside, outside } = splitStart(stretch[0] as Span, isBeside, whole)
    if (outside) head.push(loosening.unmark(outside))
    stretch.splice(0, 1, ...(inside ? [inside] : []))
    if (inside) break
  }
  while (stretch.length > 0) {
    const isBeside = loosening.isStrict && isJoined((tail[0] ?? after)?.text[0])
    const { inside, outside } = splitEnd(stretch.at(-1) as Span, isBeside, whole)
    if (outside) tail.unshift(loosening.unmark(outside))
    stretch.splice(-1, 1, ...(inside ? [inside] : []))
    if (inside) break
  }
  return [...head, ...stretch, ...tail]
}

/** The link that a whole stretch stands in, if there is one: its signs are further outside then. */
function wholeLink(stretch: Span[]): Target | null {
  const link = stretch[0]?.link ?? null
  return stretch.at(-1)?.link === link ? link : null
}

interface Parts {
  inside: Span | null
  outside: Span | null
}

function splitStart(span: Span, isBesideWord: boolean, whole: Target | null): Parts {
  if (isWhole(span, whole))
    return isBesideWord || isBreak(span) ? isOutside(span) : { inside: span, outside: null }
  let at = 0
  while (at < span.text.length && staysOutside(span.text[at] as string, isBesideWord)) at += 1
  return { outside: part(span, 0, at), inside: part(span, at, span.text.length) }
}

function splitEnd(span: Span, isBesideWord: boolean, whole: Target | null): Parts {
  if (isWhole(span, whole))
    return isBesideWord || isBreak(span) ? isOutside(span) : { inside: span, outside: null }
  let at = span.text.length
  while (at > 0 && staysOutside(span.text[at - 1] as string, isBesideWord)) at -= 1
  return { outside: part(span, at, span.text.length), inside: part(span, 0, at) }
}

function isOutside(span: Span): Parts {
  return { inside: null, outside: span }
}

function staysOutside(sign: string, isBesideWord: boolean): boolean {
  return sign === ' ' || (isBesideWord && !isWord(sign))
}

/** Whether a span stays or goes as one: its own signs, not its text, stand at its ends. */
function isWhole(span: Span, whole: Target | null): boolean {
  return span.text === atom || isBreak(span) || (span.link !== null && span.link !== whole)
}

function part(span: Span, from: number, to: number): Span | null {
  return from < to ? { ...span, text: span.text.slice(from, to) } : null
}
