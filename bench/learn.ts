import { featureNames, featuresOf } from '../src/extract/blocks.ts'
import { chanceOf } from '../src/extract/forest.ts'
import { profileNames, profileOf } from '../src/extract/profile.ts'
import { createScene } from '../src/extract/scene.ts'
import { createSetting, type Lexicon } from '../src/extract/setting.ts'
import {
  boost,
  createRandom,
  findBorders,
  type GrownForest,
  type Plan,
  predict,
  type Table,
  toBins,
} from './boost.ts'
import { countVotes, lexiconOf } from './lexicon.ts'
import { FOLDS, type Sample } from './samples.ts'

export const kindNames = ['article', 'forum', 'product', 'listing', 'collection', 'documentation', 'service']

const blockPlan: Plan = {
  trees: 150,
  leaves: 24,
  rate: 0.08,
  minWeight: 0.1,
  lambda: 0.5,
  columnShare: 0.3,
  rowShare: 0.5,
  seed: 1,
}

const kindPlan: Plan = {
  trees: 40,
  leaves: 6,
  rate: 0.1,
  minWeight: 1,
  lambda: 1,
  columnShare: 0.3,
  rowShare: 0.7,
  seed: 3,
}

/** Rows of all samples in bins, in the order of the samples. */
export interface Binned {
  width: number
  bins: Uint8Array
  borders: Float32Array[]
  /** Where each sample's rows begin. */
  starts: Map<Sample, number>
}

const noLexicon: Lexicon = { names: new Map(), words: new Map(), heads: new Map() }

/** Samples and their rows, as they are learned from. */
export interface Lesson {
  samples: Sample[]
  profiles: Binned
  blocks: Binned
}

/** Makes the rows of samples, and tells their kinds by what was learned from the pages of other folds. */
export function toLesson(samples: Sample[]): Lesson {
  const profiles = binProfiles(samples)
  for (const [train, check] of partInFolds(samples)) {
    const forests = trainKinds(profiles, train)
    for (const sample of check) sample.kinds = kindsOf(profiles, forests, sample)
  }
  return { samples, profiles, blocks: binBlocks(samples) }
}

/** For each fold, the samples outside of it and those in it. */
export function partInFolds(samples: Sample[]): [train: Sample[], check: Sample[]][] {
  return Array.from({ length: FOLDS }, (_, fold) => [
    samples.filter((sample) => sample.fold !== fold),
    samples.filter((sample) => sample.fold === fold),
  ])
}

/** What tells the kinds of pages: a row a page. */
function binProfiles(samples: Sample[]): Binned {
  return binRows(samples, profileNames.length, (sample) =>
    profileOf(createSetting(sample.outline, noLexicon), sample.facts),
  )
}

/** What tells the kinds of blocks. The lexicon leaves out the page's own host, so that one table serves every fold. */
function binBlocks(samples: Sample[]): Binned {
  const counts = countVotes(samples.filter(isUsable).map(({ votes }) => votes))
  const lexicons = new Map<string, Lexicon>()
  return binRows(samples, featureNames.length, ({ host, outline, facts, kinds }) => {
    const lexicon = lexicons.get(host) ?? lexiconOf(counts, host)
    lexicons.set(host, lexicon)
    return featuresOf(createScene(createSetting(outline, lexicon), facts, kinds))
  })
}

const isUsable = ({ weights }: Sample) => weights.some((weight) => weight > 0)

/** Shares of the rows that borders are found by. */
const SAMPLE_SHARE = 0.1

function binRows(samples: Sample[], width: number, rowsOf: (sample: Sample) => Float32Array): Binned {
  const random = createRandom(11)
  const sampled = samples.flatMap((sample) => {
    const rows = rowsOf(sample)
    const all = Array.from({ length: rows.length / width }, (_, row) =>
      rows.slice(row * width, (row + 1) * width),
    )
    return all.filter(() => all.length === 1 || random() < SAMPLE_SHARE)
  })
  const borders = findBorders(sampled, width)
  const parts = samples.map((sample) => toBins(rowsOf(sample), borders))
  const starts = new Map<Sample, number>()
  const bins = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const [index, part] of parts.entries()) {
    starts.set(samples[index] as Sample, at / width)
    bins.set(part, at)
    at += part.length
  }
  return { width, bins, borders, starts }
}

export function trainKinds(binned: Binned, samples: Sample[]): GrownForest[] {
  const rows = samples.map((sample) => binned.starts.get(sample) as number)
  const bins = pick(binned, rows)
  const weights = Float32Array.from(samples, ({ truth }) => (truth.text === null ? 0.3 : 1))
  return kindNames.map((name) => {
    const labels = Float32Array.from(samples, ({ kind }) => (kind === name ? 1 : 0))
    return boost({ width: binned.width, bins, weights, labels }, kindPlan)
  })
}

/** How likely a page is of each kind; together 1. */
function kindsOf(binned: Binned, forests: GrownForest[], sample: Sample): number[] {
  const row = { width: binned.width, bins: pick(binned, [binned.starts.get(sample) as number]) }
  const chances = forests.map((forest) => chanceOf(predict(forest, row)[0] as number))
  const sum = chances.reduce((total, chance) => total + chance, 0)
  return chances.map((chance) => chance / sum)
}

/** Rows lighter than this are thinned, and those that are left weigh more. */
const FULL_WEIGHT = 0.002

export function trainBlocks(binned: Binned, samples: Sample[]): GrownForest {
  const random = createRandom(3)
  const [rows, labels, weights]: number[][] = [[], [], []]
  for (const sample of samples)
    for (const [at, weight] of sample.weights.entries()) {
      if (weight === 0 || random() >= weight / FULL_WEIGHT) continue
      rows?.push((binned.starts.get(sample) as number) + at)
      labels?.push(sample.labels[at] as number)
      weights?.push(Math.max(weight, FULL_WEIGHT))
    }
  const table: Table = {
    width: binned.width,
    bins: pick(binned, rows as number[]),
    labels: Float32Array.from(labels as number[]),
    weights: perPage(Float32Array.from(weights as number[]), samples),
  }
  return boost(table, blockPlan)
}

/** Scales weights so that they sum to the number of pages. */
function perPage(weights: Float32Array, samples: Sample[]): Float32Array {
  const sum = weights.reduce((total, weight) => total + weight, 0)
  const pages = samples.filter((sample) => sample.truth.text !== null && isUsable(sample)).length
  return weights.map((weight) => (weight / sum) * pages)
}

export function chancesOf(binned: Binned, forest: GrownForest, sample: Sample): Float32Array {
  const start = binned.starts.get(sample) as number
  const bins = binned.bins.subarray(start * binned.width, (start + sample.labels.length) * binned.width)
  return predict(forest, { width: binned.width, bins }).map(chanceOf)
}

function pick({ bins, width }: Binned, rows: number[]): Uint8Array {
  const picked = new Uint8Array(rows.length * width)
  for (const [index, row] of rows.entries())
    picked.set(bins.subarray(row * width, (row + 1) * width), index * width)
  return picked
}
