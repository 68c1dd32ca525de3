import { profileNames, profileOf } from '../src/extract/profile.ts'
import { createSetting } from '../src/extract/setting.ts'
import { featureNames, featuresOf } from '../src/extract/blocks.ts'
import { type Outline, outline, textOf } from '../src/extract/outline.ts'
import { type PageFacts, readFacts } from '../src/extract/page.ts'
import { parseTree } from '../src/extract/tree.ts'
import { wordsOf } from './align.ts'
import {
  boost,
  createRandom,
  type Forest,
  findBorders,
  type Plan,
  predict,
  type Table,
  toBins,
} from './boost.ts'
import { labelBlocks } from './labels.ts'
import { type Counts, countVotes, lexiconOf, type Votes, votesOf } from './lexicon.ts'
import { isForValidation, type Labelled, readPage, readTruth } from './pages.ts'

interface Sample {
  page: Labelled
  host: string
  fold: number
  outline: Outline
  facts: PageFacts
  texts: string[]
  labels: Float32Array
  weights: Float32Array
  votes: Votes
  usable: boolean
  kinds: number[]
}
const FOLDS = 5
const arg = (name: string, fallback: string) => {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? fallback : (process.argv[at + 1] as string)
}
const num = (name: string, fallback: number) => Number(arg(name, String(fallback)))
const folder = arg('pages', '')

function hostOf(url: string) {
  const host = URL.parse(url)?.hostname.replace(/^www\./, '') ?? ''
  return host.split('.').slice(-2).join('.')
}
function hashNumber(text: string) {
  let value = 7
  for (const char of text) value = (Math.imul(value, 31) + char.charCodeAt(0)) | 0
  return value >>> 0
}

function load(page: Labelled): Sample {
  const document = parseTree(readPage(folder, page))
  const found = outline(document)
  const labels = labelBlocks(found, page)
  const texts = found.blocks.map(textOf)
  const host = hostOf(page.url) || page.id
  const truth = page.text === null ? 0 : wordsOf(page.text).length
  const kept = found.blocks.reduce(
    (sum, { measure }, at) => sum + Math.max(0, labels[at] as number) * measure.words,
    0,
  )
  const usable = page.text === null ? labels.some((l) => l >= 0) : kept > 0.35 * truth
  const all = found.blocks.reduce((sum, { measure }) => sum + measure.words, 0)
  const alpha = num('alpha', 1)
  const scale = page.text === null ? 0 : truth + num('beta', 0.2) * all
  const weights = Float32Array.from(labels, (label, at) => {
    const words = (found.blocks[at] as (typeof found.blocks)[0]).measure.words
    if (label < 0 || !usable) return 0
    return page.text === null ? num('snippet', 0.02) : (words ** alpha + num('gamma', 0.5)) / scale
  })
  return {
    page,
    host,
    fold: hashNumber(host) % FOLDS,
    outline: found,
    facts: readFacts(document, page.url),
    texts,
    labels,
    weights,
    votes: votesOf(host, found, labels),
    usable,
    kinds: [],
  }
}

function rowsOf(
  samples: Sample[],
  counts: Counts,
  known: boolean,
  keep: (s: Sample, at: number) => boolean,
  extra?: Map<Sample, Float32Array[]>,
) {
  const width = featureNames.length + (extra ? (extra.values().next().value?.length ?? 0) : 0)
  const lex = new Map<string, ReturnType<typeof lexiconOf>>()
  const parts: Float32Array[] = []
  const labels: number[] = []
  const weights: number[] = []
  for (const s of samples) {
    const key = known ? s.host : ''
    if (!lex.has(key)) {
      if (lex.size > 3) lex.clear()
      lex.set(key, lexiconOf(counts, key))
    }
    const f = featuresOf(s.outline, s.facts, lex.get(key) as ReturnType<typeof lexiconOf>, s.kinds)
    const own = featureNames.length
    const rows: number[] = []
    for (let at = 0; at < s.labels.length; at++) if (keep(s, at)) rows.push(at)
    const part = new Float32Array(rows.length * width)
    const more = extra?.get(s)
    rows.forEach((at, i) => {
      part.set(f.subarray(at * own, at * own + own), i * width)
      more?.forEach((column, c) => {
        part[i * width + own + c] = column[at] as number
      })
      labels.push(s.labels[at] as number)
      weights.push((s.weights[at] as number) / (known ? keepShare(s, at) : 1))
    })
    parts.push(part)
  }
  const rows = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    rows.set(part, at)
    at += part.length
  }
  return { rows, width, labels: Float32Array.from(labels), weights: Float32Array.from(weights) }
}

