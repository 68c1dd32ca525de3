import { voidElements } from './elements.ts'
import { declaresPrefix, type Expanded, Prefixes } from './prefixes.ts'
import { setOf } from './words.ts'
import { readXml, type XmlVisitor } from './xml.ts'

/**
 * A page's text as all who read HTML are to have it. XHTML that is none is read as HTML: where a browser shows an error,
 * what the author meant is there all the same.
 * @param mediaType `type/subtype` in lower case; null where it is not known
 */
export function toHtml(text: string, mediaType: string | null): string {
  return (mediaType === 'application/xhtml+xml' ? xhtmlToHtml(text) : null) ?? text
}

/** Characters of XHTML that become HTML within 40 ms, whatever they are; what is longer is not for the process that answers others. */
export const QUICK_CHARS = 131_072

/** As much of an XHTML page, in HTML's syntax, as its first characters are; as it is where it is none. */
export function startOfXhtml(text: string): string {
  const writer = new Writer()
  readXml(text, writer)
  return writer.isPage ? writer.finish() : text
}

/**
 * The same page in HTML's own syntax, as a browser reads it as XML: what closes itself is closed, CDATA is text, names are
 * those of their namespaces. Its one title, the first that XHTML has outside of templates, stands before all else; of any
 * other element of that name nothing is left.
 * @returns null where it is not well formed or its root is no `html`; a browser shows an error then, or no page
 */
export function xhtmlToHtml(xml: string): string | null {
  const writer = new Writer()
  return readXml(xml, writer) && writer.isPage ? writer.finish() : null
}

const XHTML = 'http://www.w3.org/1999/xhtml'
/** Their elements have the same names in HTML. */
const foreign = new Set(['http://www.w3.org/2000/svg', 'http://www.w3.org/1998/Math/MathML'])

/** What becomes of the text in an element. */
type Use = 'shown' | 'code' | 'title' | 'left out'

/** In HTML no elements are in these: the text of some is code, and what XHTML has in the others no browser shows. */
const uses: ReadonlyMap<string, Use> = new Map([
  ...(['script', 'style'] as const).map((name) => [name, 'code'] as const),
  ...(['iframe', 'noembed', 'noframes'] as const).map((name) => [name, 'left out'] as const),
])

/** In HTML no elements are in these either, but browsers show them as they do `pre`. */
const preformatted = setOf('xmp plaintext listing')

interface Frame {
  /** What it is called in HTML; '' where nothing is written of it. */
  name: string
  text: Use
  isTemplate: boolean
}

const outside: Frame = { name: '', text: 'shown', isTemplate: false }

class Writer implements XmlVisitor {
  readonly #prefixes = new Prefixes()
  readonly #open: Frame[] = []
  #head = ''
  #title: string | null = null
  #body = ''
  #templates = 0
  #isPage = false
  /** The root's. */
  #namespace = XHTML

  /** Whether the root is that of a page. */
  get isPage(): boolean {
    return this.#isPage
  }

  open(qualified: string, attributes: ReadonlyMap<string, string>): void {
    const expanded = this.#prefixes.open(qualified, attributes)
    const { namespace, name } = expanded
    if (this.#open.length === 0) [this.#namespace, this.#isPage] = [namespace, name === 'html']
    const frame = this.#enter(expanded)
    if (frame.isTemplate) this.#templates += 1
    if (frame.name !== '') this.#startTag(frame.name, attributesOf(attributes, namespace === XHTML))
    this.#open.push(frame)
  }

  #enter(expanded: Expanded): Frame {
    const { namespace, name } = expanded
    const around = this.#open.at(-1) ?? outside
    const isHtml = namespace === XHTML
    const isTemplate = isHtml && name === 'template'
    if (isHtml && name === 'title' && this.#title === null && this.#templates === 0) {
      this.#title = ''
      return { name: '', text: 'title', isTemplate }
    }
    if (around.text !== 'shown' || name === 'title') return { name: '', text: 'left out', isTemplate }
    const written = htmlName(expanded, this.#namespace)
    const text = (!foreign.has(namespace) && uses.get(written)) || 'shown'
    return { name: written, text, isTemplate }
  }

  #startTag(name: string, attributes: string): void {
    const tag = `<${name}${attributes}>`
    if (this.#open.length === 0) this.#head = tag
    else this.#body += tag
  }

  close(): void {
    this.#prefixes.close()
    const { name, isTemplate } = this.#open.pop() ?? outside
    if (isTemplate) this.#templates -= 1
    if (name !== '' && !voidElements.has(name)) this.#body += `</${name}>`
  }

  text(text: string): void {
    const { text: use } = this.#open.at(-1) ?? outside
    if (use === 'shown') this.#body += escaped(text)
    else if (use === 'title') this.#title += text
    // `<!--` would hide the end of a script.
    else if (use === 'code') this.#body += text.replaceAll(/<(?=!--|\/(?:script|style))/gi, '<\\')
  }

  finish(): string {
    const title = this.#title === null ? '' : `<title>${escaped(this.#title)}</title>`
    return `<!DOCTYPE html>${this.#head}${title}${this.#body}`
  }
}

/** Names of HTML have small letters. A root of another namespace, or none, has its elements shown as if they were HTML's, as was meant. */
function htmlName({ namespace, name }: Expanded, rootNamespace: string): string {
  if (foreign.has(namespace)) return name
  const isHtml = (namespace === XHTML || namespace === rootNamespace) && !/[A-Z]/.test(name)
  if (!isHtml) return `x:${name}`
  return preformatted.has(name) ? 'pre' : name
}

function attributesOf(attributes: ReadonlyMap<string, string>, isHtml: boolean): string {
  let written = ''
  for (const [name, value] of attributes) {
    if (declaresPrefix(name) || (isHtml && /[A-Z]/.test(name))) continue
    written += ` ${name}="${escaped(value)}"`
  }
  if (written === '') return written
  const language = attributes.get('xml:lang')
  return language === undefined || attributes.has('lang') ? written : `${written} lang="${escaped(language)}"`
}

function escaped(text: string): string {
  if (!/[&<>"]/.test(text)) return text
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
