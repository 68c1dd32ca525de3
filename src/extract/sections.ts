import type { Judgement } from './judge.ts'
import type { Block } from './layout.ts'
import { levelOf } from './walk.ts'

/** Chances of a heading by which it stays without its section, and by which it comes back with it. */
const STAYS = 0.75
const STAYS_WITH_LITTLE = 0.5
const COMES_BACK = 0.1

/** Share of a section's words. */
const HALF = 0.5

type Parts = Pick<Judgement, 'blocks' | 'boxes' | 'chances'>

/**
 * Lets headings below the first level go with what they head: one that was not sure goes where nothing of its section is
 * kept, one that was unlikely where less than half is, and one that was not chosen comes back where half is. A section
 * ends with the next heading of its level or a higher one.
 * @param kept 1 for each block to keep; it is changed
 */
export function settleHeadings({ blocks, boxes, chances }: Parts, kept: Uint8Array): void {
  const sums = createSums(blocks, kept)
  /** Where the section of a heading of each level ends. */
  const ends = Array.from({ length: 7 }, () => blocks.length)
  // From the last to the first: the headings within a section are settled before the one over it.
  for (const { element, first, end } of boxes.toReversed()) {
    const level = levelOf(element)
    if (level === 0 || first === end) continue
    const share = sums.shareKept(end, ends[level] as number)
    if (level > 1)
      for (let at = first; at < end; at += 1) kept[at] = settled(kept[at] === 1, chances[at] as number, share)
    ends.fill(first, level)
  }
}

function settled(isKept: boolean, chance: number, share: number | null): 0 | 1 {
  if (!isKept) return chance >= COMES_BACK && share !== null && share >= HALF ? 1 : 0
  if (share === 0) return chance >= STAYS ? 1 : 0
  return chance >= STAYS_WITH_LITTLE || (share !== null && share >= HALF) ? 1 : 0
}

interface Sums {
  /** Share of the words from a block up to another that are kept; null where there are none. */
  shareKept: (first: number, end: number) => number | null
}

/** Counts words, and words kept, once: a block is looked at when what is asked for begins before it. */
function createSums(blocks: Block[], kept: Uint8Array): Sums {
  const words = new Float64Array(blocks.length + 1)
  const keptWords = new Float64Array(blocks.length + 1)
  let counted = blocks.length
  return {
    shareKept(first, end) {
      for (; counted > first; counted -= 1) {
        const at = counted - 1
        const here = (blocks[at] as Block).measure.words
        words[at] = (words[counted] as number) + here
        keptWords[at] = (keptWords[counted] as number) + (kept[at] ? here : 0)
      }
      const all = (words[first] as number) - (words[end] as number)
      return all === 0 ? null : ((keptWords[first] as number) - (keptWords[end] as number)) / all
    },
  }
}
