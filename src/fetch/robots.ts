import { ServiceError, toServiceError } from '../contract/errors.ts'
import type { Answer, Fields } from './exchange.ts'
import { redirectTarget } from './redirect.ts'

/** What a site's robots.txt says of one URL. */
export interface Verdict {
  allowed: boolean
  /** Milliseconds to leave between two fetches from the site, up to 60,000; null if it does not say. */
  crawlDelayMs: number | null
}

export interface Robots {
  /**
   * Judges a URL by the robots.txt of its origin (RFC 9309), which is fetched if it is not at hand.
   * @throws ServiceError `robots_denied` where the file cannot be had and no older copy is at hand, which RFC 9309, 2.3.1.4
   *   takes for a refusal of everything; it mostly passes. What the way to the origin did is thrown as it is: the page's
   *   own fetch would end with that. The signal's reason when that ends the wait
   */
  judge(url: URL, signal: AbortSignal): Promise<Verdict>
}

/** One GET of one hop, by a way that judges every address: redirects are given as they came, the body decompressed. */
export type GetHop = (url: URL, signal: AbortSignal) => Promise<Answer>

export interface RobotsParts {
  get: GetHop
  /** The product token (RFC 9309, 2.2.1); of a longer text, what stands before the first other character. */
  agent: string
  /** Milliseconds since 1970. */
  now?: () => number
  /** Milliseconds for one robots.txt, redirects included; 10,000 by default. */
  timeoutMs?: number
}

/** Bytes of a robots.txt that are read; at least 500 KiB must be (RFC 9309, 2.5). What is beyond is passed over. */
export const MAX_ROBOTS_BYTES = 524_288

/** How long a file may stand, in ms (RFC 9309, 2.4), and how soon it is asked for again whatever its site says. */
const LONGEST_MS = 86_400_000
const SHORTEST_MS = 300_000

/** A file that was not there may be put there: what its absence allows is asked about sooner. */
const ABSENT_MS = 3_600_000

/** How long nobody asks again after a file could not be had, in ms. */
const UNREACHABLE_MS = 60_000

const DEFAULT_TIMEOUT_MS = 10_000

/** What came of asking an origin for its file. */
interface Copy {
  outcome: Rules | ServiceError
  /** When it is to be asked for again. */
  until: number
}

/** Makes the one that judges by robots.txt. It keeps up to 5,000 files, for as long as RFC 9309 lets it. */
export function createRobots({ get, agent, now = Date.now, timeoutMs }: RobotsParts): Robots {
  const shelf = createShelf()
  const underway = new Map<string, Promise<Copy>>()
  const renew = async (origin: string): Promise<Copy> => {
    const loaded = await load(origin, get, agent, timeoutMs ?? DEFAULT_TIMEOUT_MS)
    const copy = succeed(shelf.get(origin), loaded, now())
    if (copy.until > now()) shelf.put(origin, copy)
    underway.delete(origin)
    return copy
  }
  // One fetch for all who wait for it: a caller that leaves takes nothing from the others.
  const share = (origin: string): Promise<Copy> => {
    const renewal = underway.get(origin) ?? renew(origin)
    underway.set(origin, renewal)
    return renewal
  }
  return {
    async judge(url, signal) {
      signal.throwIfAborted()
      if (isRobotsFile(url)) return { allowed: true, crawlDelayMs: null }
      const kept = shelf.get(url.origin)
      const isFresh = kept !== undefined && now() < kept.until
      const { outcome } = isFresh ? kept : await waitFor(share(url.origin), signal)
      if (outcome instanceof ServiceError) throw outcome
      return { allowed: isAllowed(outcome, url), crawlDelayMs: outcome.crawlDelayMs }
    },
  }
}

/** RFC 9309, 2.2.2: the file itself may always be read. */
const isRobotsFile = ({ pathname }: URL) => pathname === '/robots.txt'

/** What stands after a try: an older copy outlives a file that cannot be had (RFC 9309, 2.3.1.4). */
function succeed(last: Copy | undefined, { outcome, forMs }: Loaded, now: number): Copy {
  const isLost = outcome instanceof ServiceError && last && !(last.outcome instanceof ServiceError)
  return { outcome: isLost ? last.outcome : outcome, until: now + forMs }
}

function waitFor<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}

