import { isTag } from 'domhandler'
import { OPENING_WORDS, openingOf } from '../src/extract/about.ts'
import type { Box, Outline } from '../src/extract/layout.ts'
import type { Lexicon } from '../src/extract/setting.ts'
import { createTokens } from '../src/extract/vocabulary.ts'

/** One page's word on each token: the share of what it stands for that is content. */
export interface Votes {
  host: string
  names: Map<string, number>
  words: Map<string, number>
  heads: Map<string, number>
}

interface Tally {
  sum: number
  count: number
}

export function votesOf(host: string, outline: Outline, labels: Float32Array): Votes {
  return {
    host,
    names: nameVotes(outline, labels),
    words: wordVotes(outline, labels),
    heads: headVotes(outline, labels),
  }
}

function nameVotes({ boxes, blocks }: Outline, labels: Float32Array): Map<string, number> {
  const words = new Float64Array(blocks.length + 1)
  const kept = new Float64Array(blocks.length + 1)
  for (const [at, { measure }] of blocks.entries()) {
    const label = labels[at] as number
    words[at + 1] = (words[at] as number) + (label < 0 ? 0 : measure.words)
    kept[at + 1] = (kept[at] as number) + (label < 0 ? 0 : measure.words * label)
  }
  const tallies = new Map<string, Tally>()
  const tokensOf = createTokens()
  for (const { element, first, end } of boxes) {
    const count = (words[end] as number) - (words[first] as number)
    if (count === 0 || !isTag(element)) continue
    for (const token of new Set(tokensOf(element.attribs)))
      add(tallies, token, (kept[end] as number) - (kept[first] as number), count)
  }
  return shares(tallies)
}

function wordVotes({ blocks }: Outline, labels: Float32Array): Map<string, number> {
  const tallies = new Map<string, Tally>()
  for (const [at, block] of blocks.entries()) {
    const label = labels[at] as number
    if (label >= 0) for (const word of new Set(openingWords(block.text))) add(tallies, word, label, 1)
  }
  return shares(tallies)
}

function headVotes({ blocks, boxes }: Outline, labels: Float32Array): Map<string, number> {
  const tallies = new Map<string, Tally>()
  let words: string[] = []
  for (const [at, block] of blocks.entries()) {
    const { element } = boxes[block.box] as Box
    if (isTag(element) && /^h[1-6]$/.test(element.name)) words = [...new Set(openingWords(block.text))]
    const label = labels[at] as number
    if (label >= 0)
      for (const word of words) add(tallies, word, label * block.measure.words, block.measure.words)
  }
  return shares(tallies)
}

function add(tallies: Map<string, Tally>, token: string, sum: number, count: number): void {
  const tally = tallies.get(token) ?? { sum: 0, count: 0 }
  tallies.set(token, tally)
  tally.sum += sum
  tally.count += count
}

const openingWords = (text: string): string[] => openingOf(text).slice(0, OPENING_WORDS)

const shares = (tallies: Map<string, Tally>) =>
  new Map([...tallies].map(([token, { sum, count }]): [string, number] => [token, sum / count]))

/** Fewer sites than this make no word of the web. */
const MIN_HOSTS = 8
const PRIOR = 3

export interface Counts {
  names: Map<string, Map<string, Tally>>
  words: Map<string, Map<string, Tally>>
  heads: Map<string, Map<string, Tally>>
}

/** Votes by token and host. */
export function countVotes(votes: Votes[]): Counts {
  const counts: Counts = { names: new Map(), words: new Map(), heads: new Map() }
  for (const { host, ...kinds } of votes)
    for (const kind of ['names', 'words', 'heads'] as const)
      for (const [token, share] of kinds[kind]) {
        const hosts = counts[kind].get(token) ?? new Map<string, Tally>()
        counts[kind].set(token, hosts)
        add(hosts, host, share, 1)
      }
  for (const kind of ['names', 'words', 'heads'] as const)
    for (const [token, hosts] of counts[kind]) if (hosts.size < MIN_HOSTS) counts[kind].delete(token)
  return counts
}

/** The log-odds of each token, without the votes of one host: a page must not be described by what is known of it. */
export function lexiconOf(counts: Counts, without = ''): Lexicon {
  return {
    names: weights(counts.names, without),
    words: weights(counts.words, without),
    heads: weights(counts.heads, without),
  }
}

function weights(tokens: Map<string, Map<string, Tally>>, without: string): Map<string, number> {
  let [all, allSum] = [0, 0]
  const totals = new Map<string, Tally>()
  for (const [token, hosts] of tokens) {
    const total = { sum: 0, count: 0 }
    for (const [host, { sum, count }] of hosts)
      if (host !== without) {
        // A host has one vote, however many pages of it there are.
        total.sum += sum / count
        total.count += 1
      }
    if (total.count < MIN_HOSTS) continue
    totals.set(token, total)
    all += total.count
    allSum += total.sum
  }
  const base = allSum / all
  const middle = Math.log(base / (1 - base))
  return new Map(
    [...totals].map(([token, { sum, count }]): [string, number] => [
      token,
      Math.round((Math.log((sum + PRIOR * base) / (count - sum + PRIOR * (1 - base))) - middle) * 20) / 20,
    ]),
  )
}
