import { STATUS_CODES } from 'node:http'
import { ServiceError } from '../contract/errors.ts'
import type { Timings } from '../contract/models.ts'
import { type Body, createBody } from './body.ts'
import { readCodings } from './coding.ts'
import { type Connection, type Idle, openConnection } from './connection.ts'
import type { Dial } from './dispatcher.ts'
import { type Answer, exchange, type Head, type Waits } from './exchange.ts'
import { isHopeless, kindOf, SNIFF_BYTES, sniffMedia } from './media.ts'
import { readRetryAfter } from './pace.ts'
import type { ProxyServer } from './proxy.ts'
import type { Share } from './room.ts'
import { addTime } from './timings.ts'

/** One GET of a fetch. */
export interface Hop {
  url: URL
  /** Names and values in turn. */
  headers: string[]
  maxBytes: number
  /** Whether an answer leads on, so that its body is not needed. */
  leadsOn: (head: Head) => boolean
  /** Whether "304 Not Modified" answers what was asked. */
  isConditional: boolean
  /** A file is taken whatever its status and its kind are, and cut where it is too large; a page is not. */
  accepts: 'page' | 'file'
  proxy: ProxyServer | undefined
  ignoreTlsErrors: boolean
  share: Share
  /** Where it is noted how long each stage took. */
  timings: Timings
  signal: AbortSignal
}

/** An answer, and the kind its body was found to be; null where there is none. */
export interface Got extends Answer {
  mediaType: string | null
}

export interface HopParts {
  dial: Dial
  idle: Idle
  waits: Waits
  /** Largest head of an answer, in bytes. */
  maxHeadBytes: number
}

/**
 * Sends one GET, over a connection that is kept for its origin or over a new one.
 * @throws ServiceError what dialling, the exchange or a look at the answer's head and first bytes found
 */
export async function get(hop: Hop, parts: HopParts): Promise<Got> {
  const { url, proxy, ignoreTlsErrors, timings, signal } = hop
  // A connection that was made on other terms is another one.
  const key = `${url.origin} ${proxy?.href} ${ignoreTlsErrors}`
  const kept = parts.idle.take(key)
  if (kept) {
    try {
      return await ask(hop, kept, parts)
    } catch (fault) {
      // A server may close an idle connection at the very moment it is used. Asked anew, it tells what is the matter.
      if (!isReset(fault) || signal.aborted) throw fault
    }
  }
  const socket = await parts.dial(url, signal, { proxy, ignoreTlsErrors, timings })
  return ask(
    hop,
    openConnection({ key, origin: url.origin, socket, maxHeadBytes: parts.maxHeadBytes }),
    parts,
  )
}

/** Before any answer; one that breaks off within its body was an answer. */
const isReset = (fault: unknown) =>
  fault instanceof ServiceError && fault.code === 'connection_reset' && fault.targetStatus === undefined

async function ask(hop: Hop, connection: Connection, { idle, waits }: HopParts): Promise<Got> {
  const { url, headers, timings, signal } = hop
  let mediaType: string | null = null
  const began = performance.now()
  let answered = began
  const receive = (head: Head) => {
    answered = performance.now()
    return takeBody(head, hop, (found) => {
      mediaType = found
    })
  }
  const answer = await exchange({ url, connection, headers, waits, signal, receive })
  addTime(timings, 'first_byte', began, answered)
  addTime(timings, 'download', answered)
  idle.keep(connection)
  return { ...answer, mediaType }
}

/** The body of a page that is to be had; null where the head is all that is needed. */
function takeBody(head: Head, hop: Hop, onKind: (mediaType: string) => void): Body | null {
  const { status, headers } = head
  const { url, maxBytes, share } = hop
  const isFile = hop.accepts === 'file'
  if (hop.leadsOn(head) || (status === 304 && hop.isConditional)) return null
  if (status < 200 || status > 299) {
    if (isFile) return null
    throw statusFault(head, url)
  }
  if (status === 204 || status === 205) return null
  const context = { targetStatus: status, finalUrl: url.href }
  const contentType = contentTypeOf(head)
  const unsupported = () => new ServiceError('unsupported_type', undefined, context)
  if (!isFile && isHopeless(contentType)) throw unsupported()
  const length = headers['content-length'] === undefined ? undefined : Number(headers['content-length'])
  if (!isFile && length !== undefined && length > maxBytes)
    throw new ServiceError('body_too_large', undefined, context)
  const noSniff = /^\s*nosniff\s*(?:,|$)/i.test(String(headers['x-content-type-options'] ?? ''))
  const judge = (bytes: Uint8Array) => {
    const mediaType = sniffMedia(bytes, contentType, { noSniff })
    if (!isFile && kindOf(mediaType) === 'other') throw unsupported()
    onKind(mediaType)
  }
  const start = { bytes: SNIFF_BYTES, judge }
  const bounds = { maxBytes, share, expected: length, cut: isFile, start }
  return createBody(readCodings(headers['content-encoding']), bounds)
}

const passing = new Set([429, 502, 503, 504])

function statusFault({ status, headers }: Head, url: URL): ServiceError {
  const phrase = STATUS_CODES[status]
  const passes = passing.has(status)
  const [retryAfter] = [headers['retry-after'] ?? []].flat()
  return new ServiceError('http_status', `The site answered ${status}${phrase ? ` ${phrase}` : ''}.`, {
    passes,
    retryAfterMs: passes ? (readRetryAfter(retryAfter, new Date()) ?? undefined) : undefined,
    targetStatus: status,
    finalUrl: url.href,
  })
}

/** The last of several, as the Fetch Standard's "extract a MIME type" has it. */
export function contentTypeOf({ headers }: Head): string | null {
  const field = headers['content-type']
  return (Array.isArray(field) ? field.at(-1) : field) ?? null
}