/** What was learnt of an origin, and for how many ms it stands; 0 for what the next one should find out anew. */
interface Loaded {
  outcome: Rules | ServiceError
  forMs: number
}

/** Fetches one origin's file. Never throws. */
async function load(origin: string, get: GetHop, agent: string, timeoutMs: number): Promise<Loaded> {
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(new ServiceError('fetch_timeout')), timeoutMs)
  try {
    return await walk(new URL('/robots.txt', origin), get, agent, deadline.signal)
  } catch (thrown) {
    return { outcome: toServiceError(thrown), forMs: 0 }
  } finally {
    clearTimeout(timer)
  }
}

/** Redirects followed: at least five are (RFC 9309, 2.3.1.2), across hosts too. Whoever sends on further has no file. */
const MAX_REDIRECTS = 5

async function walk(start: URL, get: GetHop, agent: string, signal: AbortSignal): Promise<Loaded> {
  let url = start
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
    let answer: Answer
    try {
      answer = await waitFor(get(url, signal), signal)
    } catch (thrown) {
      return afterFault(toServiceError(thrown), url.origin === start.origin)
    }
    const next = onward(answer, url)
    if (next === null) return read(answer, agent)
    url = next
  }
  return { outcome: everything, forMs: ABSENT_MS }
}

/** Where an answer sends on to; null if nowhere, or to what is not to be fetched. */
function onward(answer: Answer, url: URL): URL | null {
  try {
    return redirectTarget(answer, url)
  } catch {
    return null
  }
}

// Faults of the answer to this one question. Those of the way there are what the page's own fetch would end with.
const answerFaults = new Set(['bad_response', 'body_too_large', 'fetch_timeout'])

function afterFault(fault: ServiceError, isOwnOrigin: boolean): Loaded {
  if (isOwnOrigin && !answerFaults.has(fault.code)) return { outcome: fault, forMs: 0 }
  return unreachable({ passes: fault.passes, cause: fault })
}

function unreachable(
  details: { passes: boolean; targetStatus?: number; cause?: unknown },
  said = '',
): Loaded {
  const message = `The site's robots.txt cannot be read${said}, so it is taken to forbid everything for now.`
  return { outcome: new ServiceError('robots_denied', message, details), forMs: UNREACHABLE_MS }
}

/**
 * Reads the last answer. A 4xx counts as no file (RFC 9309, 2.3.1.3: one "may" then go anywhere), except 429: a site that
 * asks for fewer requests has not said that it has no rules.
 */
function read({ status, headers, body }: Answer, agent: string): Loaded {
  if (status >= 500 || status === 429)
    return unreachable({ passes: true, targetStatus: status }, ` (it answered ${status})`)
  const forMs = lifetime(headers)
  if (status < 200 || status > 299) return { outcome: everything, forMs: Math.min(forMs, ABSENT_MS) }
  return { outcome: readRobots(body, agent), forMs }
}

/** Milliseconds that an answer may be kept, by its Cache-Control (RFC 9111, 5.2.2) within our own bounds. */
function lifetime(headers: Fields): number {
  const control = [headers['cache-control'] ?? []].flat().join(',')
  if (/(?:^|[\s,])no-(?:store|cache)/i.test(control)) return SHORTEST_MS
  const [, seconds] = /(?:^|[\s,])max-age="?(\d+)/i.exec(control) ?? []
  if (seconds === undefined) return LONGEST_MS
  return Math.min(LONGEST_MS, Math.max(SHORTEST_MS, Number(seconds) * 1000))
}

/** Most copies kept, and the bytes that they may take together. */
const MOST_COPIES = 5000
const MOST_BYTES = 33_554_432

interface Shelf {
  get(origin: string): Copy | undefined
  put(origin: string, copy: Copy): void
}

/** Keeps what was used last. */
function createShelf(): Shelf {
  const copies = new Map<string, Copy>()
  let bytes = 0
  const drop = (origin: string) => {
    const copy = copies.get(origin)
    if (copy && copies.delete(origin)) bytes -= weigh(copy)
  }
  return {
    get(origin) {
      const copy = copies.get(origin)
      if (copy && copies.delete(origin)) copies.set(origin, copy)
      return copy
    },
    put(origin, copy) {
      drop(origin)
      copies.set(origin, copy)
      bytes += weigh(copy)
      for (const oldest of copies.keys()) {
        if (copies.size <= MOST_COPIES && bytes <= MOST_BYTES) break
        drop(oldest)
      }
    },
  }
}

