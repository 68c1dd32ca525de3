import { decodeHTMLStrict } from 'entities'
import { readDoctype } from './doctype.ts'
import { characterOf, unlawful } from './reference.ts'

/** What is told of an XML text, in its order. */
export interface XmlVisitor {
  /** A start tag, or a tag that closes itself and is then closed at once. Names are as written, values decoded. */
  open(name: string, attributes: ReadonlyMap<string, string>): void
  close(): void
  /** A piece of text or of CDATA, decoded. */
  text(text: string): void
}

/** Elements in one another, beyond which browsers read no further either (Chromium's limit). */
const DEEPEST = 5000

/** Characters that the entities of a page's own doctype may add to it. */
const MOST_ADDED = 1_000_000

/**
 * Reads an XML text (XML 1.0, fifth edition) as far as it is well formed; in one pass, in time that grows with it and no
 * faster. Names of HTML's character references count as declared, as they are by the doctypes of XHTML. Not looked at:
 * which letters a name may have in other scripts, and what a doctype declares but entities.
 * @returns whether all of it is well formed; what was told of it before a fault stands as it is
 */
export function readXml(xml: string, visitor: XmlVisitor): boolean {
  if (unlawful.test(xml)) return false
  return new Reader(xml, visitor).read()
}

const tagName = /[A-Za-z_:\xc0-\uffff][-.\w:\xb7-\uffff]*/y
const attribute =
  /[\t\n\r ]+([A-Za-z_:\xc0-\uffff][-.\w:\xb7-\uffff]*)[\t\n\r ]*=[\t\n\r ]*(?:"([^"<]*)"|'([^'<]*)')/y
const tagEnd = /[\t\n\r ]*(\/?)>/y
const reference = /&(?:#(x?)([\da-fA-F]{1,8})|([A-Za-z_][-.\w]{0,99}));/y
const instruction = /<\?([^\t\n\r ?]+)(?:[\t\n\r ]|\?>)/y

const none: ReadonlyMap<string, string> = new Map()

/** White space in values is spaces (3.3.3). */
const unbroken = (value: string) => (/[\t\n\r]/.test(value) ? value.replaceAll(/[\t\n\r]/g, ' ') : value)

/** Where a step comes to that finds a fault. */
const FAULT = -1

class Reader {
  readonly #xml: string
  readonly #visitor: XmlVisitor
  /** Names of the open elements. */
  readonly #open: string[] = []
  #entities: ReadonlyMap<string, string> = new Map()
  #left = MOST_ADDED
  #end = 0
  #stage: 'before' | 'doctype' | 'root' | 'after' = 'before'

  constructor(xml: string, visitor: XmlVisitor) {
    this.#xml = xml
    this.#visitor = visitor
  }

  read(): boolean {
    for (let at = 0; at !== FAULT; ) {
      const open = this.#xml.indexOf('<', at)
      if (!this.#text(this.#xml.slice(at, open === -1 ? undefined : open))) return false
      if (open === -1) return this.#stage === 'after'
      at = this.#markup(open)
    }
    return false
  }

  #text(text: string): boolean {
    if (text === '') return true
    if (this.#open.length === 0) return !/[^\t\n\r ]/.test(text)
    if (text.includes(']]>')) return false
    const decoded = this.#decode(text)
    if (decoded !== null) this.#visitor.text(decoded)
    return decoded !== null
  }

  /** Takes what begins with `<`. @returns where it ends, or FAULT */
  #markup(open: number): number {
    const next = this.#xml[open + 1]
    if (next === '/') return this.#endTag(open + 2)
    if (next === '?') return this.#instruction(open)
    return next === '!' ? this.#declaration(open) : this.#startTag(open + 1)
  }

  #startTag(start: number): number {
    const name = this.#match(tagName, start)?.[0]
    if (name === undefined || this.#open.length >= DEEPEST) return FAULT
    if (this.#open.length === 0 && this.#stage === 'after') return FAULT
    const attributes = this.#attributes(start + name.length)
    const end = attributes && this.#match(tagEnd, this.#end)
    if (!end) return FAULT
    this.#stage = 'root'
    this.#open.push(name)
    this.#visitor.open(name, attributes)
    if (end[1] === '/') this.#close()
    return tagEnd.lastIndex
  }

  /** The attributes that stand at an index, up to `#end`; null where one is at fault. */
  #attributes(start: number): ReadonlyMap<string, string> | null {
    this.#end = start
    let found = this.#match(attribute, start)
    if (!found) return none
    const attributes = new Map<string, string>()
    for (; found; found = this.#match(attribute, this.#end)) {
      const [, name = '', double, single = ''] = found
      const value = this.#decode(unbroken(double ?? single))
      if (value === null || attributes.has(name)) return null
      attributes.set(name, value)
      this.#end = attribute.lastIndex
    }
    return attributes
  }

  #endTag(start: number): number {
    const name = this.#match(tagName, start)?.[0]
    const end = this.#match(tagEnd, tagName.lastIndex)
    if (name === undefined || !end || end[1] === '/' || this.#open.at(-1) !== name) return FAULT
    this.#close()
    return tagEnd.lastIndex
  }

  #close(): void {
    this.#open.pop()
    this.#visitor.close()
    if (this.#open.length === 0) this.#stage = 'after'
  }

  /** An XML declaration stands at the very beginning or not at all. */
  #instruction(open: number): number {
    const target = this.#match(instruction, open)?.[1]?.toLowerCase()
    return target === undefined || (target === 'xml' && open > 0) ? FAULT : this.#after('?>', open + 2)
  }

  #declaration(open: number): number {
    if (this.#xml.startsWith('<!--', open)) {
      const end = this.#xml.indexOf('--', open + 4)
      return end !== -1 && this.#xml[end + 2] === '>' ? end + 3 : FAULT
    }
    if (this.#xml.startsWith('<![CDATA[', open) && this.#open.length > 0) {
      const end = this.#after(']]>', open + 9)
      if (end !== FAULT) this.#visitor.text(this.#xml.slice(open + 9, end - 3))
      return end
    }
    return this.#doctype(open)
  }

  #doctype(open: number): number {
    const doctype = this.#stage === 'before' ? readDoctype(this.#xml, open) : null
    if (!doctype) return FAULT
    this.#stage = 'doctype'
    this.#entities = doctype.entities
    return doctype.end
  }

  #after(sign: string, from: number): number {
    const found = this.#xml.indexOf(sign, from)
    return found === -1 ? FAULT : found + sign.length
  }

  #match(pattern: RegExp, from: number): RegExpExecArray | null {
    pattern.lastIndex = from
    return pattern.exec(this.#xml)
  }

  /** A text with its references resolved; null where one is none. */
  #decode(text: string): string | null {
    let decoded = ''
    let from = 0
    for (let at = text.indexOf('&'); at !== -1; at = text.indexOf('&', from)) {
      reference.lastIndex = at
      const found = reference.exec(text)
      if (!found) return null
      const [whole, hex, digits, name = ''] = found
      const value = digits === undefined ? this.#entity(name) : characterOf(digits, hex === 'x' ? 16 : 10)
      if (value === null) return null
      decoded += text.slice(from, at) + value
      from = at + whole.length
    }
    return from === 0 ? text : decoded + text.slice(from)
  }

  #entity(name: string): string | null {
    const declared = this.#entities.get(name)
    this.#left -= declared?.length ?? 0
    if (declared !== undefined) return this.#left < 0 ? null : declared
    const [reference, decoded] = [`&${name};`, decodeHTMLStrict(`&${name};`)]
    return decoded === reference ? null : decoded
  }
}
