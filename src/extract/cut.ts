import { isSiteName, type Site } from './site.ts'
import { plain } from './words.ts'

/** A part of a title, and what its place in the title says of it. */
export interface Cut {
  text: string
  traits: string[]
}

const MOST_PIECES = 7

// A colon between digits is a time, a dash without space around it part of a word.
const separator =
  /\s+(?:[-–—―|·•:»«~>/\\]|::|\|\|)\s+|\s*[|»«]\s*|(?<=[^\s\d]):\s+|\s[-–—](?=\S)|(?<=\S)[–—]\s/g

/**
 * The parts that a title may be cut to: with less at its end, with less at its beginning, each piece alone.
 * At most 7 pieces are told apart, so there are at most 17 parts.
 */
export function cutsOf(title: string, site: Site): Cut[] {
  const pieces = piecesOf(title)
  const count = pieces.length
  if (count < 2) return []
  const isSite = pieces.map(({ text }) => isSiteName(text, site))
  const longest = Math.max(...pieces.map(({ text }) => text.length))
  const cuts: Cut[] = []
  for (let from = 0; from < count; from += 1) {
    for (let to = from + 1; to <= count; to += 1) {
      const isWhole = from === 0 && to === count
      const isInner = from > 0 && to < count
      if (isWhole || (isInner && to - from > 1)) continue
      const traits = [...placeTraits(from, to, count), ...siteTraits(isSite, from, to)]
      if (joins(pieces, from, to).includes(':') && !traits.includes('cut off site'))
        traits.push('cut at colon')
      if (to - from === 1 && pieces[from]?.text.length === longest) traits.push('cut longest')
      cuts.push({ text: title.slice(pieces[from]?.start, pieces[to - 1]?.end).trim(), traits })
    }
  }
  return cuts
}

/** A text without the pieces at its end that are one of the site's names. */
export function withoutSite(text: string, { plains }: Site): string {
  const pieces = piecesOf(text)
  let count = pieces.length
  while (count > 1 && plains.has(plain(pieces[count - 1]?.text ?? ''))) count -= 1
  return text.slice(0, pieces[count - 1]?.end).trim()
}

interface Piece {
  text: string
  start: number
  end: number
  /** What stands between this piece and the next. */
  join: string
}

function piecesOf(title: string): Piece[] {
  const pieces: Piece[] = []
  let start = 0
  for (const match of title.matchAll(separator)) {
    if (pieces.length === MOST_PIECES - 1) break
    pieces.push({ text: title.slice(start, match.index), start, end: match.index, join: match[0] })
    start = match.index + match[0].length
  }
  return [...pieces, { text: title.slice(start), start, end: title.length, join: '' }]
}

function placeTraits(from: number, to: number, count: number): string[] {
  if (from > 0) return [to === count ? 'cut tail' : 'cut middle']
  return ['cut head', ...(to === count - 1 ? ['cut all but last'] : []), ...(to === 1 ? ['cut first'] : [])]
}

function siteTraits(isSite: readonly boolean[], from: number, to: number): string[] {
  const left = isSite.filter((_, at) => at < from || at >= to)
  const off = left.every(Boolean)
    ? 'cut off site'
    : left.some(Boolean)
      ? 'cut off site and more'
      : 'cut off other'
  return to - from > 1 && isSite.slice(from, to).some(Boolean) ? [off, 'cut keeps site'] : [off]
}

/** The separators at which a part is cut. */
function joins(pieces: readonly Piece[], from: number, to: number): string {
  const before = from > 0 ? pieces[from - 1]?.join : ''
  return `${before}${pieces[to - 1]?.join}`
}
