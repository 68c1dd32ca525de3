import { type ChildNode, type Document, isTag, isText, type ParentNode } from 'domhandler'
import { PageKind } from '../contract/kind.ts'
import { declaredKind, isListing, readTypes, refineKind } from './kind.ts'
import { append, createDocument, createElement, createText } from './node.ts'
import { addUp, below, isMain, measure, type Part, type Parts } from './parts.ts'
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
  const parts = measureSeen(document)
  const body = parts.all.find(({ element }) => element.name === 'body')
  if (!body) return { kind: PageKind.article, root: createDocument() }
  const types = readTypes(document)
  const declared = declaredKind(parts, body, types, url)
  dropOverlays(parts, body)
  addUp(parts)
  const main = findMain(parts, body)
  dropAround(parts, main, declared)
  addUp(parts)
  const kind = declared ?? (isListing(parts, main) ? PageKind.listing : PageKind.article)
  if (kind !== PageKind.listing) dropByHeading(parts, main)
  addUp(parts)
  const root = kind === PageKind.article ? findText(parts, main) : main
  if (kind === PageKind.article) dropWithinArticle(parts, root)
  return { kind: refineKind(kind, parts, root, types, url), root: copy(root, parts) }
}

/** Pages that are made by scripts often hold their text in a `noscript`, for those that run none. */
function measureSeen(document: Document): Parts {
  const scripted = measure(document, true)
  const plain = measure(document, false)
  return (plain.all[0]?.text ?? 0) > 3 * (scripted.all[0]?.text ?? 0) ? plain : scripted
}

/** The largest part that is marked as the main one, unless most of the page is outside of it. */
function findMain(parts: Parts, body: Part): Part {
  let main: Part | null = null
  for (const part of below(parts, body)) if (isMain(part) && part.text > (main?.text ?? 0)) main = part
  return main && main.text > 0.3 * body.text ? main : body
}

/** Share of the prose that a part holds for the rest to be around it. */
const NEARLY_ALL = 0.85

/** The smallest part that holds nearly all prose. */
function findText(parts: Parts, root: Part): Part {
  let part = root
  for (;;) {
    const best = mostProse(parts, part)
    if (!best || best.prose < NEARLY_ALL * part.prose || flowNames.has(best.element.name)) return part
    part = best
  }
}

const flowNames: ReadonlySet<string> = new Set('p pre blockquote ul ol li table tbody tr td'.split(' '))

function mostProse({ of }: Parts, { element }: Part): Part | null {
  let best: Part | null = null
  for (const node of element.children) {
    const child = isTag(node) ? of.get(node) : undefined
    if (child && !child.isDropped && child.prose > (best?.prose ?? 0)) best = child
  }
  return best
}

/** A new tree of what was not dropped. The tree's depth is bounded, and so is this one's. */
function copy(root: Part, { of }: Parts): Document {
  const document = createDocument()
  const visit = (node: ChildNode, parent: ParentNode): void => {
    if (isText(node)) append(parent, createText(node.data))
    else if (isTag(node)) {
      const part = of.get(node)
      if (!part || part.isDropped) return
      const element = createElement(node.name === 'noscript' ? 'div' : node.name, node.attribs)
      append(parent, element)
      for (const child of node.children) visit(child, element)
    }
  }
  visit(root.element, document)
  return document
}
