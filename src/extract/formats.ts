import type { Document } from 'domhandler'
import { ServiceError } from '../contract/errors.ts'
import type { FieldMap } from '../contract/fields.ts'
import { type FormatOptions, type Formats, MOST_ITEMS } from '../contract/formats.ts'
import type { Metadata } from '../contract/metadata.ts'
import { type Base, baseOf, createBase } from './base.ts'
import { toCleanHtml } from './clean.ts'
import { findContent } from './content.ts'
import type { PageText } from './extractor.ts'
import { feedsOf } from './feeds.ts'
import { extractFields } from './fields.ts'
import { headingsOf } from './headings.ts'
import { imagesOf } from './images.ts'
import { linksOf } from './links.ts'
import { toMarkdown } from './markdown.ts'
import { readMetadata } from './metadata.ts'
import { isMarkup, plainFormats } from './plain.ts'
import { partWords } from './seams.ts'
import { select } from './select.ts'
import { tablesOf } from './tables.ts'
import { toText } from './text.ts'
import { createDocument, parseStart, parseTree } from './tree.ts'
import { toHtml } from './xhtml.ts'

/**
 * Makes formats of a page. It is parsed once, whatever they are.
 * @param names which of those that are wanted
 * @throws ServiceError `page_too_complex`; where all of them are of what the page says of itself, its start is enough
 */
export function makeFormats(page: PageText, wanted: FormatOptions, names: (keyof Formats)[]): Formats {
  if (!isMarkup(page.mediaType)) return pick(withoutTree(page, wanted), names)
  const parts = toParts(page, wanted, names)
  const made = Object.entries(makers)
    .filter(([name]) => names.includes(name as keyof Formats))
    .map(([name, make]) => [name, make(parts)])
  return Object.fromEntries(made) as Formats
}

/** What formats are made of, each when it is first needed. */
interface Parts {
  metadata: () => Metadata
  fields: FieldMap
  base: () => Base
  /** The whole page. */
  tree: () => Document
  /** What is left of it by `select` and `remove`. */
  part: () => Document
  /** What Markdown, text and content are made of. */
  content: () => Document
}

/** In the order they are made: from `text` on the tree of the page is taken apart. */
const makers: { [Name in keyof Formats]-?: (parts: Parts) => Formats[Name] } = {
  metadata: ({ metadata }) => metadata(),
  json_ld: ({ metadata }) => metadata().json_ld,
  feed: ({ tree, base }) => most(feedsOf(tree(), base())),
  links: ({ part, base }) => most(linksOf(part(), base())),
  images: ({ part, base }) => most(imagesOf(part(), base())),
  headings: ({ part }) => most(headingsOf(part())),
  tables: ({ part }) => most(tablesOf(part())),
  extract: ({ part, base, fields }) => extractFields(part(), fields, base()),
  text: ({ content }) => toText(content()),
  content: ({ content, base }) => toCleanHtml(content(), base()),
  markdown: ({ content, base }) => toMarkdown(content(), base()),
}

const most = <Item>(items: Item[]): Item[] => items.slice(0, MOST_ITEMS)

/** What is made of what a page says of itself, which stands at its start. */
const ofStart: ReadonlySet<string> = new Set<keyof Formats>(['metadata', 'json_ld'])

function toParts(page: PageText, wanted: FormatOptions, names: (keyof Formats)[]): Parts {
  const { url } = page
  const html = toHtml(page.html, page.mediaType)
  const { select: keep, remove, main = keep === undefined, extract: fields = {} } = wanted
  const tree = once(() =>
    partWords(names.every((name) => ofStart.has(name)) ? parseStart(html) : parseTree(html)),
  )
  const metadata = once(() => metadataOf(page, html, tree()))
  const base = once(() => baseOf(tree(), url))
  const part = once(() => {
    // Read before what says it may be taken out.
    base()
    return keep === undefined && remove === undefined ? tree() : select(tree(), keep, remove)
  })
  const content = once(() => (main ? findContent(part(), { url, base: base() }).root : part()))
  return { metadata, fields, base, tree, part, content }
}

/** Documents and texts have their titles from elsewhere than their HTML. */
function metadataOf({ title, url }: PageText, html: string, tree: Document): Metadata {
  const metadata = readMetadata(html, url, new Date(), tree)
  return metadata.title === null && title !== '' ? { ...metadata, title, title_source: 'document' } : metadata
}

function once<Value extends object | string>(make: () => Value): () => Value {
  let made: Value | undefined
  return () => {
    made ??= make()
    return made
  }
}

/** What is no page has nothing that could be selected. */
function withoutTree(page: PageText, { extract: fields = {} }: FormatOptions): Formats {
  const nothing = createDocument()
  const extract = extractFields(nothing, fields, createBase(page.url))
  return { ...plainFormats(page), metadata: metadataOf(page, '', nothing), extract }
}

function pick(formats: Formats, names: (keyof Formats)[]): Formats {
  return Object.fromEntries(names.map((name) => [name, formats[name]]))
}

/** What a thread is given. */
export interface FormatsTask {
  page: PageText
  wanted: FormatOptions
  /** Those that are to be made. */
  names: (keyof Formats)[]
  /** Formats that are larger in all, in bytes as JSON, are not handed over. */
  maxBytes: number
}

/** What it gives back: formats, null where they are too large, or the code of a fault. */
export type FormatsMade = { formats: Formats | null } | { fault: ServiceError['code'] }

/**
 * Bytes that formats may have for each character of the page, and in any case: what grows beyond it does so by design,
 * as thousands of short links do under a long base.
 */
const GROWTH = 6
const ALWAYS = 1_000_000

/** The job of a thread. */
export default async function run({ page, wanted, names, maxBytes }: FormatsTask): Promise<FormatsMade> {
  try {
    const formats = makeFormats(page, wanted, names)
    const size = sizeOf(formats, GROWTH * page.html.length + ALWAYS)
    if (size === null) return { fault: 'page_too_complex' }
    return { formats: size > maxBytes ? null : formats }
  } catch (thrown) {
    if (thrown instanceof ServiceError) return { fault: thrown.code }
    throw thrown
  }
}

/** Bytes as JSON; null for more than `most`. The long texts are looked at first, so that they are not made longer yet. */
function sizeOf(formats: Formats, most: number): number | null {
  const { markdown = '', text = '', content = '' } = formats
  if (markdown.length + text.length + content.length > most) return null
  const size = Buffer.byteLength(JSON.stringify(formats))
  return size > most ? null : size
}
