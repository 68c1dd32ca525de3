import { Ballot, type Candidate, kindsOf } from './choice.ts'
import { cutsOf, withoutSite } from './cut.ts'
import type { Facts } from './facts.ts'
import { textOf } from './jsonld.ts'
import type { Mark } from './scan.ts'
import { isSiteName } from './site.ts'
import { kindOf } from './thing.ts'
import { cleanText, plain, wordsOf } from './words.ts'
import { placesIn, Role, Zone } from './zone.ts'

const MAX_CHARS = 400
const MOST_HEADINGS = 12

type Add = (text: string, source: string, traits: readonly string[], line?: number) => void

/** All that may be the headline: headings, titles with and without the site's name, and what is said in data. */
export function headlineCandidates(facts: Facts): Candidate[] {
  const ballot = new Ballot()
  const add: Add = (text, source, traits, line) => {
    if (text.length > MAX_CHARS) return
    const headline = titleSources.has(source) ? text : withoutSite(withoutAnchor(text), facts.site)
    ballot.add(plain(headline), headline, source, traits, line)
  }
  addMainHeadings(facts, add)
  addTitles(facts, add)
  addData(facts, add)
  addOtherHeadings(facts, add)
  const words = { title: new Set(wordsOf(facts.title)), path: new Set(wordsOf(readablePath(facts.url))) }
  for (const candidate of ballot.candidates) describe(candidate, facts, words)
  return ballot.candidates
}

/** Titles are cut in all ways, so nothing is taken from them here. */
const titleSources: ReadonlySet<string> = new Set(['title', 'og:title', 'twitter:title'])

/** Headings without the mark that links to them. */
const withoutAnchor = (text: string): string => text.replace(/[\s¶#§🔗]{1,4}$/u, '')

function addMainHeadings({ scan }: Facts, add: Add): void {
  const headings = scan.marks.filter(({ name, text }) => name === 'h1' && text !== '')
  for (const [at, mark] of headings.slice(0, MOST_HEADINGS).entries()) {
    const which = headings.length === 1 ? 'h1 alone' : at === 0 ? 'h1 first' : 'h1 later'
    add(cleanText(mark.text), 'h1', [which, ...placeTraits(mark)], mark.line)
    const parts = mark.parts.map((part) => cleanText(part)).filter((part) => part !== '')
    if (parts.length < 2 || parts.length > 5) continue
    // What is set apart in a heading is often a word over it, or what goes with it.
    add(parts[0] ?? '', 'h1', ['h1 first part'], mark.line)
    add(parts.at(-1) ?? '', 'h1', ['h1 last part'], mark.line)
  }
}

function placeTraits({ bits }: Mark): string[] {
  const traits = placesIn(bits).map((place) => `h1 in ${place}`)
  if (bits & Zone.hidden) traits.push('h1 hidden')
  if (bits & Role.headline) traits.push('h1 titled')
  return traits
}

function addTitles({ title, meta, site }: Facts, add: Add): void {
  const titles = [
    ['title', title],
    ['og:title', meta.first('og:title')],
    ['twitter:title', meta.first('twitter:title')],
  ] as const
  for (const [source, text] of titles) {
    if (text.length > 2 * MAX_CHARS) continue
    add(text, source, [`${source} whole`])
    for (const cut of cutsOf(text, site)) add(cut.text, source, [`${source} cut`, ...cut.traits])
  }
}

const otherTitles = [
  'dc.title',
  'dcterms.title',
  'title',
  'sailthru.title',
  'parsely-title',
  'citation_title',
]

function addData({ meta, things }: Facts, add: Add): void {
  for (const name of ['headline', 'twitter:text:title']) add(meta.first(name), name, ['meta headline'])
  for (const name of otherTitles) add(meta.first(name), name, ['meta title'])
  for (const { types, node, isTop } of things) {
    const kind = kindOf(types)
    const text = textOf(node.headline) || textOf(node.name)
    if (kind !== 'other' && kind !== 'review') add(text, 'json_ld', [`${isTop ? 'ld' : 'ld inner'} ${kind}`])
  }
}

const beside = Zone.nav | Zone.aside | Zone.footer | Zone.related | Zone.comments | Zone.hidden

function addOtherHeadings({ scan }: Facts, add: Add): void {
  let seconds = 0
  for (const { name, text, bits, attributes, line } of scan.marks) {
    if (text === '' || text.length >= MAX_CHARS || name === 'h1') continue
    const property = attributes.itemprop ?? ''
    if (property.includes('headline')) add(cleanText(text), 'itemprop', ['prop headline'], line)
    else if (property === 'name') add(cleanText(text), 'itemprop', ['prop name'], line)
    if (bits & beside) continue
    if (name === 'h2') {
      seconds += 1
      if (seconds < 5) add(cleanText(text), 'h2', [seconds === 1 ? 'h2 first' : 'h2 later'], line)
    }
    if (bits & Role.headline) add(cleanText(text), 'class', ['class headline'], line)
  }
}

const kinds: ReadonlySet<string> = new Set([
  'title',
  'og:title',
  'twitter:title',
  'h1',
  'ld',
  'meta',
  'prop',
  'h2',
  'class',
])
const seen = ['h1', 'h2', 'class', 'prop']

interface Words {
  title: ReadonlySet<string>
  path: ReadonlySet<string>
}

/** Adds what a candidate's text, the title and the URL say of it. */
function describe(candidate: Candidate, { site }: Facts, { title, path }: Words): void {
  const { text, traits } = candidate
  const words = wordsOf(text)
  const isSite = isSiteName(text, site)
  const inTitle = shareOf(words, title)
  const inPath = shareOf(words, path)
  traits.add(`has of title: ${amountOf(inTitle, 1)}`)
  traits.add(`has of path: ${amountOf(inPath, 0.9)}`)
  if (path.size > 0 && shareOf([...path], new Set(words)) >= 0.7) traits.add('covers the path')
  traits.add(lengthOf(words.length))
  if (isSite) traits.add('is the site')
  if (isSite && traits.has('cut head')) traits.add('cut head: is the site')
  for (const kind of seen) {
    if (![...traits].some((trait) => trait.startsWith(`${kind} `))) continue
    if (isSite) traits.add(`${kind}: is the site`)
    if (inTitle === 1) traits.add(`${kind}: in title`)
    if (inTitle < 0.3) traits.add(`${kind}: not in title`)
    if (traits.has('cut tail')) traits.add(`${kind}: title's tail`)
    if (words.length === 1) traits.add(`${kind}: one word`)
  }
  traits.add(`said ${Math.min(kindsOf(candidate, kinds), 4)} times`)
}

const amountOf = (share: number, all: number): string =>
  share >= all ? 'all' : share >= 0.6 ? 'most' : share >= 0.3 ? 'some' : 'none'

function lengthOf(words: number): string {
  if (words <= 2) return words === 1 ? 'one word' : 'two words'
  return words <= 4
    ? 'few words'
    : words <= 15
      ? 'words enough'
      : words <= 25
        ? 'many words'
        : 'too many words'
}

const shareOf = (words: readonly string[], others: ReadonlySet<string>): number =>
  words.filter((word) => others.has(word)).length / words.length

function readablePath({ pathname }: URL): string {
  try {
    return decodeURIComponent(pathname)
  } catch {
    return pathname
  }
}
