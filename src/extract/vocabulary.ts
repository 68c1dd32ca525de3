import type { Element } from 'domhandler'
import { keep } from './memo.ts'

/**
 * Words that authors of pages name the parts of them by, in classes, ids and roles, by what they mean. They are what is
 * common to pages of many makers and languages; which of them speaks for content is learned, not written here.
 */
export const meanings = {
  navigation:
    'nav navi navbar navigation menu menue submenu megamenu dropdown sitemap navigazione navegacion',
  header: 'header masthead topbar top banner branding kopf kopfzeile cabecera entete testata',
  footer:
    'footer foot bottom colophon fuss fusszeile pie pied pagefooter sitefooter imprint impressum legal copyright',
  sidebar:
    'sidebar aside rail widget widgets secondary seitenleiste marginal col2 right rechts barra lateral complementary',
  related:
    'related recommended recommendations recommendation similar more mehr popular trending suggested suggestions latest recent top10 mostread meistgelesen also readmore verwandt aehnlich relacionados weitere upsell crosssell',
  share:
    'share sharing shares social socials facebook twitter whatsapp follow addtoany shariff teilen compartir partager bookmark',
  comment:
    'comment comments commentlist kommentar kommentare comentarios commentaires disqus respond discussion replies responses',
  thread:
    'post posts thread threads message messages reply topic answer answers question forum conversation discussion postbody beitrag',
  advert:
    'ad ads adv advert advertisement sponsor sponsored promo promotion promotions anzeige werbung publicidad banner dfp adsense outbrain taboola',
  consent: 'cookie cookies consent gdpr privacy notice notification alert datenschutz',
  overlay: 'modal popup overlay dialog drawer offcanvas lightbox tooltip toast flyout backdrop',
  form: 'form login signin signup register subscribe subscription newsletter search suche searchform input field captcha password',
  breadcrumb: 'breadcrumb breadcrumbs crumbs crumb pathway brotkrumen',
  about:
    'meta author byline date tags tag category categories info published datum autor timestamp posted details',
  pager: 'pagination pager pages paging next prev previous older newer pagenav page numbers',
  contents: 'toc contents tableofcontents outline inhaltsverzeichnis onthispage anchor',
  content:
    'content article entry body main story text prose markdown richtext rte wysiwyg inhalt contenido contenu articlebody hentry singlepost storybody maincontent copy post rich formatted paragraph',
  product:
    'product products price prices sku description spec specs specification specifications details pdp buy cart basket shipping stock variant',
  card: 'card cards teaser teasers tile tiles item items grid list result results listing loop row excerpt summary snippet entry',
  title: 'hero title headline heading subtitle subheading h1 h2 lead intro deck kicker dek standfirst',
  review: 'review reviews rating ratings testimonial testimonials stars feedback quote',
  figure:
    'caption figure image gallery media photo video slider carousel slideshow thumbnail thumb player swiper slick',
  hidden: 'hidden hide collapse collapsed sr screenreader visuallyhidden invisible mobile noprint print only',
  fold: 'tab tabs accordion faq panel toggle collapsible expand',
  person: 'user profile avatar signature member rank stats username userinfo poster bio usercard',
  action:
    'btn button buttons cta action actions link links icon toolbar tools controls filter filters sort facet facets refine',
  code: 'code highlight highlighter syntax pre snippet codehilite sourcecode docs documentation api',
  section: 'section container wrapper wrap inner block module component box',
} as const

export type Meaning = keyof typeof meanings

export const meaningNames = Object.keys(meanings) as Meaning[]

const bits = meaningBits()

function meaningBits(): ReadonlyMap<string, number> {
  const table = new Map<string, number>()
  for (const [bit, name] of meaningNames.entries())
    for (const word of meanings[name].split(' ')) table.set(word, (table.get(word) ?? 0) | (1 << bit))
  return table
}

/** What the words of an element's names mean: a bit for each of `meaningNames`. */
function meaningsOf(tokens: readonly string[]): number {
  let mask = 0
  for (const token of tokens) mask |= bits.get(token) ?? 0
  return mask
}

const attributes = [
  'class',
  'id',
  'role',
  'itemprop',
  'itemtype',
  'data-testid',
  'data-component',
  'aria-label',
]

/** Beyond as many, the words of an element's names tell nothing new, and only cost time. */
const MAX_TOKENS = 24
const MAX_NAME = 300

/** What an element is named by: the meanings of the words (bits of `meaningNames`), and what they weigh. */
export interface Named {
  meanings: number
  weight: number
}

/** Makes the one that reads names. What it read it keeps, as pages repeat names a thousandfold. */
export function createNamer(weights: ReadonlyMap<string, number>): (element: Element) => Named {
  const known = new Map<string, Named>()
  const tokensOf = createTokens()
  return ({ attribs }) => {
    const key = keyOf(attribs)
    const found = known.get(key)
    if (found) return found
    const tokens = tokensOf(attribs)
    const named = { meanings: meaningsOf(tokens), weight: weightOf(tokens, weights) }
    known.set(key, named)
    return named
  }
}

/** All that an element is named by. For nearly all it is a single value, which stands for itself. */
function keyOf(attribs: Element['attribs']): string {
  let key = ''
  for (const name of attributes) {
    const value = attribs[name]
    if (value) key = key === '' ? value : `${key}\n${value}`
  }
  return key
}

/** What words weigh: the strongest on either side, together. */
export function weightOf(words: readonly string[], weights: ReadonlyMap<string, number>): number {
  let [high, low] = [0, 0]
  for (const word of words) {
    const weight = weights.get(word) ?? 0
    if (weight > high) high = weight
    if (weight < low) low = weight
  }
  return high + low
}

/** Makes the one that gives the words an element is named by, in small letters: those of its class, id, role and the like. */
export function createTokens(): (attribs: Element['attribs']) => string[] {
  const partsOf = keep(split)
  return (attribs) => {
    const found: string[] = []
    for (const name of attributes) {
      const value = attribs[name]
      if (value) found.push(...partsOf(value.slice(0, MAX_NAME)))
    }
    return found.length > MAX_TOKENS ? found.slice(0, MAX_TOKENS) : found
  }
}

/** Letters of ASCII need no look into a long list. */
function split(value: string): string[] {
  const parted = /[a-z][A-Z]/.test(value) ? value.replaceAll(/([a-z])([A-Z])/g, '$1 $2') : value
  return parted.toLowerCase().match(/(?:[a-z]|\p{L}){2,19}/gu) ?? []
}
