/** What people found on a page. A null is unknown; an empty string means that there is none. */
export interface Truth {
  /** `SET/NAME`; the page itself is in `SET/NAME.html.gz`. */
  id: string
  url: string
  type: string
  title: string | null
  author: string | null
  date: string | null
  text: string | null
  markdown: string | null
  with: string[]
  without: string[]
}

/** What an extractor found on it. `title` is the headline; a date is YYYY-MM-DD or longer. */
export interface Output {
  id: string
  text?: string | null | undefined
  markdown?: string | null | undefined
  title?: string | null | undefined
  author?: string | null | undefined
  date?: string | null | undefined
  kind?: string | undefined
}

/** Names of figures, each with its mean over the pages that have a truth for it. */
export type Scores = Map<string, number>

/** Scores outputs against truths. A page without an output has found nothing. */
export function scorePages(truths: Truth[], outputs: Output[]): Scores {
  const byId = new Map(outputs.map((output) => [output.id, output]))
  const samples = new Map<string, number[]>()
  const snippets = { kept: 0, wrong: 0, missed: 0 }
  for (const truth of truths) {
    const output = byId.get(truth.id) ?? { id: truth.id }
    for (const [name, value] of scorePage(truth, output)) pushTo(samples, name, value)
    if (truth.id.startsWith('traf/')) countSnippets(truth, output, snippets)
  }
  const scores = new Map([...samples].map(([name, values]) => [name, mean(values)]))
  const { kept, wrong, missed } = snippets
  if (kept + wrong + missed > 0) scores.set('snippet F1', (2 * kept) / (2 * kept + wrong + missed))
  return scores
}

function scorePage(truth: Truth, output: Output): [string, number][] {
  return [...scoreText(truth, output), ...scoreShape(truth, output), ...scoreFacts(truth, output)]
}

function scoreText(truth: Truth, output: Output): [string, number][] {
  if (truth.text === null) return []
  const f1 = overlap(wordsOf(output.text), wordsOf(truth.text))
  return [
    ['word F1', f1],
    [`word F1, ${truth.type}`, f1],
  ]
}

function scoreShape(truth: Truth, output: Output): [string, number][] {
  const shapes: [string, (markdown: string) => string[]][] = [
    ['headings F1', headingsOf],
    ['lists F1', bulletsOf],
  ]
  return shapes.flatMap(([name, read]): [string, number][] => {
    const wanted = read(truth.markdown ?? '')
    return wanted.length > 0 ? [[name, overlap(read(output.markdown ?? ''), wanted)]] : []
  })
}

function scoreFacts(truth: Truth, output: Output): [string, number][] {
  const rows: [string, number][] = []
  if (truth.title) rows.push(['headline', plain(output.title) === plain(truth.title) ? 1 : 0])
  if (truth.author) rows.push(['author', isSameName(output.author, truth.author) ? 1 : 0])
  if (truth.author === '') rows.push(['author false', output.author ? 1 : 0])
  if (truth.date) rows.push(['date', output.date?.slice(0, 10) === truth.date.slice(0, 10) ? 1 : 0])
  return rows
}

function countSnippets(
  truth: Truth,
  output: Output,
  counts: { kept: number; wrong: number; missed: number },
) {
  const text = collapse(output.text)
  for (const snippet of truth.with) counts[text.includes(collapse(snippet)) ? 'kept' : 'missed'] += 1
  for (const snippet of truth.without) if (text.includes(collapse(snippet))) counts.wrong += 1
}

/** F1 of two bags of words or lines; 1 where both are empty. */
export function overlap(found: string[], wanted: string[]): number {
  if (found.length === 0 || wanted.length === 0) return found.length === wanted.length ? 1 : 0
  const left = new Map<string, number>()
  for (const item of wanted) left.set(item, (left.get(item) ?? 0) + 1)
  let hits = 0
  for (const item of found) {
    const count = left.get(item) ?? 0
    if (count === 0) continue
    hits += 1
    left.set(item, count - 1)
  }
  return (2 * hits) / (found.length + wanted.length)
}

type Maybe = string | null | undefined

export const wordsOf = (text: Maybe): string[] => (text ?? '').toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? []
const collapse = (text: Maybe) => (text ?? '').replaceAll(/\s+/g, ' ').trim()
const plain = (text: Maybe) => collapse((text ?? '').toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, ' '))

const linesLike = (markdown: string, pattern: RegExp) =>
  [...markdown.matchAll(pattern)].map(([, line]) => plain(line)).filter((line) => line !== '')
const headingsOf = (markdown: string) => linesLike(markdown, /^#{1,6}\s+(.+?)\s*#*$/gm)
const bulletsOf = (markdown: string) => linesLike(markdown, /^\s*(?:[-*+]|\d+[.)])\s+(.+)$/gm)

/** Whether all words of one name are in the other. */
function isSameName(one: Maybe, other: Maybe): boolean {
  const [few, many] = [new Set(wordsOf(one)), new Set(wordsOf(other))].sort((a, b) => a.size - b.size)
  return few !== undefined && few.size > 0 && [...few].every((word) => many?.has(word))
}

function pushTo(samples: Map<string, number[]>, name: string, value: number): void {
  const values = samples.get(name)
  if (values) values.push(value)
  else samples.set(name, [value])
}

export const mean = (values: number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length
