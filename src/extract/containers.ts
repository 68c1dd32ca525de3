import type { Box } from './layout.ts'
import { log, type Setting, share, sumOf } from './setting.ts'

type BoxTrait = [name: string, value: (setting: Setting, index: number, box: Box) => number]

const boxTraits: BoxTrait[] = [
  ['words', (setting, _, box) => log(sumOf(setting, 'words', box))],
  [
    'page share',
    (setting, _, box) => share(sumOf(setting, 'words', box), setting.sums.words.at(-1) as number),
  ],
  ['link share', (setting, _, box) => share(sumOf(setting, 'linkWords', box), sumOf(setting, 'words', box))],
  [
    'prose share',
    (setting, _, box) => share(sumOf(setting, 'proseWords', box), sumOf(setting, 'words', box)),
  ],
  ['words a block', (setting, _, box) => log(share(sumOf(setting, 'words', box), box.end - box.first))],
  ['number share', (setting, _, box) => share(sumOf(setting, 'numbers', box), sumOf(setting, 'words', box))],
  ['ends a word', (setting, _, box) => share(sumOf(setting, 'ends', box), sumOf(setting, 'words', box))],
  ['images', (_setting, _, box) => log(box.images)],
  ['fields', (_setting, _, box) => log(box.fields)],
  ['alike', ({ alike }, index) => log(alike[index] as number)],
  ['own weight', ({ ownWeight }, index) => ownWeight[index] as number],
]

const values = boxTraits.map(([, value]) => value)

/** The traits of every box that holds text, a row a box. */
export function boxTraitsOf(setting: Setting): Float32Array {
  const { boxes } = setting.outline
  const rows = new Float32Array(boxes.length * boxTraits.length)
  boxes.forEach((box, at) => {
    if (box.end === box.first) return
    for (let column = 0; column < values.length; column += 1)
      rows[at * values.length + column] = (values[column] as BoxTrait[1])(setting, at, box)
  })
  return rows
}

/** For each box the nearest around it, or itself, with at least such a share of the page's words. */
export function largeBoxes(setting: Setting, least: number): Int32Array {
  const { boxes } = setting.outline
  const wanted = least * (setting.sums.words.at(-1) as number)
  const large = new Int32Array(boxes.length)
  boxes.forEach((box, at) => {
    large[at] = box.parent < 0 || sumOf(setting, 'words', box) >= wanted ? at : (large[box.parent] as number)
  })
  return large
}

const levels = [0, 1, 2, 3, 5]
export const largeShares = [0.1, 0.3]

export const containerNames = [
  ...levels.map((level) => `up ${level}`),
  ...largeShares.map((least) => `share ${least}`),
].flatMap((label) => [...boxTraits.map(([name]) => `${label} ${name}`), `${label} place`])

/** The traits of what is around a block, and the block's place in it. */
export function fillContainers(
  { setting, traits, large }: Containers,
  block: { at: number; box: number },
  rows: Float32Array,
  offset: number,
): void {
  const width = boxTraits.length
  let to = offset
  let [index, level] = [block.box, 0]
  const put = (found: number) => {
    for (let column = 0; column < width; column += 1)
      rows[to + column] = traits[found * width + column] as number
    const { first, end } = setting.outline.boxes[found] as Box
    rows[to + width] = share(block.at - first, end - first)
    to += width + 1
  }
  for (const next of levels) {
    index = above(setting, index, next - level)
    level = next
    put(index)
  }
  for (const boxes of large) put(boxes[block.box] as number)
}

/** The box so many levels up, or the outermost. */
function above({ outline: { boxes } }: Setting, from: number, up: number): number {
  let index = from
  for (let left = up; left > 0; left -= 1) {
    const { parent } = boxes[index] as Box
    if (parent < 0) break
    index = parent
  }
  return index
}

interface Containers {
  setting: Setting
  traits: Float32Array
  large: Int32Array[]
}
