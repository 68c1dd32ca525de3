import { type ChildNode, type Document, type Element, type ParentNode, Text } from 'domhandler'
import { ServiceError } from '../contract/errors.ts'
import {
  breakOut,
  closesParagraph,
  formatting,
  headElements,
  headings,
  integrationPoints,
  rowGroups,
  scopeEnds,
  special,
  tableInnards,
  tableParts,
  voidElements,
} from './elements.ts'
import { append, createDocument, createElement, createText, detach, insertBefore } from './node.ts'

/** Browsers nest no deeper either (Chromium's limit): what is deeper becomes a sibling, so that walks need no bound. */
export const MAX_DEPTH = 512

const isSpace = (text: string) => !/[^\t\n\f\r ]/.test(text)

/**
 * Nests tags and text as the tree construction of the HTML Standard does (13.2.6), where it matters to what is read:
 * implied ends, tables, misnested formatting, SVG and MathML. Not done: formatting that is reopened in the next
 * paragraph, frames, and the content model of `select`. Every search goes through the open elements, which are 512 at most.
 */
export class Builder {
  readonly document: Document = createDocument()
  readonly #html = createElement('html')
  readonly #head = createElement('head')
  readonly #body = createElement('body')
  /** Open elements, the current one last. */
  #open: Element[]
  /** How many of a name are open: most searches are for what is not. */
  readonly #counts = new Map<string, number>()
  #isInHead = true
  #left: number

