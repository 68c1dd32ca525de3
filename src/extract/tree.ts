import type { Document } from 'domhandler'
import { Tokenizer, type TokenizerCallbacks } from 'htmlparser2'
import { ServiceError } from '../contract/errors.ts'
import { Builder } from './builder.ts'
import { mend } from './mend.ts'

export { append, createDocument, createElement } from './node.ts'

/** Nodes of a page, beyond which it is refused: what is larger is no page that anyone reads. */
export const MAX_NODES = 400_000

/** Most attributes of one element; further ones are left out. */
const MAX_ATTRIBUTES = 256

/**
 * The light tree of a page: elements and text as a browser would nest them, without comments; html, head and body are
 * always there, and nothing is nested deeper than 512 levels. In one pass, in time and memory that grow with the page and
 * no faster. Scripting counts as off: what stands in a `noscript` is elements.
 * @throws ServiceError `page_too_complex`
 */
export function parseTree(html: string, { maxNodes = MAX_NODES }: { maxNodes?: number } = {}): Document {
  const builder = new Builder(maxNodes)
  build(html, builder)
  return builder.document
}

/** As much of a page's tree as its first nodes are: of what is larger than any page that is read, the beginning. */
export function parseStart(html: string): Document {
  const builder = new Builder(MAX_NODES)
  try {
    build(html, builder)
  } catch (thrown) {
    if (!(thrown instanceof ServiceError)) throw thrown
  }
  return builder.document
}

function build(html: string, builder: Builder): void {
  const tokenizer = new Tokenizer({ decodeEntities: true }, new Reader(html, builder))
  tokenizer.write(mend(html))
  tokenizer.end()
}

const { fromCodePoint } = String

/** Puts the pieces that the tokenizer tells of together to tags and text. */
class Reader implements TokenizerCallbacks {
  readonly #html: string
  readonly #builder: Builder
  #name = ''
  #attributes: Record<string, string> = {}
  #count = 0
  #attribute = ''
  #value = ''

  constructor(html: string, builder: Builder) {
    this.#html = html
    this.#builder = builder
  }

  onopentagname(start: number, end: number): void {
    this.#name = this.#html.slice(start, end).toLowerCase()
    this.#attributes = {}
    this.#count = 0
  }

  onattribname(start: number, end: number): void {
    this.#attribute = this.#html.slice(start, end).toLowerCase()
    this.#value = ''
  }

  onattribdata(start: number, end: number): void {
    this.#value += this.#html.slice(start, end)
  }

  onattribentity(code: number): void {
    this.#value += fromCodePoint(code)
  }

  onattribend(): void {
    const name = this.#attribute
    // The first of a name counts. `__proto__` would set the prototype.
    if (this.#count >= MAX_ATTRIBUTES || name === '__proto__' || Object.hasOwn(this.#attributes, name)) return
    this.#attributes[name] = this.#value
    this.#count += 1
  }

  onopentagend(): void {
    this.#builder.open(this.#name, this.#attributes, false)
  }

  onselfclosingtag(): void {
    this.#builder.open(this.#name, this.#attributes, true)
  }

  onclosetag(start: number, end: number): void {
    this.#builder.close(this.#html.slice(start, end).toLowerCase())
  }

  ontext(start: number, end: number): void {
    this.#builder.text(this.#html.slice(start, end))
  }

  ontextentity(code: number): void {
    this.#builder.text(fromCodePoint(code))
  }

  oncdata(start: number, end: number, offset: number): void {
    if (this.#builder.isForeign) this.#builder.text(this.#html.slice(start, end - offset))
  }

  isInForeignContext(): boolean {
    return this.#builder.isForeign
  }

  oncomment(): void {}

  ondeclaration(): void {}

  onprocessinginstruction(): void {}

  onend(): void {}
}
