import { setImmediate as nextTurn } from 'node:timers/promises'
import { Tokenizer } from 'htmlparser2'
import type { Found } from '../contract/site.ts'
import { resolveLink } from '../contract/urls.ts'

export interface AnchorOptions {
  /** Most addresses. */
  most: number
  /** Whether the page's wish is heeded that its links, or one of them, be not followed. */
  heedsNofollow: boolean
}

type Attributes = Map<string, string>

/**
 * The addresses that a page leads to, each once, in the order they come, and the one that it says is its own. No tree is
 * built: whatever is in a page, it takes time in proportion to its length, and others get theirs between its pieces.
 * @param url where the page was found
 */
export async function anchorsOf(html: string, url: string, options: AnchorOptions): Promise<Found> {
  const { most, heedsNofollow } = options
  let base = url
  let canonical: string | null = null
  let isClosed = false
  const urls = new Set<string>()
  // As they are written, since the base is known: most pages repeat many of theirs.
  const said = new Set<string>()
  const onTag = (name: string, attributes: Attributes) => {
    const rels = words(attributes.get('rel'))
    if (name === 'base' && base === url) {
      base = resolveLink(attributes.get('href') ?? '', url) ?? url
      said.clear()
    } else if (name === 'meta') isClosed ||= heedsNofollow && forbids(attributes)
    else if (name === 'link' && rels.includes('canonical'))
      canonical ??= resolveLink(attributes.get('href') ?? '', base)
    else if (urls.size < most && !(heedsNofollow && rels.includes('nofollow'))) {
      const address = addressOf(name, attributes, rels)
      if (address === undefined || said.has(address)) return
      said.add(address)
      const resolved = resolveLink(address, base)
      if (resolved !== null && !isFile(resolved)) urls.add(resolved)
    }
  }
  await readTags(html, onTag)
  return { canonical, urls: isClosed ? [] : [...urls] }
}

const words = (text: string | undefined) => text?.toLowerCase().split(/\s+/) ?? []

/** `<meta name=robots content=nofollow>`, also where it speaks to this product alone. */
function forbids(attributes: Attributes): boolean {
  const name = attributes.get('name')?.toLowerCase()
  const says =
    attributes
      .get('content')
      ?.toLowerCase()
      .split(/[\s,]+/) ?? []
  return (name === 'robots' || name === 'parsegate') && (says.includes('nofollow') || says.includes('none'))
}

function addressOf(name: string, attributes: Attributes, rels: string[]): string | undefined {
  if (name === 'a' || name === 'area') return attributes.get('href')
  if (name === 'frame') return attributes.get('src')
  const isSequel = name === 'link' && rels.some((rel) => rel === 'next' || rel === 'prev')
  return isSequel ? attributes.get('href') : undefined
}

/** What no text is taken from, by the name it has. */
const files =
  /\.(?:jpe?g|png|gif|webp|avif|svg|ico|bmp|tiff?|heic|mp[34]|m4[av]|avi|mov|wmv|webm|mkv|ogg|og[av]|wav|flac|zip|rar|7z|t?gz|bz2|xz|tar|dmg|exe|msi|apk|iso|deb|rpm|jar|css|m?js|map|wasm|woff2?|ttf|otf|eot|xlsx?|pptx?|psd|ai|eps|swf)$/i

const isFile = (href: string) => files.test(new URL(href).pathname)

const wanted = new Set(['a', 'area', 'base', 'frame', 'link', 'meta'])

/** Characters read at a time: some 10 ms where they are links and nothing else. */
const PIECE = 65_536

/** Calls for each start tag of a wanted name, with its attributes: names in lower case, references decoded. */
async function readTags(html: string, onTag: (name: string, attributes: Attributes) => void): Promise<void> {
  let tag = ''
  let name = ''
  let value = ''
  let attributes: Attributes = new Map()
  const end = () => {
    if (tag !== '') onTag(tag, attributes)
    tag = ''
  }
  const tokenizer = new Tokenizer(
    { decodeEntities: true },
    {
      onopentagname(start, stop) {
        const found = html.slice(start, stop).toLowerCase()
        tag = wanted.has(found) ? found : ''
        if (tag !== '') attributes = new Map()
      },
      onattribname(start, stop) {
        name = tag === '' ? '' : html.slice(start, stop).toLowerCase()
        value = ''
      },
      onattribdata(start, stop) {
        if (tag !== '') value += html.slice(start, stop)
      },
      onattribentity(codepoint) {
        if (tag !== '') value += String.fromCodePoint(codepoint)
      },
      onattribend() {
        if (tag !== '' && !attributes.has(name)) attributes.set(name, value)
      },
      onopentagend: end,
      onselfclosingtag: end,
      ...nothing,
    },
  )
  for (let at = 0; at < html.length; at += PIECE) {
    if (at > 0) await nextTurn()
    tokenizer.write(html.slice(at, at + PIECE))
  }
  tokenizer.end()
}

const ignore = () => {}
const nothing = {
  oncdata: ignore,
  onclosetag: ignore,
  oncomment: ignore,
  ondeclaration: ignore,
  onend: ignore,
  onprocessinginstruction: ignore,
  ontext: ignore,
  ontextentity: ignore,
}
