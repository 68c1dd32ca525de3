import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { decode } from '../src/extract/decode.ts'
import { type Extractor, extractors } from './extractors.ts'
import { type Row, tell } from './report.ts'
import { type Output, type Scores, scorePages, type Truth } from './score.ts'

/** Pages that each extractor does before it is timed. */
const WARM_UP = 60

/** Reach of each figure on labelled pages of all kinds. */
const targets: Record<string, string> = {
  'word F1': '≥ .87',
  'snippet F1': '≥ .92',
  headline: '≥ .80',
  author: '≥ .65',
  'author false': '≤ .25',
  date: '≥ .75',
  'headings F1': '≥ .75',
  'lists F1': '≥ .70',
  'ms, median': '≤ 10',
  'ms, p95': '≤ 50',
}

const splits = ['all', 'development', 'validation'] as const
export type Split = (typeof splits)[number]

export interface Page {
  truth: Truth
  html: string
}

export interface Run {
  name: string
  outputs: Output[]
  /** Milliseconds of each page, in one thread, from the decoded page to all outputs. */
  times: Map<string, number>
}

/**
 * Scores extractors on labelled pages, side by side in one run. `--pages DIR` (SET/NAME.html.gz and truth.jsonl.gz),
 * `--only a,b` names extractors, `--split` one part of the pages, `--out FILE` takes the first one's output as JSON lines.
 */
export async function measureExtract(args: string[]): Promise<Row[]> {
  const { pages: folder, only, split, out } = readArgs(args)
  const pages = readPages(folder, split)
  const runs: Run[] = []
  for (const name of only) runs.push(await runAll(name, extractors[name] as Extractor, pages))
  if (out !== undefined)
    writeFileSync(out, (runs[0]?.outputs ?? []).map((one) => JSON.stringify(one)).join('\n'))
  const shown = split === 'all' ? splits : [split]
  return shown.flatMap((part) => rowsOf(part, pages, runs)).map(tell)
}

function readArgs(args: string[]): { pages: string; only: string[]; split: Split; out: string | undefined } {
  const { values } = parseArgs({
    args,
    options: {
      pages: { type: 'string' },
      only: { type: 'string' },
      split: { type: 'string' },
      out: { type: 'string' },
    },
  })
  const only = values.only?.split(',') ?? Object.keys(extractors)
  const split = splits.find((name) => name === (values.split ?? 'all'))
  const unknown = only.find((name) => !(name in extractors))
  if (values.pages === undefined) throw new Error('--pages DIR is missing')
  if (unknown !== undefined)
    throw new Error(`--only knows ${Object.keys(extractors).join(', ')}, not ${unknown}`)
  if (split === undefined) throw new Error(`--split is one of ${splits.join(', ')}`)
  return { pages: values.pages, only, split, out: values.out }
}

/** The labelled pages of a folder, decoded. */
export function readPages(folder: string, split: Split): Page[] {
  const lines = gunzipSync(readFileSync(join(folder, 'truth.jsonl.gz')))
    .toString()
    .split('\n')
    .filter(Boolean)
  const truths = lines.map((line) => JSON.parse(line) as Truth)
  return truths
    .filter(({ id }) => split === 'all' || splitOf(id) === split)
    .map((truth) => ({ truth, html: readPage(folder, truth) }))
}

function readPage(folder: string, { id, url }: Truth): string {
  return decode(
    gunzipSync(readFileSync(join(folder, `${id}.html.gz`))),
    null,
    URL.parse(url)?.hostname ?? null,
  ).text
}

/** Pages are split once and for all by their names: three in ten are for validation and are not looked at. */
export function splitOf(id: string): 'development' | 'validation' {
  return (createHash('sha256').update(id).digest()[0] ?? 0) < 77 ? 'validation' : 'development'
}

export async function runAll(name: string, extract: Extractor, pages: Page[]): Promise<Run> {
  const silenced = console.error
  console.error = () => {}
  for (const page of pages.slice(0, WARM_UP)) runOne(extract, page)
  const outputs: Output[] = []
  const times = new Map<string, number>()
  for (const page of pages) {
    const begun = performance.now()
    const output = runOne(extract, page)
    times.set(page.truth.id, performance.now() - begun)
    outputs.push(output)
    await breathe()
  }
  console.error = silenced
  return { name, outputs, times }
}

/** Lets what an extractor left behind run outside of the time of the next page. */
const breathe = () => new Promise<void>((resolve) => setImmediate(resolve))

/** A page that makes an extractor throw is one on which it found nothing. */
function runOne(extract: Extractor, { truth, html }: Page): Output {
  try {
    return { id: truth.id, ...extract(html, truth.url) }
  } catch {
    return { id: truth.id }
  }
}

export function rowsOf(part: Split, pages: Page[], runs: Run[]): Row[] {
  const truths = pages.map(({ truth }) => truth).filter(({ id }) => part === 'all' || splitOf(id) === part)
  const columns = runs.map((run) => ({ name: run.name, scores: scoresOf(run, truths) }))
  const names = [...new Set(columns.flatMap(({ scores }) => [...scores.keys()]))].sort()
  return names.map((name) => ({
    what: `${part} (${truths.length} pages): ${name}`,
    figure: columns.map((column) => `${column.name} ${format(name, column.scores.get(name))}`).join(', '),
    target: targets[name] ?? (name.startsWith('word F1, ') ? '≥ .75' : ''),
  }))
}

function scoresOf({ outputs, times }: Run, truths: Truth[]): Scores {
  const scores = scorePages(truths, outputs)
  const sorted = truths.map(({ id }) => times.get(id) ?? Number.NaN).sort((a, b) => a - b)
  scores.set('ms, median', sorted[Math.floor(sorted.length / 2)] ?? Number.NaN)
  scores.set('ms, p95', sorted[Math.floor(sorted.length * 0.95)] ?? Number.NaN)
  return scores
}

function format(name: string, value = Number.NaN): string {
  return name.startsWith('ms') ? value.toFixed(1) : value.toFixed(3).replace(/^0/, '')
}