const plan: Plan = {
  trees: num('trees', 150),
  leaves: num('leaves', 24),
  rate: num('rate', 0.1),
  minWeight: num('min', 0.05),
  lambda: num('lambda', 0.5),
  columnShare: num('cols', 0.3),
  rowShare: num('rows', 0.5),
  seed: 1,
}

interface Model {
  borders: Float32Array[]
  forest: Forest
  counts: Counts
}

const random = createRandom(3)
/** Light rows are thinned, and those left weigh more. */
const keepShare = (s: Sample, at: number) => Math.min(1, (s.weights[at] as number) / num('thin', 0.002))

function train(samples: Sample[], extra?: Map<Sample, Float32Array[]>): Model {
  const counts = countVotes(samples.filter((s) => s.usable).map((s) => s.votes))
  const { rows, width, labels, weights } = rowsOf(
    samples,
    counts,
    true,
    (s, at) => (s.weights[at] as number) > 0 && random() < keepShare(s, at),
    extra,
  )
  const mean = weights.reduce((a, b) => a + b, 0)
  const pages = samples.filter((s) => s.page.text !== null && s.usable).length
  const scaled = weights.map((w) => (w / mean) * pages)
  const borders = findBorders(rows, width, createRandom(5))
  const table: Table = { width, bins: toBins(rows, borders), labels, weights: scaled }
  return { borders, forest: boost(table, plan), counts }
}

function apply(model: Model, s: Sample, extra?: Map<Sample, Float32Array[]>): Float32Array {
  const { rows, width } = rowsOf([s], model.counts, false, () => true, extra)
  const scores = predict(model.forest, { bins: toBins(rows, model.borders), width })
  return scores.map((x) => 1 / (1 + Math.exp(-x)))
}

/** Blocks that give the best expected F1. */
function choose(chances: Float32Array, s: Sample): boolean[] {
  const words = s.outline.blocks.map((b) => b.measure.words)
  const order = [...chances.keys()].sort((a, b) => (chances[b] as number) - (chances[a] as number))
  const wanted = chances.reduce((sum, p, at) => sum + p * (words[at] as number), 0)
  let [hit, size, best, count] = [0, 0, 0, 0]
  order.forEach((at, i) => {
    hit += (chances[at] as number) * (words[at] as number)
    size += words[at] as number
    const f = (2 * hit) / (size + wanted)
    if (f > best) {
      best = f
      count = i + 1
    }
  })
  const kept: boolean[] = Array(words.length).fill(false)
  for (const at of order.slice(0, count)) kept[at] = true
  return kept
}

function bagF1(got: string[], want: string[]) {
  if (!want.length) return got.length ? 0 : 1
  const left = new Map<string, number>()
  for (const w of want) left.set(w, (left.get(w) ?? 0) + 1)
  let hit = 0
  for (const w of got) {
    const n = left.get(w) ?? 0
    if (n > 0) {
      hit++
      left.set(w, n - 1)
    }
  }
  return (2 * hit) / (got.length + want.length)
}

function report(label: string, samples: Sample[], chances: Map<Sample, Float32Array>) {
  const by = new Map<string, number[]>()
  const snip = { tp: 0, fp: 0, fn: 0 }
  let [loss, weight] = [0, 0]
  const flat = (t: string) => t.replaceAll(/\s+/g, ' ').trim()
  for (const s of samples) {
    const p = chances.get(s) as Float32Array
    const kept = choose(p, s)
    const text = s.texts.filter((_, at) => kept[at]).join('\n')
    s.labels.forEach((y, at) => {
      const w = s.weights[at] as number
      const q = Math.min(0.999, Math.max(0.001, p[at] as number))
      loss -= w * (y * Math.log(q) + (1 - y) * Math.log(1 - q))
      weight += w
    })
    if (s.page.text !== null) {
      const f = bagF1(wordsOf(text), wordsOf(s.page.text))
      for (const k of [s.page.type, 'all']) by.set(k, [...(by.get(k) ?? []), f])
    }
    if (s.page.id.startsWith('traf')) {
      const t = flat(text)
      for (const w of s.page.with) t.includes(flat(w)) ? snip.tp++ : snip.fn++
      for (const w of s.page.without) if (t.includes(flat(w))) snip.fp++
    }
  }
  const mean = (a: number[]) => a.reduce((x, y) => x + y, 0) / a.length
  console.log(
    label,
    [...by]
      .sort()
      .map(([k, v]) => `${k} ${mean(v).toFixed(3)}`)
      .join(' '),
    `snippets ${((2 * snip.tp) / (2 * snip.tp + snip.fp + snip.fn)).toFixed(3)} (fp ${snip.fp} fn ${snip.fn})`,
    `loss ${(loss / weight).toFixed(4)}`,
  )
}

