import { type Document, type Element, isTag } from 'domhandler'
import { PageKind } from '../contract/kind.ts'
import { type Asked, addUp, eachBelow, isMain, measure, type Part, type Parts, within } from './parts.ts'
import { dropAroundPosts } from './posts.ts'
import { dropAround, dropByHeading, dropOverlays, dropWithinArticle, isList } from './prune.ts'
import { dropShelves } from './shelf.ts'
import { dropUnseenTwins } from './twins.ts'
import { dropCards } from './writers.ts'

/** What the rules say: nothing, that it is content or around it, or the latter beyond doubt. */
export const Verdict = { none: 0, content: 1, around: 2, surelyAround: 3 } as const
export type Verdict = (typeof Verdict)[keyof typeof Verdict]

/** Tells of an element whether it is around the content, by what it is called, holds and follows. */
export type Rules = (element: Element | Document) => Verdict

/**
 * What rules say to be around a page's content: what lies over it, is hidden, is named so, follows a heading that says
 * so, or stands outside of the part with nearly all text. In time that grows with the page; the tree stays as it is.
 * @param asked the elements that the rules will be asked about
 */
export function findAround(document: Document, kind: PageKind, asked: Asked): Rules {
  const parts = measureSeen(document, asked)
  const body = parts.all.find(({ element }) => element.name === 'body')
  if (!body) return () => Verdict.none
  dropOverlays(parts, body)
  if (kind === PageKind.forum) return threadRules(parts, body)
  dropUnseenTwins(parts, body)
  addUp(parts)
  const main = findMain(parts, body)
  dropAround(parts, main, kind)
  addUp(parts)
  if (kind === PageKind.product) dropShelves(parts, body)
  if (!isList(kind)) dropByHeading(parts, main)
  addUp(parts)
  const isWhole = isList(kind) || kind === PageKind.product || (main !== body && body.text < LITTLE_TEXT)
  const root = isWhole ? main : findText(parts, main)
  if (kind === PageKind.article) dropWithinArticle(parts, root)
  return (element) => {
    const part = isTag(element) ? parts.of.get(element) : undefined
    if (!part) return Verdict.none
    if (part.isSurelyOut) return Verdict.surelyAround
    const isOut = part.isDropped || part.at < root.at || part.at >= root.end
    return isOut ? Verdict.around : Verdict.content
  }
}

/** Characters of a page below which one paragraph of its main part may hold nearly all prose. */
const LITTLE_TEXT = 500

/** In a thread, content is named as comments are and follows such headings: only what is around every post is known. */
function threadRules(parts: Parts, body: Part): Rules {
  dropAroundPosts(parts, body)
  dropCards(parts, body)
  return (element) =>
    isTag(element) && parts.of.get(element)?.isSurelyOut ? Verdict.surelyAround : Verdict.none
}

/** Pages that are made by scripts often hold their text in a `noscript`, for those that run none. */
function measureSeen(document: Document, asked: Asked): Parts {
  const scripted = measure(document, asked, true)
  return scripted.unscripted > 2 * (scripted.all[0]?.text ?? 0) ? measure(document, asked, false) : scripted
}

/** The largest part that is marked as the main one, unless most of the page is outside of it. */
function findMain(parts: Parts, body: Part): Part {
  const mains: Part[] = []
  eachBelow(parts, body, (part) => {
    if (isMain(part) && part.text > (mains.at(-1)?.text ?? 0)) mains.push(part)
  })
  const main = mains.at(-1)
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

function mostProse(parts: Parts, part: Part): Part | null {
  let best: Part | null = null
  for (const child of within(parts, part))
    if (!child.isDropped && child.prose > (best?.prose ?? 0)) best = child
  return best
}
