import type { Document } from 'domhandler'
import type { DateContext } from './dates.ts'
import { type JsonObject, readJsonLd } from './jsonld.ts'
import { type Meta, readMeta } from './meta.ts'
import { type Scan, scan } from './scan.ts'
import { readSite, type Site } from './site.ts'
import { type Thing, thingsOf } from './thing.ts'
import { titleOf } from './title.ts'
import { cleanText } from './words.ts'

/** All that was read of a page, before anything is chosen. */
export interface Facts {
  url: URL
  /** As `document.title` has it, but bounded; '' if there is none. */
  title: string
  scan: Scan
  meta: Meta
  jsonLd: JsonObject[]
  things: readonly Thing[]
  site: Site
  dates: DateContext
}

/** Reads a page's markup as far as its title, and its tree for all else. */
export function readFacts(html: string, tree: Document, url: URL, now: Date): Facts {
  const found = scan(tree)
  const meta = readMeta(found)
  const jsonLd = readJsonLd(found.jsonLd)
  const things = thingsOf(jsonLd)
  const isMonthFirst = writesMonthFirst(found.language ?? '', url.hostname)
  return {
    url,
    title: cleanText(titleOf(html)),
    scan: found,
    meta,
    jsonLd,
    things,
    site: readSite(meta, things, url),
    dates: { isMonthFirst, now },
  }
}

/** Whether 3/4/2021 is in March: in the United States and the Philippines, and where English says no country. */
function writesMonthFirst(language: string, host: string): boolean {
  if (/^en[-_](?:us|ph)/i.test(language)) return true
  return (
    /^(?:en)?$/i.test(language) && !/\.(?:[a-z]{2}\.)?(?!us|co|io|ai|me|tv|ly|to|fm|gg)[a-z]{2}$/.test(host)
  )
}
