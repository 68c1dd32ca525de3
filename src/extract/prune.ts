import type { Element } from 'domhandler'
import { PageKind } from '../contract/kind.ts'
import { createControlCheck } from './controls.ts'
import { MAX_NAMES, nameBits } from './names.ts'
import {
  after,
  drop,
  eachBelow,
  isHeading,
  isMain,
  isNamed,
  linkDensity,
  type Part,
  type Parts,
} from './parts.ts'
import { isAroundHeading, isOfRequirements } from './phrases.ts'
import { shortTextOf } from './walk.ts'
import { setOf } from './words.ts'

/** Share of a part in the text of the part that is looked at. Whatever is large is content under another name. */
const shareOf = ({ text }: Part, root: Part) => text / Math.max(1, root.text)

/** Whether most of its text is in sentences. */
const isProse = ({ text, prose }: Part) => text > 100 && prose > 0.5 * text

/** Drops what lies over the page: dialogs, what asks for consent; and what its maker does not want to be quoted from it. */
export function dropOverlays(parts: Parts, body: Part): void {
  eachBelow(parts, body, (part) => {
    const { element } = part
    const isNoPart =
      element.name === 'dialog' ||
      overRoles.has(element.attribs.role ?? '') ||
      element.attribs['data-nosnippet'] !== undefined ||
      (isNamed(part, nameBits.over) && !isMain(part) && !isHeading(part))
    const share = shareOf(part, body)
    if ((isNoPart && share < 0.9) || (isOpenedOver(element) && share < 0.5)) drop(parts, part, true)
  })
}

const overRoles = setOf('dialog alertdialog tooltip')

/** Class names of what is said of a word in a tip that is opened beside it. */
const tips =
  /(?:^|[\s_-])tool-?tip[_-]*(?:content|text|inner|body|box|message|popup|panel|bubble|desc(?:ription)?)(?=$|[\s_-])/i

/** Whether its classes are those of tips, or of utilities that fix it to all of the window, where it is opened over the rest. */
function isOpenedOver({ attribs }: Element): boolean {
  const names = attribs.class?.slice(0, MAX_NAMES) ?? ''
  if (tips.test(names)) return true
  if (!names.includes('inset-0')) return false
  const words = names.split(/\s+/)
  return words.includes('fixed') && words.includes('inset-0')
}

/** Drops what is hidden, or around the content by its element, role or names. */
export function dropAround(parts: Parts, root: Part, kind: PageKind): void {
  const isControl = createControlCheck()
  eachBelow(parts, root, (part) => {
    if (isControl(part.element) && part.text < LONG_BUTTON) drop(parts, part, true)
    else if (isAround(part, root, kind)) drop(parts, part, isOfOthers(part, kind))
  })
}

/** Whether a page of a kind is about many things, each said in few words. */
export const isList = (kind: PageKind) => kind === PageKind.listing || kind === PageKind.collection

/** Whether it is of others: other pages beside one that is no list, what readers said of an article, buyers of a product. */
function isOfOthers(part: Part, kind: PageKind): boolean {
  return (
    isNamed(part, nameBits.comment) ||
    (!isList(kind) && isNamed(part, nameBits.related)) ||
    (kind === PageKind.product && isNamed(part, nameBits.review))
  )
}

/** Characters of a button from which on it may be what it opens, as a question. */
const LONG_BUTTON = 30

const aroundNames = setOf('nav footer aside label legend')
const aroundRoles = setOf(
  'navigation contentinfo complementary search banner alert status menu menubar tablist toolbar',
)
const textNames = setOf('main article h1 h2 h3 h4 h5 h6 p pre code td th tr tbody dt')

function isAround(part: Part, root: Part, kind: PageKind): boolean {
  const { name } = part.element
  const share = shareOf(part, root)
  const isInContent = part.isWithin || root.element.name !== 'body'
  // What is folded away within the content, an answer or a tab, is content.
  if (isHidden(part.element)) return share < 0.5 && !(isInContent && isFolded(part))
  if (textNames.has(name)) return false
  if (name === 'button') return part.text < LONG_BUTTON
  if (name === 'form') return share < 0.3 && !isProse(part)
  if (name === 'header') return isInContent ? isBareHeader(part, share, kind) : share < 0.5
  if (aroundNames.has(name) || hasAroundRole(part)) return share < 0.6 || linkDensity(part) > 0.6
  return isNamedAround(part, share, kind)
}

