import { Ballot, type Candidate, kindsOf, placeOf } from './choice.ts'
import type { Facts } from './facts.ts'
import { isObject, type Json, type JsonObject, textOf, textsOf } from './jsonld.ts'
import { months } from './months.ts'
import { cleanName } from './name.ts'
import type { Mark } from './scan.ts'
import { isSiteName } from './site.ts'
import { kindOf, type Thing } from './thing.ts'
import { plain, setOf, wordsOf } from './words.ts'
import { placesIn, Role, Zone } from './zone.ts'

interface Parts extends Facts {
  headline: Candidate | undefined
}

type Add = (text: string, source: string, traits: string[], line?: number) => void

/** All who may have written the page; the last is nobody, unless the page says in so many words that somebody did. */
export function authorCandidates(facts: Facts, chosen: Candidate | undefined): Candidate[] {
  const ballot = new Ballot()
  const parts = { ...facts, headline: chosen }
  const headline = plain(chosen?.text ?? '')
  const add: Add = (text, source, traits, line) => {
    const name = cleanName(text)
    const key = plain(name)
    if (key !== headline && !isDate(key)) ballot.add(key, name, source, traits, line)
  }
  addMetas(parts, add)
  addThings(parts, add)
  addMarks(parts, add)
  addLines(parts, add)
  addSite(parts, add)
  const entries = ballot.entries
  for (const [key, candidate] of entries) describe(key, candidate, entries, parts)
  const candidates = ballot.candidates
  return candidates.some(isSaidPlainly) ? candidates : [...candidates, nobody(parts)]
}

/** A month, or one with numbers around it. */
function isDate(key: string): boolean {
  const words = key.split(' ')
  return words.some((word) => months.has(word)) && words.every((word) => months.has(word) || /^\d/.test(word))
}

const metaNames: [kind: string, names: string][] = [
  ['meta author', 'author'],
  ['meta article', 'article:author article:author_name og:author og:article:author article.author'],
  [
    'meta other',
    'dc.creator dcterms.creator dc.author creator sailthru.author parsely-author citation_author byl byline authors ' +
      'cxenseparse:author book:author page.author article_author twitter:author dc.creator.personalname rnews:creator',
  ],
  ['meta publisher', 'dc.publisher publisher copyright web_author'],
]
const labels =
  /written by|author|verfasst von|geschrieben von|autor|auteur|écrit par|escrito por|scritto da|geschreven door|napisane/i

function addMetas({ meta }: Parts, add: Add): void {
  for (const [kind, names] of metaNames)
    for (const name of names.split(' ')) {
      const texts = meta.all(name).slice(0, 8)
      for (const text of texts) add(text, name, [kind])
      if (texts.length > 1) add(texts.join(', '), name, [`${kind} joined`])
    }
  for (const number of [1, 2, 3])
    if (labels.test(meta.first(`twitter:label${number}`)))
      add(meta.first(`twitter:data${number}`), 'twitter:data', ['meta label'])
}

function addThings({ things }: Parts, add: Add): void {
  const byId = namedThings(things)
  for (const { types, node, isTop } of things) {
    const kind = kindOf(types)
    const depth = isTop ? 'ld' : 'ld inner'
    for (const member of [node.author, node.creator]) {
      const names = namesOf(member, byId)
      if (names.length === 0) continue
      const traits = [`${depth} ${kind}`]
      if (names[0]?.types.includes('Organization')) traits.push('said of an organisation')
      else if (names[0]?.types.includes('Person')) traits.push('said of a person')
      add(names.map(({ name }) => name).join(', '), 'json_ld', traits)
    }
    if (isTop && types.has('person')) add(textsOf(node.name)[0] ?? '', 'json_ld', ['ld person'])
  }
}

type Named = ReadonlyMap<string, JsonObject>

/** Things that have a name, by what others call them. */
function namedThings(things: readonly Thing[]): Named {
  const byId = new Map<string, JsonObject>()
  for (const { node } of things) {
    const id = node['@id']
    if (typeof id === 'string' && node.name !== undefined && !byId.has(id)) byId.set(id, node)
  }
  return byId
}

function namesOf(value: Json | undefined, byId: Named): { name: string; types: string }[] {
  const items = (Array.isArray(value) ? value.flat() : [value]).slice(0, 10)
  return items.flatMap((item) => {
    if (typeof item === 'string')
      return /^https?:/.test(item) ? [] : textsOf(item).map((name) => ({ name, types: '' }))
    if (!isObject(item)) return []
    const id = item['@id']
    const full = item.name === undefined && typeof id === 'string' ? (byId.get(id) ?? item) : item
    return textsOf(full.name).map((name) => ({ name, types: textOf(full['@type']) }))
  })
}

const authorPath =
  /\/(?:authors?|autor(?:en|in|es)?|auteurs?|redakteure?|redaktion|staff|journalists?|contributors?|writers?)\//i
