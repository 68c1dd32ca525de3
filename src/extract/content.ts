import type { Document } from 'domhandler'
import { PageKind } from '../contract/kind.ts'
import { findAround, type Rules, Verdict } from './around.ts'
import type { PageUrls } from './base.ts'
import { addText, readEmbedded } from './embedded.ts'
import { gather } from './gather.ts'
import { type Judgement, judge } from './judge.ts'
import { chooseBlocks } from './keep.ts'
import type { Block, Box } from './layout.ts'
import { type Model, model } from './model.ts'
import { keepDescription } from './offer.ts'
import { joinStreamed } from './stream.ts'
import { toText } from './text.ts'

export interface Content {
  kind: PageKind
  /** The main content alone, in the page's order, its elements with their names and attributes. */
  root: Document
}

/**
 * Finds what a page's reader came for: all of it, and nothing that is around it. In time that grows with the page.
 * @param document the tree of the whole page; what was streamed is moved to its place in it
 * @param learned what judges the blocks; another than the usual one only to tell how good it is
 */
export function findContent(document: Document, urls: PageUrls, learned: Model = model): Content {
  joinStreamed(document)
  const judgement = judge(document, urls.url, learned)
  const kind = likeliestKind(judgement.kinds)
  const { blocks, boxes } = judgement
  const asked = new Set(blocks.map(({ box }) => (boxes[box] as Box).element))
  const weighed = weigh(judgement, findAround(document, kind, asked))
  const kept = chooseBlocks(weighed)
  const description = kind === PageKind.product ? keepDescription(document, weighed, kept) : ''
  const root = gather(document, weighed, kept, urls)
  if (description !== '') addText(root, description)
  return { kind, root: isThin(weighed, kept) ? fuller(root, readEmbedded(document)) : root }
}

/** Characters below which a page may be but a frame for its data. */
const THIN = 400

function isThin({ blocks }: Judgement, kept: Uint8Array): boolean {
  let length = 0
  for (const [at, { text }] of blocks.entries()) if (kept[at]) length += text.length
  return length < THIN
}

/** How much more there has to be in a page's data for it to be the content: what is shown goes before what is not. */
const MUCH_MORE = 3

function fuller(shown: Document, embedded: Document): Document {
  const length = toText(embedded).length
  return length > THIN && length > MUCH_MORE * toText(shown).length ? embedded : shown
}

function likeliestKind(kinds: ReadonlyMap<string, number>): PageKind {
  let [best, most]: [PageKind, number] = [PageKind.article, 0]
  for (const kind of Object.values(PageKind)) {
    const chance = kinds.get(kind) ?? 0
    if (chance > most) [best, most] = [kind, chance]
  }
  return best
}

/** By how much each verdict of the rules shifts the odds, as a logarithm. Found by cross-validation. */
const shifts: Record<Verdict, number> = {
  [Verdict.none]: 0,
  [Verdict.content]: 0.6,
  [Verdict.around]: -0.6,
  [Verdict.surelyAround]: -5,
}

/** A page without any block as likely as this is a frame around nothing. */
const LEAST = 0.3

/** Words of a page below which there is little to judge by: the fewer they are, the more is left to the rules. */
const FEW_WORDS = 200

/** By how much the odds are shifted further on a page without words, to where the rules shift them. */
const MOST_TRUST = 2.5

/** What was learned and what was written down as rules err on different pages: each says how likely a block is content. */
function weigh(judgement: Judgement, rules: Rules): Judgement {
  const { blocks, boxes } = judgement
  const trust = MOST_TRUST * Math.max(0, 1 - wordsOf(blocks) / FEW_WORDS)
  const chances = judgement.chances.map((chance, at) => {
    const block = blocks[at] as Block
    const box = boxes[block.box] as Box
    if (isForScripts(block, box)) return 0
    const verdict = rules(box.element)
    return shiftOdds(chance, shifts[verdict] + trust * Math.sign(shifts[verdict]))
  })
  if (!chances.some((chance) => chance >= LEAST)) chances.fill(0)
  return { ...judgement, chances }
}

/** Data, and places for it, that a script would have taken or filled. */
const data = /^(?:\[\s*)?\{\s*"[^"]{1,100}"\s*:|^\{\{[^{}]*\}\}$/

/** Whether a text is no text but what scripts work with, where it is not shown as code. */
function isForScripts({ text, inlines }: Block, { element }: Box): boolean {
  if (!text.startsWith('{') && !text.startsWith('[')) return false
  const isCode = ('name' in element && element.name === 'pre') || inlines.some(({ name }) => name === 'code')
  return !isCode && data.test(text)
}

function wordsOf(blocks: Block[]): number {
  return blocks.reduce((sum, { measure }) => sum + measure.words, 0)
}

function shiftOdds(chance: number, by: number): number {
  const factor = Math.exp(by)
  return (chance * factor) / (1 - chance + chance * factor)
}
