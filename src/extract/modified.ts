import type { Said } from './card.ts'
import { type Day, findDates, readDate } from './dates.ts'
import type { Facts } from './facts.ts'
import { textOf } from './jsonld.ts'
import { modifiedWords } from './published.ts'
import { kindOf } from './thing.ts'
import { Role } from './zone.ts'

const metaNames = [
  'article:modified_time',
  'og:updated_time',
  'og:modified_time',
  'article:modified',
  'datemodified',
  'dcterms.modified',
  'dc.date.modified',
  'last-modified',
  'lastmod',
  'modified',
  'revised',
]

/** When a page was last changed, as it says itself; undefined where it does not, or says that this was before it appeared. */
export function lastModified(facts: Facts, published: string): Said | undefined {
  for (const { day, source } of candidates(facts))
    if (day && day.iso.slice(0, 10) >= published.slice(0, 10)) return { text: day.iso, source }
  return undefined
}

function* candidates({
  meta,
  things,
  scan,
  dates,
}: Facts): Generator<{ day: Day | null | undefined; source: string }> {
  for (const name of metaNames) yield { day: readDate(meta.first(name), dates), source: name }
  const kinds = ['article', 'page', 'product', 'question'] as const
  for (const kind of kinds)
    for (const { types, node } of things)
      if (kindOf(types) === kind) yield { day: readDate(textOf(node.dateModified), dates), source: 'json_ld' }
  for (const { attributes, text, bits, line, name } of scan.marks) {
    const value = attributes.datetime ?? attributes.content ?? ''
    const day = () => readDate(value, dates) ?? findDates(text.slice(0, 200), dates)[0]
    if (attributes.itemprop?.includes('dateModified')) yield { day: day(), source: 'itemprop' }
    else if (
      name === 'time' &&
      (bits & Role.modified || modifiedWords.test(lineStart(scan.lines[line]?.text)))
    )
      yield { day: day(), source: 'time' }
  }
}

const lineStart = (text = ''): string => text.slice(0, 40)
