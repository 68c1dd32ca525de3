import { type PageFacts, readFacts } from '../src/extract/about.ts'
import { type Block, type Outline, outline } from '../src/extract/layout.ts'
import { partWords } from '../src/extract/seams.ts'
import { parseTree } from '../src/extract/tree.ts'
import { labelBlocks } from './labels.ts'
import { type Votes, votesOf } from './lexicon.ts'
import { type Truth, wordsOf } from './score.ts'

/** A labelled page, ready to be learned from. */
export interface Sample {
  truth: Truth
  /** The registrable part of its host, as nearly as two labels tell: pages of one site never part between folds. */
  host: string
  fold: number
  outline: Outline
  facts: PageFacts
  /** Share of each block that is content; -1 where unknown. */
  labels: Float32Array
  /** What a block counts for; 0 where nothing can be learned from it. */
  weights: Float32Array
  votes: Votes
  /** Its kind, known from the labels. */
  kind: string
  /** How likely it is of each kind, as told by what was learned from other pages. */
  kinds: number[]
}

/** A page of which the visible text holds no more than this of the truth is made by scripts, and teaches nothing. */
const MIN_REACH = 0.35

/** How much a snippet counts for: as a block of a page of fifty such. */
const SNIPPET_WEIGHT = 0.02

/** How much of a page's text beside the truth counts for, when the words of a block are weighed. */
const PAGE_SHARE = 0.2

export function createSample(truth: Truth, html: string): Sample {
  const document = partWords(parseTree(html))
  const found = outline(document)
  const labels = labelBlocks(found, truth)
  return {
    truth,
    host: hostOf(truth),
    fold: foldOf(truth),
    outline: found,
    facts: readFacts(document, truth.url),
    labels,
    weights: weigh(found.blocks, labels, truth),
    votes: votesOf(hostOf(truth), found, labels),
    kind: truth.text === null ? 'article' : truth.type,
    kinds: [],
  }
}

const hostOf = ({ url, id }: Truth) => (URL.parse(url)?.hostname ?? '').split('.').slice(-2).join('.') || id

/** How many parts pages are put into, to learn without one of them. */
export const FOLDS = 5

/** The part that a page is in, with all others of its site. */
export function foldOf(truth: Truth): number {
  let value = 7
  for (const char of hostOf(truth)) value = (Math.imul(value, 31) + char.charCodeAt(0)) >>> 0
  return value % FOLDS
}

/** A block weighs what its words are of its page: all pages count the same, as they do in the mean of F1. */
function weigh(blocks: Block[], labels: Float32Array, { text }: Truth): Float32Array {
  if (text === null) return labels.map((label) => (label < 0 ? 0 : SNIPPET_WEIGHT))
  const words = blocks.map(({ measure }) => measure.words)
  const sum = (values: number[]) => values.reduce((total, value) => total + value, 0)
  const wanted = wordsOf(text).length
  const found = sum(words.map((count, at) => count * (labels[at] as number)))
  if (found <= MIN_REACH * wanted) return new Float32Array(blocks.length)
  const scale = wanted + PAGE_SHARE * sum(words)
  return Float32Array.from(words, (count) => (count + 0.5) / scale)
}
