import type { Document, Element } from 'domhandler'
import { ownText, walk } from './walk.ts'
import { collapse, setOf } from './words.ts'
import { bitsOfElement, createNameReader, placesOf, Zone } from './zone.ts'

/** Attributes of an element, by their lower-case names. */
export type Attributes = Readonly<Partial<Record<string, string>>>

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

const MAX_METAS = 2_000
const MAX_MARKS = 4_000
const MAX_LINES = 20_000
const LINE_CHARS = 2_000
const MARK_CHARS = 400
const MAX_PARTS = 12
const MAX_SCRIPTS = 100
const SCRIPT_CHARS = 1_000_000

const inline = setOf(
  'a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark q rb rp rt rtc ruby s samp ' +
    'small span strike strong sub sup svg time tt u var wbr',
)
/** Their text is on no screen, or none of the page's. That of noscript is: some pages have all of it there. */
const unread = setOf('audio canvas iframe math object script select style svg template textarea title video')
const marked = setOf('address h1 h2 h3 time')
/** A class of theirs tells what is somewhere on the page, as "has-sidebar". */
const isWhole = setOf('html body main article')

/** Reads a page's tree from its start to its end, once; in time that grows with the page and no faster. */
export function scan(document: Document): Scan {
  const scanner = new Scanner()
  walk(document, {
    enter: (element) => scanner.enter(element),
    leave: () => scanner.leave(),
    text: (text) => scanner.read(text),
  })
  return scanner.finish()
}

interface OpenMark extends Mark {
  /** Where in its first line it begins. */
  column: number
  /** Of a person in microdata, the name that is said within; of what says it, the person. */
  said?: string
  person?: OpenMark
}

interface Frame {
  name: string
  bits: number
  isRead: boolean
  mark: OpenMark | undefined
}

const outside: Frame = { name: '', bits: 0, isRead: true, mark: undefined }

class Scanner {
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
  #top = outside
  #scriptChars = 0
  #line = ''
  #lineBits = 0
  #endsInSpace = true
  #heading: OpenMark | undefined
  #person: OpenMark | undefined

  finish(): Scan {
    this.#break()
    return this.#found
  }

  read(text: string): void {
    if (this.#top.isRead) this.#write(text)
  }

  enter(element: Element): true {
    const { name, attribs } = element
    this.#partHeading()
    if (!inline.has(name)) this.#break()
    this.#takeHead(name, attribs)
    if (name === 'script' && attribs.type?.toLowerCase().includes('ld+json')) this.#takeData(element)
    const bits = this.#bitsOf(name, attribs)
    const mark = this.#saysSomething(name, attribs, bits) ? this.#mark(name, attribs, bits) : undefined
    this.#frames.push(this.#top)
    const isRead = this.#top.isRead && !unread.has(name)
    this.#top = { name, bits: placesOf(bits) | this.#top.bits, isRead, mark }
    return true
  }

  /** Ends the element that was entered last. */
  leave(): void {
    const { name, mark } = this.#top
    this.#partHeading()
    if (!inline.has(name)) this.#break()
    if (mark) {
      mark.text = mark.said || this.#textSince(mark)
      if (mark.person) mark.person.said ??= mark.text
    }
    if (mark === this.#heading) this.#heading = undefined
    if (mark === this.#person) this.#person = undefined
    this.#top = this.#frames.pop() ?? outside
  }

  #takeHead(name: string, attributes: Attributes): void {
    const found = this.#found
    if (name === 'meta') {
      if (attributes.content !== undefined && found.metas.length < MAX_METAS) found.metas.push(attributes)
    } else if (name === 'link') {
      if (attributes.href !== undefined && found.links.length < MAX_METAS) found.links.push(attributes)
    } else if (name === 'base') found.base ??= attributes.href
    else if (name === 'html' || name === 'body') found.language ??= attributes.lang ?? attributes['xml:lang']
  }

  #bitsOf(name: string, attributes: Attributes): number {
    let bits = bitsOfElement(name, attributes.role)
    if (isWhole.has(name)) return bits
    const names = attributes.class
    const id = attributes.id
    if (names) bits |= this.#readName(names)
    if (id) bits |= this.#readName(id)
    const isHidden = attributes.hidden !== undefined || attributes.style?.includes('display:none')
    return isHidden ? bits | Zone.hidden : bits
  }

  #saysSomething(name: string, attributes: Attributes, bits: number): boolean {
    if (this.#found.marks.length === MAX_MARKS || !this.#top.isRead) return false
    if (marked.has(name)) return true
    return (
      placesOf(bits) !== bits ||
      attributes.itemprop !== undefined ||
      attributes.property !== undefined ||
      attributes.datetime !== undefined ||
      attributes['data-datetime'] !== undefined ||
      (attributes.rel !== undefined && /\b(?:author|license)\b/i.test(attributes.rel)) ||
      (name === 'a' && leadsToPerson.test(attributes.href?.slice(0, 300) ?? ''))
    )
  }

  #mark(name: string, attributes: Attributes, bits: number): OpenMark {
    const { marks, lines } = this.#found
    const place = { line: lines.length, column: this.#line.length }
    const mark: OpenMark = { name, attributes, bits: bits | this.#top.bits, text: '', parts: [], ...place }
    marks.push(mark)
    if (name === 'h1') this.#heading = mark
    this.#takePerson(mark)
    return mark
  }

  /** A person in microdata may have more in it than the name: a rank, a picture, what else they wrote. */
  #takePerson(mark: OpenMark): void {
    const { itemprop, itemscope, content } = mark.attributes
    if (itemprop === 'name' && this.#person) {
      if (content === undefined) mark.person = this.#person
      else this.#person.said ??= content.slice(0, MARK_CHARS).trim()
    } else if (itemscope !== undefined && /^(?:author|creator)$/i.test(itemprop ?? '')) this.#person ??= mark
  }

  #takeData(script: Element): void {
    const { jsonLd } = this.#found
    const text = ownText(script)
    if (jsonLd.length === MAX_SCRIPTS || this.#scriptChars + text.length > SCRIPT_CHARS) return
    this.#scriptChars += text.length
    jsonLd.push(text)
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
    if (this.#line === '') {
      this.#lineBits = this.#top.bits
      this.#endsInSpace = true
    }
    const spaced = collapse(start)
    const rest = this.#endsInSpace && spaced.startsWith(' ') ? spaced.slice(1) : spaced
    if (rest === '') return
    this.#line += rest
    this.#endsInSpace = rest.endsWith(' ')
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
