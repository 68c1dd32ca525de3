import { Ballot, type Candidate, kindsOf, placeOf } from './choice.ts'
import { type DateContext, type Day, findDates, readDate } from './dates.ts'
import type { Facts } from './facts.ts'
import { textOf } from './jsonld.ts'
import type { Mark } from './scan.ts'
import { kindOf } from './thing.ts'
import { cleanText } from './words.ts'
import { placesIn, Role } from './zone.ts'

type Add = (day: Day | null | undefined, source: string, traits: readonly string[], line?: number) => void

/** The days on which the page may have been published; the last candidate is none, unless the page says that it was. */
export function dateCandidates(facts: Facts, headline: number | undefined): Candidate[] {
  const ballot = new Ballot(60)
  const add: Add = (day, source, traits, line) => {
    if (!day) return
    const candidate = ballot.add(day.iso.slice(0, 10), day.iso, source, traits, line)
    // The same day with its time says more.
    if (candidate && candidate.text.length < day.iso.length) candidate.text = day.iso
  }
  addMetas(facts, add)
  addThings(facts, add)
  const inPath = dateOfPath(facts.url, facts.dates)
  add(inPath, 'url', ['url date'])
  addMarks(facts, headline, add)
  addLines(facts, headline, add)
  const days = ballot.keys.sort()
  const { candidates } = ballot
  const isSaid = candidates.some(({ traits }) => has(traits, explicit))
  for (const [day, candidate] of ballot.entries) describe(day, candidate, { days, inPath, isSaid })
  if (!candidates.some(isSaidPlainly)) return [...candidates, undated(facts, days.length)]
  return candidates.filter(({ traits }) => !isChangeOnly(traits))
}

const publishedName =
  /(?:publish(?:ed)?|publication|pub|issued|posted)[-_.:]?(?:date|time|on|at)?$|^date[-_.]?published|first[-_.]?published|^(?:sailthru\.date|dc\.date\.issued|dcterms\.issued|citation_(?:online_)?date|article\.created)$/
const modifiedName = /modif|updat|revis|last|expir|unpublish|valid|change|build/
const dateName = /dat|time|publ|creat|issued|modif|updat/

function addMetas({ meta, dates }: Facts, add: Add): void {
  for (const name of meta.names()) {
    if (!dateName.test(name) || name.startsWith('twitter')) continue
    const kind = modifiedName.test(name) ? 'modified' : publishedName.test(name) ? 'published' : 'date'
    add(readDate(meta.first(name), dates), name, [`meta ${kind}`])
  }
}

function addThings({ things, dates }: Facts, add: Add): void {
  for (const { types, node, isTop } of things) {
    const kind = `${isTop ? 'ld' : 'ld inner'} ${kindOf(types)}`
    const dateOf = (member: string) => readDate(textOf(node[member]), dates)
    add(dateOf('datePublished'), 'json_ld', [`${kind} published`])
    add(dateOf('dateCreated'), 'json_ld', [`${kind} created`])
    add(dateOf('uploadDate'), 'json_ld', ['ld uploaded'])
    add(dateOf('dateModified'), 'json_ld', [isTop ? 'ld modified' : 'ld inner modified'])
  }
}

/** The day that a URL's path holds: /2021/05/17/, 2021-05-17, 20210517, /2021/may/17/. */
function dateOfPath({ pathname }: URL, dates: DateContext): Day | null {
  const path = pathname.slice(0, 500)
  const numbers =
    /(?<!\d)((?:19|20)\d\d)([-/_.])(\d{1,2})\2(\d{1,2})(?!\d)/.exec(path) ??
    /(?<!\d)(20\d\d)()(\d\d)(\d\d)(?!\d)/.exec(path)
  if (numbers) return readDate(`${numbers[1]}-${numbers[3]}-${numbers[4]}`, dates)
  const named = /\/((?:19|20)\d\d)\/([a-z]{3,9})\/(\d{1,2})\//.exec(path)
  return named ? readDate(`${named[3]} ${named[2]} ${named[1]}`, dates) : null
}

export const modifiedWords =
  /\b(?:updated?|modified|revised|edited|changed|reviewed|aktualisiert|geändert|bearbeitet|mise à jour|mis à jour|modifié|actualizado|modificado|aggiornato|aggiornamento|atualizado|bijgewerkt|gewijzigd|zaktualizowano|aktualizacja|stand|güncelleme|uppdaterad|opdateret|oppdatert)\b|обновлено|изменено|更新/i
const publishedWords =
  /\b(?:published?|posted|written|created|started|veröffentlicht|erstellt|geschrieben|gepostet|publié|publicado|pubblicato|gepubliceerd|geplaatst|opublikowano|publicerad|udgivet|publisert|date|datum|vom|fecha|data|am|on)\b|опубликовано|投稿|公開|发布|發表/i

