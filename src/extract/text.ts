import type { ParentNode } from 'domhandler'
import { walk } from './walk.ts'
import { collapse, setOf } from './words.ts'

/**
 * The text of a tree as its reader sees it: a line for each block, the cells of a row parted by tabs, white space
 * collapsed but in `pre`. What is not shown (scripts, styles, templates, the head) is left out.
 */
export function toText(root: ParentNode): string {
  const page = new Lines()
  walk(root, {
    enter: ({ name }) => {
      if (unseen.has(name)) return false
      page.open(name)
      return true
    },
    leave: ({ name }) => {
      if (!unseen.has(name)) page.close(name)
    },
    text: (text) => page.add(text),
  })
  return page.text()
}

/** Elements whose text is no part of the page. */
export const unseen = setOf(
  'head title script style template noscript iframe object textarea select option datalist svg canvas audio video map',
)

/** Elements that stand on lines of their own (HTML Standard, 15.3: `display: block`, list items, tables and rows). */
export const blocks = setOf(
  'address article aside blockquote body br caption center dd details dialog dir div dl dt fieldset figcaption figure ' +
    'footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li listing main menu nav ol optgroup p pre search ' +
    'section summary table tbody tfoot thead tr ul xmp',
)

class Lines {
  readonly #parts: string[] = []
  /** What parts the text so far from the next: nothing, a space, a tab or the end of a line. */
  #gap = ''
  #preDepth = 0
  /** How many parts there were when the row began. */
  #rowBegin = 0

  open(name: string): void {
    if (name === 'pre') this.#preDepth += 1
    if (name === 'tr') this.#rowBegin = this.#parts.length
    // The first block of a cell stands beside the cell before it.
    if (blocks.has(name) && this.#gap !== '\t') this.#gap = '\n'
  }

  close(name: string): void {
    if (name === 'pre') this.#closePre()
    const isCell = name === 'td' || name === 'th'
    if (isCell && this.#parts.length > this.#rowBegin) this.#gap = '\t'
    else if (blocks.has(name)) this.#gap = '\n'
  }

  /** The end of the last line is no line of its own. */
  #closePre(): void {
    this.#preDepth -= 1
    const last = this.#parts.pop()
    if (last !== undefined) this.#parts.push(last.trimEnd())
  }

  add(data: string): void {
    const text = data.replaceAll(/[\u00ad\u200b\u2060-\u2064\ufeff]/g, '')
    if (this.#preDepth > 0) this.#addPlain(text)
    else this.#addCollapsed(collapse(text))
  }

  #addPlain(text: string): void {
    if (text === '') return
    this.#flushGap()
    this.#parts.push(text.replaceAll('\u00A0', ' '))
  }

  #addCollapsed(text: string): void {
    const word = text.trim()
    if (text.startsWith(' ')) this.#space()
    if (word === '') return
    this.#flushGap()
    this.#parts.push(word)
    if (text.endsWith(' ')) this.#space()
  }

  #space(): void {
    if (this.#gap === '') this.#gap = ' '
  }

  #flushGap(): void {
    if (this.#parts.length > 0) this.#parts.push(this.#gap)
    this.#gap = ''
  }

  text(): string {
    return this.#parts.join('').trim()
  }
}
