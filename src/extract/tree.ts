import { type ChildNode, Document, DomHandler, Element, type ParentNode } from 'domhandler'
import { Parser } from 'htmlparser2'
import { ServiceError } from '../contract/errors.ts'

/** Nodes of a page, beyond which it is refused: what is larger is no page that anyone reads. */
export const MAX_NODES = 400_000

/** Browsers nest no deeper either (Chromium's limit): what is deeper becomes a sibling, so that walks need no bound. */
export const MAX_DEPTH = 512

/**
 * The light tree of a page: elements and text, without comments. In one pass, in time and memory that grow with the page
 * and no faster.
 * @throws ServiceError `page_too_complex`
 */
export function parseTree(html: string, { maxNodes = MAX_NODES }: { maxNodes?: number } = {}): Document {
  const builder = new Builder(maxNodes)
  const parser = new Parser(builder, { decodeEntities: true })
  parser.end(html)
  return builder.root
}

class Builder extends DomHandler {
  #left: number

  constructor(maxNodes: number) {
    super()
    this.#left = maxNodes
  }

  override oncomment(): void {}

  override onprocessinginstruction(): void {}

  protected override addNode(node: ChildNode): void {
    this.#left -= 1
    if (this.#left < 0) throw new ServiceError('page_too_complex')
    append(this.tagStack[Math.min(this.tagStack.length, MAX_DEPTH) - 1] as ParentNode, node)
    this.lastNode = null
  }
}

/** Puts a node at the end of a parent's children. The node must have no parent yet. */
export function append(parent: ParentNode, node: ChildNode): void {
  const before = parent.children.at(-1) ?? null
  node.parent = parent
  node.prev = before
  node.next = null
  if (before) before.next = node
  parent.children.push(node)
}

/** An element of a name, without content. */
export function createElement(name: string, attributes: Record<string, string> = {}): Element {
  return new Element(name, attributes)
}

export function createDocument(): Document {
  return new Document([])
}
