import type { Document } from 'domhandler'
import { decodeHTML } from 'entities'
import { isObject, type Json, type JsonObject, readJsonLd } from './jsonld.ts'
import type { Block, Outline } from './layout.ts'
import { elementsOf, ownText } from './walk.ts'
import { countOf, wordsOf } from './words.ts'

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
  const words = wordsOf(description.replaceAll(/<[^>]{0,1000}>/g, ' '))
  if (words.length < LEAST_WORDS) return ''
  const wanted = countOf(words)
  const chosen = blocks.filter((_, at) => kept[at] === 1)
  if (sharedBy(chosen, wanted) >= MISSING * words.length) return ''
  const pieces = [...blocks.entries()].filter(([at, block]) => kept[at] === 0 && isPiece(block, wanted))
  const shown = pieces.map(([, block]) => block)
  if (sharedBy(shown, wanted) < THERE * words.length) return description
  for (const [at] of pieces) kept[at] = 1
  return ''
}

type Counts = ReadonlyMap<string, number>

/** How many of the words counted are in the blocks, each as often as it is. */
function sharedBy(blocks: Block[], wanted: Counts): number {
  const left = new Map(wanted)
  let shared = 0
  for (const { text } of blocks)
    for (const word of wordsOf(text)) {
      const times = left.get(word) ?? 0
      if (times === 0) continue
      shared += 1
      left.set(word, times - 1)
    }
  return shared
}

function isPiece({ text }: Block, wanted: Counts): boolean {
  const words = wordsOf(text)
  return (
    words.length >= PIECE_WORDS && words.filter((word) => wanted.has(word)).length >= PIECE * words.length
  )
}

/** The longest description of a product in the page's JSON-LD. */
function describe(document: Document): string {
  const scripts: string[] = []
  for (const element of elementsOf(document))
    if (element.name === 'script' && element.attribs.type?.toLowerCase().includes('ld+json'))
      scripts.push(ownText(element))
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
