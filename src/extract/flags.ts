import type { PageFlag } from '../contract/flags.ts'
import {
  captchaCode,
  challengeCode,
  challengePaths,
  challengePhrases,
  challengeTitles,
  consentButtons,
  consentHosts,
  consentPaths,
  consentTitles,
  errorWords,
  loginPaths,
  missingCode,
  missingPaths,
  missingPhrases,
  parkedPhrases,
  parkedTitles,
  parkingCode,
} from './signs.ts'
import { squeeze } from './words.ts'

/** What is known of a page when it has come. */
export interface Arrived {
  html: string
  title: string
  /** Where it was asked for, and where it was found. */
  url: string
  finalUrl: string
}

/** Characters of text beyond which a page is taken to have content of its own. */
const MUCH_TEXT = 3200

/** What stands in another page's place mostly says less than this. */
const LITTLE_TEXT = 1600
const HARDLY_ANY_TEXT = 100

/** Characters of markup in which signs are looked for. */
const LOOKED_AT = 65_536

/**
 * Tells whether a page stands in the place of the one that was asked for, by how such pages are made: their code, title,
 * address and how little they say. No tree is built, and a page with text enough is hardly looked at.
 * @returns what it is, mostly nothing
 */
export function flagsOf({ html, title, url, finalUrl }: Arrived): PageFlag[] {
  const way = readWay(url, finalUrl)
  const titles = partsOf(title)
  // Some more than counts, as references and white space become less.
  const text = readText(html, MUCH_TEXT * 1.25)
  if (text.length >= MUCH_TEXT && !way.wasLed && !titles.some(saysMissing)) return []
  const page: Looked = { ...way, text, code: html.slice(0, LOOKED_AT).toLowerCase(), titles }
  const rules: [PageFlag, (page: Looked) => boolean][] = [
    ['bot_check', isBotCheck],
    ['parked', isParked],
    ['consent_wall', isConsentWall],
    ['login_wall', isLoginWall],
    ['soft_404', (one) => isMissing(one, html)],
    ['empty', isEmpty],
  ]
  // The first that fits: a check that has no text is not empty too.
  return rules
    .filter(([, fits]) => fits(page))
    .map(([flag]) => flag)
    .slice(0, 1)
}

/** The way from the URL to the page. */
interface Way {
  asked: URL
  found: URL
  /** Whether it ended elsewhere than it began, beyond a change of scheme, `www` or a slash at the end. */
  wasLed: boolean
}

interface Looked extends Way {
  /** What can be read, in lower case, as far as it was looked at. */
  text: string
  /** The markup's beginning in lower case. */
  code: string
  /** The title's parts, plain. */
  titles: string[]
}

function readWay(url: string, finalUrl: string): Way {
  const [asked, found] = [new URL(url), new URL(finalUrl)]
  return { asked, found, wasLed: bare(asked) !== bare(found) }
}

const bare = ({ host, pathname, search }: URL) =>
  `${host.replace(/^www\./, '')}${pathname.replace(/\/$/, '')}${search}`

function isBotCheck({ code, text, titles, found, wasLed }: Looked): boolean {
  if (text.length >= LITTLE_TEXT) return false
  if (challengeCode.test(code)) return true
  if (titles.some((part) => challengeTitles.has(part))) return true
  if (wasLed && challengePaths.test(found.pathname.toLowerCase())) return true
  return challengePhrases.test(text) && (text.length < LITTLE_TEXT / 2 || captchaCode.test(code))
}

function isParked({ code, text, titles }: Looked): boolean {
  if (titles.some((part) => parkedTitles.has(part))) return true
  if (text.length >= LITTLE_TEXT) return false
  return parkingCode.test(code) || parkedPhrases.test(text) || parkedPhrases.test(titles.join('\n'))
}

function isConsentWall({ text, titles, found, wasLed }: Looked): boolean {
  const isThere = consentHosts.test(found.hostname) || consentPaths.test(found.pathname.toLowerCase())
  if (wasLed && isThere) return true
  const isNamed = titles.some((part) => consentTitles.has(part))
  return isNamed && text.length < MUCH_TEXT && consentButtons.test(text)
}

