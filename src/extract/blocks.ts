import { type Block, type Box, type Outline, textOf } from './outline.ts'
import { lowerWords, type PageFacts } from './page.ts'
import {
  createSetting,
  flagBit,
  flagNames,
  hash,
  isProse,
  type Lexicon,
  type Setting,
  type SumName,
  sumOf,
  weightOf,
} from './setting.ts'
import { meaningNames, tokensOf } from './vocabulary.ts'

/** A block as its features see it. */
interface View {
  at: number
  block: Block
  box: number
  page: Page
}

/** What the blocks of a page have in common. */
interface Page {
  setting: Setting
  facts: PageFacts
  names: Lexicon['names']
  texts: string[]
  words: number
  /** How many blocks say the same as each, and how many of the same place in the tree there are. */
  sameText: Int32Array
  paths: Map<number, PathGroup>
  wordWeights: Float32Array
  wordLows: Float32Array
  wordHighs: Float32Array
  headline: Landmark
  description: Landmark
  cores: Core[]
  kinds: readonly number[]
  traits: Float32Array
  large: Int32Array[]
}

interface PathGroup {
  count: number
  words: number
  links: number
  prose: number
  texts: Set<number>
}

/** A block of note, and for each box the share of the page's words in the smallest box that holds both. */
interface Landmark {
  at: number
  shares: Float32Array
}

/** The smallest box that holds most of the page's prose. */
interface Core {
  box: Box
  index: number
  shares: Float32Array
}

type Feature = [name: string, value: (view: View) => number]

const log = (value: number) => Math.log1p(value)
const signedLog = (value: number) => Math.sign(value) * Math.log1p(Math.abs(value))
const share = (part: number, whole: number) => (whole > 0 ? part / whole : 0)

export function featuresOf(
  outline: Outline,
  facts: PageFacts,
  lexicon: Lexicon,
  kinds: readonly number[] = [],
): Float32Array {
  const page = createPage(outline, facts, lexicon, kinds)
  const width = featureNames.length
  const rows = new Float32Array(outline.blocks.length * width)
  for (const [at, block] of outline.blocks.entries()) {
    const view = { at, block, box: block.box, page }
    for (const [column, [, value]] of features.entries()) rows[at * width + column] = value(view)
    let to = at * width + features.length
    fillMasks(view, rows, to)
    to += maskNames.length
    fillNeighbours(view, rows, to)
    fillContainers(view, rows, to + neighbourNames.length)
  }
  return rows
}

function createPage(outline: Outline, facts: PageFacts, lexicon: Lexicon, kinds: readonly number[]): Page {
  const setting = createSetting(outline, lexicon)
  const { blocks } = outline
  const texts = blocks.map(textOf)
  const hashes = texts.map((text) => hash(text.toLowerCase()))
  const page: Page = {
    setting,
    facts,
    names: lexicon.names,
    texts,
    words: sumOf(setting, 'words', { first: 0, end: blocks.length }),
    sameText: countSame(hashes),
    paths: groupPaths(setting, hashes),
    wordWeights: new Float32Array(blocks.length),
    wordLows: new Float32Array(blocks.length),
    wordHighs: new Float32Array(blocks.length),
    headline: landmark(setting, findHeadline(setting, texts, facts)),
    description: landmark(setting, findDescription(texts, facts)),
    cores: [0.4, 0.7, 0.9].map((least) => findCore(setting, least)),
    kinds,
    traits: traitsOf(setting),
    large: largeShares.map((least) => largeBoxes(setting, least)),
  }
  weighWords(page, lexicon)
  return page
}

