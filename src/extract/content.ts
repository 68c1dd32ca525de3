import { type ChildNode, type Document, isTag, isText, type ParentNode } from 'domhandler'
import { PageKind } from '../contract/kind.ts'
import { addUp, type Box, type Boxes, below, isMain, measure } from './boxes.ts'
import { declaredKind, isListing, readTypes, refineKind } from './kind.ts'
import { append, createDocument, createElement, createText } from './node.ts'
import { dropAround, dropByHeading, dropOverlays, dropWithinArticle } from './prune.ts'

export interface Content {
  kind: PageKind
  /** The main content alone, in the page's order, its elements with their names and attributes. */
  root: Document
}

/** What is known of a page besides its tree. */
export interface Facts {
  /** The address that it came from, after redirects. */
  url: string
  headline?: string | undefined
}

/**
 * Finds what a page's reader came for: all of it, and nothing that is around it. In time that grows with the page.
 * @param document the tree of the whole page; it stays as it is
 */
export function findContent(document: Document, { url }: Facts): Content {
  const boxes = measureSeen(document)
  const body = boxes.all.find(({ element }) => element.name === 'body')
  if (!body) return { kind: PageKind.article, root: createDocument() }
  const types = readTypes(document)
  const declared = declaredKind(boxes, body, types, url)
  dropOverlays(boxes, body)
  addUp(boxes)
  const main = findMain(boxes, body)
  dropAround(boxes, main, declared)
  addUp(boxes)
  const kind = declared ?? (isListing(boxes, main) ? PageKind.listing : PageKind.article)
  if (kind !== PageKind.listing) dropByHeading(boxes, main)
  addUp(boxes)
  const root = kind === PageKind.article ? findText(boxes, main) : main
  if (kind === PageKind.article) dropWithinArticle(boxes, root)
  return { kind: refineKind(kind, boxes, root, types, url), root: copy(root, boxes) }
}

/** Pages that are made by scripts often hold their text in a `noscript`, for those that run none. */
function measureSeen(document: Document): Boxes {
  const scripted = measure(document, true)
  const plain = measure(document, false)
  return (plain.all[0]?.text ?? 0) > 3 * (scripted.all[0]?.text ?? 0) ? plain : scripted
}

/** The largest part that is marked as the main one, unless most of the page is outside of it. */
function findMain(boxes: Boxes, body: Box): Box {
  let main: Box | null = null
  for (const box of below(boxes, body)) if (isMain(box) && box.text > (main?.text ?? 0)) main = box
  return main && main.text > 0.3 * body.text ? main : body
}

/** Share of the prose that a part holds for the rest to be around it. */
const NEARLY_ALL = 0.85

/** The smallest part that holds nearly all prose. */
function findText(boxes: Boxes, root: Box): Box {
  let box = root
  for (;;) {
    const best = mostProse(boxes, box)
    if (!best || best.prose < NEARLY_ALL * box.prose || flowNames.has(best.element.name)) return box
    box = best
  }
}

const flowNames: ReadonlySet<string> = new Set('p pre blockquote ul ol li table tbody tr td'.split(' '))

function mostProse({ of }: Boxes, { element }: Box): Box | null {
  let best: Box | null = null
  for (const node of element.children) {
    const child = isTag(node) ? of.get(node) : undefined
    if (child && !child.isDropped && child.prose > (best?.prose ?? 0)) best = child
  }
  return best
}

/** A new tree of what was not dropped. The tree's depth is bounded, and so is this one's. */
function copy(root: Box, { of }: Boxes): Document {
  const document = createDocument()
  const visit = (node: ChildNode, parent: ParentNode): void => {
    if (isText(node)) append(parent, createText(node.data))
    else if (isTag(node)) {
      const box = of.get(node)
      if (!box || box.isDropped) return
      const element = createElement(node.name === 'noscript' ? 'div' : node.name, node.attribs)
      append(parent, element)
      for (const child of node.children) visit(child, element)
    }
  }
  visit(root.element, document)
  return document
}
