import { type Attributes, readTokens, type TokenHandler } from './tokens.ts'
import { decodeEntities } from './words.ts'
import { bitsOfElement, createNameReader, placesOf, Zone } from './zone.ts'

/** An element that may say something of the page. */
export interface Mark {
  name: string
  attributes: Attributes
  /** Zone and Role bits of its own and the Zone bits of what it is in. */
  bits: number
  /** White space collapsed, at most MARK_CHARS long. */
  text: string
  /** Index of the line that it begins in or stands before. */
  line: number
  /** Of an h1: its text as the tags within it part it. */
  parts: string[]
}

/** What stands between two breaks on the screen. */
export interface Line {
  /** White space collapsed, at most LINE_CHARS long. */
  text: string
  bits: number
}

/** What one pass over a page finds; all of it bounded. */
export interface Scan {
  /** Attributes of each meta element that has a content. */
  metas: Attributes[]
  /** Attributes of each link element that has an href. */
  links: Attributes[]
  base: string | undefined
  language: string | undefined
  /** Texts of the JSON-LD scripts. */
  jsonLd: string[]
  marks: Mark[]
  lines: Line[]
}

const MAX_TAGS = 400_000
const MAX_METAS = 2_000
const MAX_MARKS = 4_000
const MAX_LINES = 20_000
const LINE_CHARS = 2_000
const MARK_CHARS = 400
const MAX_PARTS = 12
const MAX_SCRIPTS = 100
const SCRIPT_CHARS = 1_000_000
/** How far an end tag of an inline element looks for its start. It does not close what is around it. */
const INLINE_REACH = 24

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '))

const kept = words(
  'class id name property content itemprop itemscope rel href src datetime title lang xml:lang hidden style type ' +
    'role http-equiv data-datetime data-time data-timestamp',
)
const inline = words(
  'a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark q rb rp rt rtc ruby s samp ' +
    'small span strike strong sub sup svg time tt u var wbr',
)
const isVoid = words(
  'area base basefont br col embed frame hr img input keygen link meta param source track wbr',
)
/** Their text is on no screen, or none of the page's. That of noscript is: some pages have all of it there. */
const unread = words('audio canvas iframe math object script select style svg template textarea title video')
const marked = words('address h1 h2 h3 time')
/** A class of theirs tells what is somewhere on the page, as "has-sidebar". */
const isWhole = words('html body main article')
/** Elements that end where others begin, closed or not; a paragraph does before any block. */
const endsBefore = new Map<string, ReadonlySet<string>>([
  ['li', words('li')],
  ['td', words('td th tr')],
  ['th', words('td th tr')],
  ['tr', words('tr')],
  ['dt', words('dd dt')],
  ['dd', words('dd dt')],
])

/** Reads a page from its start to its end, once; in time that grows with the page and no faster. */
export function scan(html: string): Scan {
  const scanner = new Scanner()
  readTokens(html, kept, scanner)
  return scanner.finish()
}

interface OpenMark extends Mark {
  /** Where in its first line it begins. */
  column: number
}

interface Frame {
  name: string
  bits: number
  isRead: boolean
  mark: OpenMark | undefined
}

const outside: Frame = { name: '', bits: 0, isRead: true, mark: undefined }

