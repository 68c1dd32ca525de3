import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { authorCandidates } from '../src/extract/author.ts'
import { type Candidate, heaviest, type Weights } from '../src/extract/choice.ts'
import { decode } from '../src/extract/decode.ts'
import { type Facts, readFacts } from '../src/extract/facts.ts'
import { headlineCandidates } from '../src/extract/headline.ts'
import { dateCandidates } from '../src/extract/published.ts'
import { partWords } from '../src/extract/seams.ts'
import { parseTree } from '../src/extract/tree.ts'

/**
 * Finds the weights of src/extract/weights.ts on labelled pages: `node bench/weigh.ts --pages DIR [--write]`. DIR holds
 * truth.jsonl.gz, a line a page with `{id, url, title, author, date}` ('' for none, null where it is unknown), and the pages
 * as ID.html.gz. Prints how often the choice is right on the pages learned from, on others of them in five folds, and on
 * those set aside.
 */
const { values } = parseArgs({
  options: { pages: { type: 'string' }, write: { type: 'boolean', default: false } },
})

interface Labels {
  id: string
  type: string
  url: string
  title: string | null
  author: string | null
  date: string | null
}

interface Page {
  labels: Labels
  facts: Facts
}

/** A page's candidates, and which of them are right. */
interface Example {
  candidates: Candidate[]
  right: Set<Candidate>
  /** Whether the labels name any; null where they are silent. */
  isWanted: boolean | null
}

/** Kinds of pages that hardly ever say an author or a date: where the labels are silent, there most likely is none. */
const unsigned: ReadonlySet<string> = new Set(['product', 'collection', 'service', 'listing'])
const SILENT_SHARE = 0.3

type Task = 'headline' | 'author' | 'date'

const folds = [0, 1, 2, 3, 4]
const RIDGE = 2
const STEPS = 400
/** Rarer traits say more of their pages than of others. */
const RAREST = 5
/** Added to what speaks for an answer of none, so that few names are given where there are none. */
const caution: Record<Task, number> = {
  headline: 0,
  author: 0.4,
  date: -0.2,
}

function main(directory: string): void {
  const truth = readLabels(directory).map((labels) => ({ labels, facts: readPage(directory, labels) }))
  const known = truth.filter(({ labels }) => !isSetAside(labels.id))
  const aside = truth.filter(({ labels }) => isSetAside(labels.id))
  const headline = learn('headline', known, aside, ({ facts }) => headlineCandidates(facts))
  const chosen = (facts: Facts) => heaviest(headlineCandidates(facts), headline)
  const author = learn('author', known, aside, ({ facts }) => authorCandidates(facts, chosen(facts)))
  const date = learn('date', known, aside, ({ facts }) => dateCandidates(facts, chosen(facts)?.line))
  if (values.write) writeWeights({ headline, author, date })
}

function readLabels(directory: string): Labels[] {
  const lines = gunzipSync(readFileSync(join(directory, 'truth.jsonl.gz')))
    .toString()
    .split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Labels)
}

function readPage(directory: string, { id, url }: Labels): Facts {
  const address = URL.parse(url) ?? new URL('about:blank')
  const { text } = decode(gunzipSync(readFileSync(join(directory, `${id}.html.gz`))), null, address.hostname)
  return readFacts(text, partWords(parseTree(text)), address, new Date())
}

const isSetAside = (id: string): boolean => (createHash('sha256').update(id).digest()[0] ?? 0) < 77

function learn(task: Task, known: Page[], aside: Page[], candidatesOf: (page: Page) => Candidate[]): Weights {
  const examples = known.flatMap((page) => exampleOf(task, page, candidatesOf))
  const others = aside.flatMap((page) => exampleOf(task, page, candidatesOf))
  const all = train(task, examples)
  const tested = folds.flatMap((fold) => {
    const weights = train(
      task,
      examples.filter((_, at) => at % folds.length !== fold),
    )
    return examples.filter((_, at) => at % folds.length === fold).map((example) => verdict(example, weights))
  })
  console.log(`${task}: learned from ${rate(examples.map((example) => verdict(example, all)))}`)
  console.log(`${task}: in folds ${rate(tested)}`)
  console.log(`${task}: set aside ${rate(others.map((example) => verdict(example, all)))}`)
  return all
}

function exampleOf(task: Task, page: Page, candidatesOf: (page: Page) => Candidate[]): Example[] {
  const wanted = { headline: page.labels.title, author: page.labels.author, date: page.labels.date }[task]
  if (wanted === null && (task === 'headline' || !unsigned.has(page.labels.type))) return []
  if (wanted === '' && task === 'headline') return []
  const candidates = candidatesOf(page)
  const right = new Set(candidates.filter(({ text }) => wanted && isSame(task, text, wanted)))
  const none = candidates.find(({ text }) => text === '')
  if (none && right.size === 0) right.add(none)
  return [{ candidates, right, isWanted: wanted === null ? null : wanted !== '' }]
}

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []

