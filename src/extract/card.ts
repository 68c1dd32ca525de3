import type { Facts } from './facts.ts'
import { isObject, type Json, textOf, textsOf } from './jsonld.ts'
import type { Attributes } from './scan.ts'
import { isSiteName } from './site.ts'
import { kindOf } from './thing.ts'
import { cleanText } from './words.ts'

/** A text, and where the page says it. */
export interface Said {
  text: string
  source: string
}

/** What a page says of itself in so many words, where nothing has to be weighed. */
export interface Card {
  description: Said | undefined
  canonical: Said | undefined
  language: Said | undefined
  siteName: Said | undefined
  type: Said | undefined
  image: Said | undefined
  favicon: Said | undefined
  licence: Said | undefined
  keywords: { texts: string[]; source: string } | undefined
}

const MAX_URL_CHARS = 2_000
const MAX_KEYWORDS = 50

export function readCard(facts: Facts): Card {
  const base = baseOf(facts)
  return {
    description: descriptionOf(facts),
    canonical: canonicalOf(facts, base),
    language: languageOf(facts),
    siteName: siteNameOf(facts),
    type: typeOf(facts),
    image: imageOf(facts, base),
    favicon: faviconOf(facts, base),
    licence: licenceOf(facts, base),
    keywords: keywordsOf(facts),
  }
}

/** The first that says anything. */
const firstOf = (...all: (Said | undefined)[]): Said | undefined =>
  all.find((said) => said !== undefined && said.text !== '')

/** The first meta element of these names that says anything. */
function ofMeta({ meta }: Facts, ...names: string[]): Said | undefined {
  const source = names.find((name) => meta.first(name) !== '')
  return source === undefined ? undefined : { text: meta.first(source), source }
}

/** The first text of these members in JSON-LD, of articles first, then of what else stands for the page. */
function ofThings({ things }: Facts, ...members: string[]): Said | undefined {
  for (const kind of ['article', 'product', 'question', 'page'] as const)
    for (const { types, node } of things)
      if (kindOf(types) === kind)
        for (const member of members)
          if (textOf(node[member]) !== '') return { text: textOf(node[member]), source: 'json_ld' }
  return undefined
}

function ofProperty({ scan }: Facts, property: string): Said | undefined {
  const mark = scan.marks.find(({ attributes }) => attributes.itemprop === property)
  const { attributes, text } = mark ?? {}
  const value = attributes?.content ?? attributes?.src ?? attributes?.href ?? text ?? ''
  return { text: cleanText(value), source: 'itemprop' }
}

function descriptionOf(facts: Facts): Said | undefined {
  return firstOf(
    ofMeta(facts, 'description', 'og:description', 'twitter:description'),
    ofThings(facts, 'description'),
    ofMeta(facts, 'dc.description', 'dcterms.description', 'dcterms.abstract'),
    ofProperty(facts, 'description'),
  )
}

/** `<base>` is resolved against the page's own address, and counts if it leads to the web (HTML Standard, 4.2.3). */
function baseOf({ scan, url }: Facts): URL {
  return (scan.base === undefined ? null : webAddress(scan.base, url)) ?? url
}

/** An absolute address of http or https; null if it is none. */
function webAddress(href: string, base: URL): URL | null {
  const address = href.length > MAX_URL_CHARS ? null : URL.parse(href.trim(), base.href)
  return address && /^https?:$/.test(address.protocol) && address.href.length <= MAX_URL_CHARS
    ? address
    : null
}

const resolved = (said: Said | undefined, base: URL): Said | undefined => {
  const address = said && said.text !== '' ? webAddress(said.text, base) : null
  return address && said ? { text: address.href, source: said.source } : undefined
}

/** The target of the first link of a relation. */
function ofLink({ scan }: Facts, ...relations: string[]): Said | undefined {
  for (const relation of relations) {
    const link = scan.links.find((attributes) => relationsOf(attributes).includes(relation))
    if (link) return { text: link.href ?? '', source: `link ${relation}` }
  }
  return undefined
}

const relationsOf = (attributes: Attributes): string[] =>
  (attributes.rel ?? '').toLowerCase().split(/\s+/, 10)

function canonicalOf(facts: Facts, base: URL): Said | undefined {
  return firstOf(resolved(ofLink(facts, 'canonical'), base), resolved(ofMeta(facts, 'og:url'), base))
}