/** A price that changes with what is chosen is a status, too. */
function hasAroundRole(part: Part): boolean {
  const role = part.element.attribs.role ?? ''
  return aroundRoles.has(role) && !(role === 'status' && isNamed(part, nameBits.price))
}

function isHidden({ attribs }: Element): boolean {
  return (
    attribs.hidden !== undefined ||
    attribs['aria-hidden'] === 'true' ||
    (attribs.style !== undefined && /display\s*:\s*none|visibility\s*:\s*hidden/i.test(attribs.style))
  )
}

/** Whether it is text that is seen when its reader wants it: prose, a tab of several, or what a heading opens. */
function isFolded(part: Part): boolean {
  const { role, 'aria-labelledby': label } = part.element.attribs
  const isPanel = role === 'tabpanel' || (role === 'region' && label !== undefined)
  return (isPanel || isProse(part)) && linkDensity(part) < 0.3
}

function isBareHeader(part: Part, share: number, kind: PageKind): boolean {
  return kind === PageKind.article && share < 0.3 && part.headings === 0 && !isProse(part)
}

function isNamedAround(part: Part, share: number, kind: PageKind): boolean {
  const links = linkDensity(part)
  if (isNamed(part, nameBits.around | nameBits.related | nameBits.comment))
    return share < 0.25 || (links > 0.7 && share < 0.8)
  if (reviewed.has(kind) && isNamed(part, nameBits.review)) return share < 0.5
  return isNamed(part, nameBits.maybe) && share < 0.2 && (links > 0.5 || (!isProse(part) && part.ends === 0))
}

const reviewed: ReadonlySet<PageKind> = new Set([PageKind.product, PageKind.service])

/** Drops what is around the text of an article within it: captions, bylines, teasers. */
export function dropWithinArticle(parts: Parts, root: Part): void {
  eachBelow(parts, root, (part) => {
    if (shareOf(part, root) > 0.15 || articleNames.has(part.element.name)) return
    if (part.element.name === 'figcaption' || isNamed(part, nameBits.article | nameBits.review))
      drop(parts, part)
  })
}

const articleNames = setOf('h1 h2 h3 h4 h5 h6 p pre code td th tr tbody dt li blockquote')

/** Drops what a heading says to be around the content: the part that it begins, or else the list that follows it. */
export function dropByHeading(parts: Parts, root: Part): void {
  eachBelow(parts, root, (part) => {
    if (part.text === 0 || part.text > 60 || !isTitle(part)) return
    const heading = shortTextOf(part.element)
    if (!isAroundHeading(heading)) return
    const whole = wholeBegunBy(part, root)
    if (whole.links === 0 && isOfRequirements(heading)) return
    if (whole === part) dropFollowing(parts, part, root)
    drop(parts, whole, true)
  })
}

const titleNames = setOf('h1 h2 h3 h4 h5 h6 strong b dt summary header legend')

const isTitle = (part: Part) => titleNames.has(part.element.name) || isNamed(part, nameBits.title)

/** The largest part of the page whose text begins with that of a part. */
function wholeBegunBy(part: Part, root: Part): Part {
  let whole = part
  for (let up = part.parent; up && up !== root && up.before === part.before; up = up.parent) {
    if (shareOf(up, root) > 0.4) break
    whole = up
  }
  return whole
}

function dropFollowing(parts: Parts, part: Part, root: Part): void {
  for (const next of after(parts, part)) {
    if (next.isDropped) continue
    const isList = next.text === 0 || linkDensity(next) > 0.5 || listNames.has(next.element.name)
    if (isHeading(next) || !isList || shareOf(next, root) > 0.3) break
    drop(parts, next, true)
  }
}

const listNames = setOf('ul ol form')
