import { lowerWords, OPENING, OPENING_WORDS, type PageFacts } from './about.ts'
import { boxTraitsOf, largeBoxes, largeShares } from './containers.ts'
import type { Box } from './layout.ts'
import { flagBit, hash, isProse, type Setting, share, sumOf } from './setting.ts'
import { weightOf } from './vocabulary.ts'
import { levelOf } from './walk.ts'
import { countOf } from './words.ts'

/** What the blocks of a page have in common. */
export interface Scene {
  setting: Setting
  words: number
  /** How many blocks say the same as each, and how many of those stand before it. */
  sameText: Int32Array
  seenBefore: Int32Array
  /** The last heading at or before each block, -1 without; and the last of the first two levels. */
  heading: Int32Array
  topic: Int32Array
  /** The blocks of a place in the tree, by its hash. */
  paths: Map<number, PathGroup>
  /** The mean, least and greatest weight of each block's first words; and what they weigh as a heading. */
  wordWeights: Float32Array
  wordLows: Float32Array
  wordHighs: Float32Array
  headWeights: Float32Array
  headline: Landmark
  description: Landmark
  cores: Core[]
  kinds: readonly number[]
  /** Traits of the boxes, a row a box. */
  traits: Float32Array
  /** For each of `largeShares`, the nearest box around each that holds as much. */
  large: Int32Array[]
}

export interface PathGroup {
  count: number
  words: number
  links: number
  prose: number
  texts: Set<number>
}

/** A block of note, and for each box the share of the page's words in the smallest box that holds both. */
export interface Landmark {
  at: number
  shares: Float32Array
}

/** The smallest box that holds most of the page's prose. */
export interface Core {
  box: Box
  index: number
  shares: Float32Array
}

/** Looks at a page as a whole. @param kinds how likely it is of each kind */
export function createScene(setting: Setting, facts: PageFacts, kinds: readonly number[]): Scene {
  const { blocks } = setting.outline
  const hashes = blocks.map(({ text }) => hash(text.toLowerCase()))
  const scene: Scene = {
    setting,
    words: sumOf(setting, 'words', { first: 0, end: blocks.length }),
    sameText: countSame(hashes),
    seenBefore: countBefore(hashes),
    heading: headingsBefore(setting, 6),
    topic: headingsBefore(setting, 2),
    headWeights: new Float32Array(blocks.length),
    paths: groupPaths(setting, hashes),
    wordWeights: new Float32Array(blocks.length),
    wordLows: new Float32Array(blocks.length),
    wordHighs: new Float32Array(blocks.length),
    headline: landmark(setting, findHeadline(setting, facts)),
    description: landmark(setting, findDescription(setting, facts)),
    cores: [0.4, 0.7, 0.9].map((least) => findCore(setting, least)),
    kinds,
    traits: boxTraitsOf(setting),
    large: largeShares.map((least) => largeBoxes(setting, least)),
  }
  weighWords(scene)
  return scene
}

function countSame(hashes: number[]): Int32Array {
  const counts = countOf(hashes)
  return Int32Array.from(hashes, (value) => counts.get(value) ?? 1)
}

function countBefore(hashes: number[]): Int32Array {
  const counts = new Map<number, number>()
  return Int32Array.from(hashes, (value) => {
    const before = counts.get(value) ?? 0
    counts.set(value, before + 1)
    return before
  })
}

function headingsBefore({ outline: { blocks, boxes } }: Setting, lowest: number): Int32Array {
  let last = -1
  return Int32Array.from(blocks, ({ box }, at) => {
    const level = levelOf((boxes[box] as Box).element)
    if (level > 0 && level <= lowest) last = at
    return last
  })
}

function groupPaths({ outline, path }: Setting, hashes: number[]): Map<number, PathGroup> {
  const groups = new Map<number, PathGroup>()
  for (const [at, block] of outline.blocks.entries()) {
    const key = path[block.box] as number
    const group = groups.get(key) ?? { count: 0, words: 0, links: 0, prose: 0, texts: new Set() }
    groups.set(key, group)
    group.count += 1
    group.words += block.measure.words
    group.links += block.measure.linkWords
    if (isProse(block)) group.prose += 1
    group.texts.add(hashes[at] as number)
  }
  return groups
}

function weighWords(page: Scene): void {
  const { lexicon, openings } = page.setting
  for (const [at, words] of openings.entries()) {
    const opening = words.length > OPENING_WORDS ? words.slice(0, OPENING_WORDS) : words
    if (page.heading[at] === at) page.headWeights[at] = weightOf(opening, lexicon.heads)
    let [sum, low, high] = [0, 0, 0]
    for (const word of opening) {
      const weight = lexicon.words.get(word) ?? 0
      sum += weight
      if (weight < low) low = weight
      if (weight > high) high = weight
    }
    page.wordWeights[at] = sum / Math.max(1, opening.length)
    page.wordLows[at] = low
    page.wordHighs[at] = high
  }
}

/** Characters beyond which nothing is a headline. */
const MAX_HEADLINE = 4000

/** The block that says the title: the likest, of two alike the one in a heading, and the first. */
function findHeadline({ outline, flags, openings }: Setting, { title }: PageFacts): number {
  let [best, most] = [-1, 0.3]
  for (const [at, block] of outline.blocks.entries()) {
    if (block.measure.words > 40 || block.text.length > MAX_HEADLINE) continue
    const words = block.text.length > OPENING ? lowerWords(block.text) : (openings[at] as string[])
    const common = words.filter((word) => title.has(word)).length
    const isHeading = ((flags[block.box] as number) & flagBit('heading')) !== 0
    const likeness =
      share(common, words.length) * Math.min(1, words.length / 3) * share(common, title.size) ** 0.5 +
      (isHeading ? 0.2 : 0)
    if (likeness > most) [best, most] = [at, likeness]
  }
  return best
}

function findDescription({ outline }: Setting, { description }: PageFacts): number {
  const start = description.slice(0, 50)
  return start.length < 30 ? -1 : outline.blocks.findIndex(({ text }) => text.includes(start))
}

function landmark(setting: Setting, at: number): Landmark {
  return { at, shares: sharesWith(setting, setting.outline.blocks[at]?.box ?? -1) }
}

/** For each box, how much of the page the smallest box holds that it shares with another. */
function sharesWith(setting: Setting, other: number): Float32Array {
  const { boxes } = setting.outline
  const all = setting.sums.words.at(-1) as number
  const shares = new Float32Array(boxes.length)
  const isAround = new Uint8Array(boxes.length)
  for (let at = other; at >= 0; at = (boxes[at] as Box).parent) isAround[at] = 1
  boxes.forEach((box, at) => {
    const isShared = isAround[at] === 1 || box.parent < 0
    shares[at] = isShared ? share(sumOf(setting, 'words', box), all) : (shares[box.parent] as number)
  })
  return shares
}

function findCore(setting: Setting, least: number): Core {
  const { boxes } = setting.outline
  const all = setting.sums.proseWords.at(-1) as number
  let index = 0
  boxes.forEach((box, at) => {
    const isDeeper = box.depth > (boxes[index] as Box).depth
    if (isDeeper && all > 0 && sumOf(setting, 'proseWords', box) >= least * all) index = at
  })
  return { box: boxes[index] as Box, index, shares: sharesWith(setting, index) }
}
