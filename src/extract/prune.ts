import { type ChildNode, type Element, isTag, isText } from 'domhandler'
import { PageKind } from '../contract/kind.ts'
import { type Box, type Boxes, below, drop, hasWord, isHeading, isMain, linkDensity } from './boxes.ts'
import {
  aroundWords,
  articleWords,
  maybeWords,
  overWords,
  posterWords,
  postWords,
  reviewWords,
  writerWords,
} from './names.ts'
import { isAroundHeading } from './phrases.ts'

const names = (list: string): ReadonlySet<string> => new Set(list.split(' '))

/** Share of a box in the text of the part that is looked at. Whatever is large is content under another name. */
const shareOf = ({ text }: Box, root: Box) => text / Math.max(1, root.text)

/** Whether most of its text is in sentences. */
const isProse = ({ text, prose }: Box) => text > 100 && prose > 0.5 * text

/** Drops what lies over the page: dialogs, and what asks for consent. */
export function dropOverlays(boxes: Boxes, body: Box): void {
  for (const box of below(boxes, body)) {
    const { element } = box
    const isOver =
      element.name === 'dialog' ||
      dialogRoles.has(element.attribs.role ?? '') ||
      (!isMain(box) && !isHeading(box) && hasWord(box, overWords))
    if (isOver && shareOf(box, body) < 0.9) drop(boxes, box)
  }
}

const dialogRoles = names('dialog alertdialog')

/** Drops what is hidden, or around the content by its element, role or names. */
export function dropAround(boxes: Boxes, root: Box, kind: PageKind | null): void {
  for (const box of below(boxes, root)) if (isAround(box, root, kind)) drop(boxes, box)
}

const aroundNames = names('nav footer aside label legend')
const aroundRoles = names(
  'navigation contentinfo complementary search banner alert status menu menubar tablist toolbar',
)
const textNames = names('main article h1 h2 h3 h4 h5 h6 p pre code td th tr tbody dt')

function isAround(box: Box, root: Box, kind: PageKind | null): boolean {
  const { name, attribs } = box.element
  const share = shareOf(box, root)
  const isInContent = box.isWithin || root.element.name !== 'body'
  // What is folded away within the content, an answer or a tab, is content.
  if (isHidden(box.element)) return share < 0.5 && !(isInContent && isProse(box) && linkDensity(box) < 0.3)
  if (textNames.has(name)) return false
  if (name === 'button') return box.text < 30
  if (name === 'form') return share < 0.3 && !isProse(box)
  if (name === 'header') return isInContent ? isBareHeader(box, share, kind) : share < 0.5
  if (aroundNames.has(name) || aroundRoles.has(attribs.role ?? ''))
    return share < 0.6 || linkDensity(box) > 0.6
  return isNamedAround(box, share, kind)
}

function isHidden({ attribs }: Element): boolean {
  return (
    'hidden' in attribs ||
    attribs['aria-hidden'] === 'true' ||
    (attribs.style !== undefined && /display\s*:\s*none|visibility\s*:\s*hidden/i.test(attribs.style))
  )
}

function isBareHeader(box: Box, share: number, kind: PageKind | null): boolean {
  return kind === null && share < 0.3 && box.headings === 0 && !isProse(box)
}

function isNamedAround(box: Box, share: number, kind: PageKind | null): boolean {
  const isThread = kind === PageKind.forum
  const links = linkDensity(box)
  if (box.words.some((word) => aroundWords.has(word) && !(isThread && postWords.has(word))))
    return share < 0.25 || (links > 0.7 && share < 0.8)
  if (isThread && isPosterCard(box, share)) return true
  if (kind === PageKind.product && hasWord(box, reviewWords)) return share < 0.5
  return hasWord(box, maybeWords) && share < 0.2 && (links > 0.5 || (!isProse(box) && box.ends === 0))
}

function isPosterCard(box: Box, share: number): boolean {
  if (hasWord(box, posterWords)) return share < 0.3
  return box.text > 40 && box.text < 400 && !isProse(box) && hasWord(box, writerWords)
}

/** Drops what is around the text of an article within it: captions, bylines, teasers. */
export function dropWithinArticle(boxes: Boxes, root: Box): void {
  for (const box of below(boxes, root)) {
    if (shareOf(box, root) > 0.15 || articleNames.has(box.element.name)) continue
    if (box.element.name === 'figcaption' || hasWord(box, articleWords) || hasWord(box, reviewWords))
      drop(boxes, box)
  }
}

const articleNames = names('h1 h2 h3 h4 h5 h6 p pre code td th tr tbody dt li blockquote')

/** Drops what a heading says to be around the content: the part that it begins, or else the list that follows it. */
export function dropByHeading(boxes: Boxes, root: Box): void {
  for (const box of below(boxes, root)) {
    if (box.text === 0 || box.text > 60 || !isTitle(box) || !isAroundHeading(textOf(box.element))) continue
    const part = partBegunBy(box, root)
    if (part === box) dropFollowing(boxes, box, root)
    drop(boxes, part)
  }
}

const titleNames = names('h1 h2 h3 h4 h5 h6 strong b dt summary header legend')
const titleWords = names('title heading headline header hd titel titre titulo label')

const isTitle = (box: Box) => titleNames.has(box.element.name) || hasWord(box, titleWords)

function textOf(node: ChildNode): string {
  if (isText(node)) return node.data
  return isTag(node) ? node.children.map(textOf).join('') : ''
}

/** The largest part of the page whose text begins with that of a box. */
function partBegunBy(box: Box, root: Box): Box {
  let part = box
  for (let up = box.parent; up && up !== root && up.before === box.before; up = up.parent) {
    if (shareOf(up, root) > 0.4) break
    part = up
  }
  return part
}

function dropFollowing({ all, of }: Boxes, box: Box, root: Box): void {
  for (let node = box.element.next; node; node = node.next) {
    const next = isTag(node) ? of.get(node) : undefined
    if (!next || next.isDropped) continue
    const isList = next.text === 0 || linkDensity(next) > 0.5 || listNames.has(next.element.name)
    if (isHeading(next) || !isList || shareOf(next, root) > 0.3) break
    drop({ all, of }, next)
  }
}

const listNames = names('ul ol form')
