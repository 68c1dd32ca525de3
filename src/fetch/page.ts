import { STATUS_CODES } from 'node:http'
import { ServiceError, toServiceError } from '../contract/errors.ts'
import { readUrl } from '../contract/requests.ts'
import { type Body, createBody } from './body.ts'
import { acceptEncoding, readCodings } from './coding.ts'
import { type Connection, createIdle, type Idle, openConnection } from './connection.ts'
import { type Cookies, createCookies } from './cookies.ts'
import { createDialer, type Dial, type Guard } from './dispatcher.ts'
import { type Answer, exchange, type Head } from './exchange.ts'
import { isTextual } from './media.ts'
import { redirectTarget, refreshFieldTarget, refreshTarget } from './redirect.ts'

/** How pages are fetched, and from where they may be. */
export interface FetchSettings extends Guard {
  /** Largest page, in bytes, after decompression as well as before. */
  maxBytes: number
  /** Milliseconds for a whole fetch: DNS, connections, TLS, every hop and the body. */
  timeoutMs: number
  userAgent: string
}

export interface FetchOptions {
  /** Milliseconds; the settings' own if that is less. */
  timeoutMs?: number | undefined
  /** Bytes; the settings' own if that is less. */
  maxBytes?: number | undefined
  /** Sent in place of the settings' own. */
  userAgent?: string | undefined
  /** Sent in place of English. */
  acceptLanguage?: string | undefined
  /** Ends the fetch and closes its connection at once. */
  signal?: AbortSignal | undefined
  /** Finds the `content` of a page's `<meta http-equiv=refresh>`, which is then followed as a redirect; null if there is none. */
  refreshOf?: ((body: Uint8Array, contentType: string | null) => string | null) | undefined
}

/** A page as it came, decompressed but not decoded. */
export interface Fetched {
  body: Uint8Array
  /** Where the redirects ended, fragment included, as a browser's location has it. */
  finalUrl: string
  status: number
  /** The Content-Type field as it was sent. */
  contentType: string | null
  /** When the page's head arrived: UTC, ISO 8601 with Z. */
  fetchedAt: string
  /** How many redirects were followed. */
  redirects: number
}

export interface Fetcher {
  /**
   * GETs a page, following redirects. Every connection of every hop is judged anew.
   * @throws ServiceError, and nothing else: a fault of the URL, of the way there, or of what the site answered.
   *   When `signal` ends the fetch, its reason if that is a ServiceError, `fetch_timeout` if not
   */
  fetch(url: string, options?: FetchOptions): Promise<Fetched>
}

/** Redirects followed before giving up. */
const maxRedirects = 10

/** Makes the one that fetches pages. It keeps no page; cookies within one fetch; connections for a moment, within their origin. */
export function createFetcher(settings: FetchSettings): Fetcher {
  const dial = createDialer(settings)
  const idle = createIdle()
  return {
    async fetch(url, options = {}) {
      const deadline = startDeadline(
        Math.min(settings.timeoutMs, options.timeoutMs ?? Infinity),
        options.signal,
      )
      const maxBytes = Math.min(settings.maxBytes, options.maxBytes ?? Infinity)
      try {
        return await follow(url, {
          dial,
          idle,
          headers: requestHeaders(settings, options),
          maxBytes,
          cookies: createCookies(),
          visited: new Set(),
          refreshOf: options.refreshOf,
          signal: deadline.signal,
        })
      } catch (thrown) {
        throw toServiceError(thrown)
      } finally {
        deadline.stop()
      }
    },
  }
}

/** Names and values in turn. */
function requestHeaders(settings: FetchSettings, options: FetchOptions): string[] {
  const { userAgent = settings.userAgent, acceptLanguage = 'en-US,en;q=0.9' } = options
  const accept = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'
  return [
    ...['user-agent', userAgent],
    ...['accept', accept],
    ...['accept-language', acceptLanguage],
    ...['accept-encoding', acceptEncoding],
  ]
}

/** A signal that ends after `ms`, or with the caller's own; its reason is always a ServiceError. */
function startDeadline(ms: number, caller: AbortSignal | undefined) {
  const controller = new AbortController()
  const onCaller = () => controller.abort(toEnding(caller?.reason))
  const timer = setTimeout(() => controller.abort(new ServiceError('fetch_timeout')), ms)
  if (caller?.aborted) onCaller()
  caller?.addEventListener('abort', onCaller, { once: true })
  const stop = () => {
    clearTimeout(timer)
    caller?.removeEventListener('abort', onCaller)
  }
  return { signal: controller.signal, stop }
}

