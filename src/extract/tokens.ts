import { Tokenizer, type TokenizerCallbacks } from 'htmlparser2'
import { decodeEntities } from './words.ts'

/** A tag's attributes by their lower-case names, entities decoded. Of a name given twice the first counts. */
export type Attributes = ReadonlyMap<string, string>

/** What is told of the tags and texts of a page, in their order. */
export interface TokenHandler {
  /** @returns whether to go on */
  onStart(name: string, attributes: Attributes, isSelfClosing: boolean): boolean
  onEnd(name: string): void
  /** @param text as it stands, with its entities: the tokenizer would look at every character for them */
  onText(text: string): void
  /** Whether what follows is in SVG or MathML, where no element holds raw text. */
  isForeign(): boolean
}

const VALUE_CHARS = 20_000
const NAME_CHARS = 64
const TEXT_CHARS = 2_000_000
const nothing: Attributes = new Map()

const CDATA = '<![CDATA['
const NO_CDATA = '<!-CDATA['

/**
 * Tells a handler the tags and texts of a page. htmlparser2's Parser keeps a stack besides, which takes time squared on
 * nested and on stray tags; its Tokenizer has none and is linear.
 * @param kept the attributes that are read; all others are stepped over
 */
export function readTokens(page: string, kept: ReadonlySet<string>, handler: TokenHandler): void {
  // The tokenizer takes CDATA for what it is in XML; in HTML it is a comment that ends with the first `>`.
  const html = page.includes(CDATA) ? page.replaceAll(CDATA, NO_CDATA) : page
  const reader = new Reader(html, kept, handler)
  const tokenizer = new Tokenizer({ decodeEntities: false }, reader)
  reader.stop = () => tokenizer.pause()
  tokenizer.write(html)
  tokenizer.end()
}

class Reader implements TokenizerCallbacks {
  readonly #html: string
  readonly #kept: ReadonlySet<string>
  readonly #handler: TokenHandler
  #name = ''
  #attributes: Map<string, string> | undefined
  #attribute: string | undefined
  #value = ''
  stop: () => void = () => {}

  constructor(html: string, kept: ReadonlySet<string>, handler: TokenHandler) {
    this.#html = html
    this.#kept = kept
    this.#handler = handler
  }

  isInForeignContext(): boolean {
    return this.#handler.isForeign()
  }

  onopentagname(start: number, end: number): void {
    this.#name = this.#nameAt(start, end)
    this.#attributes = undefined
  }

  onattribname(start: number, end: number): void {
    const name = this.#nameAt(start, end)
    this.#attribute = this.#kept.has(name) && !this.#attributes?.has(name) ? name : undefined
    this.#value = ''
  }

  onattribdata(start: number, end: number): void {
    if (this.#attribute !== undefined)
      this.#value = decodeEntities(this.#html.slice(start, Math.min(end, start + VALUE_CHARS)))
  }

  onattribend(): void {
    if (this.#attribute === undefined) return
    this.#attributes ??= new Map()
    this.#attributes.set(this.#attribute, this.#value)
    this.#attribute = undefined
  }

  onopentagend(): void {
    if (!this.#handler.onStart(this.#name, this.#attributes ?? nothing, false)) this.stop()
  }

  onselfclosingtag(): void {
    if (!this.#handler.onStart(this.#name, this.#attributes ?? nothing, true)) this.stop()
  }

  onclosetag(start: number, end: number): void {
    this.#handler.onEnd(this.#nameAt(start, end))
  }

  ontext(start: number, end: number): void {
    this.#handler.onText(this.#html.slice(start, Math.min(end, start + TEXT_CHARS)))
  }

  ontextentity(): void {}
  onattribentity(): void {}
  oncdata(): void {}
  oncomment(): void {}
  ondeclaration(): void {}
  onprocessinginstruction(): void {}
  onend(): void {}

  #nameAt(start: number, end: number): string {
    return this.#html.slice(start, Math.min(end, start + NAME_CHARS)).toLowerCase()
  }
}
