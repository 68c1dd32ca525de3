import { type Document, isTag, isText } from 'domhandler'
import { PageKind } from '../contract/kind.ts'
import { type Box, type Boxes, below, hasWord, isHeading } from './boxes.ts'
import { forumWords, manualWords, postWords } from './names.ts'
import { walk } from './visit.ts'

/** What a page says that it is about: how often each type of schema.org stands in its data and attributes. */
export type Types = ReadonlyMap<string, number>

/** Reads the types of a page's JSON-LD and microdata. */
export function readTypes(document: Document): Types {
  const types = new Map<string, number>()
  const add = (type: string) => types.set(type, (types.get(type) ?? 0) + 1)
  walk(document, {
    enter: (node) => {
      if (!isTag(node)) return false
      const { itemtype, type } = node.attribs
      if (itemtype) add(itemtype.slice(itemtype.lastIndexOf('/') + 1))
      if (node.name !== 'script') return true
      if (type?.includes('ld+json'))
        for (const child of node.children) if (isText(child)) typesOf(child.data).forEach(add)
      return false
    },
    leave: () => {},
  })
  return types
}

const typesOf = (json: string) =>
  [...json.matchAll(/"@type"\s*:\s*\[?\s*"(\w{1,40})"/g)].map(([, type]) => type as string)

/** A thread or product as a page says of itself; null where only its text can tell. */
export function declaredKind(boxes: Boxes, body: Box, types: Types, url: string): PageKind | null {
  if (isThread(boxes, body, types, url)) return PageKind.forum
  const products = types.get('Product') ?? 0
  const isOne = types.has('ProductGroup') || (products > 0 && products <= MANY)
  return isOne && !types.has('CollectionPage') && !types.has('OfferCatalog') ? PageKind.product : null
}

/** More products than one page describes for its own sake. */
const MANY = 3

/** A thread is named one, by its address, its body or its data, and has two posts or more. */
function isThread(boxes: Boxes, body: Box, types: Types, url: string): boolean {
  const { pathname, hostname } = new URL(url)
  const named = `${hostname} ${pathname}`.toLowerCase().match(/\p{L}+/gu) ?? []
  const isNamed =
    named.some((word) => forumWords.has(word)) ||
    hasWord(body, forumWords) ||
    (body.parent !== null && hasWord(body.parent, forumWords))
  if (!isNamed && !types.has('DiscussionForumPosting') && !types.has('QAPage')) return false
  let posts = 0
  for (const box of below(boxes, body)) {
    if (box.text > 60 && !wholeNames.has(box.element.name) && hasWord(box, postWords)) posts += 1
    if (posts === 2) return true
  }
  return false
}

const wholeNames: ReadonlySet<string> = new Set(['html', 'body', 'main'])

/** Whether a page is a list of links to others, judged by what is left of it when what is around was dropped. */
export function isListing(boxes: Boxes, root: Box): boolean {
  const share = (part: number) => part / Math.max(1, root.text)
  const links = share(root.links)
  if (links > 0.25) return true
  if (share(textOfParagraphs(boxes, root)) > 0.3) return false
  return share(root.prose) < 0.75 || links > 0.12 || share(textOfCards(boxes, root)) > 0.4
}

function textOfParagraphs(boxes: Boxes, root: Box): number {
  let text = 0
  for (const box of below(boxes, root))
    if (box.element.name === 'p' && box.text > 80 && box.links < 0.3 * box.text) text += box.text
  return text
}

/** Text of the largest group of four or more siblings alike that each link to somewhere, most with picture or heading. */
function textOfCards(boxes: Boxes, root: Box): number {
  const groups = new Map<string, { count: number; text: number; rich: number }>()
  let most = 0
  for (const box of below(boxes, root)) {
    if (box.text < 8 || box.linkCount === 0 || inlineNames.has(box.element.name)) continue
    const key = `${box.parent?.at} ${box.element.name} ${box.words[0]}`
    const group = groups.get(key) ?? { count: 0, text: 0, rich: 0 }
    groups.set(key, group)
    group.count += 1
    group.text += box.text
    if (box.images + box.headings > 0) group.rich += 1
    if (group.count >= 4 && group.rich > group.count / 2) most = Math.max(most, group.text)
  }
  return most
}

const inlineNames: ReadonlySet<string> = new Set('p span td strong em b i h1 h2 h3 h4 h5 h6'.split(' '))

/** Tells apart what is extracted alike: texts from manuals and pages of several sections, and shops' lists from others. */
export function refineKind(kind: PageKind, boxes: Boxes, root: Box, types: Types, url: string): PageKind {
  if (kind === PageKind.listing) return isShop(boxes, root, types) ? PageKind.collection : kind
  if (kind !== PageKind.article || types.has('NewsArticle') || types.has('BlogPosting')) return kind
  if (isManual(boxes, root, url)) return PageKind.documentation
  return types.has('Article') || !isSectioned(boxes, root) ? kind : PageKind.service
}

function isShop(boxes: Boxes, root: Box, types: Types): boolean {
  if (types.has('OfferCatalog') || (types.get('Product') ?? 0) > MANY) return true
  let prices = 0
  for (const { words } of below(boxes, root)) if (words.includes('price')) prices += 1
  return prices > MANY
}

function isManual(boxes: Boxes, root: Box, url: string): boolean {
  const { pathname, hostname } = new URL(url)
  const named = `${hostname} ${pathname}`.toLowerCase().match(/\p{L}+/gu) ?? []
  if (named.some((word) => manualWords.has(word))) return true
  let code = 0
  for (const box of below(boxes, root)) if (box.element.name === 'pre') code += box.text
  return code > 0.1 * root.text
}

/** Whether its headings stand in boxes of their own rather than one after another between paragraphs. */
function isSectioned(boxes: Boxes, root: Box): boolean {
  const parents = new Set<Box | null>()
  let headings = 0
  for (const box of below(boxes, root)) {
    if (!isHeading(box)) continue
    headings += 1
    parents.add(box.parent)
  }
  return headings >= 5 && parents.size > 0.6 * headings
}
