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
  const width = features.length
  const rows = new Float32Array(outline.blocks.length * width)
  for (const [at, block] of outline.blocks.entries()) {
    const view = { at, block, box: block.box, page }
    for (const [column, [, value]] of features.entries()) rows[at * width + column] = value(view)
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

const measureOf = ({ page }: View, at: number) => page.setting.outline.blocks[at]?.measure

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
  for (const element of inlines) sum += weightOf(tokensOf(element), page.names)
  return sum
}

const boxOf = ({ page }: View, index: number) => page.setting.outline.boxes[index]

/** The box so many levels up, or the outermost. */
function above(view: View, levels: number): number {
  let index = view.box
  for (let left = levels; left > 0; left -= 1) {
    const parent = boxOf(view, index)?.parent ?? -1
    if (parent < 0) break
    index = parent
  }
  return index
}

/** The nearest box around with at least such a share of the page's words. */
function aboveShare(view: View, least: number): number {
  let index = view.box
  for (;;) {
    const box = boxOf(view, index) as Box
    if (box.parent < 0 || sumOf(view.page.setting, 'words', box) >= least * view.page.words) return index
    index = box.parent
  }
}

const boxSum = (view: View, name: SumName, index: number): number =>
  sumOf(view.page.setting, name, boxOf(view, index) as Box)

function containerFeatures(label: string, find: (view: View) => number): Feature[] {
  const of = (name: string, value: (view: View, index: number) => number): Feature => [
    `${label} ${name}`,
    (view) => {
      const index = find(view)
      return index < 0 ? -1 : value(view, index)
    },
  ]
  return [
    of('words', (view, index) => log(boxSum(view, 'words', index))),
    of('page share', (view, index) => share(boxSum(view, 'words', index), view.page.words)),
    of('link share', (view, index) => share(boxSum(view, 'linkWords', index), boxSum(view, 'words', index))),
    of('prose share', (view, index) =>
      share(boxSum(view, 'proseWords', index), boxSum(view, 'words', index)),
    ),
    of('words a block', (view, index) =>
      log(share(boxSum(view, 'words', index), boxSum(view, 'blocks', index))),
    ),
    of('number share', (view, index) => share(boxSum(view, 'numbers', index), boxSum(view, 'words', index))),
    of('ends a word', (view, index) => share(boxSum(view, 'ends', index), boxSum(view, 'words', index))),
    of('images', (view, index) => log(boxOf(view, index)?.images ?? 0)),
    of('fields', (view, index) => log(boxOf(view, index)?.fields ?? 0)),
    of('alike', (view, index) => log(view.page.setting.alike[index] as number)),
    of('place', (view, index) =>
      share(view.at - (boxOf(view, index)?.first ?? 0), boxSum(view, 'blocks', index)),
    ),
    of('own weight', (view, index) => view.page.setting.ownWeight[index] as number),
  ]
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

const flagFeatures: Feature[] = flagNames.map((name) => {
  const bit = flagBit(name)
  return [`in ${name}`, ({ box, page }) => (((page.setting.flags[box] as number) & bit) === 0 ? 0 : 1)]
})

const meaningFeatures: Feature[] = meaningNames.flatMap((name, index): Feature[] => {
  const bit = 1 << index
  return [
    [`near ${name}`, ({ box, page }) => (((page.setting.nearMeanings[box] as number) & bit) === 0 ? 0 : 1)],
    [`within ${name}`, ({ box, page }) => (((page.setting.meanings[box] as number) & bit) === 0 ? 0 : 1)],
  ]
})

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

const neighbourFeatures: Feature[] = [-3, -2, -1, 1, 2, 3].flatMap((offset): Feature[] => {
  const of = (name: string, value: (view: View, at: number) => number): Feature => [
    `${name} at ${offset}`,
    (view) => (view.page.texts[view.at + offset] === undefined ? -1 : value(view, view.at + offset)),
  ]
  return [
    of('words', (view, at) => log(measureOf(view, at)?.words ?? 0)),
    of('link share', (view, at) =>
      share(measureOf(view, at)?.linkWords ?? 0, measureOf(view, at)?.words ?? 0),
    ),
    of('ends', (view, at) => log(measureOf(view, at)?.ends ?? 0)),
    of('weight', ({ page }, at) => page.setting.weight[page.setting.outline.blocks[at]?.box ?? 0] as number),
    of('words weigh', ({ page }, at) => page.wordWeights[at] as number),
    of('same path', ({ page, box }, at) =>
      page.setting.path[page.setting.outline.blocks[at]?.box ?? 0] === page.setting.path[box] ? 1 : 0,
    ),
  ]
})

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
  ...[0, 1, 2, 3, 5].flatMap((levels) => containerFeatures(`up ${levels}`, (view) => above(view, levels))),
  ...[0.1, 0.3].flatMap((least) => containerFeatures(`share ${least}`, (view) => aboveShare(view, least))),
  ...itemFeatures('item', ({ box, page }) => page.setting.item[box] as number),
  ...itemFeatures('outer item', ({ box, page }) => page.setting.outerItem[box] as number),
  ...flagFeatures,
  ...meaningFeatures,
  ...landmarkFeatures('headline'),
  ...landmarkFeatures('description'),
  ...coreFeatures,
  ...neighbourFeatures,
  ...pageFeatures,
  ...kindFeatures,
]

/** The names of the columns of `featuresOf`. */
export const featureNames: readonly string[] = features.map(([name]) => name)