function isLoginWall({ code, found, asked, wasLed }: Looked): boolean {
  if (!wasLed || !loginPaths.test(found.pathname.toLowerCase())) return false
  return !loginPaths.test(asked.pathname.toLowerCase()) && /type=["']?password/.test(code)
}

function isMissing(page: Looked, html: string): boolean {
  const { code, text, titles } = page
  const isLong = text.length >= MUCH_TEXT
  if (isMissingAddress(page)) return true
  if (titles.some(saysMissing)) return !isStory(code) && !(isLong && code.includes('rel="canonical"'))
  if (isLong) return false
  if (missingCode.test(code) || missingCode.test(html.slice(-LOOKED_AT))) return true
  return saysMissing(plain(headingOf(code))) && !isStory(code)
}

/** Led to a page for what is not there, or from deep within a site to its very beginning. */
function isMissingAddress({ asked, found, wasLed }: Way): boolean {
  if (!wasLed) return false
  if (missingPaths.test(found.pathname.toLowerCase())) return !missingPaths.test(asked.pathname.toLowerCase())
  const segments = asked.pathname.split('/').filter((segment) => segment !== '')
  const isDeep = segments.length >= 2 && !segments.every(isOfHome)
  return isDeep && found.pathname === '/' && found.search === '' && isSameHost(asked, found)
}

/** Parts of an address that a site's first page may have: its language, its name. */
const isOfHome = (segment: string) =>
  /^(?:[a-z]{2}(?:[-_][a-z]{2})?|(?:index|home|default)\b.*)$/i.test(segment)

const isSameHost = (a: URL, b: URL) => a.host.replace(/^www\./, '') === b.host.replace(/^www\./, '')

/** Whether a plain text is nothing but "not found". */
function saysMissing(text: string): boolean {
  const words = text.split(' ')
  const rest = words.filter((word) => word !== '404')
  const [first, last] = [rest.findIndex(isMessage), rest.findLastIndex(isMessage)]
  if (first === -1) return rest.length < words.length
  return missingPhrases.has(rest.slice(first, last + 1).join(' '))
}

const isMessage = (word: string) => !errorWords.has(word)

/** Whether the page says of itself that it has a content: what is not there has no author and no date. */
function isStory(code: string): boolean {
  return (
    /property=["']?(?:og:type["']? content=["']?article|article:published_time)/.test(code) ||
    /"@type": ?"(?:\w*article|blogposting|qapage|discussionforumposting|product|recipe|videoobject)"/.test(
      code,
    )
  )
}

function headingOf(code: string): string {
  const start = code.indexOf('<h1')
  if (start === -1) return ''
  const end = code.indexOf('</h1', start)
  return end === -1 || end - start > 1000 ? '' : readText(code.slice(start, end), 200)
}

/** Scripts are all there is, or a word that they are needed. */
function isEmpty({ code, text }: Looked): boolean {
  if (text.length >= HARDLY_ANY_TEXT * 3 || !code.includes('<script')) return false
  return text.length < HARDLY_ANY_TEXT || /javascript|java script/.test(text)
}

/** A title as a whole and the parts that separators make of it, plain. */
function partsOf(title: string): string[] {
  const parts = title.slice(0, 500).split(/[|•·»«›‹–—]|\s-\s|\s\/\s/)
  return [...new Set([title.slice(0, 500), ...parts].map(plain))].filter((part) => part !== '')
}

/** In lower case, with apostrophes and digits but no other punctuation. */
function plain(text: string): string {
  return straight(text)
    .replaceAll(/[^\p{L}\p{N}\p{M}']+/gu, ' ')
    .trim()
}

const straight = (text: string) => text.toLowerCase().replaceAll(/[\u2018\u2019\u00b4`]/g, "'")

const unread = /^(?:script|style|template|svg|select|textarea)$/
const entities: Record<string, string> = {
  '&nbsp;': ' ',
  '&#39;': "'",
  '&#039;': "'",
  '&apos;': "'",
  '&rsquo;': "'",
  '&amp;': '&',
}

/**
 * What can be read on a page, about: in lower case, white space collapsed, up to some more than `most` characters.
 * What an attribute holds counts where it looks like markup, so that a page rather seems to say more than it does.
 */
function readText(html: string, most: number): string {
  const pieces: string[] = []
  let length = 0
  for (let at = 0; at < html.length && length < most; ) {
    const open = html.indexOf('<', at)
    const piece = html.slice(at, open === -1 ? html.length : open).trim()
    if (piece !== '') length += pieces.push(piece.slice(0, most)) && piece.length + 1
    if (open === -1) break
    at = afterTag(html, open)
  }
  const text = pieces.join(' ').replaceAll(/&(?:nbsp|#0?39|apos|rsquo|amp);/g, (one) => entities[one] ?? one)
  return squeeze(straight(text))
}

/** Where reading goes on: after a comment, after the content of what is not read, or after a tag. */
function afterTag(html: string, open: number): number {
  if (html.startsWith('<!--', open)) return after(html, '-->', open + 4)
  const next = html.charCodeAt(open + 1) | 0x20
  // All names of what is not read begin with s or t.
  const name = next === 0x73 || next === 0x74 ? tagName(html, open + 1) : ''
  if (!unread.test(name)) return after(html, '>', open)
  const end = new RegExp(`</${name}`, 'gi')
  end.lastIndex = open
  const found = end.exec(html)
  return found ? after(html, '>', found.index) : html.length
}

function after(html: string, sign: string, from: number): number {
  const found = html.indexOf(sign, from)
  return found === -1 ? html.length : found + sign.length
}

function tagName(html: string, start: number): string {
  const name = /[a-z]+/iy
  name.lastIndex = start
  return name.exec(html)?.[0]?.toLowerCase() ?? ''
}
