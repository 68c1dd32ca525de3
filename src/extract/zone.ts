import { keep } from './memo.ts'

/** What the names of elements and their classes say of a place on a page, as bits; they hold for all that is within. */
export const Zone = {
  nav: 1,
  aside: 2,
  footer: 4,
  comments: 8,
  related: 16,
  hidden: 32,
  header: 64,
  article: 128,
  bio: 256,
} as const

/** What they say of an element's own text, as bits. */
export const Role = {
  author: 1 << 10,
  date: 1 << 11,
  modified: 1 << 12,
  headline: 1 << 13,
  user: 1 << 14,
} as const

const words: [bit: number, words: string][] = [
  [
    Zone.nav,
    'nav navi navigation navbar menu submenu breadcrumb breadcrumbs pagination pager toolbar topbar',
  ],
  [Zone.aside, 'sidebar aside widget widgets promo promobox teaser teasers card cards tile tiles carousel'],
  [Zone.footer, 'footer colophon copyright legal imprint disclaimer'],
  [
    Zone.comments,
    'comment comments kommentar kommentare comentarios commentaires disqus respond replies reply',
  ],
  [
    Zone.related,
    'related recommended recommendations recommend popular trending latest recent similar morearticles readmore ' +
      'mostread toplist outbrain taboola newsletter ad ads advert advertisement banner sponsored',
  ],
  [Zone.hidden, 'hidden invisible'],
  [Zone.header, 'masthead siteheader'],
  [Zone.bio, 'bio biography aboutauthor authorbio authorbox'],
  [
    Role.author,
    'author authors authorname byline bylines byauthor autor autoren auteur autore autora writer writers redakteur ' +
      'verfasser contributor contributors reporter journalist fn creator writtenby postedby credit credits',
  ],
  [
    Role.date,
    'date dates datum fecha dateline datetime time timestamp pubdate publishdate published publish publication ' +
      'postdate entrydate posted dtstart pubtime publishtime created articledate newsdate postmeta entrymeta',
  ],
  [Role.modified, 'modified updated update lastmod lastmodified changed aktualisiert revised edited'],
  [Role.headline, 'headline title entrytitle posttitle articletitle heading subject titel titre titulo'],
  [Role.user, 'user username member poster nickname nick'],
]

const bitsOfWord = new Map<string, number>()
for (const [bit, list] of words)
  for (const word of list.split(' ')) bitsOfWord.set(word, (bitsOfWord.get(word) ?? 0) | bit)

const bitsOfTag = new Map<string, number>([
  ['nav', Zone.nav],
  ['menu', Zone.nav],
  ['aside', Zone.aside],
  ['footer', Zone.footer],
  ['header', Zone.header],
  ['article', Zone.article],
  ['main', Zone.article],
  ['time', Role.date],
])

const PLACES = (1 << 10) - 1

/** The bits that hold for all that is within. */
export const placesOf = (bits: number): number => bits & PLACES

/**
 * Makes the one that reads a class or an id. What it was asked it keeps, as pages repeat themselves.
 * Its words are what stands between separators and at changes of case, and the whole name without separators.
 */
export function createNameReader(): (names: string) => number {
  const one = keep((name) => bitsOfName(name.slice(0, 64)))
  return keep((names) => {
    if (!/\s/.test(names)) return one(names)
    let bits = 0
    for (const name of names.split(/\s/, 32)) bits |= one(name)
    return bits
  })
}

function bitsOfName(name: string): number {
  const pieces = name.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+/g)
  if (pieces === null) return 0
  let whole = ''
  let bits = 0
  for (const piece of pieces) {
    const word = piece.toLowerCase()
    whole += word
    bits |= bitsOfWord.get(word) ?? 0
  }
  return pieces.length > 1 ? bits | (bitsOfWord.get(whole) ?? 0) : bits
}

const bitsOfRole = new Map<string, number>([
  ['navigation', Zone.nav],
  ['contentinfo', Zone.footer],
  ['complementary', Zone.aside],
  ['main', Zone.article],
  ['article', Zone.article],
])

/** What an element's name and its role (WAI-ARIA) say. */
export function bitsOfElement(name: string, role: string | undefined): number {
  return (bitsOfTag.get(name) ?? 0) | (role === undefined ? 0 : (bitsOfRole.get(role) ?? 0))
}

/** The names of the places that bits hold, as far as they tell content from what is around it. */
export function placesIn(bits: number): string[] {
  const places: string[] = []
  if (bits & (Zone.nav | Zone.aside | Zone.footer | Zone.related)) places.push('side')
  if (bits & Zone.comments) places.push('comments')
  if (bits & Zone.article) places.push('article')
  if (bits & Zone.header) places.push('header')
  return places
}
