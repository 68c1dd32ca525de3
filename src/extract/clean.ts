import type { Element, ParentNode } from 'domhandler'
import type { Base } from './base.ts'
import { voidElements } from './elements.ts'
import { imageUrl, isDot } from './images.ts'
import { walk } from './walk.ts'
import { setOf } from './words.ts'

/** Elements that are kept, by what they mean. All others leave their content behind, without them. */
const kept = setOf(
  'a abbr address article aside b bdi bdo blockquote br caption cite code col colgroup data dd del details dfn div dl ' +
    'dt em figcaption figure footer h1 h2 h3 h4 h5 h6 header hgroup hr i img ins kbd li main mark nav ol p picture pre q ' +
    'rp rt ruby s samp section small span strike strong sub summary sup table tbody td tfoot th thead time tr tt u ul ' +
    'var wbr',
)

/** Elements that go with all that is in them: what is there is no text, or no text as a reader sees it. */
const dropped = setOf(
  'script style template head title noscript noframes noembed iframe frame frameset object embed applet svg math canvas ' +
    'audio video select datalist textarea map xmp plaintext portal fencedframe',
)

/** Elements that are kept without content too: they hold a place, or their white space counts. */
const standsEmpty = setOf('br col hr img pre td th tr wbr')

/** Attributes that are kept, as they are, on any element: none of them is an address, a name or a style. */
const anywhere = ['dir', 'lang', 'title']

/** Further ones by element. Numbers and short words; addresses are made anew. */
const further: Record<string, readonly string[]> = {
  td: ['colspan', 'rowspan'],
  th: ['colspan', 'rowspan', 'scope'],
  ol: ['start', 'reversed', 'type'],
  li: ['value'],
  col: ['span'],
  colgroup: ['span'],
  img: ['width', 'height', 'alt'],
  time: ['datetime'],
  data: ['value'],
  details: ['open'],
}

/**
 * The content of a tree as HTML that is safe to show within another page: elements and attributes of a short list,
 * absolute addresses of http, https and (in links) mailto, and nothing that runs, loads code, submits, styles or names.
 * It is written anew, with everything escaped, from the tree of a browser-like parser.
 * @param base what addresses are relative to
 */
export function toCleanHtml(root: ParentNode, base: Base): string {
  const pieces: string[] = []
  /** Start tags that nothing has followed yet; those that nothing follows at all are left out. */
  const waiting: string[] = []
  const write = (piece: string) => {
    pieces.push(...waiting.splice(0), piece)
  }
  walk(root, {
    enter: (element) => {
      if (dropped.has(element.name) || (element.name === 'img' && !isShown(element, base))) return false
      if (standsEmpty.has(element.name)) write(startTag(element, base))
      else if (kept.has(element.name)) waiting.push(startTag(element, base))
      return true
    },
    leave: ({ name }) => {
      if (!kept.has(name) || voidElements.has(name)) return
      if (waiting.pop() === undefined) pieces.push(`</${name}>`)
    },
    text: (text) => {
      if (text.trim() === '') pieces.push(text)
      else write(escapeText(text))
    },
  })
  return pieces.join('').trim()
}

function isShown(image: Element, base: Base): boolean {
  return !isDot(image) && imageUrl(image, base) !== null
}

function startTag(element: Element, base: Base): string {
  const attributes = [...anywhere, ...(further[element.name] ?? [])]
    .filter((name) => Object.hasOwn(element.attribs, name))
    .map((name) => [name, element.attribs[name] ?? ''] as const)
  const all = [...addresses(element, base), ...attributes]
  return `<${element.name}${all.map(([name, value]) => ` ${name}="${escapeValue(value)}"`).join('')}>`
}

/** Where an element leads to or comes from, made absolute. A link of another kind stays as text that leads nowhere. */
function addresses(element: Element, base: Base): [string, string][] {
  const { name, attribs } = element
  if (name === 'a') {
    const href = base.link(attribs.href ?? '')
    return href === null || attribs.href === undefined
      ? []
      : [
          ['href', href],
          ['rel', 'noopener noreferrer'],
        ]
  }
  if (name === 'img') {
    const src = imageUrl(element, base)
    return src === null ? [] : [['src', src]]
  }
  const cite = name === 'blockquote' || name === 'q' ? base.web(attribs.cite ?? '') : null
  return cite === null || attribs.cite === undefined ? [] : [['cite', cite]]
}

/** HTML Standard, 13.3. `>` is escaped too, so that what is taken out of its place is no tag either. */
export function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\u00a0', '&nbsp;')
    .replaceAll('\0', '')
}

export function escapeValue(value: string): string {
  return escapeText(value).replaceAll('"', '&quot;').replaceAll("'", '&#39;').replaceAll('`', '&#96;')
}
