import { cachingFields } from '../contract/caching.ts'
import { ServiceError, toServiceError } from '../contract/errors.ts'
import type { Redirect, Timings } from '../contract/models.ts'
import { readUrl } from '../contract/requests.ts'
import { createIdle } from './connection.ts'
import { type Cookies, createCookies } from './cookies.ts'
import { startDeadline } from './deadline.ts'
import { createDialer, createJudge, type Guard } from './dispatcher.ts'
import type { Head } from './exchange.ts'
import { isConditional, requestHeaders, type Wishes } from './headers.ts'
import { contentTypeOf, type Got, get, type Hop, type HopParts } from './hop.ts'
import { createPace, type Pace } from './pace.ts'
import { createPermit } from './permit.ts'
import { findProxy, type ProxyServer } from './proxy.ts'
import { redirectTarget, refreshFieldTarget, refreshTarget } from './redirect.ts'
import { createRobots, MAX_ROBOTS_BYTES, type Robots } from './robots.ts'
import { createRoom, type Room, type Share } from './room.ts'
import { addTime } from './timings.ts'

/** How pages are fetched, and from where they may be. */
export interface FetchSettings extends Guard {
  /** Largest page, in bytes, after decompression as well as before. */
  maxBytes: number
  /** Milliseconds for a whole fetch: DNS, connections, TLS, every hop and the body. */
  timeoutMs: number
  userAgent: string
  /** Bytes of all bodies together, beyond which all but the oldest wait; 128 MiB by default. */
  bytesAtOnce?: number
  /** Redirects followed before giving up; 10 by default. */
  maxRedirects?: number
  /** Largest head of an answer, in bytes; 16 KiB by default. */
  maxHeadBytes?: number
  /** Milliseconds until the head of an answer is whole; 10,000 by default. */
  firstByteMs?: number
  /** Longest silence within a body, in ms; 10,000 by default. */
  chunkMs?: number
  /** Whether robots.txt is heeded where a request does not say; not by default. */
  robots?: boolean
  /** Proxies that requests may name. */
  proxies?: readonly ProxyServer[]
  /** Whether requests may ask to take certificates that cannot be trusted. */
  tlsErrors?: boolean
  /** Keeps hosts from being asked too often; one of this process's own by default. */
  pace?: Pace
  /**
   * Fetches of one host at once; 0 is without limit. By default 8 for public hosts and without limit for those that
   * `allowPrivate` opens: they are the operator's own.
   */
  hostConcurrency?: number | undefined
  /** Milliseconds between the starts of two fetches of one host. */
  hostGapMs?: number
}

export interface FetchOptions extends Partial<Wishes> {
  /** Milliseconds; the settings' own if that is less. */
  timeoutMs?: number | undefined
  /** Bytes; the settings' own if that is less. */
  maxBytes?: number | undefined
  /** Cookies of the host in the URL. */
  cookies?: Readonly<Record<string, string>> | undefined
  /** URL of one of the settings' proxies. */
  proxy?: string | undefined
  ignoreTlsErrors?: boolean | undefined
  robots?: boolean | undefined
  /** Longest wait for a place at a busy host, in ms; as long as the fetch may take by default. */
  hostWaitMs?: number | undefined
  /** Ends the fetch and closes its connection at once. */
  signal?: AbortSignal | undefined
  /** A file is taken whatever its status and its kind are, and cut where it is too large; a page, the default, is not. */
  accepts?: 'page' | 'file' | undefined
  /** Milliseconds between the starts of two fetches of one host; the settings' own if that is more. */
  hostGapMs?: number | undefined
  /** Settles when the page needs no memory any more; as soon as it is given by default. */
  handedOn?: Promise<void> | undefined
  /** Finds the `content` of a page's `<meta http-equiv=refresh>`, which is then followed as a redirect; null if there is none. */
  refreshOf?: ((page: FetchedBody) => string | null) | undefined
}

