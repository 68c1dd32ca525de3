import type { Judgement } from './judge.ts'
import type { Block, Box } from './layout.ts'

/** Mean chance of a list's words below which it is around the content, whatever stands before it. */
const LEAST = 0.1

type Parts = Pick<Judgement, 'blocks' | 'boxes' | 'chances'>

/**
 * Lets a list stay that is announced: it follows a text that is kept and ends in a colon.
 * @param kept 1 for each block to keep; it is changed
 */
export function keepAnnounced({ blocks, boxes, chances }: Parts, kept: Uint8Array): void {
  // What a list nests in has been looked at with all that is in it.
  let seen = 0
  for (const box of boxes) {
    const { first, end } = box
    if (first < seen || first === end || !isList(box) || !isAnnounced(box, boxes, blocks, kept)) continue
    seen = end
    if (meanChance(blocks, chances, box) >= LEAST) kept.fill(1, first, end)
  }
}

function isList({ element }: Box): boolean {
  return 'name' in element && (element.name === 'ul' || element.name === 'ol')
}

/** Whether the text before a list announces it: beside it, or in the item that it is a part of. */
function isAnnounced({ first, parent }: Box, boxes: Box[], blocks: Block[], kept: Uint8Array): boolean {
  const before = blocks[first - 1]
  if (!before || kept[first - 1] === 0 || !/[:：]$/.test(before.text)) return false
  return before.box === parent || boxes[before.box]?.parent === parent
}

function meanChance(blocks: Block[], chances: Float32Array, { first, end }: Box): number {
  let [words, likely] = [0, 0]
  for (let at = first; at < end; at += 1) {
    const here = (blocks[at] as Block).measure.words
    words += here
    likely += here * (chances[at] as number)
  }
  return likely / words
}
