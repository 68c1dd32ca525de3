import type { Judgement } from './judge.ts'
import type { Block, Box } from './layout.ts'
import { settleHeadings } from './sections.ts'
import { levelOf } from './walk.ts'
import { settleWholes } from './wholes.ts'

type Parts = Pick<Judgement, 'blocks' | 'boxes'>

/**
 * Which blocks to keep: those that make the expected F1 of the words greatest, the likeliest first. The less is certain
 * on a page, the more is kept of it. What was said before is not said again.
 * @returns 1 for each block that is kept
 */
export function chooseBlocks(judgement: Pick<Judgement, 'blocks' | 'boxes' | 'chances'>): Uint8Array {
  const { blocks, chances } = judgement
  const kept = new Uint8Array(blocks.length)
  for (const at of likeliest(blocks, chances)) kept[at] = 1
  settleWholes(judgement, kept)
  dropRepeats(judgement, kept)
  settleHeadings(judgement, kept)
  dropHeadingsAgain(judgement, kept)
  return kept
}

function likeliest(blocks: Block[], chances: Float32Array): Uint32Array {
  const order = Uint32Array.from(blocks, (_, at) => at).sort(
    (a, b) => (chances[b] as number) - (chances[a] as number),
  )
  const wordsOf = (at: number) => (blocks[at] as Block).measure.words
  let wanted = 0
  for (let at = 0; at < blocks.length; at += 1) wanted += (chances[at] as number) * wordsOf(at)
  const likelier = wordsByLevel(order, wordsOf, chances)
  let [hits, words, best, taken, count] = [0, 0, 0, 0, 0]
  for (const at of order) {
    hits += (chances[at] as number) * wordsOf(at)
    words += wordsOf(at)
    taken += 1
    // Each block by itself, and all that are about as likely together: twice the mean, which has the same greatest.
    const expected = (2 * hits) / (words + wanted) + meanF1(words, likelier)
    if (expected > best) [best, count] = [expected, taken]
  }
  return order.subarray(0, count)
}

/** How many contents a page may have, each as likely, where its blocks are content together or not: a list as a whole. */
const LEVELS = 25

/** The words of each such content: of all blocks that are likelier than a level. @param order the likeliest first */
function wordsByLevel(
  order: Uint32Array,
  wordsOf: (at: number) => number,
  chances: Float32Array,
): Float64Array {
  const words = new Float64Array(LEVELS)
  let [sum, next] = [0, 0]
  for (let level = LEVELS - 1; level >= 0; level -= 1) {
    for (; (chances[order[next] as number] as number) > (level + 0.5) / LEVELS; next += 1)
      sum += wordsOf(order[next] as number)
    words[level] = sum
  }
  return words
}

/** The F1 of the likeliest blocks with so many words, in the mean over the contents. */
function meanF1(words: number, contents: Float64Array): number {
  if (words === 0) return 0
  let sum = 0
  for (const content of contents) sum += (2 * Math.min(words, content)) / (words + content)
  return sum / contents.length
}

/** A text of so many words does not stand twice by chance. */
const REPEAT_WORDS = 8

/** Drops what was said before, or where it is a heading and that was none, what was said before it. */
function dropRepeats(parts: Parts, kept: Uint8Array): void {
  const said = new Map<string, number>()
  for (const [at, { text, measure }] of parts.blocks.entries()) {
    if (kept[at] === 0 || measure.words < REPEAT_WORDS) continue
    const before = said.get(text)
    const isBetter = before !== undefined && isHeading(parts, at) && !isHeading(parts, before)
    if (before !== undefined) kept[isBetter ? before : at] = 0
    if (before === undefined || isBetter) said.set(text, at)
  }
}

const isHeading = ({ blocks, boxes }: Parts, at: number): boolean =>
  levelOf((boxes[(blocks[at] as Block).box] as Box).element) > 0

/** Drops headings that say what the one right before them says: once beside an image and once below, or with a link. */
function dropHeadingsAgain(parts: Parts, kept: Uint8Array): void {
  let before = ''
  for (const [at, { text }] of parts.blocks.entries()) {
    if (kept[at] === 0) continue
    const heading = isHeading(parts, at) ? text : ''
    if (heading !== '' && heading === before) kept[at] = 0
    before = heading
  }
}