function addMarks({ scan, dates }: Facts, headline: number | undefined, add: Add): void {
  let times = 0
  let timesBelow = 0
  for (const mark of scan.marks) {
    const { attributes, bits, line } = mark
    const property = attributes.itemprop ?? attributes.property ?? ''
    const isProperty = /datePublished|dateCreated|dateModified|uploadDate/i.test(property)
    const isTime =
      mark.name === 'time' || attributes.datetime !== undefined || attributes['data-datetime'] !== undefined
    if (!isProperty && !isTime && !(bits & Role.date)) continue
    const day = dayOfMark(mark, dates)
    if (!day) continue
    const kind = isTime ? 'time' : isProperty ? 'prop' : 'class'
    const traits = [
      `${kind} ${placeOf(line, headline)}`,
      ...placesIn(bits).map((place) => `${kind} in ${place}`),
    ]
    if (isProperty) traits.push(/modified/i.test(property) ? 'prop modified' : 'prop published')
    if (bits & Role.modified) traits.push(`${kind} modified`)
    if (isTime) {
      const isBelow = headline === undefined || line >= headline - 3
      times += 1
      if (isBelow) timesBelow += 1
      traits.push(times === 1 ? 'time first' : 'time later')
      if (isBelow && timesBelow === 1) traits.push('time first below')
      if (modifiedWords.test((scan.lines[line]?.text ?? '').slice(0, 100))) traits.push('time modified')
    }
    add(day, isTime ? 'time' : isProperty ? 'itemprop' : 'class', traits, line)
  }
}

/** What an element says in an attribute for machines, or else shows. */
function dayOfMark({ attributes, text, name }: Mark, dates: DateContext): Day | null {
  for (const attribute of ['datetime', 'content', 'data-datetime', 'data-time', 'data-timestamp']) {
    const value = attributes[attribute]
    const day = value ? readDate(value, dates) : null
    if (day) return day
  }
  if (text.length > 200 && name !== 'time') return null
  return findDates(cleanText(text, 200), dates)[0] ?? readDate(attributes.title ?? '', dates)
}

const LINES = 400
const LINE_CHARS = 300

function addLines({ scan: { lines }, dates }: Facts, headline: number | undefined, add: Add): void {
  const from = Math.max(0, (headline ?? 0) - 30)
  let count = 0
  let countBelow = 0
  for (let at = from; at < lines.length && at < from + LINES; at += 1) {
    const { text = '', bits = 0 } = lines[at] ?? {}
    if (!/\d/.test(text)) continue
    const start = text.slice(0, LINE_CHARS)
    for (const day of findDates(start, dates).slice(0, 3)) {
      const before = start.slice(Math.max(0, day.at - 40), day.at)
      if (/©|\(c\)|copyright/i.test(before)) continue
      count += 1
      if (headline === undefined || at >= headline - 3) countBelow += 1
      const traits = [text.length <= 200 ? 'text short' : 'text long', `text ${placeOf(at, headline)}`]
      if (count === 1) traits.push('text first')
      if (countBelow === 1) traits.push('text first below')
      if (modifiedWords.test(before)) traits.push('text modified')
      else if (publishedWords.test(before)) traits.push('text published')
      if (start.length - (day.end - day.at) < 12) traits.push('text alone')
      add(day, 'text', [...traits, ...placesIn(bits).map((place) => `text in ${place}`)], at)
    }
  }
}

const kinds: ReadonlySet<string> = new Set(['meta', 'ld', 'url', 'time', 'class', 'text', 'prop'])

const explicit = [
  'meta published',
  'ld article published',
  'ld page published',
  'prop published',
  'ld inner article published',
]
const modified = [
  'meta modified',
  'ld modified',
  'prop modified',
  'text modified',
  'time modified',
  'class modified',
]

const has = (traits: ReadonlySet<string>, some: readonly string[]): boolean =>
  some.some((trait) => traits.has(trait))

/** What is known of all days together. */
interface Days {
  days: readonly string[]
  inPath: Day | null
  /** Whether any is said to be that of publication. */
  isSaid: boolean
}

function describe(day: string, candidate: Candidate, { days, inPath, isSaid }: Days): void {
  const { traits } = candidate
  if (day === days[0]) traits.add('earliest')
  if (day === days.at(-1)) traits.add('latest')
  if (days.length === 1) traits.add('only one')
  if (inPath?.iso.slice(0, 7) === day.slice(0, 7)) traits.add('month of url')
  traits.add(`said ${Math.min(kindsOf(candidate, kinds), 4)} times`)
  if (has(traits, explicit)) return
  if (has(traits, modified)) traits.add(isSaid ? 'modified, and another published' : 'modified alone')
  else if (isSaid) traits.add('another published')
}

/** Whether data alone names the day, as that of a change. */
function isChangeOnly(traits: ReadonlySet<string>): boolean {
  const isShown = [...traits].some((trait) => /^(?:text|time|class|url) /.test(trait))
  return !isShown && !has(traits, explicit) && has(traits, modified)
}

/** Whether the page says in so many words, or its address does, that it was published then. */
function isSaidPlainly({ traits }: Candidate): boolean {
  const isProperty = traits.has('prop published') && !has(traits, ['prop in comments', 'prop in side'])
  return (
    isProperty ||
    has(traits, ['meta published', 'meta date', 'ld article published', 'ld page published', 'url date'])
  )
}

function undated({ meta, things, url }: Facts, days: number): Candidate {
  const traits = new Set(['undated'])
  if (things.some(({ types }) => kindOf(types) === 'article')) traits.add('undated: ld article')
  if (meta.first('og:type').toLowerCase() === 'article') traits.add('undated: article')
  if (url.pathname.length < 2) traits.add('undated: home')
  if (days > 8) traits.add('undated: many days')
  return { text: '', source: '', line: undefined, traits }
}
