interface Stretch {
  from: number
  to: number
  otherFrom: number
  otherTo: number
  /** Length of the sequences looked for, as an index into `lengths`. */
  level: number
}

const lengths = [8, 4, 2, 1]

/** Beyond as many pairs of words the longest common subsequence of a stretch is not looked for. */
const MAX_PAIRS = 400_000

/**
 * Which words of a page stand in another text, in the same order: anchored at sequences that occur once in each, the
 * longest first (a "patience" comparison), and by the longest common subsequence in the small gaps between them.
 * @returns 1 for each word that does
 */
export function align(words: string[], other: string[]): Uint8Array {
  const matched = new Uint8Array(words.length)
  const otherMatched = new Uint8Array(other.length)
  const mark = (at: number, otherAt: number) => {
    matched[at] = 1
    otherMatched[otherAt] = 1
  }
  const stretches: Stretch[] = [{ from: 0, to: words.length, otherFrom: 0, otherTo: other.length, level: 0 }]
  for (let stretch = stretches.pop(); stretch; stretch = stretches.pop())
    stretches.push(...alignStretch(words, other, stretch, mark))
  return matched
}

/** Marks what is common to a stretch, and gives the stretches between the marks that are still to be compared. */
function alignStretch(
  words: string[],
  other: string[],
  stretch: Stretch,
  mark: (at: number, otherAt: number) => void,
): Stretch[] {
  const { from, to, otherFrom, otherTo, level } = stretch
  if (from >= to || otherFrom >= otherTo) return []
  const length = lengths[level]
  if (length === undefined) {
    if ((to - from) * (otherTo - otherFrom) <= MAX_PAIRS) alignGap(words, other, stretch, mark)
    return []
  }
  const pairs = commonPairs(words, other, stretch, length)
  const once = pairs.filter(({ isOnce }) => isOnce)
  const anchors = risingPairs(once.length > 0 ? once : length === lengths[0] ? pairs : [])
  if (anchors.length === 0) return [{ ...stretch, level: level + 1 }]
  return between(words, other, stretch, anchors, mark)
}

/** Where a sequence occurs in both. A page may hold all of its text twice: then it is the first places. */
interface Pair {
  at: number
  otherAt: number
  isOnce: boolean
}

interface Place {
  at: number
  isOnce: boolean
}

function placesOf(words: string[], from: number, to: number, length: number): Map<string, Place> {
  const places = new Map<string, Place>()
  for (let at = from; at + length <= to; at += 1) {
    const key = words.slice(at, at + length).join(' ')
    const place = places.get(key)
    if (place) place.isOnce = false
    else places.set(key, { at, isOnce: true })
  }
  return places
}

/** The sequences that occur in both, in the order of the first. */
function commonPairs(words: string[], other: string[], stretch: Stretch, length: number): Pair[] {
  const there = placesOf(other, stretch.otherFrom, stretch.otherTo, length)
  return [...placesOf(words, stretch.from, stretch.to, length)].flatMap(([key, { at, isOnce }]) => {
    const place = there.get(key)
    return place ? [{ at, otherAt: place.at, isOnce: isOnce && place.isOnce }] : []
  })
}

/** The longest run of pairs of which both members rise (patience sorting). */
function risingPairs(pairs: Pair[]): Pair[] {
  const piles: number[] = []
  const before: number[] = []
  for (const [index, { otherAt }] of pairs.entries()) {
    let [low, high] = [0, piles.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((pairs[piles[middle] as number] as Pair).otherAt < otherAt) low = middle + 1
      else high = middle
    }
    before.push(low > 0 ? (piles[low - 1] as number) : -1)
    piles[low] = index
  }
  const chain: Pair[] = []
  for (let at = piles.at(-1) ?? -1; at >= 0; at = before[at] as number) chain.push(pairs[at] as Pair)
  return chain.reverse()
}

function between(
  words: string[],
  other: string[],
  stretch: Stretch,
  anchors: Pair[],
  mark: (at: number, otherAt: number) => void,
): Stretch[] {
  const gaps: Stretch[] = []
  let [from, otherFrom] = [stretch.from, stretch.otherFrom]
  for (const { at, otherAt } of anchors) {
    if (at < from || otherAt < otherFrom) continue
    gaps.push({ from, to: at, otherFrom, otherTo: otherAt, level: stretch.level })
    from = at
    otherFrom = otherAt
    while (from < stretch.to && otherFrom < stretch.otherTo && words[from] === other[otherFrom])
      mark(from++, otherFrom++)
  }
  gaps.push({ from, to: stretch.to, otherFrom, otherTo: stretch.otherTo, level: stretch.level })
  return gaps
}

/** Longest common subsequence by the table of lengths. */
function alignGap(
  words: string[],
  other: string[],
  { from, to, otherFrom, otherTo }: Stretch,
  mark: (at: number, otherAt: number) => void,
): void {
  const width = otherTo - otherFrom + 1
  const table = new Uint16Array((to - from + 1) * width)
  const cell = (row: number, column: number) => table[row * width + column] as number
  for (let row = to - from - 1; row >= 0; row -= 1)
    for (let column = width - 2; column >= 0; column -= 1)
      table[row * width + column] =
        words[from + row] === other[otherFrom + column]
          ? cell(row + 1, column + 1) + 1
          : Math.max(cell(row + 1, column), cell(row, column + 1))
  let [row, column] = [0, 0]
  while (row < to - from && column < width - 1) {
    if (words[from + row] === other[otherFrom + column]) mark(from + row++, otherFrom + column++)
    else if (cell(row + 1, column) >= cell(row, column + 1)) row += 1
    else column += 1
  }
}
