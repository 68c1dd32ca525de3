import { type Element, isTag } from 'domhandler'
import { openingOf } from './about.ts'
import type { Block, Box, Outline } from './layout.ts'
import { keep } from './memo.ts'
import { createNamer, type Named } from './vocabulary.ts'

/** How much the words that parts of pages are named by, and that short texts are made of, speak for content. */
export interface Lexicon {
  names: ReadonlyMap<string, number>
  words: ReadonlyMap<string, number>
  /** Of words in headings, for what stands below them. */
  heads: ReadonlyMap<string, number>
}

/** What surrounds the text of a page: a column a trait, a row a box. */
export interface Setting {
  outline: Outline
  lexicon: Lexicon
  /** A hash of what an element looks like. */
  looks: (element: Element) => number
  /** Reads what an element is named by. */
  named: (element: Element) => Named
  /** The words that each block begins with. */
  openings: string[][]
  /** Running sums over the blocks before each. */
  sums: Record<SumName, Float64Array>
  /** Tags and states that an element is within, itself included: bits of `flagNames`. */
  flags: Int32Array
  ownMeanings: Int32Array
  nearMeanings: Int32Array
  meanings: Int32Array
  /** What its names speak for (see `Lexicon`): its own, the most and the least of all around it, and their sum. */
  ownWeight: Float32Array
  highest: Float32Array
  lowest: Float32Array
  weight: Float32Array
  /** A hash of its name and first class; and of these and those of all around it. */
  signature: Int32Array
  path: Int32Array
  /** How many of its siblings look like it, itself included, its place among them, and their words. */
  alike: Int32Array
  place: Int32Array
  alikeWords: Float64Array
  alikeLinks: Float64Array
  /** The nearest box around it, or itself, that is one of three or more alike; and the outermost. -1 without. */
  item: Int32Array
  outerItem: Int32Array
}

export const flagNames = [
  'p',
  'li',
  'ul',
  'ol',
  'dl',
  'table',
  'td',
  'th',
  'blockquote',
  'pre',
  'figure',
  'heading',
  'main',
  'article',
  'section',
  'nav',
  'aside',
  'header',
  'footer',
  'form',
  'button',
  'details',
  'dialog',
  'hidden',
  'noscript',
  'layered',
  'a',
  'address',
] as const
type Flag = (typeof flagNames)[number]

export const flagBit = (name: Flag): number => 1 << flagNames.indexOf(name)

const toBits = (flags: [string, Flag][]): ReadonlyMap<string, number> =>
  new Map(flags.map(([name, flag]) => [name, flagBit(flag)]))

const bitOfTag = toBits([
  ...flagNames.map((name): [string, Flag] => [name, name]),
  ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((name): [string, Flag] => [name, 'heading']),
  ['figcaption', 'figure'],
  ['dt', 'dl'],
  ['dd', 'dl'],
  ['listing', 'pre'],
  ['summary', 'details'],
])
const bitOfRole = toBits([
  ['navigation', 'nav'],
  ['menu', 'nav'],
  ['menubar', 'nav'],
  ['banner', 'header'],
  ['contentinfo', 'footer'],
  ['complementary', 'aside'],
  ['main', 'main'],
  ['article', 'article'],
  ['dialog', 'dialog'],
  ['alertdialog', 'dialog'],
  ['search', 'form'],
  ['form', 'form'],
  ['button', 'button'],
  ['heading', 'heading'],
])

const summed = {
  words: ({ measure }: Block) => measure.words,
  linkWords: ({ measure }: Block) => measure.linkWords,
  chars: ({ measure }: Block) => measure.chars,
  ends: ({ measure }: Block) => measure.ends,
  proseWords: (block: Block) => (isProse(block) ? block.measure.words : 0),
  blocks: () => 1,
  numbers: ({ measure }: Block) => measure.numbers,
}
export type SumName = keyof typeof summed

/** A text of so many words, mostly outside of links and with a sentence's end, is one that someone reads. */
const PROSE_WORDS = 8

export const isProse = ({ measure: { words, linkWords, ends, commas } }: Block): boolean =>
  words >= PROSE_WORDS && linkWords * 3 < words && (ends > 0 || commas > 1)

export function createSetting(outline: Outline, lexicon: Lexicon): Setting {
  const count = outline.boxes.length
  const ints = () => new Int32Array(count)
  const floats = () => new Float32Array(count)
  const setting: Setting = {
    outline,
    lexicon,
    looks: createLooks(),
    named: createNamer(lexicon.names),
    openings: outline.blocks.map(({ text }) => openingOf(text)),
    sums: runningSums(outline),
    flags: ints(),
    ownMeanings: ints(),
    nearMeanings: ints(),
    meanings: ints(),
    ownWeight: floats(),
    highest: floats(),
    lowest: floats(),
    weight: floats(),
    signature: ints(),
    path: ints(),
    alike: ints(),
    place: ints(),
    alikeWords: new Float64Array(count),
    alikeLinks: new Float64Array(count),
    item: ints(),
    outerItem: ints(),
  }
  for (const at of outline.boxes.keys()) inherit(setting, at)
  compareSiblings(setting)
  for (const at of outline.boxes.keys()) findItems(setting, at)
  return setting
}

