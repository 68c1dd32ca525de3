import { isBreak, type Span } from './spans.ts'

/** Signs that begin an item wherever they stand, and those that do so where several lines begin with one. */
const sure = /^\s*(?:[•●▪‣◦∙]\s*|[·■□]\s+)/
const likely = /^\s*(?:[•●▪‣◦∙]\s*|[·■□*–-]\s+)/
/** In paragraphs that follow each other: a dash there rather begins what somebody says. */
const inParagraphs = /^\s*(?:[•●▪‣◦∙]\s*|[·■□*-]\s+)/

/** A stretch of a paragraph: lines that stand together, or items of a list that was written with signs. */
export interface Stretch {
  lines: Span[][]
  isList: boolean
}

/** What follows the sign that begins a paragraph as if it were the item of a list, and whether it can be nothing else. */
export function afterBullet(spans: Span[]): { rest: Span[]; isSure: boolean } | null {
  const rest = after(spans, inParagraphs)
  return rest && { rest, isSure: after(spans, sure) !== null }
}

/** Parts the lines of a paragraph where two or more that follow each other begin with signs: those are items, without them. */
export function partAtBullets(spans: Span[]): Stretch[] {
  const lines = linesOf(spans).map((line) => ({ line, item: after(line, likely) }))
  const stretches: Stretch[] = []
  for (const [at, { line, item }] of lines.entries()) {
    const isList = item !== null && Boolean(lines[at - 1]?.item ?? lines[at + 1]?.item)
    const last = stretches.at(-1)
    if (last?.isList === isList) last.lines.push(isList ? item : line)
    else stretches.push({ lines: [isList ? item : line], isList })
  }
  return stretches
}

function linesOf(spans: Span[]): Span[][] {
  const lines: Span[][] = [[]]
  for (const span of spans) {
    if (isBreak(span)) lines.push([])
    else lines.at(-1)?.push(span)
  }
  return lines.filter((line) => line.some(({ text }) => text.trim() !== ''))
}

function after(spans: Span[], bullet: RegExp): Span[] | null {
  const at = spans.findIndex(({ text }) => text.trim() !== '')
  const first = spans[at]
  if (!first || first.code !== undefined || first.link) return null
  // The sign may stand apart, in an element of its own.
  const isAlone = /^\s*\S\s*$/.test(first.text) && /^\s/.test(spans[at + 1]?.text ?? '')
  const sign = bullet.exec(isAlone ? `${first.text} ` : first.text)
  if (!sign) return null
  const rest = [{ ...first, text: first.text.slice(sign[0].length) }, ...spans.slice(at + 1)]
  return rest.some(({ text }) => text.trim() !== '') ? rest : null
}