const userPath =
  /\/(?:profiles?|users?|members?|people|u|by)\/|member\.php|profile\.php|memberlist\.php|[?&]u(?:id)?=\d|mode=viewprofile/i

/** In what way an element names an author; '' if it does not. */
function kindOfMark({ name, attributes, bits }: Mark): string {
  const property = attributes.itemprop ?? attributes.property ?? ''
  if (/\b(?:author|creator)\b/i.test(property)) return 'prop'
  if (/\bauthor\b/i.test(attributes.rel ?? '')) return 'rel'
  if (bits & Role.author && name !== 'time') return 'class'
  const href = name === 'a' ? (attributes.href ?? '').slice(0, 300) : ''
  if (authorPath.test(href)) return 'link'
  if (bits & Role.user) return 'user'
  if (userPath.test(href)) return 'userlink'
  return ''
}

function addMarks({ scan, headline }: Parts, add: Add): void {
  const seen = new Set<string>()
  const first = (what: string): string[] => {
    if (seen.has(what)) return []
    seen.add(what)
    return [what]
  }
  const top = headline?.line
  const around = scan.lines[top ?? -1]?.bits ?? 0
  for (const mark of scan.marks) {
    const text = mark.text || (mark.attributes.content ?? '')
    const kind = text === '' || text.length > 160 ? '' : kindOfMark(mark)
    if (kind === '' || cleanName(text) === '') continue
    const isUser = kind.startsWith('user')
    const who = isUser ? 'user' : 'mark'
    const traits = [isUser ? `${kind} of site` : `${kind} author`, `${who} ${placeOf(mark.line, top)}`]
    traits.push(...placesIn(mark.bits).map((place) => `${who} in ${place}`))
    if (mark.bits & Zone.bio) traits.push('in bio')
    const isComment = !isUser && (mark.bits & ~around & Zone.comments) !== 0
    if (!isComment) {
      traits.push(...first(`${kind} first`))
      if (top === undefined || mark.line >= top - 2)
        traits.push(...first(`${kind} first below`), ...first(isUser ? 'first user' : 'first author'))
    }
    add(text, kind, traits, mark.line)
  }
}

// A word or two, then a name; what follows the name is cut off later.
const byline =
  /^\W{0,3}(?:(?:written|posted|published|story|article|words|medically reviewed|geschrieben|verfasst|veröffentlicht|ein (?:artikel|beitrag|text)|foto und text|écrit|rédigé|publié|escrito|publicado|scritto|un articolo)\s+)?(by|von|par|por|door|av|di|text|autor(?:in|en)?|author|auteur|texte|texto|words|redaktion|autore|автор|yazar)(?!\p{L})[\s:]{1,3}(?=\p{L})/iu
const label =
  /^\W{0,3}(?:(?:written|posted|published|article|story|words|geschrieben|verfasst|publié|écrit|escrito|scritto)\s*)?(?:by|von|par|por|door|authors?|autor|autorin|autoren|auteur|autore|redaktion|text|thread starter|автор)\s*:?\s*$/iu
const inside = /\b(?:by|von|par|por|door)\s(?=\p{Lu})/u

function addLines({ scan: { lines }, headline }: Parts, add: Add): void {
  const from = Math.max(0, (headline?.line ?? 0) - 6)
  let count = 0
  for (let at = from; at < lines.length && at < from + 400; at += 1) {
    const { text = '', bits = 0 } = lines[at] ?? {}
    if (text.length > 250) continue
    const place = () => [
      `by ${placeOf(at, headline?.line)}`,
      ...placesIn(bits).map((zone) => `by in ${zone}`),
    ]
    const match = byline.exec(text)
    if (match && match[0].length < text.length) {
      count += 1
      const traits = [...bylineTraits(match, text), count === 1 ? 'by first' : 'by later', ...place()]
      add(text.slice(match[0].length), 'byline', traits, at)
    } else if (text.length < 30 && label.test(text)) {
      const next = lines[at + 1]?.text ?? ''
      if (next.length < 80) add(next, 'byline', ['by label', ...place()], at + 1)
    } else if (text.length < 120 && at < from + 40) {
      const start = inside.exec(text)
      if (start) add(text.slice(start.index + start[0].length), 'byline', ['by inside', ...place()], at)
    }
  }
}

function bylineTraits([lead, word = '']: RegExpExecArray, text: string): string[] {
  const isUpper = /^\p{Lu}/u.test(text.slice(lead.length))
  return [
    isUpper ? 'by line' : 'by lower',
    text.length < 60 ? 'by short' : 'by long',
    `by word ${word.toLowerCase()}`,
  ]
}

/** Of a site that is a person's own. */
function addSite({ site }: Parts, add: Add): void {
  const name = site.names.find(({ text }) => likeName.test(text))
  if (name) add(name.text, name.source, ['site person'])
}

