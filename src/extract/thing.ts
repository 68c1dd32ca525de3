import { isObject, type JsonObject } from './jsonld.ts'

/** A thing that JSON-LD tells of: its types in lower case without their namespace. */
export interface Thing {
  types: ReadonlySet<string>
  node: JsonObject
  /** Whether nothing but a graph or a list is around it. */
  isTop: boolean
}

/** All that has a type, those at the top first, then what is in them, level by level. */
export function thingsOf(values: readonly JsonObject[]): Thing[] {
  const things: Thing[] = []
  let level: { node: JsonObject; isTop: boolean }[] = values.map((node) => ({ node, isTop: true }))
  while (level.length > 0) {
    const next: typeof level = []
    for (const { node, isTop } of level) {
      const types = typesOf(node)
      if (types.size > 0) things.push({ types, node, isTop })
      for (const [key, member] of Object.entries(node)) {
        const isGraph = isTop && key === '@graph'
        for (const item of Array.isArray(member) ? member : [member])
          if (isObject(item)) next.push({ node: item, isTop: isGraph })
      }
    }
    level = next
  }
  return things
}

function typesOf(node: JsonObject): ReadonlySet<string> {
  const type = node['@type']
  const names = (Array.isArray(type) ? type : [type]).filter((name) => typeof name === 'string')
  return new Set(
    names.map((name) => name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf(':')) + 1).toLowerCase()),
  )
}

/** What sort of page a thing of JSON-LD stands for, by its types in lower case. */
export type ThingKind = 'article' | 'review' | 'product' | 'question' | 'page' | 'other'

/** Schema.org has too many types to name: most articles end alike. */
export function kindOf(types: ReadonlySet<string>): ThingKind {
  if (types.has('review')) return 'review'
  for (const type of types)
    if (/article|posting|report|recipe|newsitem|howto|episode/.test(type)) return 'article'
  if (types.has('product') || types.has('productgroup')) return 'product'
  if (types.has('question')) return 'question'
  for (const type of types) if (type.endsWith('page')) return 'page'
  return 'other'
}
