import type { Element, ParentNode, Text } from 'domhandler'
import type { Heading } from '../contract/formats.ts'
import { labelsOf } from './labels.ts'
import { isElement, isImage, isText, levelOf } from './walk.ts'

/** The headings of a page that have text, in document order. */
export function headingsOf(document: ParentNode): Heading[] {
  const labels = labelsOf(document, {
    isWanted: (element) => levelOf(element) > 0,
    isLeftOut: isPermalink,
    withAlt: true,
  })
  return labels
    .filter(({ text }) => text !== '')
    .map(({ element, text }) => ({ level: levelOf(element), text, ...idOf(element) }))
}

/** What a fragment has to name to lead here: the heading itself, or what begins it. */
function idOf(heading: Element): { id?: string } {
  let at: Element | undefined = heading
  // A fragment rarely stands deeper, and hostile pages nest without end.
  for (let depth = 0; at && depth < 3; depth += 1) {
    const id = at.attribs.id ?? (at.name === 'a' ? at.attribs.name : undefined)
    if (id) return { id }
    at = at.children.find(isElement)
  }
  return {}
}

/** Whether a link in a heading leads to the heading itself: a sign to copy it from, which is no text of the page. */
export function isPermalink(element: Element): boolean {
  if (element.name !== 'a' || !element.attribs.href?.includes('#')) return false
  const first = element.children.slice(0, 4)
  const text = first
    .map((child) => (isElement(child) ? child.children[0] : child))
    .filter((node) => node && isText(node))
  return /^[\s#¶§🔗⚓∞]*$/u.test(text.map((node) => (node as Text).data).join('')) && !first.some(isImage)
}
