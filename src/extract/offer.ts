import type { Document } from 'domhandler'
import { decodeHTML } from 'entities'
import { isObject, type Json, type JsonObject, readJsonLd } from './jsonld.ts'
import type { Outline } from './layout.ts'
import { elementsOf, isText } from './walk.ts'
import { wordsOf } from './words.ts'

/** Fewer words describe nothing that is worth a place of its own. */
const LEAST_WORDS = 15
/** Share of a description's words that is found in what is kept, below which it is missing there. */
const MISSING = 0.3
/** The same of the blocks that are not kept, from which on it stands there. */
const THERE = 0.6
/** Share of a block's words that are of the description, for it to be a piece of it. */
const PIECE = 0.9
/** Blocks of fewer words are anybody's. */
const PIECE_WORDS = 3

/**
 * Keeps what the page shows of its product's description where nearly none of it was chosen, as behind the tabs of a shop.
 * @param kept 1 for each block that is kept; changed in place
 * @returns the description, text or HTML, where the page shows it nowhere; '' otherwise
 */
export function keepDescription(document: Document, { blocks }: Outline, kept: Uint8Array): string {
  const description = describe(document)
  const wanted = countOf(wordsOf(description.replaceAll(/<[^>]{0,1000}>/g, ' ')))
  const total = sum(wanted)
  if (total < LEAST_WORDS || sharedBy([...textsOf(blocks, kept, 1)], wanted) >= MISSING * total) return ''
  const pieces = [...blocks.keys()].filter((at) => kept[at] === 0 && isPiece(blocks[at]?.text ?? '', wanted))
  if (
    sharedBy(
      pieces.map((at) => blocks[at]?.text ?? ''),
      wanted,
    ) <
    THERE * total
  )
    return description
  for (const at of pieces) kept[at] = 1
  return ''
}

function* textsOf(blocks: Outline['blocks'], kept: Uint8Array, state: number): Iterable<string> {
  for (const [at, { text }] of blocks.entries()) if (kept[at] === state) yield text
}

type Counts = ReadonlyMap<string, number>

function countOf(words: string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  return counts
}

const sum = (counts: Counts): number => counts.values().reduce((all, one) => all + one, 0)

/** How many of the words counted are in the texts, each as often as it is. */
function sharedBy(texts: string[], wanted: Counts): number {
  const left = new Map(wanted)
  let shared = 0
  for (const text of texts)
    for (const word of wordsOf(text)) {
      const times = left.get(word) ?? 0
      if (times === 0) continue
      shared += 1
      left.set(word, times - 1)
    }
  return shared
}

function isPiece(text: string, wanted: Counts): boolean {
  const words = wordsOf(text)
  return (
    words.length >= PIECE_WORDS && words.filter((word) => wanted.has(word)).length >= PIECE * words.length
  )
}

/** The longest description of a product in the page's JSON-LD. */
function describe(document: Document): string {
  const scripts: string[] = []
  for (const { name, attribs, children } of elementsOf(document))
    if (name === 'script' && attribs.type?.toLowerCase().includes('ld+json'))
      scripts.push(children.map((child) => (isText(child) ? child.data : '')).join(''))
  let longest = ''
  for (const one of objectsOf(readJsonLd(scripts)))
    if (isProduct(one) && typeof one.description === 'string' && one.description.length > longest.length)
      longest = one.description
  // Much of it was escaped for HTML before it was put into JSON.
  return decodeHTML(longest)
}

const isProduct = ({ '@type': type }: JsonObject): boolean =>
  (Array.isArray(type) ? type : [type]).some((one) => typeof one === 'string' && one.includes('Product'))

function* objectsOf(values: Json[]): Iterable<JsonObject> {
  const waiting: Json[] = [...values]
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    if (isObject(value)) yield value
    if (typeof value === 'object' && value !== null) waiting.push(...Object.values(value))
  }
}
