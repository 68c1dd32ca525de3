import type { Judgement } from './judge.ts'
import type { Block, Box } from './layout.ts'

/** Mean chance of a list's words below which it is around the content, whatever stands before it. */
const LEAST = 0.1

/** Words of a list or table up to which it is one thing, and the share of them that has to be kept for the rest to be. */
const FEW_WORDS = 150
const THIRD = 1 / 3

const names: ReadonlySet<string> = new Set(['ul', 'ol', 'dl', 'table'])

type Parts = Pick<Judgement, 'blocks' | 'boxes' | 'chances'>

/**
 * Keeps lists and tables whole: those that a kept text with a colon announces, and short ones of which a third is kept, as
 * what stands beside them is.
 * @param kept 1 for each block to keep; it is changed
 */
export function settleWholes(parts: Parts, kept: Uint8Array): void {
  // What nests in a whole has been looked at with it.
  let seen = 0
  for (const box of parts.boxes) {
    if (box.first < seen || box.first === box.end || !isNamed(box)) continue
    const announced = isAnnounced(box, parts, kept)
    if (announced) seen = box.end
    const isWhole = announced
      ? meanChance(box, parts) >= LEAST
      : isBeside(box, kept) && isPartlyKept(box, parts, kept)
    if (isWhole) kept.fill(1, box.first, box.end)
  }
}

function isNamed({ element }: Box): boolean {
  return 'name' in element && names.has(element.name)
}

/** Whether the text before a list announces it: beside it, or in the item that it is a part of. */
function isAnnounced({ first, parent }: Box, { blocks, boxes }: Parts, kept: Uint8Array): boolean {
  const before = blocks[first - 1]
  if (!before || kept[first - 1] === 0 || !/[:：]$/.test(before.text)) return false
  return before.box === parent || boxes[before.box]?.parent === parent
}

function meanChance({ first, end }: Box, { blocks, chances }: Parts): number {
  let [words, likely] = [0, 0]
  for (let at = first; at < end; at += 1) {
    const here = (blocks[at] as Block).measure.words
    words += here
    likely += here * (chances[at] as number)
  }
  return likely / words
}

function isBeside({ first, end }: Box, kept: Uint8Array): boolean {
  return kept[first - 1] === 1 || kept[end] === 1
}

/** Each block has a word, so that no more of them are looked at than words may be. */
function isPartlyKept({ first, end }: Box, { blocks }: Parts, kept: Uint8Array): boolean {
  let [words, keptWords] = [0, 0]
  for (let at = first; at < end && words <= FEW_WORDS; at += 1) {
    const here = (blocks[at] as Block).measure.words
    words += here
    keptWords += kept[at] ? here : 0
  }
  return words <= FEW_WORDS && keptWords >= THIRD * words
}