function toEnding(reason: unknown): ServiceError {
  return reason instanceof ServiceError
    ? reason
    : new ServiceError('fetch_timeout', undefined, { cause: reason })
}

interface Parts {
  dial: Dial
  idle: Idle
  headers: string[]
  maxBytes: number
  cookies: Cookies
  /** Where this fetch has been, without fragments: a Refresh does not lead there again. */
  visited: Set<string>
  refreshOf: FetchOptions['refreshOf']
  signal: AbortSignal
}

/** From the first URL to the page, hop by hop. */
async function follow(text: string, parts: Parts): Promise<Fetched> {
  let url = startUrl(text)
  for (let redirects = 0; redirects <= maxRedirects; redirects += 1) {
    parts.visited.add(withoutFragment(url))
    const answer = await get(url, parts)
    const next = onward(answer, url, parts) ?? refreshOnward(answer, url, parts)
    if (!next) return finish(answer, url, redirects)
    await parts.cookies.take(answer.headers, url)
    url = next
  }
  throw new ServiceError('too_many_redirects', undefined, { finalUrl: url.href })
}

/** Where the head of an answer sends on to; null if the answer is what was looked for. */
function onward(head: Head, url: URL, { visited }: Parts): URL | null {
  return redirectTarget(head, url) ?? unlessVisited(refreshFieldTarget(head, url), visited)
}

function refreshOnward(answer: Answer, url: URL, { refreshOf, visited }: Parts): URL | null {
  const content = refreshOf?.(answer.body, contentTypeOf(answer)) ?? null
  return content === null ? null : unlessVisited(refreshTarget(content, url), visited)
}

function unlessVisited(target: URL | null, visited: Set<string>): URL | null {
  return target && !visited.has(withoutFragment(target)) ? target : null
}

const withoutFragment = ({ href }: URL) => href.split('#', 1)[0] ?? href

function startUrl(text: string): URL {
  const url = readUrl(text)
  if (url instanceof URL) return url
  throw new ServiceError(url)
}

async function get(url: URL, parts: Parts): Promise<Answer> {
  const kept = parts.idle.take(url.origin)
  if (kept) {
    try {
      return await ask(url, kept, parts)
    } catch (fault) {
      // A server may close an idle connection at the very moment it is used. Asked anew, it tells what is the matter.
      if (!isReset(fault) || parts.signal.aborted) throw fault
    }
  }
  return ask(url, openConnection(url.origin, await parts.dial(url, parts.signal)), parts)
}

const isReset = (fault: unknown) => fault instanceof ServiceError && fault.code === 'connection_reset'

function ask(url: URL, connection: Connection, parts: Parts): Promise<Answer> {
  const { idle, cookies, signal } = parts
  const cookie = cookies.fieldFor(url)
  const headers = cookie === undefined ? parts.headers : [...parts.headers, 'cookie', cookie]
  const receive = (head: Head) => takeBody(head, url, parts)
  return exchange({ url, connection, headers, signal, receive, onFree: () => idle.keep(connection) })
}

/** The body of a page that is to be had; null where the head is all that is needed. */
function takeBody(head: Head, url: URL, parts: Parts): Body | null {
  const { status, headers } = head
  const { maxBytes } = parts
  if (onward(head, url, parts)) return null
  if (status < 200 || status > 299) throw statusFault(status, url)
  if (status === 204 || status === 205) return null
  const context = { targetStatus: status, finalUrl: url.href }
  if (!isTextual(contentTypeOf(head))) throw new ServiceError('unsupported_type', undefined, context)
  const length = headers['content-length'] === undefined ? undefined : Number(headers['content-length'])
  if (length !== undefined && length > maxBytes) throw new ServiceError('body_too_large', undefined, context)
  return createBody(readCodings(headers['content-encoding']), maxBytes, length)
}

const passing = new Set([429, 502, 503, 504])

function statusFault(status: number, url: URL): ServiceError {
  const phrase = STATUS_CODES[status]
  return new ServiceError('http_status', `The site answered ${status}${phrase ? ` ${phrase}` : ''}.`, {
    passes: passing.has(status),
    targetStatus: status,
    finalUrl: url.href,
  })
}

function finish(answer: Answer, url: URL, redirects: number): Fetched {
  return {
    body: answer.body,
    finalUrl: url.href,
    status: answer.status,
    contentType: contentTypeOf(answer),
    fetchedAt: new Date().toISOString(),
    redirects,
  }
}

/** The last of several, as the Fetch Standard's "extract a MIME type" has it. */
function contentTypeOf({ headers }: Head): string | null {
  const field = headers['content-type']
  return (Array.isArray(field) ? field.at(-1) : field) ?? null
}
