import { Ballot, type Candidate, kindsOf, placeOf } from './choice.ts'
import type { Facts } from './facts.ts'
import { isObject, type Json, textOf, textsOf } from './jsonld.ts'
import { months } from './months.ts'
import { cleanName } from './name.ts'
import type { Mark } from './scan.ts'
import { isSiteName } from './site.ts'
import { kindOf, type Thing } from './thing.ts'
import { cleanText, plain, wordsOf } from './words.ts'
import { placesIn, Role, Zone } from './zone.ts'

interface Parts extends Facts {
  headline: Candidate | undefined
}

type Add = (text: string, source: string, traits: string[], line?: number) => void

/** All who may have written the page, and nobody: that is the last one. */
export function authorCandidates(facts: Facts, chosen: Candidate | undefined): Candidate[] {
  const ballot = new Ballot()
  const parts = { ...facts, headline: chosen }
  const headline = plain(chosen?.text ?? '')
  const add: Add = (text, source, traits, line) => {
    const name = cleanName(text)
    const key = plain(name)
    if (
      key === '' ||
      key === headline ||
      key.split(' ').some((word) => months.has(word) && word.length > 3 && /\d/.test(key))
    )
      return
    ballot.add(key, name, source, traits, line)
  }
  addMetas(parts, add)
  addThings(parts, add)
  addMarks(parts, add)
  addLines(parts, add)
  addSite(parts, add)
  addEmbedded(parts, add)
  const entries = ballot.entries
  for (const [key, candidate] of entries) describe(key, candidate, entries, parts)
  return [...entries.map(([, candidate]) => candidate), nobody(parts)]
}

const metaNames: [kind: string, names: string[]][] = [
  ['meta author', ['author']],
  [
    'meta article',
    ['article:author', 'article:author_name', 'og:author', 'og:article:author', 'article.author'],
  ],
  [
    'meta other',
    'dc.creator dcterms.creator dc.author creator sailthru.author parsely-author citation_author byl byline authors cxenseparse:author book:author page.author article_author twitter:author dc.creator.personalname rnews:creator'.split(
      ' ',
    ),
  ],
  ['meta publisher', ['dc.publisher', 'publisher', 'copyright', 'web_author']],
]
const labels =
  /written by|author|verfasst von|geschrieben von|autor|auteur|écrit par|escrito por|scritto da|geschreven door|napisane/i

function addMetas({ meta }: Parts, add: Add): void {
  for (const [kind, names] of metaNames)
    for (const name of names) {
      const texts = meta.all(name).slice(0, 8)
      for (const text of texts) add(text, name, [kind])
      if (texts.length > 1) add(texts.join(', '), name, [`${kind} joined`])
    }
  for (const number of [1, 2, 3])
    if (labels.test(meta.first(`twitter:label${number}`)))
      add(meta.first(`twitter:data${number}`), 'twitter:data', ['meta label'])
}

function addThings({ things }: Parts, add: Add): void {
  for (const { types, node, isTop } of things) {
    const kind = kindOf(types)
    const depth = isTop ? 'ld' : 'ld inner'
    for (const member of [node.author, node.creator]) {
      const names = namesOf(member, things)
      if (names.length === 0) continue
      const is = names[0]?.types.includes('Organization')
        ? ['by organisation']
        : names[0]?.types.includes('Person')
          ? ['by person']
          : []
      add(names.map(({ name }) => name).join(', '), 'json_ld', [`${depth} ${kind}`, ...is])
      if (names.length > 1) add(names[0]?.name ?? '', 'json_ld', [`${depth} ${kind} first`])
    }
    if (types.has('person')) add(textsOf(node.name)[0] ?? '', 'json_ld', [`${depth} person`])
  }
}

function namesOf(value: Json | undefined, things: readonly Thing[]): { name: string; types: string }[] {
  const items = (Array.isArray(value) ? value.flat() : [value]).slice(0, 10)
  return items.flatMap((item) => {
    if (typeof item === 'string') return /^https?:/.test(item) ? [] : [{ name: cleanText(item), types: '' }]
    if (!isObject(item)) return []
    const full = item.name === undefined ? (named(item['@id'], things) ?? item) : item
    return textsOf(full.name).map((name) => ({ name, types: textOf(full['@type']) }))
  })
}

function named(id: Json | undefined, things: readonly Thing[]) {
  if (typeof id !== 'string') return undefined
  return things.find(({ node }) => node['@id'] === id && node.name !== undefined)?.node
}

const authorPath =
  /\/(?:authors?|autor(?:en|in|es)?|auteurs?|redakteure?|redaktion|staff|journalists?|contributors?|writers?)\//i
