import { compile, type Options, selectAll } from 'css-select'
import type { AnyNode, Element } from 'domhandler'
import { ServiceError } from '../contract/errors.ts'
import { isElement, isText, nodesOf } from './walk.ts'

/**
 * Steps from node to node that all the selectors of a request may take on one page. Selectors with sibling combinators or
 * `:has()` can take the square of the page's nodes; these are about a second's worth.
 */
export const MAX_STEPS = 30_000_000

export interface Finder {
  /** All matches below a node, in document order. The selector has been checked. */
  all: (css: string, root: AnyNode) => Element[]
  /** Takes steps for other work on the page. */
  spend: (steps: number) => void
}

/**
 * Finds elements by CSS selectors within a number of steps.
 * @throws ServiceError `page_too_complex`, by its functions, when the steps are used up
 */
export function createFinder(maxSteps: number = MAX_STEPS): Finder {
  let left = maxSteps
  const spend = (steps: number) => {
    left -= steps
    if (left < 0)
      throw new ServiceError('page_too_complex', 'The selectors take too many steps on this page.')
  }
  const adapter = countingAdapter(spend)
  return {
    all: (css, root) =>
      selectAll<AnyNode, Element>(compile<AnyNode, Element>(css, { adapter }, root), root, { adapter }),
    spend,
  }
}

/** Every way from node to node that css-select takes goes through here, so that what it does can be counted. */
function countingAdapter(spend: (steps: number) => void): NonNullable<Options<AnyNode, Element>['adapter']> {
  return {
    isTag: (node): node is Element => {
      spend(1)
      return isElement(node)
    },
    equals: (a, b) => {
      spend(1)
      return a === b
    },
    getAttributeValue: ({ attribs }, name) => {
      spend(1)
      return Object.hasOwn(attribs, name) ? attribs[name] : undefined
    },
    hasAttrib: ({ attribs }, name) => Object.hasOwn(attribs, name),
    getName: ({ name }) => name,
    getChildren: (node) => ('children' in node ? node.children : []),
    getParent: (node) => {
      spend(1)
      return node.parent
    },
    getSiblings: (node) => {
      const siblings = node.parent?.children ?? [node]
      // Some selectors copy them.
      spend(siblings.length >> 4)
      return siblings
    },
    prevElementSibling: (node) => {
      let before = 'prev' in node ? node.prev : null
      while (before && !isElement(before)) before = before.prev
      return before
    },
    getText: (node) => textOf(node, spend),
    removeSubsets: (nodes) => nodes,
  }
}

/** All text below a node. Long ones take more steps. */
export function textOf(node: AnyNode, spend: (steps: number) => void): string {
  if (isText(node)) return node.data
  if (!('children' in node)) return ''
  const pieces: string[] = []
  for (const inner of nodesOf(node)) {
    const text = isText(inner) ? inner.data : ''
    spend(1 + (text.length >> 4))
    pieces.push(text)
  }
  return pieces.join('')
}