const likeName =
  /^(?:(?:Dr|Prof)\.\s+){0,2}(?:\p{Lu}[\p{L}'’.-]*\s+){1,3}(?:(?:de|van|von|der|den|la|le|di|del|da|dos|bin|al|el|zu)\s+){0,2}\p{Lu}[\p{L}'’-]+$/u
/** Words of names that houses have and people do not. */
const ofHouses = setOf(
  'gmbh inc llc ltd ag team staff redaktion editorial editor editors news magazin magazine media agency agentur press ' +
    'presse network online blog group verlag company institut institute university universität association verband desk ' +
    'office foundation stiftung ministerium bund zeitung redacción forum forums www com de org net it ch at',
)
/** Words that begin what is no name. */
const ofNobody = setOf(
  'admin administrator root webmaster editor user guest gast anonymous anonym unknown author none null default redaktion ' +
    'staff team writer contributor test info contact home follow share comment comments kommentar kommentare mehr more ' +
    'profile profil view all post posts alle artikel beiträge about über reply member members login log sign join neu new ' +
    'der die das the foto photo bild image credit quelle source copyright powered wordpress',
)
const kinds = setOf('meta ld prop rel class link by')
/** Traits that say more of a candidate that looks like a person's name, and less of another. */
const shaped = [
  'meta author',
  'meta label',
  'ld article',
  'ld inner article',
  'ld page',
  'class first below',
  'by line',
  'user first below',
  'first author',
]

/** Adds what a candidate's text says of it, and what others say. */
function describe(key: string, candidate: Candidate, entries: [string, Candidate][], { site }: Parts): void {
  const { text, traits } = candidate
  const words = wordsOf(text)
  const isLikeName = likeName.test(text)
  traits.add(lengthOf(words.length))
  if (isLikeName) traits.add('like a name')
  if (/\d/.test(text)) traits.add('has digits')
  if (words.some((word) => ofHouses.has(word))) traits.add('organisation')
  if (ofNobody.has(words[0] ?? '')) traits.add('generic')
  if (text === text.toLowerCase()) traits.add('lower case')
  if (/[,;&]| and | und /.test(text)) traits.add('list')
  if (isSiteName(text, site)) traits.add(isLikeName ? 'site name like a name' : 'site name')
  traits.add(`kinds ${Math.min(kindsOf(candidate, kinds), 4)}`)
  const shape = isLikeName ? 'like a name' : words.length === 1 ? 'one word' : 'other'
  for (const trait of shaped) if (traits.has(trait)) traits.add(`${trait}: ${shape}`)
  const others = entries.map(([other]) => other).filter((other) => other !== key)
  if (others.some((other) => other.length > 3 && holds(key, other))) traits.add('holds another')
  if (key.length > 3 && others.some((other) => holds(other, key))) traits.add('held by another')
}

function lengthOf(words: number): string {
  if (words <= 3) return words === 1 ? 'one word' : 'few words'
  return words <= 5 ? 'some words' : 'many words'
}

/** Whether the words of one key are within another's, in a row. */
const holds = (key: string, other: string): boolean => ` ${key} `.includes(` ${other} `)

/** Whether a page's own data names a person as its author. */
function isSaidPlainly({ traits }: Candidate): boolean {
  const isPerson = traits.has('like a name') || (traits.has('list') && traits.has('said of a person'))
  const isHouse = ['organisation', 'generic', 'site name', 'site name like a name'].some((trait) =>
    traits.has(trait),
  )
  return (
    isPerson && !isHouse && ['meta author', 'meta label', 'ld article'].some((trait) => traits.has(trait))
  )
}

/** The candidate that nobody is named, with what speaks for it. */
function nobody({ meta, things, url, scan, headline }: Parts): Candidate {
  const traits = new Set(['nobody', `nobody: ${typeOf(meta.first('og:type').toLowerCase())}`])
  if (things.some(({ types, isTop }) => isTop && kindOf(types) === 'article'))
    traits.add('nobody: ld article')
  if (meta.first('article:published_time') !== '') traits.add('nobody: published')
  const depth = url.pathname.split('/').filter(Boolean).length
  traits.add(depth === 0 ? 'nobody: home' : depth === 1 ? 'nobody: near home' : 'nobody: deep')
  if (/\/(?:19|20)\d\d\/|\d{5}|blog|news|artikel|article|post/.test(url.pathname))
    traits.add('nobody: article path')
  if (/forum|thread|topic|\/t\/|question|comments/.test(url.href)) traits.add('nobody: thread path')
  if (scan.marks.filter(({ bits }) => bits & Role.user).length >= 4) traits.add('nobody: users')
  if (headline?.line === undefined) traits.add('nobody: headline unseen')
  return { text: '', source: '', line: undefined, traits }
}

function typeOf(type: string): string {
  if (type.includes('article') || type.includes('blog')) return 'article'
  if (type === '') return 'untyped'
  return type === 'website' ? 'website' : 'other'
}
