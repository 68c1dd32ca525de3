import { type Element, isTag, isText } from 'domhandler'
import type { Base } from './base.ts'
import { hasWords } from './escape.ts'
import { keep } from './memo.ts'
import { MAX_NAMES } from './names.ts'
import { nodesOf } from './walk.ts'

/** Elements that show something themselves: what stands around them says whether it is furniture. */
const shown: ReadonlySet<string> = new Set(['img', 'picture', 'figure', 'video', 'audio', 'iframe'])

/** Class names, whole or with further words, of what is around the content where it holds nothing but images. */
const named =
  /(?:^|[\s_-])(?:navbar|breadcrumbs?|shar(?:e|ing)|socials?|addthis|footer|masthead|top-?bar|toolbar|search|newsletter|subscribe|signup|login|ads?|advert|advertisement|adsense|sponsor(?:ed)?)(?=$|[\s_-])/i

/**
 * Makes the one that tells of an element whether it has no words and what it shows is around the content: the logo of a
 * site, a sign to share or to write by, an advertisement. What has words is judged by them.
 * @param url where the page came from
 * @param base what its links are relative to
 */
export function createFurnitureCheck(url: string, base: Base): (element: Element) => boolean {
  const page = URL.parse(url)
  const leads = keep((href) => page !== null && leadsAround(href, page, base))
  const holdsWords = createWordCheck()
  return (element) => {
    const { name, attribs } = element
    if (shown.has(name)) return false
    const isAround =
      name === 'nav' ||
      name === 'footer' ||
      (name === 'header' && isOfSite(element)) ||
      named.test((attribs.class ?? '').slice(0, MAX_NAMES)) ||
      (name === 'a' && leads(attribs.href ?? ''))
    return isAround && !holdsWords(element)
  }
}

/** Whether a header is that of the page, and not of an article in it. */
function isOfSite({ parent }: Element): boolean {
  for (let at = parent; at; at = at.parent)
    if (isTag(at) && (at.name === 'article' || at.name === 'main')) return false
  return true
}

/** Whether a link leads to the site's front page, or takes the page's address, or a letter to nobody, elsewhere. */
function leadsAround(href: string, page: URL, base: Base): boolean {
  const target = URL.parse(base.link(href) ?? '')
  if (target === null) return false
  if (target.protocol === 'mailto:') return target.pathname === ''
  if (page.pathname === '/') return false
  if (target.host === page.host && target.pathname === '/') return true
  const here = page.host + page.pathname
  return target.search.includes(here) || target.search.includes(encodeURIComponent(here))
}

/** Nodes and characters of a page that are looked at for words. Where such elements nest, each looks at what is in it. */
const MOST_LOOKS = 20_000_000

/** Makes the one that tells whether an element holds words, or what is taken for some once that page has been looked at enough. */
function createWordCheck(): (element: Element) => boolean {
  let left = MOST_LOOKS
  return (element) => {
    for (const node of nodesOf(element)) {
      left -= 1
      if (left < 0) return true
      if (!isText(node) || (node.parent && isTag(node.parent) && node.parent.name === 'style')) continue
      left -= node.data.length
      if (hasWords(node.data)) return true
    }
    return false
  }
}
