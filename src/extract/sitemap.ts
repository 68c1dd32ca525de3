import { Parser } from 'htmlparser2'
import { resolveLink } from '../contract/urls.ts'

/** Takes a sitemap in pieces, in whichever form it comes. */
export interface SitemapReader {
  /** @returns false when nothing more is wanted of it */
  write(text: string): boolean
  end(): void
}

export interface SitemapParts {
  /** What the addresses in it are relative to: where it was found. */
  url: string
  /** A page that it lists. */
  onPage: (url: string) => void
  /** Another sitemap that it lists. */
  onSitemap: (url: string) => void
  /** Most addresses taken of one file; the protocol lets it have 50,000. */
  most?: number
}

const MOST_IN_ONE = 50_000

/** Sitemaps nest no deeper than this, nor do feeds: what does is neither. */
const DEEPEST = 30

/** Longest address read, in characters. */
const LONGEST = 4096

/**
 * Reads a sitemap (sitemaps.org): a list of pages or an index of sitemaps in XML, a feed (RSS, Atom), or a text of a URL a
 * line. What is none of these has no addresses. Nothing is kept but the address that is being read.
 */
export function createSitemapReader(parts: SitemapParts): SitemapReader {
  let reader: SitemapReader | undefined
  return {
    write(text) {
      if (!reader) {
        const start = text.trimStart()
        // White space alone says nothing yet.
        if (start === '') return true
        reader = start.startsWith('<') ? readXml(parts) : readLines(parts)
      }
      return reader.write(text)
    },
    end: () => reader?.end(),
  }
}

/** Hands on addresses that can be fetched, up to the bound. */
function counted({ url, most = MOST_IN_ONE }: SitemapParts) {
  let left = most
  return {
    isFull: () => left <= 0,
    give(text: string, to: (url: string) => void) {
      const resolved = left > 0 && text !== '' ? resolveLink(text, url) : null
      if (resolved === null) return
      left -= 1
      to(resolved)
    },
  }
}

// Elements whose text is an address, by the one they stand in: of a sitemap, of an index, of RSS and of RSS 1.0.
const addresses: Record<string, 'page' | 'sitemap'> = {
  'url loc': 'page',
  'sitemap loc': 'sitemap',
  'item link': 'page',
}

function readXml(parts: SitemapParts): SitemapReader {
  const { give, isFull } = counted(parts)
  const open: string[] = []
  let text: string | undefined
  let isOver = false
  const kindHere = () => addresses[open.slice(-2).join(' ')]
  const parser = new Parser(
    {
      onopentag(name, { href = '', rel = 'alternate' }) {
        open.push(localName(name))
        isOver ||= open.length > DEEPEST
        if (kindHere()) text = ''
        if (open.slice(-2).join(' ') === 'entry link' && rel === 'alternate') give(href, parts.onPage)
      },
      ontext(piece) {
        if (text !== undefined && text.length < LONGEST) text += piece
      },
      onclosetag() {
        const kind = kindHere()
        if (kind && text !== undefined) give(text.trim(), kind === 'page' ? parts.onPage : parts.onSitemap)
        text = undefined
        open.pop()
      },
    },
    { xmlMode: true, decodeEntities: true },
  )
  return {
    write(piece) {
      // In small steps, so that one that nests without end is left soon.
      for (let at = 0; at < piece.length && !isOver; at += 4096) {
        parser.write(piece.slice(at, at + 4096))
        isOver ||= isFull()
      }
      return !isOver
    },
    // The parser is not ended: it would take an address that is cut for a whole one.
    end() {},
  }
}

/** A name without its prefix: some write `sm:loc`. Those of images, films and news are others. */
function localName(name: string): string {
  return /^(?:image|video|news|media|xhtml|atom\d*|itunes|content):/.test(name)
    ? name
    : name.replace(/^.*:/, '')
}

function readLines(parts: SitemapParts): SitemapReader {
  const { give, isFull } = counted(parts)
  let rest = ''
  const take = (line: string) => {
    const text = line.trim()
    if (/^https?:\/\//i.test(text)) give(text, parts.onPage)
  }
  return {
    write(piece) {
      const lines = (rest + piece).split(/[\r\n]+/)
      rest = (lines.pop() ?? '').slice(0, LONGEST)
      for (const line of lines) take(line)
      return !isFull()
    },
    end: () => take(rest),
  }
}

/** Most sitemaps that a robots.txt may name. */
const MOST_NAMED = 100

/** The sitemaps that a robots.txt names (sitemaps.org, "Submitting your Sitemap"). */
export function namedSitemaps(robots: string, url: string): string[] {
  const named = robots.split(/[\r\n]+/).flatMap((line) => {
    const value = /^[ \t\uFEFF]*site-?map[ \t]*:[ \t]*(\S+)/i.exec(line)?.[1]
    return resolveLink(value ?? '', url) !== null && value ? [resolveLink(value, url) as string] : []
  })
  return [...new Set(named)].slice(0, MOST_NAMED)
}
