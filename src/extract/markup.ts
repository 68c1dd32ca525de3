/** A start or an end tag. `attributes` are gathered only of the tags whose attributes decide something. */
export interface Tag {
  /** In lower case. */
  name: string
  isEnd: boolean
  isSelfClosing: boolean
  attributes: ReadonlyMap<string, string>
}

const none: ReadonlyMap<string, string> = new Map()
const attributesMatter = new Set(['font', 'annotation-xml', 'meta'])

const rawTextNames = [
  'iframe',
  'noembed',
  'noframes',
  'noscript',
  'style',
  'textarea',
  'title',
  'xmp',
] as const
const rawTextEnds = new Map<string, RegExp>(
  rawTextNames.map((name) => [name, new RegExp(`</${name}[\\t\\n\\f\\r />]`, 'gi')]),
)

/**
 * The tags of an HTML text in their order, delimited as the HTML Standard's tokenizer does (13.2.5). Comments, doctypes
 * and CDATA are stepped over; where an element's content is no markup, the caller says so by `skipRawText`.
 * Every step moves on and none looks back, so a text takes time in proportion to its length, whatever is in it.
 */
export class Markup {
  readonly #html: string
  #position = 0
  #hasText = false

  constructor(html: string) {
    this.#html = html
  }

  /** Whether there was anything but white space between tags so far. */
  get hasText(): boolean {
    return this.#hasText
  }

  /**
   * The next tag; null when there is none.
   * @param isForeign whether the current node is in SVG or MathML: only there `<![CDATA[` begins a section
   */
  next(isForeign: boolean): Tag | null {
    for (;;) {
      const open = this.#html.indexOf('<', this.#position)
      if (open === -1) return this.#finish()
      this.#hasText ||= this.#afterRun(/[\t\n\f\r ]*/y, this.#position) < open
      const isEnd = this.#html[open + 1] === '/'
      const name = open + (isEnd ? 2 : 1)
      if (isLetter(this.#html.charCodeAt(name))) return this.#readTag(name, isEnd)
      this.#position = this.#afterOther(open, isForeign)
    }
  }

  #finish(): null {
    this.#position = this.#html.length
    return null
  }

  /** Steps over what begins with `<` and is no tag. */
  #afterOther(open: number, isForeign: boolean): number {
    const next = this.#html[open + 1]
    if (next === '!') return this.#afterDeclaration(open, isForeign)
    if (next === '/' || next === '?') return this.#after('>', open + 2)
    this.#hasText = true
    return open + 1
  }

  #afterDeclaration(open: number, isForeign: boolean): number {
    if (this.#html.startsWith('--', open + 2)) return this.#afterComment(open + 4)
    if (isForeign && this.#html.startsWith('[CDATA[', open + 2)) return this.#after(']]>', open + 9)
    return this.#after('>', open + 2)
  }

  /** `<!-->` and `<!--->` are whole comments; any other ends with `-->` or `--!>`. */
  #afterComment(start: number): number {
    if (this.#html[start] === '>') return start + 1
    if (this.#html.startsWith('->', start)) return start + 2
    return this.#afterMatch(/--!?>/g, start)
  }

  #after(text: string, from: number): number {
    const found = this.#html.indexOf(text, from)
    return found === -1 ? this.#html.length : found + text.length
  }

  #afterMatch(pattern: RegExp, from: number): number {
    pattern.lastIndex = from
    return pattern.exec(this.#html) ? pattern.lastIndex : this.#html.length
  }

  /** A tag from its name on; null if the text ends within it, as such a tag counts for nothing. */
  #readTag(start: number, isEnd: boolean): Tag | null {
    const end = this.#afterRun(/[^\t\n\f\r />]*/y, start)
    const name = this.#html.slice(start, end).toLowerCase()
    const attributes = attributesMatter.has(name) ? new Map<string, string>() : undefined
    let value = end
    for (;;) {
      const at = this.#afterRun(/[\t\n\f\r /]*/y, value)
      if (at >= this.#html.length) return this.#finish()
      if (this.#html[at] === '>') {
        this.#position = at + 1
        // In `<a b=c/>` the slash is part of the value.
        const isSelfClosing = at > value && this.#html[at - 1] === '/'
        return { name, isEnd, isSelfClosing, attributes: attributes ?? none }
      }
      value = this.#afterAttribute(at, attributes)
    }
  }

  #afterAttribute(start: number, attributes: Map<string, string> | undefined): number {
    const end = this.#afterRun(/=?[^\t\n\f\r />=]*/y, start)
    const equals = this.#afterRun(/[\t\n\f\r ]*/y, end)
    const hasValue = this.#html[equals] === '='
    const from = hasValue ? this.#afterRun(/[\t\n\f\r ]*/y, equals + 1) : equals
    const quote = hasValue && (this.#html[from] === '"' || this.#html[from] === "'") ? this.#html[from] : ''
    const to = this.#afterValue(from, quote, hasValue)
    if (attributes) {
      const name = this.#html.slice(start, end).toLowerCase()
      const value = this.#html.slice(from, to).replace(/^["']|["']$/g, '')
      if (!attributes.has(name)) attributes.set(name, hasValue ? value : '')
    }
    return to
  }

  #afterValue(from: number, quote: string | undefined, hasValue: boolean): number {
    if (!hasValue) return from
    return quote ? this.#after(quote, from + 1) : this.#afterRun(/[^\t\n\f\r >]*/y, from)
  }

  /** Sticky patterns that also match nothing. */
  #afterRun(pattern: RegExp, from: number): number {
    pattern.lastIndex = from
    pattern.exec(this.#html)
    return Math.max(pattern.lastIndex, from)
  }

  /** Steps over the text of an element whose content is no markup, with its end tag. @returns that text */
  skipRawText(name: string): string {
    const start = this.#position
    const pattern = rawTextEnds.get(name)
    const end = name === 'script' ? this.#scriptEnd(start) : this.#matchAt(pattern, start)
    this.#position = end
    if (end < this.#html.length) this.next(false)
    return this.#html.slice(start, end)
  }

  #matchAt(pattern: RegExp | undefined, from: number): number {
    if (!pattern) return this.#html.length
    pattern.lastIndex = from
    return pattern.exec(this.#html)?.index ?? this.#html.length
  }

  /** A script goes on past `</script>` where that closes one opened in a comment (13.2.5.4, "script data escaped"). */
  #scriptEnd(start: number): number {
    const marks = /<!--|-->|<\/?script[\t\n\f\r />]/gi
    let state: 'plain' | 'comment' | 'nested' = 'plain'
    marks.lastIndex = start
    for (let mark = marks.exec(this.#html); mark; mark = marks.exec(this.#html)) {
      const isEnd = mark[0].startsWith('</')
      if (isEnd && state !== 'nested') return mark.index
      if (mark[0] === '-->') state = 'plain'
      else if (isEnd) state = 'comment'
      else if (mark[0] !== '<!--') state = state === 'comment' ? 'nested' : state
      else {
        state = state === 'plain' ? 'comment' : state
        // Its dashes may be those of `-->` too.
        marks.lastIndex = mark.index + 2
      }
    }
    return this.#html.length
  }
}

/** Whether an element of this name, in HTML, holds text that is no markup (scripting being on). */
export function hasRawText(name: string): boolean {
  return name === 'script' || rawTextEnds.has(name)
}

function isLetter(code: number): boolean {
  const lower = code | 0x20
  return lower >= 0x61 && lower <= 0x7a
}
