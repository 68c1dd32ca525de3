import type { Scan } from './scan.ts'
import { cleanText } from './words.ts'

/** What a page's meta elements say, by the lower-case name each goes by. */
export interface Meta {
  /** The first of a name that says anything; '' if none does. */
  first(...names: string[]): string
  all(name: string): string[]
  /** Names in the order they came, each once. */
  names(): IterableIterator<string>
}

const MAX_CHARS = 5_000

export function readMeta({ metas }: Scan): Meta {
  const texts = new Map<string, string[]>()
  for (const attributes of metas) {
    const text = cleanText(attributes.content ?? '', MAX_CHARS)
    if (text === '') continue
    for (const key of ['property', 'name', 'itemprop', 'http-equiv']) {
      for (const name of (attributes[key] ?? '').toLowerCase().split(/\s+/, 4)) {
        const known = texts.get(name)
        if (name === '' || name.length > 100) continue
        if (known === undefined) texts.set(name, [text])
        else if (known.length < 50) known.push(text)
      }
    }
  }
  return {
    first: (...names) => names.map((name) => texts.get(name)?.[0]).find((text) => text !== undefined) ?? '',
    all: (name) => texts.get(name) ?? [],
    names: () => texts.keys(),
  }
}

const MAX_NAMES = 100
const MAX_VALUES = 20
const MAX_TOTAL = 100_000

/** What meta elements say in one vocabulary, by name without its prefix; `whole` are names that stay as they are. */
export function vocabularyOf(
  meta: Meta,
  prefixes: readonly string[],
  whole?: RegExp,
): Record<string, string | string[]> {
  const said = new Map<string, string | string[]>()
  let left = MAX_TOTAL
  for (const name of meta.names()) {
    const prefix = prefixes.find((start) => name.startsWith(start)) ?? (whole?.test(name) ? '' : undefined)
    const key = prefix === undefined ? '' : name.slice(prefix.length)
    if (key === '' || key === '__proto__' || said.has(key) || said.size === MAX_NAMES) continue
    const [first = '', ...more] = meta.all(name).slice(0, MAX_VALUES)
    left -= [first, ...more].reduce((sum, text) => sum + text.length, key.length)
    if (left < 0) break
    said.set(key, more.length === 0 ? first : [first, ...more])
  }
  return Object.fromEntries(said)
}