function isSame(task: Task, given: string, wanted: string): boolean {
  if (task === 'date') return given.slice(0, 10) === wanted.slice(0, 10)
  const [one, other] = [new Set(wordsOf(given)), new Set(wordsOf(wanted))]
  if (task === 'headline') return wordsOf(given).join(' ') === wordsOf(wanted).join(' ')
  return one.size > 0 && other.size > 0 && (one.isSubsetOf(other) || other.isSubsetOf(one))
}

interface Verdict {
  isRight: boolean
  isWanted: boolean | null
  isGiven: boolean
}

function verdict({ candidates, right, isWanted }: Example, weights: Weights): Verdict {
  const best = heaviest(candidates, weights)
  const isGiven = best !== undefined && best.text !== ''
  return { isRight: isGiven && right.has(best), isWanted, isGiven }
}

function rate(verdicts: Verdict[]): string {
  const share = (some: Verdict[], of: Verdict[]) => (some.length / Math.max(1, of.length)).toFixed(3)
  const wanted = verdicts.filter(({ isWanted }) => isWanted)
  const others = verdicts.filter(({ isWanted }) => isWanted === false)
  const silent = verdicts.filter(({ isWanted }) => isWanted === null)
  const right = share(
    wanted.filter(({ isRight }) => isRight),
    wanted,
  )
  return `${right} of ${wanted.length}; given for none ${share(
    others.filter(({ isGiven }) => isGiven),
    others,
  )} of ${others.length}, where labels are silent ${share(
    silent.filter(({ isGiven }) => isGiven),
    silent,
  )} of ${silent.length}`
}

/** Weights under which the right candidates are likeliest: logistic, with a ridge, by Adam. */
function train(task: Task, examples: readonly Example[]): Weights {
  const weights = new Map<string, number>(commonTraits(examples).map((trait) => [trait, 0]))
  const means = new Map<string, number>()
  const squares = new Map<string, number>()
  for (let step = 1; step <= STEPS; step += 1) {
    const slopes = new Map([...weights].map(([trait, weight]) => [trait, RIDGE * weight]))
    for (const example of examples) addSlopes(example, weights, slopes)
    for (const [trait, slope] of slopes) {
      const mean = 0.9 * (means.get(trait) ?? 0) + 0.1 * slope
      const square = 0.999 * (squares.get(trait) ?? 0) + 0.001 * slope * slope
      means.set(trait, mean)
      squares.set(trait, square)
      const pace = mean / (1 - 0.9 ** step) / (Math.sqrt(square / (1 - 0.999 ** step)) + 1e-8)
      weights.set(trait, (weights.get(trait) ?? 0) - 0.05 * pace)
    }
  }
  const none = { headline: '', author: 'nobody', date: 'undated' }[task]
  if (none) weights.set(none, (weights.get(none) ?? 0) + caution[task])
  return Object.fromEntries([...weights].map(([trait, weight]) => [trait, Math.round(weight * 100) / 100]))
}

function commonTraits(examples: readonly Example[]): string[] {
  const counts = new Map<string, number>()
  for (const { candidates } of examples)
    for (const { traits } of candidates)
      for (const trait of traits) counts.set(trait, (counts.get(trait) ?? 0) + 1)
  return [...counts].filter(([, count]) => count >= RAREST).map(([trait]) => trait)
}

function addSlopes(
  { candidates, right, isWanted }: Example,
  weights: Map<string, number>,
  slopes: Map<string, number>,
): void {
  if (right.size === 0) return
  const sums = candidates.map(({ traits }) =>
    [...traits].reduce((sum, trait) => sum + (weights.get(trait) ?? 0), 0),
  )
  const most = Math.max(...sums)
  const odds = sums.map((sum) => Math.exp(sum - most))
  const total = odds.reduce((sum, each) => sum + each, 0)
  const share = isWanted === null ? SILENT_SHARE : 1
  const ofRight = candidates.reduce(
    (sum, candidate, at) => sum + (right.has(candidate) ? (odds[at] ?? 0) : 0),
    0,
  )
  for (const [at, candidate] of candidates.entries()) {
    const each = odds[at] ?? 0
    const slope = share * (each / total - (right.has(candidate) ? each / ofRight : 0))
    for (const trait of candidate.traits)
      if (slopes.has(trait)) slopes.set(trait, (slopes.get(trait) ?? 0) + slope)
  }
}

function writeWeights(tables: Record<Task, Weights>): void {
  const lines = Object.entries(tables).map(([task, weights]) => {
    const rows = Object.entries(weights)
      .filter(([, weight]) => Math.abs(weight) >= 0.03)
      .sort(([, one], [, other]) => other - one)
      .map(([trait, weight]) => `  ${JSON.stringify(trait)}: ${weight},`)
    return `export const ${task}Weights: Weights = {\n${rows.join('\n')}\n}\n`
  })
  const head =
    "import type { Weights } from './choice.ts'\n\n// Found on labelled pages by bench/weigh.ts, which writes this file: how much a trait speaks for a candidate, as the\n// logarithm of odds.\n\n"
  writeFileSync(join(import.meta.dirname, '../src/extract/weights.ts'), head + lines.join('\n'))
}

main(values.pages ?? '')
