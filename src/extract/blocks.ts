import { containerNames, fillContainers } from './containers.ts'
import type { Block, Box } from './layout.ts'
import type { Core, Landmark, PathGroup, Scene } from './scene.ts'
import { flagNames, log, type Setting, type SumName, share, sumOf } from './setting.ts'
import { meaningNames } from './vocabulary.ts'
import { levelOf } from './walk.ts'

/** A block as its features see it. */
interface View {
  at: number
  block: Block
  box: number
  page: Scene
}

type Feature = [name: string, value: (view: View) => number]

const signedLog = (value: number) => Math.sign(value) * log(Math.abs(value))

/**
 * What blocks of a page are like, a row a block; the columns are `featureNames`. They tell how the page is made, and never
 * whose it is.
 * @param first the first of the blocks, and `end` the one after the last
 */
export function featuresOf(page: Scene, first = 0, end = page.setting.outline.blocks.length): Float32Array {
  const width = featureNames.length
  const rows = new Float32Array((end - first) * width)
  const views = page.setting.outline.blocks
    .slice(first, end)
    .map((block, row): View => ({ at: first + row, block, box: block.box, page }))
  // A column at a time, as the same function is called over and over then.
  for (let column = 0; column < values.length; column += 1) {
    const value = values[column] as Feature[1]
    for (let row = 0; row < views.length; row += 1) rows[row * width + column] = value(views[row] as View)
  }
  for (const [row, view] of views.entries()) {
    let to = row * width + features.length
    fillMasks(view, rows, to)
    to += maskNames.length
    fillNeighbours(view, rows, to)
    fillContainers(page, view, rows, to + neighbourNames.length)
  }
  return rows
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
  ['seen before', ({ at, page }) => log(page.seenBefore[at] as number)],
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

/** Inline elements have no box that has what they weigh. */
function inlineWeight({ inlines }: Block, { setting }: Scene): number {
  let sum = 0
  for (const element of inlines) sum += setting.named(element).weight
  return sum
}

const boxOf = ({ page }: View, index: number) => page.setting.outline.boxes[index]

const boxSum = (view: View, name: SumName, index: number): number =>
  sumOf(view.page.setting, name, boxOf(view, index) as Box)

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

function headingFeatures(name: 'heading' | 'topic'): Feature[] {
  const of = (label: string, value: (view: View, heading: number) => number): Feature => [
    `${name} ${label}`,
    (view) => {
      const heading = view.page[name][view.at] as number
      return heading < 0 ? -9 : value(view, heading)
    },
  ]
  return [
    of('distance', (view, heading) => log(view.at - heading)),
    of('weight', ({ page }, heading) => page.headWeights[heading] as number),
    of('level', ({ page }, heading) =>
      levelOf((page.setting.outline.boxes[page.setting.outline.blocks[heading]?.box ?? 0] as Box).element),
    ),
    of('words', ({ page }, heading) => page.setting.outline.blocks[heading]?.measure.words ?? 0),
    of('links', ({ page }, heading) => page.setting.outline.blocks[heading]?.measure.linkWords ?? 0),
    of('seen', ({ page }, heading) => page.sameText[heading] as number),
  ]
}

const settingFeatures: Feature[] = [
  ['depth', (view) => boxOf(view, view.box)?.depth ?? 0],
  ['place', ({ at, page }) => share(at, page.setting.outline.blocks.length)],
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

const whole = (page: Scene) => ({ first: 0, end: page.setting.outline.blocks.length })

const pageFeatures: Feature[] = [
  ['page words', ({ page }) => log(page.words)],
  ['page blocks', ({ page }) => log(page.setting.outline.blocks.length)],
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
  ...headingFeatures('heading'),
  ...headingFeatures('topic'),
  ...landmarkFeatures('headline'),
  ...landmarkFeatures('description'),
  ...coreFeatures,
  ...pageFeatures,
  ...kindFeatures,
]

const values = features.map(([, value]) => value)

/** The names of the columns of `featuresOf`. */
export const featureNames: readonly string[] = [
  ...features.map(([name]) => name),
  ...maskNames,
  ...neighbourNames,
  ...containerNames,
]
