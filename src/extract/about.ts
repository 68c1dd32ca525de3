import type { Document, Element } from 'domhandler'
import { eachElement, ownText } from './walk.ts'
import { squeeze } from './words.ts'

/** What a page says of itself: in its head, its address and its data. */
export interface PageFacts {
  /** Words of the title, in small letters. */
  title: ReadonlySet<string>
  description: string
  /** The type of OpenGraph, '' without. */
  type: string
  /** Types of JSON-LD and microdata. */
  schemas: ReadonlySet<string>
  url: URL | null
  language: string
  /** Class names of the body. */
  body: string
}

/** Characters of the body's class names that are looked at: some have one for each thing that the page knows. */
const MAX_CLASSES = 2000

const META_NAMES = new Set(['description', 'og:description', 'og:title', 'og:type'])

export function readFacts(document: Document, url: string): PageFacts {
  const found = new Map<string, string>()
  const schemas = new Set<string>()
  let [language, body] = ['', '']
  eachElement(document, (element) => {
    if (element.name === 'meta') readMeta(element, found)
    else if (element.name === 'title' && !found.has('title')) found.set('title', ownText(element))
    else if (element.name === 'script' && element.attribs.type?.includes('ld+json'))
      addTypes(ownText(element), schemas)
    else if (element.name === 'html') language = element.attribs.lang ?? ''
    else if (element.name === 'body') body = (element.attribs.class ?? '').slice(0, MAX_CLASSES)
    const type = element.attribs.itemtype
    if (type) schemas.add(type.slice(type.lastIndexOf('/') + 1).toLowerCase())
  })
  return {
    title: new Set(lowerWords(`${found.get('title') ?? ''} ${found.get('og:title') ?? ''}`)),
    description: squeeze(found.get('og:description') ?? found.get('description') ?? ''),
    type: (found.get('og:type') ?? '').toLowerCase(),
    schemas,
    url: URL.parse(url),
    language,
    body,
  }
}

function readMeta({ attribs }: Element, found: Map<string, string>): void {
  const name = (attribs.property ?? attribs.name ?? '').toLowerCase()
  if (META_NAMES.has(name) && attribs.content && !found.has(name))
    found.set(name, attribs.content.slice(0, 1000))
}

function addTypes(json: string, types: Set<string>): void {
  for (const [, type] of json.matchAll(/"@type"\s*:[\s[]*"(\w{1,40})"/g))
    types.add((type as string).toLowerCase())
}

/** Runs of letters and digits, in small letters, as `wordsOf` has them but for marks. */
export const lowerWords = (text: string): string[] =>
  text.toLowerCase().match(/(?:[a-z\d]|[\p{L}\p{N}]){1,1000}/gu) ?? []

/** Characters at the start of a block whose words are looked at, and how many of these are looked up. */
export const OPENING = 200
export const OPENING_WORDS = 12

export const openingOf = (text: string): string[] => lowerWords(text.slice(0, OPENING))