function runningSums({ blocks }: Outline): Record<SumName, Float64Array> {
  const running = (countOf: (block: Block) => number) => {
    const sums = new Float64Array(blocks.length + 1)
    let sum = 0
    for (let at = 0; at < blocks.length; at += 1) {
      sum += countOf(blocks[at] as Block)
      sums[at + 1] = sum
    }
    return sums
  }
  return Object.fromEntries(
    Object.entries(summed).map(([name, countOf]) => [name, running(countOf)]),
  ) as Setting['sums']
}

/** A sum over the blocks of a box. */
export function sumOf({ sums }: Setting, name: SumName, { first, end }: Pick<Box, 'first' | 'end'>): number {
  const sum = sums[name]
  return (sum[end] as number) - (sum[first] as number)
}

const unnamed: Named = { meanings: 0, weight: 0 }

function inherit(setting: Setting, at: number): void {
  const { element, parent } = setting.outline.boxes[at] as Box
  const tag = isTag(element) ? element : null
  const { meanings: own, weight } = tag ? setting.named(tag) : unnamed
  const from = (column: Int32Array | Float32Array) => (parent >= 0 ? (column[parent] as number) : 0)
  setting.flags[at] = from(setting.flags) | (tag ? flagsOf(tag) : 0)
  setting.ownMeanings[at] = own
  setting.nearMeanings[at] =
    own | from(setting.ownMeanings) | (parent >= 0 ? grandMeanings(setting, parent) : 0)
  setting.meanings[at] = own | from(setting.meanings)
  setting.ownWeight[at] = weight
  setting.highest[at] = Math.max(from(setting.highest), weight)
  setting.lowest[at] = Math.min(from(setting.lowest), weight)
  setting.weight[at] = from(setting.weight) * 0.8 + weight
  setting.signature[at] = tag ? setting.looks(tag) : 1
  setting.path[at] = Math.imul(from(setting.path) ^ (setting.signature[at] as number), 0x01000193)
}

const grandMeanings = (setting: Setting, parent: number): number => {
  const grand = setting.outline.boxes[parent]?.parent ?? -1
  return grand >= 0 ? (setting.ownMeanings[grand] as number) : 0
}

function flagsOf(element: Element): number {
  const { role } = element.attribs
  const byRole = role ? (bitOfRole.get(role) ?? 0) : 0
  return (bitOfTag.get(element.name) ?? 0) | byRole | stateOf(element)
}

const hiddenBit = flagBit('hidden')
const layeredBit = flagBit('layered')

function stateOf({ attribs }: Element): number {
  const { style } = attribs
  let state = 0
  if (attribs.hidden !== undefined || attribs['aria-hidden'] === 'true') state |= hiddenBit
  if (attribs['aria-modal'] === 'true') state |= layeredBit
  if (style && /display\s*:\s*none|visibility\s*:\s*hidden/i.test(style)) state |= hiddenBit
  if (style && /position\s*:\s*(?:fixed|absolute)/i.test(style)) state |= layeredBit
  return state
}

/** Makes the one that gives a hash of what an element looks like: its name and the first word of its class, without figures. */
function createLooks(): (element: Element) => number {
  const first = keep(firstOf)
  return ({ name, attribs }) => hash(attribs.class ? first(attribs.class) : '', hash('.', hash(name)))
}

const firstOf = (classes: string): string => /\S{1,60}/.exec(classes)?.[0].replaceAll(/\d+/g, '') ?? ''

const logs = Float64Array.from({ length: 4096 }, (_, value) => Math.log1p(value))

/** The logarithm of a number and one. Most are small counts, for which it is looked up. */
export const log = (value: number): number =>
  Number.isInteger(value) && value >= 0 && value < logs.length ? (logs[value] as number) : Math.log1p(value)

/** A part of a whole; 0 of nothing. */
export const share = (part: number, whole: number): number => (whole > 0 ? part / whole : 0)

/** FNV-1a, 32 bits. @param start the hash of what stands before the text */
export function hash(text: string, start = 0x811c9dc5): number {
  let value = start
  const { length } = text
  for (let at = 0; at < length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193)
  return value | 0
}

interface Alike {
  count: number
  words: number
  links: number
}

function compareSiblings(setting: Setting): void {
  const { boxes } = setting.outline
  const groups = new Map<number, Alike>()
  const keyOf = (at: number) => (boxes[at] as Box).parent * 2 ** 32 + (setting.signature[at] as number)
  const groupOf = boxes.map(({ first, end }, at) => {
    if (end === first) return undefined
    const key = keyOf(at)
    const group = groups.get(key) ?? { count: 0, words: 0, links: 0 }
    if (group.count === 0) groups.set(key, group)
    setting.place[at] = group.count
    group.count += 1
    group.words += sumOf(setting, 'words', { first, end })
    group.links += sumOf(setting, 'linkWords', { first, end })
    return group
  })
  for (let at = 0; at < boxes.length; at += 1) {
    const group = groupOf[at] ?? groups.get(keyOf(at))
    if (!group) continue
    setting.alike[at] = group.count
    setting.alikeWords[at] = group.words
    setting.alikeLinks[at] = group.links
  }
}

const MIN_ITEMS = 3

function findItems(setting: Setting, at: number): void {
  const parent = (setting.outline.boxes[at] as Box).parent
  const isItem = (setting.alike[at] as number) >= MIN_ITEMS
  const [near, outer] =
    parent >= 0 ? [setting.item[parent] as number, setting.outerItem[parent] as number] : [-1, -1]
  setting.item[at] = isItem ? at : near
  setting.outerItem[at] = outer >= 0 ? outer : isItem ? at : -1
}