/** Bytes that a copy takes, about: V8 needs up to 40 for a short text and its place in a list. */
function weigh({ outcome }: Copy): number {
  if (outcome instanceof ServiceError) return 2048
  return [...outcome.allow, ...outcome.disallow].reduce((sum, { length }) => sum + 40 + length, 512)
}

/** The rules of a robots.txt for one product. Patterns are normal (see `normalise`), the longest first. */
export interface Rules {
  allow: readonly string[]
  disallow: readonly string[]
  /** How many patterns have a `*` within. */
  wildcards: number
  crawlDelayMs: number | null
}

const everything: Rules = { allow: [], disallow: [], wildcards: 0, crawlDelayMs: null }

interface Group {
  isNamed: boolean
  allow: string[]
  disallow: string[]
  crawlDelayMs: number | null
}

const newGroup = (): Group => ({ isNamed: false, allow: [], disallow: [], crawlDelayMs: null })

/**
 * Reads the rules for one product from a robots.txt (RFC 9309, 2.2): those of all groups that name it, or else those of
 * the groups for `*`. Never throws: what is no line of such a file is passed over.
 */
export function readRobots(body: Uint8Array, agent: string): Rules {
  const groups = { own: newGroup(), any: newGroup() }
  const token = productToken(agent)
  let open = new Set<Group>()
  let hasRules = false
  for (const line of linesOf(body)) {
    const [key, value] = readLine(line)
    if (key === 'user-agent') {
      // Only a rule ends the list of names, no other line does (RFC 9309, 2.2.4).
      if (hasRules) open = new Set()
      hasRules = false
      if (isForAny(value)) open.add(groups.any)
      else if (token !== '' && productToken(value) === token) open.add(groups.own)
      for (const group of open) group.isNamed = true
    } else {
      hasRules ||= key === 'allow' || key === 'disallow'
      for (const group of open) addLine(group, key, value)
    }
  }
  return toRules(groups.own.isNamed ? groups.own : groups.any)
}

/** Octets stand as one character each. A last line that was cut is left out: half a path forbids more than all of it. */
function linesOf(body: Uint8Array): string[] {
  const text = Buffer.from(body.subarray(0, MAX_ROBOTS_BYTES)).toString('latin1')
  const lines = text.slice(text.startsWith('\xef\xbb\xbf') ? 3 : 0).split(/[\r\n]+/)
  return body.length >= MAX_ROBOTS_BYTES ? lines.slice(0, -1) : lines
}

// As they are found in the wild, and understood by Google's parser.
const namesOfAgent = new Set(['user-agent', 'useragent', 'user agent'])
const namesOfDisallow = new Set(['disallow', 'dissallow', 'dissalow', 'disalow', 'diasllow', 'disallaw'])

/** Key in lower case, and value. A colon left out is understood where there are two words, as Google's parser does. */
function readLine(line: string): [key: string, value: string] {
  const text = trim(line.split('#', 1)[0] ?? '')
  const colon = text.indexOf(':')
  const at = colon === -1 ? text.search(/[ \t]/) : colon
  if (at === -1) return ['', '']
  const key = text.slice(0, at).trim().toLowerCase()
  const value = trim(text.slice(at + 1))
  if (colon === -1 && /[ \t]/.test(value)) return ['', '']
  if (namesOfAgent.has(key)) return ['user-agent', value]
  return [namesOfDisallow.has(key) ? 'disallow' : key, value]
}

/** Not `trim()`, which takes 0xA0 and 0x85 too: here these are parts of a letter. */
function trim(text: string): string {
  let [start, end] = [0, text.length]
  while (start < end && text.charCodeAt(start) <= 0x20) start += 1
  while (end > start && text.charCodeAt(end - 1) <= 0x20) end -= 1
  return text.slice(start, end)
}

const productToken = (text: string) => (/^[a-z_-]*/i.exec(text)?.[0] ?? '').toLowerCase()

const isForAny = (value: string) => value === '*' || /^\*[ \t]/.test(value)

