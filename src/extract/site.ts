import { getDomainWithoutSuffix } from 'tldts'
import { textOf } from './jsonld.ts'
import type { Meta } from './meta.ts'
import type { Thing } from './thing.ts'
import { plain, wordsOf } from './words.ts'

/** What the site calls itself, the surest first. */
export interface Site {
  names: { text: string; source: string }[]
  /** The names as they are compared. */
  plains: ReadonlySet<string>
  /** The name of the host without what is common to all ("example" of www.example.co.uk). */
  host: string
}

const organisations = [
  'organization',
  'newsmediaorganization',
  'corporation',
  'onlinestore',
  'collegeoruniversity',
]

export function readSite(meta: Meta, things: readonly Thing[], url: URL): Site {
  const names: Site['names'] = []
  const add = (text: string, source: string) => {
    if (text !== '' && text.length <= 100 && !/^https?:/i.test(text)) names.push({ text, source })
  }
  add(meta.first('og:site_name'), 'og:site_name')
  for (const { types, node } of things) if (types.has('website')) add(textOf(node.name), 'json_ld')
  add(meta.first('application-name'), 'application-name')
  add(meta.first('apple-mobile-web-app-title'), 'apple-mobile-web-app-title')
  for (const { node } of things) add(textOf(node.publisher), 'json_ld')
  for (const { types, node, isTop } of things)
    if (isTop && organisations.some((type) => types.has(type))) add(textOf(node.name), 'json_ld')
  add(meta.first('dc.publisher'), 'dc.publisher')
  add(meta.first('publisher'), 'publisher')
  const host = getDomainWithoutSuffix(url.hostname) ?? url.hostname
  return { names, plains: new Set(names.map(({ text }) => plain(text)).filter((text) => text !== '')), host }
}

/** Whether a text is, or nearly is, the site's name: one of its names, or the name of its host written out. */
export function isSiteName(text: string, { plains, host }: Site): boolean {
  const words = wordsOf(text)
  if (words.length === 0) return false
  const joined = words.join(' ')
  if (plains.has(joined)) return true
  const run = words.join('')
  const bare = host.replaceAll('-', '')
  if (run === bare || run.startsWith(`${bare}com`) || run === `www${bare}`) return true
  return (
    bare.length >= 4 && words.length <= 6 && (run.includes(bare) || (run.length >= 4 && bare.includes(run)))
  )
}