function countSame(hashes: number[]): Int32Array {
  const counts = new Map<number, number>()
  for (const value of hashes) counts.set(value, (counts.get(value) ?? 0) + 1)
  return Int32Array.from(hashes, (value) => counts.get(value) ?? 1)
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

/** How many words at the start of a block are looked up. */
export const LEXICON_WORDS = 12

export const openingWords = (text: string): string[] => lowerWords(text.slice(0, 160)).slice(0, LEXICON_WORDS)

function weighWords(page: Page, { words }: Lexicon): void {
  for (const [at, text] of page.texts.entries()) {
    const weights = openingWords(text).map((word) => words.get(word) ?? 0)
    page.wordWeights[at] = weights.reduce((sum, weight) => sum + weight, 0) / Math.max(1, weights.length)
    page.wordLows[at] = Math.min(0, ...weights)
    page.wordHighs[at] = Math.max(0, ...weights)
  }
}

/** The block that says the title: the likest, of two alike the one in a heading, and the first. */
function findHeadline({ outline, flags }: Setting, texts: string[], { title }: PageFacts): number {
  let [best, most] = [-1, 0.3]
  for (const [at, block] of outline.blocks.entries()) {
    if (block.measure.words > 40) continue
    const words = lowerWords(texts[at] as string)
    const common = words.filter((word) => title.has(word)).length
    const isHeading = ((flags[block.box] as number) & flagBit('heading')) !== 0
    const likeness =
      share(common, words.length) * Math.min(1, words.length / 3) * share(common, title.size) ** 0.5 +
      (isHeading ? 0.2 : 0)
    if (likeness > most) [best, most] = [at, likeness]
  }
  return best
}

function findDescription(texts: string[], { description }: PageFacts): number {
  const start = description.slice(0, 50)
  return start.length < 30 ? -1 : texts.findIndex((text) => text.includes(start))
}

function landmark(setting: Setting, at: number): Landmark {
  return { at, shares: sharesWith(setting, setting.outline.blocks[at]?.box ?? -1) }
}

/** For each box, how much of the page the smallest box holds that it shares with another. */
function sharesWith(setting: Setting, other: number): Float32Array {
  const { boxes, blocks } = setting.outline
  const shares = new Float32Array(boxes.length).fill(1)
  const around = new Set<number>()
  for (let at = other; at >= 0; at = (boxes[at] as Box).parent) around.add(at)
  for (const [at, box] of boxes.entries())
    shares[at] =
      around.has(at) || box.parent < 0
        ? share(sumOf(setting, 'words', box), sumOf(setting, 'words', { first: 0, end: blocks.length }))
        : (shares[box.parent] as number)
  return shares
}

function findCore(setting: Setting, least: number): Core {
  const { boxes, blocks } = setting.outline
  const all = sumOf(setting, 'proseWords', { first: 0, end: blocks.length })
  let index = 0
  for (const [at, box] of boxes.entries())
    if (
      box.depth > (boxes[index] as Box).depth &&
      sumOf(setting, 'proseWords', box) >= least * all &&
      all > 0
    )
      index = at
  return { box: boxes[index] as Box, index, shares: sharesWith(setting, index) }
}

const ownFeatures: Feature[] = [
  ['words', ({ block }) => log(block.measure.words)],
  ['chars', ({ block }) => log(block.measure.chars)],
  ['word length', ({ block: { measure } }) => measure.chars / measure.words],
  ['link share', ({ block: { measure } }) => share(measure.linkWords, measure.words)],
  ['links', ({ block }) => log(block.measure.links)],
  ['strong share', ({ block: { measure } }) => share(measure.strongWords, measure.words)],
  ['capitalised share', ({ block: { measure } }) => share(measure.capitalised, measure.words)],
  ['shouted share', ({ block: { measure } }) => share(measure.shouted, measure.words)],
  ['number share', ({ block: { measure } }) => share(measure.numbers, measure.words)],
  ['ends', ({ block }) => log(block.measure.ends)],
  ['ends a word', ({ block: { measure } }) => share(measure.ends, measure.words)],
  ['commas a word', ({ block: { measure } }) => share(measure.commas, measure.words)],
  ['dividers a word', ({ block: { measure } }) => share(measure.dividers, measure.words)],
  ['currencies', ({ block }) => block.measure.currencies],
  ['rights', ({ block }) => block.measure.rights],
  ['ends as', ({ block }) => closing(block.measure.last)],
  ['begins as', ({ block }) => opening(block.measure.first)],
  ['same text', ({ at, page }) => log(page.sameText[at] as number)],
  ['words weigh', ({ at, page }) => page.wordWeights[at] as number],
  ['least word', ({ at, page }) => page.wordLows[at] as number],
  ['greatest word', ({ at, page }) => page.wordHighs[at] as number],
  ['inline weigh', ({ block, page }) => inlineWeight(block, page)],
  ['inline depth', ({ block }) => block.inlines.length],
  ['in label', ({ block }) => (block.inlines.some(({ name }) => name === 'label') ? 1 : 0)],
  ['in time', ({ block }) => (block.inlines.some(({ name }) => name === 'time') ? 1 : 0)],
]

const closing = (code: number): number => {
  const char = String.fromCharCode(code)
  if ('.!?。！？'.includes(char)) return 3
  if (char === ':' || char === '：') return 2
  if (char === '…' || char === '»' || char === '›' || char === '>') return 1
  return 0
}

const opening = (code: number): number => {
  const char = String.fromCharCode(code)
  if (/\p{Lu}/u.test(char)) return 3
  if (/\p{L}/u.test(char)) return 2
  return /\p{N}/u.test(char) ? 1 : 0
}

/** The inline weights come with the tokens of the elements themselves: they have no box. */
function inlineWeight({ inlines }: Block, page: Page): number {
  let sum = 0
  for (const element of inlines) sum += weightOf(tokensOf(element, page.setting.cache), page.names)
  return sum
}

const boxOf = ({ page }: View, index: number) => page.setting.outline.boxes[index]

/** The box so many levels up, or the outermost. */
function above({ page: { setting } }: View, from: number, levels: number): number {
  let index = from
  for (let left = levels; left > 0; left -= 1) {
    const parent = (setting.outline.boxes[index] as Box).parent
    if (parent < 0) break
    index = parent
  }
  return index
}

const boxSum = (view: View, name: SumName, index: number): number =>
  sumOf(view.page.setting, name, boxOf(view, index) as Box)

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

/** The traits of every box that holds text, a row a box. */
function traitsOf(setting: Setting): Float32Array {
  const { boxes } = setting.outline
  const rows = new Float32Array(boxes.length * boxTraits.length)
  for (const [at, box] of boxes.entries())
    if (box.end > box.first)
      for (const [column, [, value]] of boxTraits.entries())
        rows[at * boxTraits.length + column] = value(setting, at, box)
  return rows
}

/** For each box the nearest around it, or itself, with at least such a share of the page's words. */
function largeBoxes(setting: Setting, least: number): Int32Array {
  const { boxes } = setting.outline
  const wanted = least * (setting.sums.words.at(-1) as number)
  const large = new Int32Array(boxes.length)
  for (const [at, box] of boxes.entries())
    large[at] = box.parent < 0 || sumOf(setting, 'words', box) >= wanted ? at : (large[box.parent] as number)
  return large
}

const levels = [0, 1, 2, 3, 5]
const largeShares = [0.1, 0.3]

const containerNames = [
  ...levels.map((level) => `up ${level}`),
  ...largeShares.map((least) => `share ${least}`),
].flatMap((label) => [...boxTraits.map(([name]) => `${label} ${name}`), `${label} place`])

function fillContainers(view: View, rows: Float32Array, offset: number): void {
  const { traits, large, setting } = view.page
  const width = boxTraits.length
  let to = offset
  let [index, level] = [view.box, 0]
  const put = (found: number) => {
    for (let column = 0; column < width; column += 1)
      rows[to + column] = traits[found * width + column] as number
    const { first, end } = setting.outline.boxes[found] as Box
    rows[to + width] = share(view.at - first, end - first)
    to += width + 1
  }
  for (const next of levels) {
    index = above(view, index, next - level)
    level = next
    put(index)
  }
  for (const boxes of large) put(boxes[view.box] as number)
}

function itemFeatures(label: string, find: (view: View) => number): Feature[] {
  const of = (name: string, value: (setting: Setting, index: number, view: View) => number): Feature => [
    `${label} ${name}`,
    (view) => {
      const index = find(view)
      return index < 0 ? -1 : value(view.page.setting, index, view)
    },
  ]
  return [
    of('count', ({ alike }, index) => log(alike[index] as number)),
    of('words', (_, index, view) => log(boxSum(view, 'words', index))),
    of('mean words', ({ alike, alikeWords }, index) =>
      log(share(alikeWords[index] as number, alike[index] as number)),
    ),
    of('links', ({ alikeLinks, alikeWords }, index) =>
      share(alikeLinks[index] as number, alikeWords[index] as number),
    ),
    of('page share', ({ alikeWords }, index, view) => share(alikeWords[index] as number, view.page.words)),
    of('place', ({ alike, place }, index) => share(place[index] as number, alike[index] as number)),
    of('depth', (_, index, view) => (boxOf(view, view.box)?.depth ?? 0) - (boxOf(view, index)?.depth ?? 0)),
    of('images', (_, index, view) => log(boxOf(view, index)?.images ?? 0)),
    of('block', (_, index, view) => view.at - (boxOf(view, index)?.first ?? 0)),
  ]
}

const pathOf = ({ page, box }: View) => page.paths.get(page.setting.path[box] as number) as PathGroup

const settingFeatures: Feature[] = [
  ['depth', (view) => boxOf(view, view.box)?.depth ?? 0],
  ['place', ({ at, page }) => share(at, page.texts.length)],
  ['place by words', ({ at, page }) => share(page.setting.sums.words[at] as number, page.words)],
  ['weight', ({ box, page }) => page.setting.weight[box] as number],
  ['highest', ({ box, page }) => page.setting.highest[box] as number],
  ['lowest', ({ box, page }) => page.setting.lowest[box] as number],
  ['path count', (view) => log(pathOf(view).count)],
  ['path words', (view) => log(share(pathOf(view).words, pathOf(view).count))],
  ['path links', (view) => share(pathOf(view).links, pathOf(view).words)],
  ['path prose', (view) => share(pathOf(view).prose, pathOf(view).count)],
  ['path texts', (view) => share(pathOf(view).texts.size, pathOf(view).count)],
  ['path share', (view) => share(pathOf(view).words, view.page.words)],
]

const maskNames = [
  ...flagNames.map((name) => `in ${name}`),
  ...meaningNames.map((name) => `near ${name}`),
  ...meaningNames.map((name) => `within ${name}`),
]

/** The bits of what a block is within, a column each. */
function fillMasks({ box, page: { setting } }: View, rows: Float32Array, offset: number): void {
  let to = offset
  const put = (mask: number, count: number) => {
    for (let bit = 0; bit < count; bit += 1) rows[to + bit] = (mask >>> bit) & 1
    to += count
  }
  put(setting.flags[box] as number, flagNames.length)
  put(setting.nearMeanings[box] as number, meaningNames.length)
  put(setting.meanings[box] as number, meaningNames.length)
}

function landmarkFeatures(label: 'headline' | 'description'): Feature[] {
  const of = (name: string, value: (mark: Landmark, view: View) => number): Feature => [
    `${label} ${name}`,
    (view) => (view.page[label].at < 0 ? -9 : value(view.page[label], view)),
  ]
  return [
    of('blocks', ({ at }, view) => signedLog(view.at - at)),
    of('words', ({ at }, { at: own, page: { setting } }) =>
      signedLog((setting.sums.words[own] as number) - (setting.sums.words[at] as number)),
    ),
    of('shared', ({ shares }, { box }) => shares[box] as number),
  ]
}

const coreFeatures: Feature[] = [0, 1, 2].flatMap((index): Feature[] => [
  [`core ${index} offset`, ({ at, page }) => coreOffset(at, (page.cores[index] as Core).box)],
  [`core ${index} shared`, ({ box, page }) => (page.cores[index] as Core).shares[box] as number],
  [
    `core ${index} below`,
    (view) => (boxOf(view, view.box)?.depth ?? 0) - (view.page.cores[index] as Core).box.depth,
  ],
])

/** Blocks before it are negative, within it zero. */
const coreOffset = (at: number, { first, end }: Box): number => {
  if (at < first) return -log(first - at)
  return at < end ? 0 : log(at - end + 1)
}

const neighbourOffsets = [-3, -2, -1, 1, 2, 3]

const neighbourTraits = ['words', 'link share', 'ends', 'weight', 'words weigh', 'same path']

const neighbourNames = neighbourOffsets.flatMap((offset) =>
  neighbourTraits.map((name) => `${name} at ${offset}`),
)

function fillNeighbours({ at, box, page }: View, rows: Float32Array, offset: number): void {
  const { outline, path, weight } = page.setting
  let to = offset
  for (const distance of neighbourOffsets) {
    const block = outline.blocks[at + distance]
    if (block) {
      const { words, linkWords, ends } = block.measure
      rows[to] = log(words)
      rows[to + 1] = share(linkWords, words)
      rows[to + 2] = log(ends)
      rows[to + 3] = weight[block.box] as number
      rows[to + 4] = page.wordWeights[at + distance] as number
      rows[to + 5] = path[block.box] === path[box] ? 1 : 0
    } else rows.fill(-1, to, to + neighbourTraits.length)
    to += neighbourTraits.length
  }
}

const whole = (page: Page) => ({ first: 0, end: page.texts.length })

const pageFeatures: Feature[] = [
  ['page words', ({ page }) => log(page.words)],
  ['page blocks', ({ page }) => log(page.texts.length)],
  ['page link share', ({ page }) => share(sumOf(page.setting, 'linkWords', whole(page)), page.words)],
  ['page prose share', ({ page }) => share(sumOf(page.setting, 'proseWords', whole(page)), page.words)],
]

const kindFeatures: Feature[] = Array.from({ length: 7 }, (_, kind) => [
  `kind ${kind}`,
  ({ page }) => page.kinds[kind] ?? -1,
])

const features: Feature[] = [
  ...ownFeatures,
  ...settingFeatures,
  ...itemFeatures('item', ({ box, page }) => page.setting.item[box] as number),
  ...itemFeatures('outer item', ({ box, page }) => page.setting.outerItem[box] as number),
  ...landmarkFeatures('headline'),
  ...landmarkFeatures('description'),
  ...coreFeatures,
  ...pageFeatures,
  ...kindFeatures,
]

/** The names of the columns of `featuresOf`. */
export const featureNames: readonly string[] = [
  ...features.map(([name]) => name),
  ...maskNames,
  ...neighbourNames,
  ...containerNames,
]