const userPath =
  /\/(?:profiles?|users?|members?|people|u|by)\/|member\.php|profile\.php|memberlist\.php|[?&]u(?:id)?=\d|mode=viewprofile/i

/** In what way an element names an author; '' if it does not. */
function kindOfMark({ name, attributes, bits }: Mark): string {
  const property = attributes.get('itemprop') ?? attributes.get('property') ?? ''
  if (/\b(?:author|creator)\b/i.test(property)) return 'prop'
  if (/\bauthor\b/i.test(attributes.get('rel') ?? '')) return 'rel'
  if (bits & Role.author && name !== 'time') return 'class'
  const href = name === 'a' ? (attributes.get('href') ?? '').slice(0, 300) : ''
  if (authorPath.test(href)) return 'link'
  if (bits & Role.user) return 'user'
  if (userPath.test(href)) return 'userlink'
  return ''
}

function addMarks({ scan, headline }: Parts, add: Add): void {
  const seen = new Map<string, number>()
  const first = (kind: string): boolean => {
    const count = (seen.get(kind) ?? 0) + 1
    seen.set(kind, count)
    return count === 1
  }
  for (const mark of scan.marks) {
    const text = mark.text || (mark.attributes.get('content') ?? '')
    const kind = text === '' || text.length > 160 ? '' : kindOfMark(mark)
    if (kind === '' || cleanName(text) === '') continue
    const isBelow = headline?.line === undefined || mark.line >= headline.line - 2
    const traits = [
      kind === 'class' || kind === 'prop' || kind === 'rel' || kind === 'link'
        ? `${kind} author`
        : `${kind} of site`,
    ]
    if (first(kind)) traits.push(`${kind} first`)
    if (isBelow && first(`${kind} below`)) traits.push(`${kind} first below`)
    const isUser = kind.startsWith('user')
    if (isBelow && first(isUser ? 'any user' : 'any author'))
      traits.push(isUser ? 'first user' : 'first author')
    const who = isUser ? 'user' : 'mark'
    traits.push(
      `${who} ${placeOf(mark.line, headline?.line)}`,
      ...placesIn(mark.bits).map((place) => `${who} in ${place}`),
    )
    if (mark.bits & Zone.bio) traits.push('in bio')
    add(text, kind, traits, mark.line)
  }
}

// One word or two, then a name; what follows the name is cut off later.
const byline =
  /^\W{0,3}(?:(?:written|posted|published|story|article|words|geschrieben|verfasst|veröffentlicht|ein (?:artikel|beitrag|text)|écrit|rédigé|publié|escrito|publicado|scritto|medically reviewed|un articolo|foto und text)\s+)?(by|von|par|por|door|av|di|text|autor(?:in|en)?|author|auteur|texte|texto|words|redaktion|autore|автор|yazar)\b[\s:]{1,3}(?=\p{L})/iu
const label =
  /^\W{0,3}(?:(?:written|posted|published|article|story|words|geschrieben|verfasst|publié|écrit|escrito|scritto)\s*)?(?:by|von|par|por|door|author|authors|autor|autorin|autoren|auteur|autore|redaktion|text|thread starter|автор)\s*:?\s*$/iu
const inside = /\b(?:by|von|par|por|door)\s(?=\p{Lu})/u

function addLines({ scan: { lines }, headline }: Parts, add: Add): void {
  const from = Math.max(0, (headline?.line ?? 0) - 6)
  let count = 0
  for (let at = from; at < lines.length && at < from + 400; at += 1) {
    const { text = '', bits = 0 } = lines[at] ?? {}
    if (text.length > 250) continue
    const place = [`by ${placeOf(at, headline?.line)}`, ...placesIn(bits).map((zone) => `by in ${zone}`)]
    const match = byline.exec(text)
    const name = match ? text.slice(match[0].length) : ''
    if (match && name !== '') {
      count += 1
      const traits = [
        /^\p{Lu}/u.test(name) ? 'by line' : 'by lower',
        count === 1 ? 'by first' : 'by later',
        text.length < 60 ? 'by short' : 'by long',
        `by word ${match[1]?.toLowerCase()}`,
      ]
      add(name, 'byline', [...traits, ...place], at)
    } else if (text.length < 30 && label.test(text)) {
      const next = lines[at + 1]?.text ?? ''
      if (next.length < 80) add(next, 'byline', ['by label', ...place], at + 1)
    } else if (text.length < 120 && at < from + 40) {
      const start = inside.exec(text)
      if (start) add(text.slice(start.index + start[0].length), 'byline', ['by inside', ...place], at)
    }
  }
}

/** Of a site that is a person's own. */
function addSite({ site }: Parts, add: Add): void {
  const name = site.names.find(({ text }) => likeName.test(text))
  if (name) add(name.text, name.source, ['site person'])
}