/** A body as it came, decompressed but not decoded, with what is known of it. */
export interface FetchedBody {
  body: Uint8Array
  /** Where it came from, fragment included, as a browser's location has it. */
  finalUrl: string
  /** The Content-Type field as it was sent. */
  contentType: string | null
  /** The kind that its bytes and the field make it; null where there are no bytes to come (204, 205, 304). */
  mediaType: string | null
}

export interface Fetched extends FetchedBody {
  /** 2xx, or 304 where the request was conditional; any where a file was asked for. */
  status: number
  /** When the page was there: UTC, ISO 8601 with Z. */
  fetchedAt: string
  /** The hops that led on, in order. */
  redirects: Redirect[]
  /** Header fields that decide for how long the page may be taken again; null if there are none. */
  caching: Record<string, string> | null
  /** Milliseconds that its stages took, over all hops. */
  timings: Timings
}

export interface Fetcher {
  /**
   * GETs a page, following redirects. Every connection of every hop is judged anew.
   * @throws ServiceError, and nothing else: a fault of the URL, of the way there, or of what the site answered.
   *   When `signal` ends the fetch, its reason if that is a ServiceError, `fetch_timeout` if not
   */
  fetch(url: string, options?: FetchOptions): Promise<Fetched>
}

/** Makes the one that fetches pages. It keeps no page; cookies within one fetch; connections for a moment, within their origin. */
export function createFetcher(settings: FetchSettings): Fetcher {
  const { proxies = [], tlsErrors = false, firstByteMs = 10_000, chunkMs = 10_000 } = settings
  const permit = createPermit({ proxies, tlsErrors })
  const house: House = {
    settings,
    judge: createJudge(settings),
    dial: createDialer(settings),
    idle: createIdle(),
    waits: { firstByteMs, chunkMs },
    maxHeadBytes: settings.maxHeadBytes ?? 16_384,
    room: createRoom(settings.bytesAtOnce ?? 134_217_728),
    pace: settings.pace ?? createPace(),
    robots: new Map(),
  }
  return {
    async fetch(url, options = {}) {
      const timeoutMs = Math.min(settings.timeoutMs, options.timeoutMs ?? Infinity)
      const deadline = startDeadline(timeoutMs, options.signal)
      const share = house.room.open()
      try {
        permit({ proxy: options.proxy, ignore_tls_errors: options.ignoreTlsErrors })
        const trip = startTrip(options, house, share, deadline.signal)
        const fetched = finish(await follow(startUrl(url), trip, house), trip)
        // Its text, which is made of it now.
        share.take(fetched.body.length)
        void (options.handedOn ?? Promise.resolve()).finally(() => share.close())
        return fetched
      } catch (thrown) {
        share.close()
        throw toServiceError(thrown)
      } finally {
        deadline.stop()
      }
    },
  }
}

/** What all fetches share. */
interface House extends HopParts {
  settings: FetchSettings
  /** Refuses what need not wait for a place at a host to be refused; tells what the operator opened. */
  judge: (url: URL) => boolean
  room: Room
  pace: Pace
  /** By the terms on which they are fetched: a site may look different through a proxy. */
  robots: Map<string, Robots>
}

/** One fetch, from its first URL to its page. */
interface Trip
  extends Pick<Hop, 'accepts' | 'maxBytes' | 'proxy' | 'ignoreTlsErrors' | 'share' | 'timings' | 'signal'> {
  wishes: Wishes
  cookies: Cookies
  heedsRobots: boolean
  hostWaitMs: number
  /** When the time of this fetch is over, by the clock of `performance`. */
  endsAt: number
  hostGapMs: number
  /** Where this fetch has been, without fragments: a Refresh does not lead there again. */
  visited: Set<string>
  refreshOf: FetchOptions['refreshOf']
}

