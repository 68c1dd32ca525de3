import type { ChildNode, Document, Element, ParentNode } from 'domhandler'
import { append, createDocument, createElement } from './node.ts'
import { createFinder, type Finder } from './query.ts'
import { walk } from './walk.ts'

export { checkSelector } from '../contract/selector.ts'

/**
 * What a request wants of a page, by CSS selectors: `remove` takes out what matches, then `keep` keeps what matches and
 * nothing else, in document order, each once. The selectors have been checked. The tree given is used up.
 * @throws ServiceError `page_too_complex` when the selectors take too long on this page
 */
export function select(
  document: Document,
  keep: string | undefined,
  remove: string | undefined,
  finder: Finder = createFinder(),
): Document {
  if (remove !== undefined) takeOut(finder.all(remove, document))
  return keep === undefined ? document : documentOf(outermost(document, new Set(finder.all(keep, document))))
}

/** Takes elements out of their tree, all at once: one by one costs the square of their siblings. */
function takeOut(elements: Element[]): void {
  const gone: ReadonlySet<ChildNode> = new Set(elements)
  const parents = new Set(elements.map(({ parent }) => parent).filter((parent) => parent !== null))
  for (const parent of parents)
    refill(
      parent,
      parent.children.filter((child) => !gone.has(child)),
    )
}

function refill(parent: ParentNode, children: ChildNode[]): void {
  parent.children = []
  for (const child of children) append(parent, child)
}

/** Those elements that stand in none of the others, in document order. */
function outermost(document: Document, elements: ReadonlySet<Element>): Element[] {
  const found: Element[] = []
  walk(document, {
    enter: (element) => {
      if (!elements.has(element)) return true
      found.push(element)
      return false
    },
    leave: () => {},
    text: () => {},
  })
  return found
}

function documentOf(elements: Element[]): Document {
  const document = createDocument()
  const html = createElement('html')
  const body = createElement('body')
  append(document, html)
  append(html, createElement('head'))
  append(html, body)
  for (const element of elements) append(body, element)
  return document
}
