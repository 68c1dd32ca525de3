import type { ChildNode, Element } from 'domhandler'
import { elementsOf, isElement, isText, nodesOf } from './walk.ts'

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

/**
 * The formula that an element shows, in TeX: MathML with TeX beside it, what KaTeX and MathJax make, and scripts that
 * MathJax reads. Null for what is no formula; MathML without TeX is written out in a line.
 */
export function formulaOf(element: Element): Formula | null {
  const { name, attribs } = element
  if (name === 'math') return formula(texIn(element) ?? textIn(element), attribs.display === 'block')
  if (name === 'script') return fromScript(element)
  if (name === 'img') return isFormulaImage(element) ? formula(attribs.alt, false) : null
  const { class: classes } = attribs
  if (classes?.includes('katex') && /(?:^|\s)katex(?:-display)?(?:\s|$)/.test(classes))
    return formula(
      texIn(element),
      hasClass(element, 'katex-display') || hasClass(element.parent, 'katex-display'),
    )
  if (name === 'mjx-container') return formula(texIn(element) ?? labelOf(element), attribs.display === 'true')
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
  return type ? formula(textIn(script), type[1] !== undefined) : null
}

function hasClass(node: unknown, name: string): boolean {
  return (
    node instanceof Object &&
    'attribs' in node &&
    (node as Element).attribs.class?.split(/\s+/).includes(name) === true
  )
}

/** TeX that stands beside the formula for those who read it otherwise. */
function texIn(element: Element): string | null {
  if (element.attribs.alttext) return element.attribs.alttext
  let seen = 0
  for (const inner of elementsOf(element)) {
    const { name, attribs } = inner
    seen += 1
    if (seen > MAX_SEEN) return null
    if (name === 'annotation' && /tex/i.test(attribs.encoding ?? '')) return textIn(inner)
    if (name === 'math' && attribs.alttext) return attribs.alttext
  }
  return null
}

function labelOf(element: Element): string | null {
  return element.attribs['aria-label'] ?? element.attribs.title ?? textOfMath(element)
}

function textOfMath(element: Element): string | null {
  for (const inner of elementsOf(element)) if (inner.name === 'math') return textIn(inner)
  return null
}

function textIn(element: Element): string {
  let text = ''
  for (const node of nodesOf(element)) {
    if (isText(node)) text += node.data
    else if (isElement(node) && node.name === 'annotation') break
    if (text.length > MAX_TEX) break
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
