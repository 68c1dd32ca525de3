import { decodeHTMLAttribute } from 'entities'
import { cleanText } from './words.ts'

/** A value of JSON, as deep and as large as we let it be. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
export type JsonObject = { [key: string]: Json }

const MAX_DEPTH = 24
const MAX_VALUES = 20_000
const MAX_CHARS = 1_000_000
const TEXT_CHARS = 50_000
const READ_CHARS = 8_000

/**
 * The values of JSON-LD scripts, in their order. What people write and browsers never read is forgiven: comments, CDATA marks,
 * line ends in strings, commas too many, escaped quotes of HTML. What still is no JSON is left out.
 * Bounded: deeper than 24 levels and beyond 20,000 values or a million characters nothing is kept.
 */
export function readJsonLd(scripts: readonly string[]): JsonObject[] {
  const budget = { values: MAX_VALUES, chars: MAX_CHARS }
  return scripts.flatMap((script) => {
    const value = bounded(parse(script), MAX_DEPTH, budget)
    const values = Array.isArray(value) ? value.flat() : [value]
    return values.filter(isObject)
  })
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parse(script: string): unknown {
  try {
    return JSON.parse(script)
  } catch {
    try {
      return JSON.parse(repair(script))
    } catch {
      return null
    }
  }
}

/** A copy without what is beyond the bounds, and without keys that mean something to JavaScript. */
function bounded(value: unknown, depth: number, budget: { values: number; chars: number }): Json {
  budget.values -= 1
  if (depth === 0 || budget.values < 0 || budget.chars < 0) return null
  if (typeof value === 'string') {
    const text = value.slice(0, TEXT_CHARS).toWellFormed()
    budget.chars -= text.length
    return text
  }
  if (typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (Array.isArray(value)) {
    const items: Json[] = []
    for (const item of value) {
      if (budget.values < 0) break
      items.push(bounded(item, depth - 1, budget))
    }
    return items
  }
  return typeof value === 'object' && value !== null ? boundedObject(value, depth, budget) : null
}

function boundedObject(value: object, depth: number, budget: { values: number; chars: number }): JsonObject {
  const copy: JsonObject = {}
  for (const [key, member] of Object.entries(value)) {
    if (budget.values < 0) break
    if (key === '__proto__' || key.length > 200) continue
    budget.chars -= key.length
    copy[key.toWellFormed()] = bounded(member, depth - 1, budget)
  }
  return copy
}

const escapes = new Set('"\\/bfnrtu')

/** Makes JSON of what nearly is, in one pass. */
function repair(script: string): string {
  const text = script.includes('"') ? script : script.replaceAll('&quot;', '"')
  const out: string[] = []
  let at = skipJunk(text, 0)
  while (at < text.length) {
    const char = text[at] as string
    if (char === '"') at = repairString(text, at, out)
    else if (char === ',') {
      at = skipJunk(text, at + 1)
      if (text[at] !== '}' && text[at] !== ']' && text[at] !== ',') out.push(',')
    } else if (char === '}' || char === ']' || char === '{' || char === '[' || char === ':') {
      out.push(char)
      at = skipJunk(text, at + 1)
    } else {
      out.push(char)
      at = skipJunk(text, at + 1)
    }
  }
  return out.join('')
}

/** Copies a string that begins at `start`; what may not stand in one is escaped or left out. @returns where it ends */
function repairString(text: string, start: number, out: string[]): number {
  out.push('"')
  let from = start + 1
  let at = from
  for (; at < text.length && text[at] !== '"'; at += 1) {
    const code = text.charCodeAt(at)
    if (code === 0x5c) {
      if (!escapes.has(text[at + 1] ?? '')) {
        out.push(text.slice(from, at))
        from = at + 1
      }
      at += 1
    } else if (code < 0x20) {
      out.push(text.slice(from, at), ' ')
      from = at + 1
    }
  }
  out.push(text.slice(from, at), '"')
  return skipJunk(text, at + 1)
}

/** Steps over white space, comments and the marks of CDATA and HTML comments. */
function skipJunk(text: string, from: number): number {
  let at = from
  for (;;) {
    const code = text.charCodeAt(at)
    if (code <= 0x20 || code === 0xfeff || code === 0xa0 || code === 0x3b) at += 1
    else if (text.startsWith('/*', at)) at = after(text, '*/', at + 2)
    else if (text.startsWith('<![CDATA[', at)) at += 9
    else if (text.startsWith('//<![CDATA[', at)) at += 11
    else if (text.startsWith('//]]>', at)) at += 5
    else if (text.startsWith('//', at)) at = after(text, '\n', at)
    else if (text.startsWith('<!--', at)) at += 4
    else if (text.startsWith('-->', at) || text.startsWith(']]>', at)) at += 3
    else return at
  }
}

function after(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from)
  return found === -1 ? text.length : found + mark.length
}

/** The first text of a member: itself, of its list, or its `@value`, `name` or `url`. '' if there is none. */
export function textOf(value: Json | undefined): string {
  return textsOf(value)[0] ?? ''
}

/** The texts of a member that may be one or many, with their entities decoded. */
export function textsOf(value: Json | undefined): string[] {
  const items = Array.isArray(value) ? value.slice(0, 50) : [value]
  return items
    .map((item) => {
      const plain = isObject(item) ? (item['@value'] ?? item.name ?? item.url ?? item['@id']) : item
      const first = Array.isArray(plain) ? plain[0] : plain
      return typeof first === 'string'
        ? cleanText(decodeHTMLAttribute(first.slice(0, READ_CHARS)))
        : typeof first === 'number'
          ? String(first)
          : ''
    })
    .filter((text) => text !== '')
}