class Scanner implements TokenHandler {
  readonly #readName = createNameReader()
  readonly #found: Scan = {
    metas: [],
    links: [],
    base: undefined,
    language: undefined,
    jsonLd: [],
    marks: [],
    lines: [],
  }
  readonly #frames: Frame[] = []
  /** How many elements of each name are open, so that a stray end tag is known for one at once. */
  readonly #open = new Map<string, number>()
  #top = outside
  #tags = 0
  #foreign = 0
  #scriptChars = 0
  /** The JSON-LD script that is being read. */
  #script: string | undefined
  #line = ''
  #lineBits = 0
  #heading: OpenMark | undefined

  finish(): Scan {
    while (this.#frames.length > 0) this.#pop()
    this.#break()
    return this.#found
  }

  isForeign(): boolean {
    return this.#foreign > 0
  }

  onStart(name: string, attributes: Attributes, isSelfClosing: boolean): boolean {
    this.#partHeading()
    if (!inline.has(name)) {
      this.#break()
      if (this.#top.name === 'p' || endsBefore.get(this.#top.name)?.has(name)) this.#pop()
    }
    this.#takeHead(name, attributes)
    const bits = this.#bitsOf(name, attributes)
    const mark = this.#saysSomething(name, attributes, bits) ? this.#mark(name, attributes, bits) : undefined
    if (!isVoid.has(name) && !(isSelfClosing && this.#foreign > 0)) this.#push(name, attributes, bits, mark)
    this.#tags += 1
    return this.#tags < MAX_TAGS
  }

  onEnd(name: string): void {
    this.#partHeading()
    if (!inline.has(name)) this.#break()
    if ((this.#open.get(name) ?? 0) === 0 || (inline.has(name) && !this.#isNear(name))) return
    while (this.#top.name !== name) this.#pop()
    this.#pop()
  }

  onText(text: string): void {
    if (this.#script !== undefined) this.#script += text
    else if (this.#top.isRead)
      this.#write(text.includes('&') ? decodeEntities(text.slice(0, 4 * LINE_CHARS)) : text)
  }

  #takeHead(name: string, attributes: Attributes): void {
    const found = this.#found
    if (name === 'meta') {
      if (attributes.has('content') && found.metas.length < MAX_METAS) found.metas.push(attributes)
    } else if (name === 'link') {
      if (attributes.has('href') && found.links.length < MAX_METAS) found.links.push(attributes)
    } else if (name === 'base') found.base ??= attributes.get('href')
    else if (name === 'html' || name === 'body')
      found.language ??= attributes.get('lang') ?? attributes.get('xml:lang')
  }

  #bitsOf(name: string, attributes: Attributes): number {
    let bits = bitsOfElement(name, attributes.get('role'))
    if (attributes.size === 0 || isWhole.has(name)) return bits
    const names = attributes.get('class')
    const id = attributes.get('id')
    if (names) bits |= this.#readName(names)
    if (id) bits |= this.#readName(id)
    const isHidden = attributes.has('hidden') || attributes.get('style')?.includes('display:none')
    return isHidden ? bits | Zone.hidden : bits
  }

  #saysSomething(name: string, attributes: Attributes, bits: number): boolean {
    if (this.#found.marks.length === MAX_MARKS || !this.#top.isRead) return false
    if (marked.has(name)) return true
    if (attributes.size === 0) return false
    return (
      placesOf(bits) !== bits ||
      attributes.has('itemprop') ||
      attributes.has('property') ||
      attributes.has('datetime') ||
      attributes.has('data-datetime') ||
      /\b(?:author|license)\b/i.test(attributes.get('rel') ?? '') ||
      (name === 'a' && leadsToPerson.test(attributes.get('href')?.slice(0, 300) ?? ''))
    )
  }

  #mark(name: string, attributes: Attributes, bits: number): OpenMark {
    const { marks, lines } = this.#found
    const place = { line: lines.length, column: this.#line.length }
    const mark: OpenMark = { name, attributes, bits: bits | this.#top.bits, text: '', parts: [], ...place }
    marks.push(mark)
    if (name === 'h1') this.#heading = mark
    return mark
  }

  #push(name: string, attributes: Attributes, bits: number, mark: OpenMark | undefined): void {
    if (name === 'svg' || name === 'math') this.#foreign += 1
    if (name === 'script' && attributes.get('type')?.toLowerCase().includes('ld+json')) this.#openScript()
    const isRead = this.#top.isRead && !unread.has(name)
    this.#top = { name, bits: placesOf(bits) | this.#top.bits, isRead, mark }
    this.#frames.push(this.#top)
    this.#open.set(name, (this.#open.get(name) ?? 0) + 1)
  }

  #pop(): void {
    const { name, mark } = this.#top
    if (mark) mark.text = this.#textSince(mark)
    if (mark === this.#heading) this.#heading = undefined
    if (name === 'script') this.#closeScript()
    if (name === 'svg' || name === 'math') this.#foreign -= 1
    this.#open.set(name, (this.#open.get(name) ?? 1) - 1)
    this.#frames.pop()
    this.#top = this.#frames.at(-1) ?? outside
  }

  /** Whether an inline element of the name is open with nothing but inline ones within. */
  #isNear(name: string): boolean {
    const end = Math.max(0, this.#frames.length - INLINE_REACH)
    for (let at = this.#frames.length - 1; at >= end; at -= 1) {
      const open = this.#frames[at]?.name ?? ''
      if (open === name) return true
      if (!inline.has(open)) return false
    }
    return false
  }

  #openScript(): void {
    if (this.#found.jsonLd.length < MAX_SCRIPTS && this.#scriptChars < SCRIPT_CHARS) this.#script = ''
  }

  #closeScript(): void {
    if (this.#script === undefined) return
    this.#scriptChars += this.#script.length
    if (this.#scriptChars <= SCRIPT_CHARS) this.#found.jsonLd.push(this.#script)
    this.#script = undefined
  }

  /** What was written since a mark began, as far as it is kept. */
  #textSince({ line, column }: OpenMark): string {
    const { lines } = this.#found
    let text = ''
    for (let at = line; at <= lines.length && text.length < MARK_CHARS; at += 1) {
      const piece = (at === lines.length ? this.#line : (lines[at]?.text ?? '')).slice(
        at === line ? column : 0,
      )
      text += text === '' ? piece : ` ${piece}`
    }
    return text.slice(0, MARK_CHARS).trim()
  }

  #write(text: string): void {
    if (this.#line === '' && text.trim() === '') return
    this.#writePart(text)
    if (this.#line.length >= LINE_CHARS) return
    const start = text.length > 4 * LINE_CHARS ? text.slice(0, 4 * LINE_CHARS) : text
    const isFresh = this.#line === '' || this.#line.endsWith(' ')
    const spaced = start.replaceAll(/\s+/g, ' ')
    const rest = isFresh && spaced.startsWith(' ') ? spaced.slice(1) : spaced
    if (this.#line === '') this.#lineBits = this.#top.bits
    this.#line += rest
  }

  /** Ends the line. */
  #break(): void {
    const { lines } = this.#found
    if (this.#line === '') return
    const text = this.#line.slice(0, LINE_CHARS).trimEnd()
    if (text !== '' && lines.length < MAX_LINES) lines.push({ text, bits: this.#lineBits })
    this.#line = ''
  }

  #writePart(text: string): void {
    const parts = this.#heading?.parts
    if (!parts) return
    const last = parts.pop() ?? ''
    parts.push(last.length < MARK_CHARS ? last + text.slice(0, MARK_CHARS) : last)
  }

  /** A tag within an h1 ends a part of it. */
  #partHeading(): void {
    const parts = this.#heading?.parts
    if (parts && parts.length < MAX_PARTS && (parts.at(-1) ?? '').trim() !== '') parts.push('')
  }
}

const leadsToPerson =
  /\/(?:authors?|autor(?:en|in|es)?|auteurs?|redakteure?|redaktion|staff|journalists?|contributors?|writers?|profiles?|users?|members?|people|u|by)\/|member\.php|profile\.php|mode=viewprofile/i