function startTrip(options: FetchOptions, { settings }: House, share: Share, signal: AbortSignal): Trip {
  const { userAgent = settings.userAgent, acceptLanguage, headers, proxy } = options
  return {
    wishes: { userAgent, acceptLanguage, headers },
    accepts: options.accepts ?? 'page',
    maxBytes: Math.min(settings.maxBytes, options.maxBytes ?? Infinity),
    cookies: createCookies(options.cookies),
    proxy: proxy === undefined ? undefined : findProxy(settings.proxies ?? [], proxy),
    ignoreTlsErrors: options.ignoreTlsErrors ?? false,
    heedsRobots: options.robots ?? settings.robots ?? false,
    hostWaitMs: options.hostWaitMs ?? Infinity,
    endsAt: performance.now() + Math.min(settings.timeoutMs, options.timeoutMs ?? Infinity),
    hostGapMs: options.hostGapMs ?? 0,
    visited: new Set(),
    refreshOf: options.refreshOf,
    share,
    timings: {},
    signal,
  }
}

/** Those who judge by robots.txt on the terms of a trip. There are no more of them than proxies allowed, twice. */
function robotsFor({ proxy, ignoreTlsErrors }: Trip, house: House): Robots {
  const terms = `${proxy?.href} ${ignoreTlsErrors}`
  const known = house.robots.get(terms)
  if (known) return known
  const options = { proxy: proxy?.href, ignoreTlsErrors, robots: false }
  const robots = createRobots({
    agent: 'Parsegate',
    get: (url, signal) => getFile(url, options, signal, house),
  })
  house.robots.set(terms, robots)
  return robots
}

/** One hop towards a small file beside the pages, such as robots.txt, over the same guarded way. */
async function getFile(url: URL, options: FetchOptions, signal: AbortSignal, house: House): Promise<Got> {
  const share = house.room.open()
  try {
    const trip = startTrip(options, house, share, signal)
    return await visit(url, true, { ...trip, accepts: 'file', maxBytes: MAX_ROBOTS_BYTES }, house)
  } finally {
    share.close()
  }
}

/** Where a fetch has come to. */
interface Arrival {
  got: Got
  url: URL
  redirects: Redirect[]
}

/** From the first URL to the page, hop by hop. */
async function follow(start: URL, trip: Trip, house: House): Promise<Arrival> {
  const { visited, cookies } = trip
  const redirects: Redirect[] = []
  let url = start
  let isHome = true
  for (;;) {
    visited.add(withoutFragment(url))
    // Once it has been elsewhere a fetch is no longer trusted with what was meant for its first origin.
    isHome &&= url.origin === start.origin
    const got = await visit(url, isHome, trip, house)
    const next = onward(got, url, visited) ?? refreshOnward(got, url, trip)
    if (!next) return { got, url, redirects }
    redirects.push({ url: url.href, status: got.status })
    if (redirects.length > (house.settings.maxRedirects ?? 10))
      throw new ServiceError('too_many_redirects', undefined, { finalUrl: next.href })
    await cookies.take(got.headers, url)
    url = next
  }
}

/** One hop: allowed by robots.txt, and when its host has a place. */
async function visit(url: URL, isHome: boolean, trip: Trip, house: House): Promise<Got> {
  const { signal, visited } = trip
  const places = house.judge(url) ? 0 : HOST_CONCURRENCY
  const crawlDelayMs = trip.heedsRobots ? await judgeByRobots(url, trip, house) : 0
  const leave = await enter(url, { places, crawlDelayMs }, trip, house)
  try {
    const cookie = trip.cookies.fieldFor(url, isHome)
    const headers = requestHeaders(trip.wishes, isHome)
    return await get(
      {
        ...trip,
        url,
        headers: cookie === undefined ? headers : [...headers, 'cookie', cookie],
        isConditional: isConditional(trip.wishes),
        leadsOn: (head) => trip.accepts === 'page' && onward(head, url, visited) !== null,
        signal,
      },
      house,
    )
  } catch (fault) {
    rest(url, fault, house)
    throw fault
  } finally {
    leave()
  }
}

