import { createGunzip } from 'node:zlib'
import { createSitemapReader, namedSitemaps } from '../extract/sitemap.ts'
import type { Fetcher, FetchOptions } from '../fetch/page.ts'

export interface WalkParts {
  fetcher: Fetcher
  /** How files are fetched; its signal ends the walk. */
  options: FetchOptions
  /** Most pages. */
  most: number
}

/** Bounds of one walk: files, how deep indexes lead to indexes, files at once, bytes of each as they came. */
const MOST_FILES = 100
const DEEPEST_INDEX = 3
const FILES_AT_ONCE = 4
const MAX_FILE_BYTES = 52_428_800

/** Largest sitemap once unpacked, in bytes: twice what sitemaps.org allows. What is beyond is not read. */
const MAX_UNPACKED_BYTES = 104_857_600

/** Where sitemaps lie that nobody names. */
const usualPlaces = ['/sitemap.xml', '/sitemap_index.xml', '/sitemap.xml.gz', '/sitemap.txt']

/** A sitemap to be read. */
interface Entry {
  url: string
  depth: number
  /** Whether others are read only if this one is not there. */
  isGuess: boolean
}

/**
 * The pages that a site lists in its sitemaps: those its robots.txt names, or else those in the usual places, with all that
 * indexes lead to. Never throws: what cannot be had, or read in time, lists nothing.
 * @param site any URL of it
 */
export async function walkSitemaps(site: string, parts: WalkParts): Promise<string[]> {
  const pages = new Set<string>()
  const seen = new Set<string>()
  let waiting = await startingPoints(site, parts)
  while (waiting.length > 0 && pages.size < parts.most && !parts.options.signal?.aborted) {
    const now = waiting.slice(0, waiting[0]?.isGuess ? 1 : FILES_AT_ONCE)
    waiting = waiting.slice(now.length)
    const found = await Promise.all(now.map((entry) => read(entry, pages, parts)))
    // One guess that is right is enough.
    if (found.some((one) => one !== null)) waiting = waiting.filter(({ isGuess }) => !isGuess)
    for (const entry of found.flatMap((one) => one ?? [])) {
      if (seen.size >= MOST_FILES || seen.has(entry.url)) continue
      seen.add(entry.url)
      waiting.push(entry)
    }
  }
  return [...pages]
}

async function startingPoints(site: string, parts: WalkParts): Promise<Entry[]> {
  const place = new URL('/robots.txt', site).href
  const robots = await fetchFile(place, parts)
  const named = robots === null ? [] : namedSitemaps(Buffer.from(robots).toString('utf8'), place)
  if (named.length > 0) return named.map((url) => ({ url, depth: 0, isGuess: false }))
  return usualPlaces.map((path) => ({ url: new URL(path, site).href, depth: 0, isGuess: true }))
}

/** @returns the sitemaps that this one lists; null where it is not there or lists nothing at all */
async function read(entry: Entry, pages: Set<string>, parts: WalkParts): Promise<Entry[] | null> {
  const file = await fetchFile(entry.url, parts)
  if (file === null) return null
  const further: Entry[] = []
  let isOne = false
  const reader = createSitemapReader({
    url: entry.url,
    onPage: (url) => {
      isOne = true
      if (pages.size < parts.most) pages.add(url)
    },
    onSitemap: (url) => {
      isOne = true
      const depth = entry.depth + 1
      if (depth <= DEEPEST_INDEX && further.length < MOST_FILES) further.push({ url, depth, isGuess: false })
    },
  })
  await readBytes(file, (text) => reader.write(text) && pages.size < parts.most)
  reader.end()
  return isOne ? further : null
}

/** A file as it came; null where it is not there. */
async function fetchFile(url: string, { fetcher, options }: WalkParts): Promise<Uint8Array | null> {
  try {
    const { status, body } = await fetcher.fetch(url, {
      ...options,
      accepts: 'file',
      maxBytes: MAX_FILE_BYTES,
    })
    return status >= 200 && status <= 299 ? body : null
  } catch {
    return null
  }
}

/** Bytes as text in pieces, unpacked where they are gzip, until `write` wants no more, or something is wrong with them. */
async function readBytes(bytes: Uint8Array, write: (text: string) => boolean): Promise<void> {
  const decoder = new TextDecoder(bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8')
  let left = MAX_UNPACKED_BYTES
  try {
    for await (const piece of piecesOf(bytes)) {
      left -= piece.length
      if (left < 0 || !write(decoder.decode(piece, { stream: true }))) return
    }
  } catch {
    // What came before the fault counts.
  }
}

/** gzip tells itself by its first bytes, whatever it is sent as (RFC 1952, 2.3.1). */
function piecesOf(bytes: Uint8Array): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return slices(bytes)
  const gunzip = createGunzip({ chunkSize: 65_536 })
  gunzip.end(bytes)
  return gunzip
}

function* slices(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536)
}
