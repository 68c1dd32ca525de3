import type { Element, ParentNode } from 'domhandler'
import type { Field, FieldMap, FieldType } from '../contract/fields.ts'
import type { Base } from './base.ts'
import { toCleanHtml } from './clean.ts'
import { imageUrl } from './images.ts'
import { labelOf } from './labels.ts'
import { toMarkdown } from './markdown.ts'
import { createFinder, type Finder } from './query.ts'
import { readBoolean, readDate, readNumber } from './value.ts'
import { isText, nodesOf } from './walk.ts'

/** Most matches that are taken of one field. */
const MAX_MATCHES = 1000

/** What a field becomes: null, or an empty list, where nothing matches or a text cannot be read as its type. */
export type Extracted = string | number | boolean | null | Extracted[] | { [name: string]: Extracted }

interface Parts {
  base: Base
  finder: Finder
}

/**
 * Takes fields out of a page. The selectors have been checked; those in `fields` are relative to their match.
 * @param base what addresses are relative to
 * @throws ServiceError `page_too_complex` when that takes too long on this page
 */
export function extractFields(
  document: ParentNode,
  fields: FieldMap,
  base: Base,
  finder: Finder = createFinder(),
): Record<string, Extracted> {
  const parts = { base, finder }
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [name, extractField(document, field, parts)]),
  )
}

function extractField(root: ParentNode, field: Field, parts: Parts): Extracted {
  const matches = parts.finder.all(field.selector, root)
  if (!field.many) return matches[0] ? takeFrom(matches[0], field, parts) : null
  return matches
    .slice(0, MAX_MATCHES)
    .map((match) => takeFrom(match, field, parts))
    .filter((value) => value !== null)
}

function takeFrom(match: Element, field: Field, parts: Parts): Extracted {
  if (field.fields) return extractFields(match, field.fields, parts.base, parts.finder)
  const type = field.type ?? 'text'
  if (field.attribute === undefined) return contentOf(match, type, parts)
  const name = field.attribute.toLowerCase()
  const value = Object.hasOwn(match.attribs, name) ? (match.attribs[name] ?? '') : null
  return value === null ? null : readAs(value.trim(), type, parts.base)
}

function contentOf(match: Element, type: FieldType, { base, finder }: Parts): Extracted {
  for (const node of nodesOf(match)) finder.spend(1 + (isText(node) ? node.data.length >> 2 : 0))
  if (type === 'html') return toCleanHtml(match, base)
  if (type === 'markdown') return toMarkdown(match, base)
  if (type === 'url') return urlOf(match, base)
  return readAs((statedValue(match, type) ?? labelOf(match)).trim(), type, base)
}

/** Where an element leads to or comes from; else the address that is its text. */
function urlOf(match: Element, base: Base): string | null {
  const { href, src, content } = match.attribs
  if (match.name === 'img') return imageUrl(match, base)
  return base.link(href ?? src ?? content ?? labelOf(match))
}

/** What an element says of its value in a form for machines. */
function statedValue({ name, attribs }: Element, type: FieldType): string | undefined {
  if (name === 'meta') return attribs.content ?? ''
  if (type === 'date') return attribs.datetime ?? attribs.content
  return type === 'number' ? (attribs.content ?? attribs.value) : undefined
}

function readAs(text: string, type: FieldType, base: Base): Extracted {
  if (type === 'number') return readNumber(text)
  if (type === 'boolean') return readBoolean(text)
  if (type === 'date') return readDate(text)
  if (type === 'url') return text === '' ? null : base.link(text)
  return text
}
