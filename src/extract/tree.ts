import type { Document } from 'domhandler'
import { decodeHTML, decodeHTMLAttribute } from 'entities'
import type { TokenizerCallbacks } from 'htmlparser2'
import { ServiceError } from '../contract/errors.ts'
import { Builder } from './builder.ts'
import { keep } from './memo.ts'
import { mend } from './mend.ts'
import { createTokenizer } from './tokenizer.ts'
import { setOf } from './words.ts'

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
  const tokenizer = createTokenizer(new Reader(html, builder))
  tokenizer.write(mend(html))
  tokenizer.end()
}

/** Elements in whose text the HTML Standard knows no references. */
const rawText = setOf('script style xmp iframe noembed noframes plaintext')

const LESS_THAN = 0x3c

/** Puts the pieces that the tokenizer tells of together to tags and text. */
class Reader implements TokenizerCallbacks {
  readonly #html: string
  readonly #builder: Builder
  /** Names in small letters. Pages repeat a few of them thousandfold. */
  readonly #lower = keep((name) => name.toLowerCase())
  #name = ''
  #attributes: Record<string, string> = {}
  #count = 0
  #attribute = ''
  #value = ''
  #isRaw = false
  /** Where text begins and ends that was not handed on yet; nowhere, where both are the same. */
  #textStart = 0
  #textEnd = 0

  constructor(html: string, builder: Builder) {
    this.#html = html
    this.#builder = builder
  }

  onopentagname(start: number, end: number): void {
    this.#name = this.#lower(this.#html.slice(start, end))
    this.#attributes = {}
    this.#count = 0
  }

  onattribname(start: number, end: number): void {
    this.#attribute = this.#lower(this.#html.slice(start, end))
    this.#value = ''
  }

  onattribdata(start: number, end: number): void {
    const value = this.#html.slice(start, end)
    this.#value = value.includes('&') ? decodeHTMLAttribute(value) : value
  }

  onattribentity(): void {}

  onattribend(): void {
    const name = this.#attribute
    // The first of a name counts. `__proto__` would set the prototype.
    if (name === '__proto__' || this.#count >= MAX_ATTRIBUTES) return
    if (this.#count > 0 && Object.hasOwn(this.#attributes, name)) return
    this.#attributes[name] = this.#value
    this.#count += 1
  }

  onopentagend(): void {
    this.#open(false)
  }

  onselfclosingtag(): void {
    this.#open(true)
  }

  #open(isSelfClosing: boolean): void {
    this.#endText()
    this.#isRaw = rawText.has(this.#name) && !this.#builder.isForeign
    this.#builder.open(this.#name, this.#attributes, isSelfClosing)
  }

  onclosetag(start: number, end: number): void {
    this.#endText()
    this.#isRaw = false
    this.#builder.close(this.#lower(this.#html.slice(start, end)))
  }

  /**
   * A text ends where a `<` might begin a tag, and goes on where it begins none. What begins so is put together first: of ten
   * million of them, each would be a text of its own.
   */
  ontext(start: number, end: number): void {
    const goesOn = start === this.#textEnd && this.#html.charCodeAt(this.#textStart) === LESS_THAN
    if (!goesOn) {
      this.#endText()
      this.#textStart = start
    }
    this.#textEnd = end
  }

  #endText(): void {
    if (this.#textStart === this.#textEnd) return
    const text = this.#html.slice(this.#textStart, this.#textEnd)
    this.#textStart = this.#textEnd
    this.#builder.text(this.#isRaw || !text.includes('&') ? text : decodeHTML(text))
  }

  ontextentity(): void {}

  oncdata(start: number, end: number, offset: number): void {
    this.#endText()
    if (this.#builder.isForeign) this.#builder.text(this.#html.slice(start, end - offset))
  }

  isInForeignContext(): boolean {
    return this.#builder.isForeign
  }

  oncomment(): void {}

  ondeclaration(): void {}

  onprocessinginstruction(): void {}

  onend(): void {
    this.#endText()
  }
}
