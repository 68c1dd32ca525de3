import { type Forest, readForest, type StoredForest } from './forest.ts'
import stored from './model.json' with { type: 'json' }
import type { Lexicon } from './setting.ts'

/** What was learned from labelled pages (docs/extraction.md). */
export interface Model {
  blocks: Forest
  /** A forest for each kind of page, against all others. */
  kinds: [kind: string, forest: Forest][]
  lexicon: Lexicon
}

/** The model as a file. Word lists are `word weight` pairs, the weight in twentieths. */
export interface StoredModel {
  /** Names of the columns that the forests know by their index. */
  blockFeatures: string
  pageFeatures: string
  blocks: StoredForest
  kinds: Record<string, StoredForest>
  lexicon: Record<keyof Lexicon, string>
}

/** What a weight of 1 is stored as. */
export const WEIGHT_UNIT = 20

export const model: Model = readModel(stored)

export function readModel({ blocks, kinds, lexicon }: StoredModel): Model {
  return {
    blocks: readForest(blocks),
    kinds: Object.entries(kinds).map(([kind, forest]) => [kind, readForest(forest)]),
    lexicon: {
      names: readWeights(lexicon.names),
      words: readWeights(lexicon.words),
      heads: readWeights(lexicon.heads),
    },
  }
}

function readWeights(list: string): ReadonlyMap<string, number> {
  const parts = list.split(' ')
  const weights = new Map<string, number>()
  for (let at = 0; at + 1 < parts.length; at += 2)
    weights.set(parts[at] as string, Number(parts[at + 1]) / WEIGHT_UNIT)
  return weights
}