const begun = performance.now()
const tick = (what: string) => console.log(`${((performance.now() - begun) / 1000).toFixed(1)} s ${what}`)
const samples = readTruth(folder)
  .filter((p) => !isForValidation(p.id))
  .map(load)
tick(
  `loaded ${samples.length} pages, ${samples.reduce((a, s) => a + s.labels.length, 0)} blocks, ${featureNames.length} features, ${samples.filter((s) => !s.usable).length} unusable`,
)
const kindNames = ['article', 'forum', 'product', 'listing', 'collection', 'documentation', 'service']
const kindPlan: Plan = { trees: num('ktrees', 40), leaves: num('kleaves', 6), rate: 0.1, minWeight: 1, lambda: 1, columnShare: 0.3, rowShare: 0.7, seed: 3 }
function trainKinds(samples: Sample[], profiles: Map<Sample, Float32Array>) {
  const width = profileNames.length
  const rows = new Float32Array(samples.length * width)
  samples.forEach((s, i) => { rows.set(profiles.get(s) as Float32Array, i * width) })
  const borders = findBorders(rows, width, createRandom(5))
  const bins = toBins(rows, borders)
  const weights = Float32Array.from(samples, (s) => (s.page.text === null ? 0.3 : 1))
  const forests = kindNames.map((kind) =>
    boost({ width, bins, weights, labels: Float32Array.from(samples, (s) => ((s.page.type === 'news' ? 'article' : s.page.type) === kind ? 1 : 0)) }, kindPlan))
  return (s: Sample) => {
    const odds = forests.map((forest) => predict(forest, { bins: toBins(profiles.get(s) as Float32Array, borders), width })[0] as number)
    const chances = odds.map((x) => 1 / (1 + Math.exp(-x)))
    const sum = chances.reduce((a, b) => a + b, 0)
    return chances.map((x) => x / sum)
  }
}
if (num('kinds', 1)) {
  const profiles = new Map(samples.map((s) => [s, profileOf(createSetting(s.outline, { names: new Map(), words: new Map() }), s.facts, s.texts)]))
  tick('profiles')
  for (let fold = 0; fold < FOLDS; fold++) {
    const kindOf = trainKinds(samples.filter((s) => s.fold !== fold), profiles)
    for (const s of samples.filter((s) => s.fold === fold)) s.kinds = kindOf(s)
  }
  tick('kinds')
  const table: Record<string, Record<string, number>> = {}
  for (const s of samples) {
    const guess = kindNames[s.kinds.indexOf(Math.max(...s.kinds))] as string
    table[s.page.type] ??= {}
    const row = table[s.page.type] as Record<string, number>
    row[guess] = (row[guess] ?? 0) + 1
  }
  console.table(table)
}
const first = new Map<Sample, Float32Array>()
let model: Model | undefined
for (let fold = 0; fold < num('folds', FOLDS); fold++) {
  model = train(samples.filter((s) => s.fold !== fold))
  for (const s of samples.filter((s) => s.fold === fold)) first.set(s, apply(model, s))
  tick(`fold ${fold}`)
}
report(
  'stage 1',
  samples.filter((s) => first.has(s)),
  first,
)

import { writeFileSync } from 'node:fs'

if (arg('dump', ''))
  writeFileSync(
    arg('dump', ''),
    JSON.stringify(
      [...first].map(([s, p]) => ({
        id: s.page.id,
        type: s.page.type,
        kept: choose(p, s).map(Number),
        p: [...p].map((x) => Number(x.toFixed(3))),
        y: [...s.labels].map((x) => Number(x.toFixed(2))),
      })),
    ),
  )

export type { Model }
