import { featureNames } from '../src/extract/blocks.ts'
import type { StoredForest } from '../src/extract/forest.ts'
import { type StoredModel, WEIGHT_UNIT } from '../src/extract/model.ts'
import { profileNames } from '../src/extract/profile.ts'
import type { GrownForest, Tree } from './boost.ts'
import { kindNames, type Lesson, trainBlocks, trainKinds } from './learn.ts'
import { countVotes, lexiconOf } from './lexicon.ts'

/** What all samples of a lesson teach, as the file that `readModel` reads. */
export function learn({ samples, profiles, blocks }: Lesson): StoredModel {
  const kinds = trainKinds(profiles, samples).map((forest, at): [string, StoredForest] => [
    kindNames[at] as string,
    store(forest, profiles.borders),
  ])
  const lexicon = lexiconOf(
    countVotes(samples.filter(({ weights }) => weights.some(Boolean)).map(({ votes }) => votes)),
  )
  return {
    blockFeatures: featureNames.join(', '),
    pageFeatures: profileNames.join(', '),
    blocks: store(trainBlocks(blocks, samples), blocks.borders),
    kinds: Object.fromEntries(kinds),
    lexicon: {
      names: storeWeights(lexicon.names),
      words: storeWeights(lexicon.words),
      heads: storeWeights(lexicon.heads),
    },
  }
}

function store({ bias, trees }: GrownForest, borders: Float32Array[]): StoredForest {
  const [features, limits]: number[][] = [[], []]
  const add = (tree: Tree): void => {
    features?.push(typeof tree === 'number' ? -1 : tree.feature)
    limits?.push(typeof tree === 'number' ? tree : (borders[tree.feature]?.[tree.bin] as number))
    if (typeof tree === 'number') return
    add(tree.left)
    add(tree.right)
  }
  for (const tree of trees) add(tree)
  const base64 = (column: Int16Array | Float32Array) => Buffer.from(column.buffer).toString('base64')
  return {
    bias,
    features: base64(Int16Array.from(features as number[])),
    borders: base64(Float32Array.from(limits as number[])),
  }
}

/** Weights that round to nothing are left out. */
function storeWeights(weights: ReadonlyMap<string, number>): string {
  const rounded = [...weights].map(([word, weight]): [string, number] => [
    word,
    Math.round(weight * WEIGHT_UNIT),
  ])
  return rounded.flatMap(([word, weight]) => (weight === 0 ? [] : [`${word} ${weight}`])).join(' ')
}