  /** @param maxNodes beyond which it throws `page_too_complex` */
  constructor(maxNodes: number) {
    this.#left = maxNodes
    append(this.document, this.#html)
    append(this.#html, this.#head)
    append(this.#html, this.#body)
    this.#open = [this.#html, this.#head]
  }

  get #current(): Element {
    return this.#open.at(-1) as Element
  }

  /** Whether the current node is of SVG or MathML. */
  get isForeign(): boolean {
    return isForeign(this.#current)
  }

  /** Takes text, or a piece of one. A line break right after the start of preformatted text is none of it. */
  text(text: string): void {
    const { name, children } = this.#current
    if (name === 'pre' && children.length === 0) this.#addText(text.replace(/^\r?\n/, ''))
    else this.#addText(text)
  }

  #addText(text: string): void {
    if (text === '') return
    if (this.#isInHead && this.#current === this.#head) {
      if (isSpace(text)) return
      this.#beginBody()
    }
    const isMisplaced = tableInnards.has(this.#current.name) && !isSpace(text)
    const table = isMisplaced ? this.#nearest('table') : undefined
    const before = table ? table.prev : this.#current.children.at(-1)
    if (before instanceof Text) before.data += text
    else this.#place(createText(text), table)
  }

  /** Takes a start tag. */
  open(name: string, attributes: Record<string, string>, isSelfClosing: boolean): void {
    if (breakOut.has(name)) while (this.isForeign) this.#pop()
    if (this.isForeign) this.#insertForeign(name, attributes, isSelfClosing)
    else if (name === 'html' || name === 'body' || name === 'head') this.#takeAttributes(name, attributes)
    else this.#openHtml(name, attributes, isSelfClosing)
  }

  #openHtml(name: string, attributes: Record<string, string>, isSelfClosing: boolean): void {
    if (this.#isInHead && this.#current === this.#head && !headElements.has(name)) this.#beginBody()
    if (name === 'svg' || name === 'math') this.#insertForeign(name, attributes, isSelfClosing)
    else if ((!tableParts.has(name) || this.#openTablePart(name)) && this.#makeRoom(name))
      this.#insert(createElement(name === 'image' ? 'img' : name, attributes), voidElements.has(name))
  }

  #beginBody(): void {
    this.#isInHead = false
    this.#open = [this.#html, this.#body]
  }

  #takeAttributes(name: string, attributes: Record<string, string>): void {
    if (name === 'head') return
    if (name === 'body' && this.#isInHead) this.#beginBody()
    const element = name === 'html' ? this.#html : this.#body
    element.attribs = { ...attributes, ...element.attribs }
  }

  #insertForeign(name: string, attributes: Record<string, string>, isSelfClosing: boolean): void {
    const element = createElement(name, attributes)
    element.namespace = 'foreign'
    this.#insert(element, isSelfClosing)
  }

  /** Closes what the start tag of a name closes. @returns whether the tag counts at all */
  #makeRoom(name: string): boolean {
    if (closesParagraph.has(name)) this.#closeInScope('p', buttonScope)
    if (headings.has(name) && headings.has(this.#current.name)) this.#pop()
    else if (name === 'li') this.#closeItem(['li'])
    else if (name === 'dd' || name === 'dt') this.#closeItem(['dd', 'dt'])
    else if (name === 'option' || name === 'optgroup') this.#closeOption(name)
    else if (name === 'a') this.#closeFormatting('a')
    else if (name === 'button') this.#closeInScope('button', scopeEnds)
    else if (name === 'table') this.#closeBareTable()
    else if (name === 'form') return !this.#isOpen('form')
    return true
  }

  /** An item ends the one before it, through all that is not a block of its own. */
  #closeItem(names: string[]): void {
    if (!names.some((name) => this.#isOpen(name))) return
    for (let at = this.#open.length - 1; at > 0; at -= 1) {
      const { name } = this.#open[at] as Element
      if (names.includes(name)) this.#popTo(at)
      else if (!special.has(name) || name === 'address' || name === 'div' || name === 'p') continue
      return
    }
  }

  #closeOption(name: string): void {
    if (this.#current.name === 'option') this.#pop()
    if (name === 'optgroup' && this.#current.name === 'optgroup') this.#pop()
  }

  /** A table that begins where only rows may stand ends the one it would stand in. */
  #closeBareTable(): void {
    if (tableInnards.has(this.#current.name)) this.#closeInScope('table', tableScope)
  }

  /** Brings the open elements to where a part of a table may stand. @returns false where there is no table */
  #openTablePart(name: string): boolean {
    const at = this.#open.findLastIndex((element) => tableScope.has(element.name))
    if (this.#open[at]?.name !== 'table') return false
    const isCell = name === 'td' || name === 'th'
    const isFitting = (one: string) =>
      one === 'table' || (isCell && one === 'tr') || ((isCell || name === 'tr') && rowGroups.has(one))
    while (!isFitting(this.#current.name)) this.#pop()
    if ((isCell || name === 'tr') && this.#current.name === 'table')
      this.#insert(createElement('tbody'), false)
    if (isCell && this.#current.name !== 'tr') this.#insert(createElement('tr'), false)
    return true
  }

  /** Takes an end tag. */
  close(name: string): void {
    if (this.isForeign && this.#closeForeign(name)) return
    if (name === 'head' && this.#isInHead) this.#beginBody()
    else if (name === 'html' || name === 'body' || name === 'head') return
    else if (name === 'br') this.open('br', {}, false)
    else if (name === 'p') this.#closeInScope('p', buttonScope)
    else if (headings.has(name)) this.#closeNearest(headings, scopeEnds)
    else if (formatting.has(name)) this.#closeFormatting(name)
    else if (name === 'table' || tableParts.has(name)) this.#closeInScope(name, tableScope)
    else if (special.has(name) || scopeEnds.has(name))
      this.#closeInScope(name, name === 'li' ? listScope : scopeEnds)
    else this.#closeInScope(name, special)
  }

  #closeForeign(name: string): boolean {
    for (let at = this.#open.length - 1; at > 0; at -= 1) {
      const element = this.#open[at] as Element
      if (element.namespace !== 'foreign') return false
      if (element.name === name) {
        this.#popTo(at)
        return true
      }
    }
    return false
  }

  /** Closes the nearest element of a name, with what is open in it, unless one of `ends` stands between. */
  #closeInScope(name: string, ends: ReadonlySet<string>): void {
    if (!this.#isOpen(name)) return
    for (let at = this.#open.length - 1; at > 1; at -= 1) {
      const one = (this.#open[at] as Element).name
      if (one === name) this.#popTo(at)
      if (one === name || ends.has(one)) return
    }
  }

  #closeNearest(names: ReadonlySet<string>, ends: ReadonlySet<string>): void {
    if (!names.values().some((name) => this.#isOpen(name))) return
    for (let at = this.#open.length - 1; at > 1; at -= 1) {
      const { name } = this.#open[at] as Element
      if (names.has(name)) this.#popTo(at)
      if (names.has(name) || ends.has(name)) return
    }
  }

  /**
   * The end of a formatting element. Where a block stands open in it, the block is moved out of it and its content so far
   * into a copy: the adoption agency (13.2.6.4.7), for the one block that is nearest to the element.
   */
  #closeFormatting(name: string): void {
    if (!this.#isOpen(name)) return
    let block = -1
    let at = this.#open.length - 1
    for (; at > 1; at -= 1) {
      const one = (this.#open[at] as Element).name
      if (one === name) break
      if (scopeEnds.has(one)) return
      if (special.has(one)) block = at
    }
    if (at < 2) return
    if (block === -1) {
      this.#popTo(at)
    } else {
      this.#moveOut(this.#open[at] as Element, this.#open[block] as Element)
      for (const gone of this.#open.splice(at, block - at)) this.#addCount(gone, -1)
    }
  }

  #moveOut(element: Element, block: Element): void {
    detach(block)
    if (element.next) insertBefore(element.next, block)
    else append(element.parent as ParentNode, block)
    if (block.children.length === 0) return
    const copy = createElement(element.name, element.attribs)
    this.#count()
    copy.children = block.children
    for (const child of copy.children) child.parent = copy
    block.children = []
    append(block, copy)
  }

  #insert(element: Element, isClosed: boolean): void {
    // What is deeper stands beside, not in, what is as deep as may be.
    while (this.#open.length >= MAX_DEPTH) this.#pop()
    const isMisplaced = tableInnards.has(this.#current.name) && !fitsInTable.has(element.name)
    this.#place(element, isMisplaced ? this.#nearest('table') : undefined)
    if (isClosed || (element.name === 'form' && tableInnards.has(this.#current.name))) return
    this.#open.push(element)
    this.#addCount(element, 1)
  }

  /** @param table before which it stands where it may not stand in that */
  #place(node: ChildNode, table: Element | undefined): void {
    this.#count()
    if (table?.parent) insertBefore(table, node)
    else append(this.#current, node)
  }

  #count(): void {
    this.#left -= 1
    if (this.#left < 0) throw new ServiceError('page_too_complex')
  }

  #nearest(name: string): Element | undefined {
    return this.#open.findLast((element) => element.name === name)
  }

  #popTo(at: number): void {
    while (this.#open.length > at) this.#pop()
  }

  #pop(): void {
    const element = this.#open.pop()
    if (this.#open.length === 1) this.#open.push(this.#body)
    else if (element) this.#addCount(element, -1)
  }

  #isOpen(name: string): boolean {
    return (this.#counts.get(name) ?? 0) > 0
  }

  #addCount({ name }: Element, change: number): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + change)
  }
}

const isForeign = ({ namespace, name }: Element) => namespace === 'foreign' && !integrationPoints.has(name)

const buttonScope: ReadonlySet<string> = new Set([...scopeEnds, 'button'])
const listScope: ReadonlySet<string> = new Set([...scopeEnds, 'ol', 'ul'])
const tableScope: ReadonlySet<string> = new Set(['table', 'template', 'html'])
/** What may stand among the rows of a table beside them. */
const fitsInTable: ReadonlySet<string> = new Set([
  ...tableParts,
  'form',
  'input',
  'script',
  'style',
  'template',
])