function languageOf(facts: Facts): Said | undefined {
  const all: (Said | undefined)[] = [
    { text: facts.scan.language ?? '', source: 'html' },
    ofMeta(facts, 'content-language'),
    ofMeta(facts, 'og:locale'),
    ofMeta(facts, 'language', 'dc.language', 'dcterms.language'),
    ofThings(facts, 'inLanguage'),
  ]
  for (const said of all) {
    const tag = said === undefined ? null : languageTag(said.text)
    if (said && tag) return { text: tag, source: said.source }
  }
  return undefined
}

/** A language tag as BCP 47 spells it; null if it is none. */
function languageTag(text: string): string | null {
  const tag = text.split(',', 1)[0]?.trim().replaceAll('_', '-') ?? ''
  if (!/^[a-z]{2,3}(?:-[a-z0-9]{2,8}){0,3}$/i.test(tag)) return null
  try {
    return Intl.getCanonicalLocales(tag)[0] ?? null
  } catch {
    return null
  }
}

function siteNameOf({ site, title }: Facts): Said | undefined {
  const named = site.names[0]
  if (named) return named
  const piece = title.split(/\s[-–—|·•:»«]\s|[|»«]/).findLast((text) => isSiteName(text, site))
  return piece === undefined ? undefined : { text: piece.trim(), source: 'title' }
}

function typeOf(facts: Facts): Said | undefined {
  const thing = facts.things.find(({ isTop, types }) => isTop && kindOf(types) !== 'other')
  const type = thing?.node['@type']
  return firstOf(ofMeta(facts, 'og:type'), { text: textOf(type).replace(/^.*[/:#]/, ''), source: 'json_ld' })
}

function imageOf(facts: Facts, base: URL): Said | undefined {
  const names = ['og:image:secure_url', 'og:image', 'og:image:url', 'twitter:image', 'twitter:image:src']
  return firstOf(
    ...names.map((name) => resolved(ofMeta(facts, name), base)),
    resolved(imageOfThings(facts), base),
    resolved(ofLink(facts, 'image_src'), base),
    resolved(ofProperty(facts, 'image'), base),
  )
}

function imageOfThings({ things }: Facts): Said | undefined {
  for (const { node } of things.filter(({ types }) => kindOf(types) !== 'other')) {
    const text = [node.image, node.thumbnailUrl].map(addressIn).find((address) => address !== '')
    if (text) return { text, source: 'json_ld' }
  }
  return undefined
}

/** The address of an image in JSON-LD: a text, an ImageObject, or the first of many. */
function addressIn(value: Json | undefined): string {
  const first = Array.isArray(value) ? value[0] : value
  return isObject(first) ? textOf(first.url ?? first.contentUrl ?? first['@id']) : textOf(first)
}

function faviconOf(facts: Facts, base: URL): Said | undefined {
  const relations = ['icon', 'apple-touch-icon', 'apple-touch-icon-precomposed', 'mask-icon', 'fluid-icon']
  return firstOf(...relations.map((relation) => resolved(ofLink(facts, relation), base)))
}

function licenceOf(facts: Facts, base: URL): Said | undefined {
  const anchor = facts.scan.marks.find(({ attributes }) => relationsOf(attributes).includes('license'))
  const href = anchor?.attributes.href ?? ''
  return firstOf(
    resolved(ofLink(facts, 'license', 'licence', 'copyright'), base),
    resolved({ text: href, source: 'a license' }, base),
    ofThings(facts, 'license'),
    ofMeta(
      facts,
      'dcterms.license',
      'dc.rights',
      'dcterms.rights',
      'license',
      'licence',
      'rights',
      'copyright',
    ),
  )
}

function keywordsOf({ meta, things }: Facts): Card['keywords'] {
  const said: [source: string, texts: string[]][] = [
    ...[
      'keywords',
      'news_keywords',
      'article:tag',
      'og:article:tag',
      'parsely-tags',
      'sailthru.tags',
      'dc.subject',
    ].map((name) => [name, meta.all(name)] as [string, string[]]),
    [
      'json_ld',
      things.filter(({ types }) => kindOf(types) === 'article').flatMap(({ node }) => textsOf(node.keywords)),
    ],
  ]
  for (const [source, texts] of said) {
    const words = texts.flatMap((text) => text.split(/[,;،、]/)).map((word) => cleanText(word, 100))
    const unique = [...new Set(words)].filter((word) => word !== '').slice(0, MAX_KEYWORDS)
    if (unique.length > 0) return { texts: unique, source }
  }
  return undefined
}
