import { characterOf } from './reference.ts'

/** What a doctype says that a reader of XML needs. */
export interface Doctype {
  /** Where it ends. */
  end: number
  /** Texts by the names of the entities that stand for them. Those that stand for markup or for other entities are left out. */
  entities: ReadonlyMap<string, string>
}

/** Characters of a doctype that are looked at. */
const LONGEST = 16_384

const quoted = `(?:"[^"]*"|'[^']*')`
const some = '[\\t\\n\\r ]+'
const start = new RegExp(
  `<!DOCTYPE${some}[^\\s\\[>"']+(?:${some}(?:PUBLIC${some}${quoted}${some}|SYSTEM${some})${quoted})?\\s*([\\[>])`,
  'y',
)
const entity = new RegExp(`<!ENTITY${some}([^\\s"'%]+)${some}(${quoted})\\s*>`, 'y')
const other = new RegExp(`<!(?:ENTITY|ELEMENT|ATTLIST|NOTATION)\\s(?:[^"'>]|${quoted})*>`, 'y')
const subsetEnd = /\]\s*>/y
const space = /\s+/y

/**
 * Reads the doctype that begins at an index (XML 1.0, 2.8), with the declarations that stand in it.
 * @returns null where it is none, is broken or refers to parameter entities
 */
export function readDoctype(xml: string, at: number): Doctype | null {
  const text = xml.slice(at, at + LONGEST)
  start.lastIndex = 0
  const found = start.exec(text)
  if (!found) return null
  const entities = new Map<string, string>()
  const end = found[1] === '>' ? start.lastIndex : readSubset(text, start.lastIndex, entities)
  return end === null ? null : { end: at + end, entities }
}

/** Goes over the declarations within the brackets. @returns where the doctype ends */
function readSubset(text: string, from: number, entities: Map<string, string>): number | null {
  for (let at: number | null = from; at !== null; ) {
    const end = afterMatch(subsetEnd, text, at)
    if (end !== null) return end
    at = afterDeclaration(text, at, entities)
  }
  return null
}

function afterDeclaration(text: string, at: number, entities: Map<string, string>): number | null {
  if (text.startsWith('<!--', at)) return after('-->', text, at + 4)
  if (text.startsWith('<?', at)) return after('?>', text, at + 2)
  entity.lastIndex = at
  const declared = entity.exec(text)
  if (!declared) return afterMatch(space, text, at) ?? afterMatch(other, text, at)
  const [whole, name = '', value = ''] = declared
  const plain = plainValue(value.slice(1, -1))
  // The first of a name counts.
  if (plain !== null && !entities.has(name)) entities.set(name, plain)
  return at + whole.length
}

/** The text of an entity; null where that is more than text. */
function plainValue(value: string): string | null {
  const numeric = /&#(x?)([\da-fA-F]{1,8});/g
  const decoded = value.replaceAll(numeric, (whole, hex: string, digits: string) => {
    return characterOf(digits, hex === 'x' ? 16 : 10) ?? whole
  })
  return /[&<%]/.test(decoded) ? null : decoded
}

function after(sign: string, text: string, from: number): number | null {
  const found = text.indexOf(sign, from)
  return found === -1 ? null : found + sign.length
}

function afterMatch(pattern: RegExp, text: string, from: number): number | null {
  pattern.lastIndex = from
  return pattern.test(text) ? pattern.lastIndex : null
}
