import { keep } from './memo.ts'

/** Words that parts of pages are named by in their class names and ids, by what they mean. */
const lists = {
  /** What lies over a page and asks for something: never content, however long its text. */
  over: `cookie cookies consent gdpr ccpa onetrust cookiebot cookiebanner cookielaw cmplz didomi usercentrics truste
    privacybanner`,
  /** What is around the content. */
  around: `nav navbar navigation navi navbox subnav topnav navmenu submenu megamenu menubar offcanvas hamburger footer
    colophon breadcrumb breadcrumbs crumbs crumb share sharing shares sharer addthis sharethis social socials newsletter
    subscribe subscription signup signin login register registration advert adverts advertisement advertising ads ad
    adsense sponsor sponsored disqus pagination pager paginator paging skip skiplink copyright legal masthead topbar
    toolbar tagcloud nocontent print toast snackbar disclaimer sitemap toplinks dropdown screenreader visuallyhidden signature`,
  /** Other pages that a reader may like, too. */
  related: `related recommended recommendations recommendation recommend similar popular trending upsell upsells
    crosssell outbrain taboola`,
  /** What others say of an article. */
  comment: 'comment comments commentlist respond',
  /** What often is around the content, and is content where it reads like it. */
  maybe: `menu menus sidebar sidebars rail promo promos promotion popup modal overlay dialog tooltip flyout drawer
    widget widgets tags taglist byline bio author meta banner header cta notification alert notice contact actions
    toggle buttons controls filter filters facet facets sort sorting search recent latest hide invisible aside postmeta
    follow feedback help`,
  /** What is around the text of an article, within it. */
  article: `author authors bio byline tags tag promo promos promotion popup modal notice disclaimer cta teaser teasers
    recent latest readmore recirc recirculation caption credit credits widget widgets sidebar meta infobox outro
    footnote footnotes donate support callout reactions likes rating votes views timestamp published date datetime
    sponsor paywall premium abo`,
  /** What others say of a product. */
  review: 'review reviews testimonial testimonials ratings',
  /** What a forum sets under every post of who wrote it. */
  signature: 'signature sig usersig',
  price: 'price prices pricing',
  /** What heads a part. */
  title: 'title heading headline header hd titel titre titulo label',
} as const

export type NameList = keyof typeof lists

const keys = Object.keys(lists) as NameList[]

/** The bit of each list. */
export const nameBits = Object.fromEntries(keys.map((key, bit) => [key, 1 << bit])) as Record<
  NameList,
  number
>

const bitsOfWords = readWords()

function readWords(): ReadonlyMap<string, number> {
  const bits = new Map<string, number>()
  for (const key of keys)
    for (const word of lists[key].split(/\s+/)) bits.set(word, (bits.get(word) ?? 0) | nameBits[key])
  return bits
}

/** Longer names are made by machines and say nothing further on. */
export const MAX_NAMES = 300

/** Class names that say what something has, shows or is filed under, and not what it is. */
const sayings =
  /^(?:has|no|with|without|is|are|show|hide|enable|disable|allow|tag|category|cat|product_tag|product_cat)[-_]/i

/** How class names are marked that say of an element how it looks, and when: `print:hidden`, `[&_nav]:mt-2`. */
const looks = /[:[]/

/**
 * Makes the one that says in which lists any word is that names such as `postBody article-meta` are made of: their bits.
 * What it was asked it keeps, as pages repeat themselves.
 */
export function createNamesReader(): (names: string) => number {
  const one = keep(bitsOfName)
  return keep((names) => {
    const start = names.slice(0, MAX_NAMES)
    if (!/\s/.test(start)) return one(start)
    let bits = 0
    for (const name of start.split(/\s+/)) bits |= one(name)
    return bits
  })
}

function bitsOfName(name: string): number {
  if (sayings.test(name) || looks.test(name)) return 0
  let bits = 0
  for (const word of name.match(nameWords) ?? []) bits |= bitsOfWords.get(word.toLowerCase()) ?? 0
  return bits
}

/** A word goes on to where a capital letter follows a small one. What is beyond ASCII is taken for small letters. */
const nameWords = /[A-Z]*[a-z\u0080-\uffff]+|[A-Z]{2,}/g