function addLine(group: Group, key: string, value: string): void {
  if (key === 'crawl-delay') addDelay(group, value)
  else if ((key === 'allow' || key === 'disallow') && value !== '') group[key].push(normalisePattern(value))
}

/** Longest Crawl-delay heeded, in s. */
const LONGEST_DELAY = 60

/** Of several the longest counts. It goes to the products named so far: files have it before the next name, without a rule. */
function addDelay(group: Group, value: string): void {
  if (!/^(?:\d+(?:\.\d*)?|\.\d+)$/.test(value)) return
  const ms = Math.round(Math.min(LONGEST_DELAY, Number(value)) * 1000)
  group.crawlDelayMs = Math.max(ms, group.crawlDelayMs ?? 0)
}

function toRules({ allow, disallow, crawlDelayMs }: Group): Rules {
  const wildcards = [...allow, ...disallow].filter((pattern) => pattern.includes('*')).length
  return { allow: inOrder(allow), disallow: inOrder(disallow), wildcards, crawlDelayMs }
}

/** The longest first. Each is copied, or V8 would keep the whole file for the sake of a part of it. */
function inOrder(patterns: string[]): string[] {
  const copies = [...new Set(patterns)].map((pattern) => Buffer.from(pattern, 'latin1').toString('latin1'))
  return copies.sort((a, b) => b.length - a.length)
}

/** A rule's path, in which `*`, and `$` as its last character, are not octets but signs. */
function normalisePattern(text: string): string {
  const end = text.endsWith('$') ? '$' : ''
  const path = end === '' ? text : text.slice(0, -1)
  return path.split('*').map(normalise).join('*') + end
}

/**
 * One spelling for each octet (RFC 9309, 2.2.2 and 2.2.3): as it is, if it is unreserved or has no part in how a path is
 * built, else percent-encoded. What parts a path or a query stays as it was written: `/` is not `%2F`.
 */
function normalise(text: string): string {
  return text.replaceAll(/%[0-9a-f]{2}|[^a-z0-9\-._~!'(),:;@/?&=+]/gi, (found) => {
    if (found.length === 1) return `%${found.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`
    const octet = String.fromCharCode(Number.parseInt(found.slice(1), 16))
    return /[a-z0-9\-._~!'(),:;@]/i.test(octet) ? octet : found.toUpperCase()
  })
}

/**
 * Steps that one verdict may take: 0.1 s at worst. Any file fits against a path of 2,048 characters; beyond that, a file
 * with as many wildcards was made to be slow, and refuses.
 */
const MOST_STEPS = 100_000_000

/** Whether the rules allow a URL: the longest pattern that matches decides, and of two as long the one that allows. */
export function isAllowed(rules: Rules, url: URL): boolean {
  if (isRobotsFile(url)) return true
  const paths = spellings(url)
  if (rules.wildcards * paths.join('').length > MOST_STEPS) return false
  const refusal = longestMatch(rules.disallow, paths)
  return refusal === 0 || longestMatch(rules.allow, paths) >= refusal
}

/** A `/` in a query parts nothing: RFC 9309, 2.2.2 shows it equal to `%2F`, and rules are found with either. */
function spellings({ pathname, search }: URL): string[] {
  const [path, query] = [normalise(pathname), normalise(search)]
  const queries = new Set([query, query.replaceAll('/', '%2F'), query.replaceAll('%2F', '/')])
  return [...queries].map((spelling) => path + spelling)
}

/** The length of the longest pattern that matches, which is the first to; 0 if none does. */
function longestMatch(patterns: readonly string[], paths: string[]): number {
  return patterns.find((pattern) => paths.some((path) => matches(pattern, path)))?.length ?? 0
}

/** Takes each part between wildcards where it is first found: no later place could let more of the rest match. */
function matches(pattern: string, path: string): boolean {
  const isWhole = pattern.endsWith('$')
  const parts = isWhole ? pattern.slice(0, -1) : pattern
  if (!parts.includes('*')) return isWhole ? path === parts : path.startsWith(parts)
  const [first = '', ...others] = parts.split('*')
  if (!path.startsWith(first)) return false
  const last = isWhole ? (others.pop() ?? '') : ''
  let at = first.length
  for (const part of others) {
    const found = path.indexOf(part, at)
    if (found === -1) return false
    at = found + part.length
  }
  return at + last.length <= path.length && path.endsWith(last)
}
