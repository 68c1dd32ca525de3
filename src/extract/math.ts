import type { ChildNode, Element } from 'domhandler'
import { CLASS_CHARS, elementsOf, isElement, isText, nodesOf } from './walk.ts'

export interface Formula {
  /** In TeX. */
  tex: string
  /** Whether it stands on lines of its own. */
  isBlock: boolean
}

/** Most characters of one formula. */
const MAX_TEX = 5000

/** How many elements are looked through for TeX. */
const MAX_SEEN = 500

/** How many nodes of a tree are looked at for all its formulas: where those nest, what is in them is looked at again each time. */
const MOST_LOOKS = 5_000_000

/** Finds the formula that an element shows; null for what is none. */
export type FindFormula = (element: Element) => Formula | null

/** Nodes that are still looked at. */
interface Looks {
  left: number
}

/**
 * Makes the one that finds a tree's formulas, in TeX: MathML with TeX beside it, what KaTeX and MathJax make, and scripts that
 * MathJax reads. MathML without TeX is written out in a line.
 */
export function createFormulas(): FindFormula {
  const known = new Map<Element, Formula | null>()
  const looks = { left: MOST_LOOKS }
  return (element) => {
    if (!mayBeFormula(element)) return null
    let found = known.get(element)
    if (found === undefined) {
      found = formulaOf(element, looks)
      known.set(element, found)
    }
    return found
  }
}

const names = new Set(['math', 'script', 'img', 'mjx-container'])

const mayBeFormula = ({ name, attribs }: Element): boolean =>
  names.has(name) || attribs.class?.includes('katex') === true

function formulaOf(element: Element, looks: Looks): Formula | null {
  const { name, attribs } = element
  if (name === 'math')
    return formula(texIn(element, looks) ?? textIn(element, looks), attribs.display === 'block')
  if (name === 'script') return fromScript(element)
  if (name === 'img') return isFormulaImage(element) ? formula(attribs.alt, false) : null
  if (hasClass(element, 'katex') || hasClass(element, 'katex-display'))
    return formula(
      texIn(element, looks),
      hasClass(element, 'katex-display') || hasClass(element.parent, 'katex-display'),
    )
  if (name === 'mjx-container')
    return formula(texIn(element, looks) ?? labelOf(element, looks), attribs.display === 'true')
  return null
}

/** Whether an element only shows what stands beside it as a formula: drawn by a script, or as an image for old browsers. */
export function isRendering(element: Element): boolean {
  if (element.name === 'img') return isFormulaImage(element) && isFormula(firstIn(element.prev))
  const classes = element.attribs.class ?? ''
  if (!classes.includes('MathJax')) return false
  return (
    hasClass(element, 'MathJax_Preview') || isFormula(element.next) || isFormula(element.next?.next ?? null)
  )
}

function isFormulaImage({ attribs }: Element): boolean {
  return /(?:^|\s)(?:tex|latex|mwe-math-fallback-image-\w+)(?:\s|$)/.test(attribs.class ?? '')
}

function firstIn(node: ChildNode | null): ChildNode | null {
  return node && isElement(node) && node.name !== 'math' ? (node.children[0] ?? null) : node
}

function isFormula(node: ChildNode | null): boolean {
  return (
    node !== null &&
    isElement(node) &&
    (node.name === 'math' || (node.name === 'script' && fromScript(node) !== null))
  )
}

function formula(tex: string | null | undefined, isBlock: boolean): Formula | null {
  const text = (tex ?? '').replaceAll(/\s+/g, ' ').trim()
  return text === '' || text.length > MAX_TEX ? null : { tex: inert(bare(text)), isBlock }
}

function fromScript(script: Element): Formula | null {
  const type = /^math\/tex(;\s*mode=display)?/i.exec(script.attribs.type ?? '')
  return type ? formula(textIn(script, { left: MAX_SEEN }), type[1] !== undefined) : null
}

function hasClass(node: unknown, name: string): boolean {
  if (!(node instanceof Object && 'attribs' in node)) return false
  const classes = (node as Element).attribs.class?.slice(0, CLASS_CHARS)
  return classes?.includes(name) === true && classes.split(/\s+/).includes(name)
}

/** TeX that stands beside the formula for those who read it otherwise. */
function texIn(element: Element, looks: Looks): string | null {
  if (element.attribs.alttext) return element.attribs.alttext
  let seen = 0
  for (const inner of elementsOf(element)) {
    const { name, attribs } = inner
    seen += 1
    looks.left -= 1
    if (seen > MAX_SEEN || looks.left < 0) return null
    if (name === 'annotation' && /tex/i.test(attribs.encoding ?? '')) return textIn(inner, looks)
    if (name === 'math' && attribs.alttext) return attribs.alttext
  }
  return null
}

function labelOf(element: Element, looks: Looks): string | null {
  return element.attribs['aria-label'] ?? element.attribs.title ?? textOfMath(element, looks)
}

function textOfMath(element: Element, looks: Looks): string | null {
  for (const inner of elementsOf(element)) {
    looks.left -= 1
    if (looks.left < 0) return null
    if (inner.name === 'math') return textIn(inner, looks)
  }
  return null
}

function textIn(element: Element, looks: Looks): string {
  let text = ''
  for (const node of nodesOf(element)) {
    if (isText(node)) text += node.data
    else if (isElement(node) && node.name === 'annotation') break
    looks.left -= 1
    if (text.length > MAX_TEX || looks.left < 0) break
  }
  return text
}

/** Without delimiters and a size of its own. */
function bare(tex: string): string {
  const inner = /^(?:\$\$?|\\\(|\\\[)(.*?)(?:\$\$?|\\\)|\\\])$/s.exec(tex)?.[1] ?? tex
  return (/^\{\\displaystyle (.*)\}$/s.exec(inner.trim())?.[1] ?? inner).trim()
}

/** A formula is not escaped, so nothing in it may be a tag, a link, code, or its own end. TeX does not mind the spaces. */
function inert(tex: string): string {
  return tex
    .replaceAll(/<(?=[a-z/!?])/gi, '< ')
    .replaceAll(/\](?=[(:[])/g, '] ')
    .replaceAll(/[`$]/g, '')
    .trim()
}
