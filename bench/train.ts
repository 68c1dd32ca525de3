import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { featureNames } from '../src/extract/blocks.ts'
import type { StoredForest } from '../src/extract/forest.ts'
import { chooseBlocks } from '../src/extract/keep.ts'
import { type StoredModel, WEIGHT_UNIT } from '../src/extract/model.ts'
import { profileNames } from '../src/extract/profile.ts'
import type { GrownForest, Tree } from './boost.ts'
import { readPages } from './extract.ts'
import {
  type Binned,
  binBlocks,
  binProfiles,
  chancesOf,
  kindNames,
  kindsOf,
  trainBlocks,
  trainKinds,
} from './learn.ts'
import { countVotes, lexiconOf } from './lexicon.ts'
import { createSample, type Sample } from './samples.ts'
import { type Output, scorePages } from './score.ts'

// Learns which blocks of a page are its content, and writes src/extract/model.json. Usage:
//   train.ts --pages DIR [--split development|all] [--dry] [--dump FILE]
// DIR as for `run.ts extract`. The figures are those of pages that were not learned from, nor others of their sites.

const FOLDS = 5
const MODEL = new URL('../src/extract/model.json', import.meta.url)

const { values } = parseArgs({
  options: {
    pages: { type: 'string' },
    split: { type: 'string', default: 'development' },
    dry: { type: 'boolean', default: false },
    dump: { type: 'string' },
  },
})
if (values.pages === undefined) throw new Error('--pages DIR is missing')
if (values.split !== 'development' && values.split !== 'all') throw new Error('--split is development or all')

const samples = readPages(values.pages, values.split).map(({ truth, html }) =>
  createSample(truth, html, FOLDS),
)
const profiles = binProfiles(samples)
for (const [train, check] of foldsOf(samples)) {
  const forests = trainKinds(profiles, train)
  for (const sample of check) sample.kinds = kindsOf(profiles, forests, sample)
}
const right = samples.filter(({ kind, kinds }) => kindNames[kinds.indexOf(Math.max(...kinds))] === kind)
console.log(`kind: ${((100 * right.length) / samples.length).toFixed(1)} % right`)
const blocks = binBlocks(samples)
const chances = crossValidate(blocks, samples)
for (const [name, value] of scorePages(
  samples.map(({ truth }) => truth),
  samples.map((sample) => outputOf(sample, chances)),
))
  if (/word F1|snippet/.test(name)) console.log(`${name}: ${value.toFixed(3)}`)
if (values.dump !== undefined) writeFileSync(values.dump, dump(samples, chances))
if (!values.dry) writeFileSync(MODEL, `${JSON.stringify(learn(samples, profiles, blocks), null, 2)}\n`)

function foldsOf(all: Sample[]): [train: Sample[], check: Sample[]][] {
  return Array.from({ length: FOLDS }, (_, fold) => [
    all.filter((sample) => sample.fold !== fold),
    all.filter((sample) => sample.fold === fold),
  ])
}

/** How likely each block is content, by what was learned from the pages of other folds. */
function crossValidate(binned: Binned, all: Sample[]): Map<Sample, Float32Array> {
  return new Map(
    foldsOf(all).flatMap(([train, check]) => {
      const forest = trainBlocks(binned, train)
      return check.map((sample): [Sample, Float32Array] => [sample, chancesOf(binned, forest, sample)])
    }),
  )
}

function outputOf(sample: Sample, all: Map<Sample, Float32Array>): Output {
  const { blocks: found } = sample.outline
  const kept = chooseBlocks({ ...sample.outline, chances: all.get(sample) as Float32Array })
  return { id: sample.truth.id, text: found.flatMap(({ text }, at) => (kept[at] ? [text] : [])).join('\n') }
}

function dump(all: Sample[], found: Map<Sample, Float32Array>): string {
  const round = (value: number) => Number(value.toFixed(3))
  return JSON.stringify(
    all.map((sample) => ({
      id: sample.truth.id,
      type: sample.truth.type,
      p: Array.from(found.get(sample) as Float32Array, round),
      y: Array.from(sample.labels, round),
      kept: Array.from(chooseBlocks({ ...sample.outline, chances: found.get(sample) as Float32Array })),
    })),
  )
}

function learn(all: Sample[], pageRows: Binned, blockRows: Binned): StoredModel {
  const kinds = trainKinds(pageRows, all).map((forest, at): [string, StoredForest] => [
    kindNames[at] as string,
    store(forest, pageRows.borders),
  ])
  const lexicon = lexiconOf(
    countVotes(all.filter(({ weights }) => weights.some(Boolean)).map(({ votes }) => votes)),
  )
  return {
    blockFeatures: featureNames.join(', '),
    pageFeatures: profileNames.join(', '),
    blocks: store(trainBlocks(blockRows, all), blockRows.borders),
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