/** The first post of a thread, in data that a script would show. */
function addEmbedded({ scan }: Parts, add: Add): void {
  const match = /"username":"([^"\\]{2,60})"/.exec(scan.embedded)
  if (match) add(match[1] ?? '', 'embedded', ['embedded user'])
}

const likeName =
  /^(?:(?:Dr|Prof)\.\s+){0,2}(?:\p{Lu}[\p{L}'’.-]*\s+){1,3}(?:(?:de|van|von|der|den|la|le|di|del|da|dos|bin|al|el|zu)\s+){0,2}\p{Lu}[\p{L}'’-]+$/u
const organisation =
  /\b(?:gmbh|inc|llc|ltd|ag|e\.?\s?v|team|staff|redaktion|editorial|editors?|news|magazin|magazine|media|agency|agentur|press|presse|network|online|blog|group|verlag|company|institut|institute|university|universität|association|verband|desk|office|foundation|stiftung|ministerium|bund|zeitung|redacción|kitchens?|forum|forums|www)\b|\.(?:com|de|org|net|it|ch|at)\b/i
const generic =
  /^(?:admin|administrator|root|webmaster|editor|user|guest|gast|anonymous|anonym|unknown|author|none|null|default|redaktion|staff|team|writer|contributor|test|info|contact|home|follow|share|comments?|kommentare?|mehr|more|profile|profil|view|all|posts?|alle|artikel|beiträge|about|über|reply|member|members|login|log|sign|join|neu|new|der|die|das|the|foto|photo|bild|image|credit|quelle|source|copyright|powered|wordpress)\b/i
const kinds: ReadonlySet<string> = new Set(['meta', 'ld', 'prop', 'rel', 'class', 'link', 'by'])

function describe(
  key: string,
  { text, traits, ...rest }: Candidate,
  entries: [string, Candidate][],
  { site }: Parts,
): void {
  const words = wordsOf(text)
  const isLikeName = likeName.test(text)
  traits.add(
    words.length === 1
      ? 'one word'
      : words.length <= 3
        ? 'few words'
        : words.length <= 5
          ? 'some words'
          : 'many words',
  )
  if (isLikeName) traits.add('like a name')
  if (/\d/.test(text)) traits.add('has digits')
  if (organisation.test(text)) traits.add('organisation')
  if (generic.test(text)) traits.add('generic')
  if (text === text.toLowerCase()) traits.add('lower case')
  if (/[,;&]| and | und /.test(text)) traits.add('list')
  if (isSiteName(text, site)) traits.add(isLikeName ? 'site name like a name' : 'site name')
  traits.add(`kinds ${Math.min(kindsOf({ text, traits, ...rest }, kinds), 4)}`)
  for (const kind of [
    'meta author',
    'ld article',
    'ld inner article',
    'class first below',
    'by line',
    'user first below',
    'first author',
    'meta label',
    'ld page',
  ])
    if (traits.has(kind))
      traits.add(`${kind}: ${isLikeName ? 'like a name' : words.length === 1 ? 'one word' : 'other'}`)
  const around = ` ${key} `
  if (entries.some(([other]) => other !== key && other.length > 3 && around.includes(` ${other} `)))
    traits.add('holds another')
  if (entries.some(([other]) => other !== key && key.length > 3 && ` ${other} `.includes(around)))
    traits.add('held by another')
}

function nobody({ meta, things, url, scan, headline }: Parts): Candidate {
  const traits = new Set(['nobody'])
  const type = meta.first('og:type').toLowerCase()
  traits.add(
    type.includes('article') || type.includes('blog')
      ? 'nobody: article'
      : type === 'website'
        ? 'nobody: website'
        : type === ''
          ? 'nobody: untyped'
          : 'nobody: other',
  )
  if (things.some(({ types, isTop }) => isTop && kindOf(types) === 'article'))
    traits.add('nobody: ld article')
  if (meta.first('article:published_time') !== '') traits.add('nobody: published')
  const depth = url.pathname.split('/').filter(Boolean).length
  traits.add(depth === 0 ? 'nobody: home' : depth === 1 ? 'nobody: near home' : 'nobody: deep')
  if (/\/(?:19|20)\d\d\/|\d{5,}|(?:blog|news|artikel|article|post)/.test(url.pathname))
    traits.add('nobody: article path')
  if (/forum|thread|topic|\/t\/|questions?|comments/.test(url.href)) traits.add('nobody: thread path')
  const users = scan.marks.filter(({ bits }) => bits & Role.user).length
  if (users >= 4) traits.add('nobody: users')
  if (headline?.line === undefined) traits.add('nobody: headline unseen')
  return { text: '', source: '', line: undefined, traits }
}