async function judgeByRobots(url: URL, trip: Trip, house: House): Promise<number> {
  const began = performance.now()
  const { allowed, crawlDelayMs } = await robotsFor(trip, house).judge(url, trip.signal)
  addTime(trip.timings, 'robots', began)
  if (!allowed)
    throw new ServiceError('robots_denied', "The site's robots.txt forbids this URL.", { finalUrl: url.href })
  return crawlDelayMs ?? 0
}

/** Fetches of one public host at once, where the operator says nothing. */
const HOST_CONCURRENCY = 8

/** What a host's own nature and its robots.txt ask for. */
interface Manners {
  /** Places where the operator says nothing; 0 is without limit. */
  places: number
  crawlDelayMs: number
}

/** Who could begin no earlier than this, in ms, before the time is over is told that the host is busy, not that it is slow. */
const LAST_MOMENT_MS = 20

/** Takes a place at a host, if there is one in time. @returns what frees it */
function enter(
  { host }: URL,
  { places, crawlDelayMs }: Manners,
  { hostWaitMs, endsAt, hostGapMs, signal }: Trip,
  { pace, settings }: House,
) {
  const { hostConcurrency = places } = settings
  const gapMs = Math.max(settings.hostGapMs ?? 0, hostGapMs, crawlDelayMs)
  const waitMs = Math.min(hostWaitMs, Math.max(0, endsAt - performance.now() - LAST_MOMENT_MS))
  return pace.enter(host, { concurrency: hostConcurrency, gapMs, waitMs, signal })
}

/** Longest time for which a host is left alone because it says so, in ms. */
const LONGEST_REST_MS = 600_000

function rest(url: URL, fault: unknown, { pace }: House): void {
  const ms = fault instanceof ServiceError ? fault.retryAfterMs : undefined
  if (ms !== undefined && ms > 0) pace.rest(url.host, Math.min(ms, LONGEST_REST_MS))
}

/** Where the head of an answer sends on to; null if the answer is what was looked for. */
function onward(head: Head, url: URL, visited: Set<string>): URL | null {
  return redirectTarget(head, url) ?? unlessVisited(refreshFieldTarget(head, url), visited)
}

function refreshOnward(got: Got, url: URL, { refreshOf, visited }: Trip): URL | null {
  const content = refreshOf?.(bodyOf(got, url)) ?? null
  return content === null ? null : unlessVisited(refreshTarget(content, url), visited)
}

function unlessVisited(target: URL | null, visited: Set<string>): URL | null {
  return target && !visited.has(withoutFragment(target)) ? target : null
}

function withoutFragment({ href }: URL): string {
  const at = href.indexOf('#')
  return at === -1 ? href : href.slice(0, at)
}

function startUrl(text: string): URL {
  const url = readUrl(text)
  if (url instanceof URL) return url
  throw new ServiceError(url)
}

function finish({ got, url, redirects }: Arrival, { timings }: Trip): Fetched {
  const fetchedAt = new Date().toISOString()
  return { ...bodyOf(got, url), status: got.status, fetchedAt, redirects, caching: cachingOf(got), timings }
}

function bodyOf(got: Got, url: URL): FetchedBody {
  const { body, mediaType } = got
  return { body, finalUrl: url.href, contentType: contentTypeOf(got), mediaType }
}

/** Longest field kept for caching, in characters: what is longer serves nobody. */
const LONGEST_FIELD = 1024

function cachingOf({ headers }: Head): Record<string, string> | null {
  let kept: Record<string, string> | null = null
  for (const name of cachingFields) {
    const field = headers[name]
    if (field === undefined) continue
    const value = Array.isArray(field) ? field.join(', ') : field
    if (value === '' || value.length > LONGEST_FIELD) continue
    kept ??= {}
    kept[name] = value
  }
  return kept
}
