import type { Element, ParentNode, Text } from 'domhandler'
import type { Heading } from '../contract/formats.ts'
import { labelsOf } from './labels.ts'
import { isElement, isImage, isText, levelOf, nodesOf, unseen } from './walk.ts'

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

/**
 * Whether a link in a heading leads to the heading itself, or back to the top behind its words: a sign to copy its address
 * from or to go on by, which is no text of the page.
 */
export function isPermalink(element: Element): boolean {
  if (element.name !== 'a' || element.attribs.href?.includes('#') !== true) return false
  return isSign(element) || isWayUp(element)
}

const top = /^[[(]?(?:(?:back )?to )?(?:the )?top[\])]?$|^[[(]?nach oben[\])]?$/i

function isWayUp({ attribs, prev, children }: Element): boolean {
  if (!/^#(?:top|$)/i.test(attribs.href ?? '') || !prev || !isText(prev) || prev.data.trim() === '')
    return false
  const [only, ...others] = children
  const said = only && isElement(only) ? only.children[0] : only
  return others.length === 0 && said !== undefined && isText(said) && top.test(said.data.trim())
}

/** Nodes of a sign, a drawn one too; what has more in it says something. */
const MOST_NODES = 40

function isSign(element: Element): boolean {
  let nodes = 0
  for (const node of nodesOf(element)) {
    nodes += 1
    if (nodes > MOST_NODES || isImage(node) || (isText(node) && saysMore(node))) return false
  }
  return true
}

/** Whether a text is seen and is more than the sign of a link. */
function saysMore({ data, parent }: Text): boolean {
  const isSeen = !(parent && isElement(parent) && unseen.has(parent.name))
  return isSeen && !/^[\s#¶§🔗⚓∞]*$/u.test(data)
}

/** How many elements around a sign are looked at. */
const MOST_STEPS = 8

/** Whether a link is such a sign wherever it stands: in a heading, or in what it leads to, as a term or a caption. */
export function isPlaceSign(element: Element): boolean {
  if (!isPermalink(element)) return false
  const href = element.attribs.href ?? ''
  const place = href.slice(href.indexOf('#') + 1)
  let up = element.parent
  for (let step = 0; up && isElement(up) && step < MOST_STEPS; step += 1) {
    if (levelOf(up) > 0 || (place !== '' && up.attribs.id === place)) return true
    up = up.parent
  }
  return false
}
