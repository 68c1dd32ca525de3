import type { Page, Timings } from '../contract/models.ts'
import type { Parser } from '../contract/parser.ts'
import type { TaskOptions } from '../contract/site.ts'
import { decode } from '../extract/decode.ts'
import type { Documents } from '../extract/document.ts'
import { flagsOf } from '../extract/flags.ts'
import { plainTitle } from '../extract/plain.ts'
import { metaRefresh } from '../extract/refresh.ts'
import { titleOf } from '../extract/title.ts'
import { kindOf } from '../fetch/media.ts'
import type { Fetched, FetchedBody, Fetcher, FetchOptions } from '../fetch/page.ts'
import { addTime, rounded } from '../fetch/timings.ts'

export interface ParserParts {
  fetcher: Fetcher
  documents: Documents
  /** Longest wait for a place at a busy host, in ms; without it, as long as the fetch may take. */
  hostWaitMs?: number
  /** Largest text that a document may become, in bytes. */
  maxBytes: number
}

/** What a page says: as text, with its title. */
type Read = Pick<Page, 'title' | 'html' | 'encoding' | 'encoding_source'>

const nothing: Read = { title: '', html: '', encoding: null, encoding_source: null }

/** Makes the parser of this process: a URL is fetched, its bytes become text, its title is read. */
export function createParser(parts: ParserParts): Parser {
  return {
    async parse(url, options, signal, handedOn): Promise<Page> {
      let read = nothing
      const decoding: Timings = {}
      const refreshOf = (got: FetchedBody) => {
        const began = performance.now()
        read = readText(got)
        addTime(decoding, 'parse', began)
        return kindOf(got.mediaType ?? '') === 'html' ? metaRefresh(read.html) : null
      }
      const { hostWaitMs } = parts
      const fetched = await parts.fetcher.fetch(url, {
        ...toFetchOptions(options),
        hostWaitMs,
        signal,
        handedOn,
        refreshOf,
      })
      const began = performance.now()
      const document = await readDocument(fetched, parts, signal)
      const whole = document ?? withTitle(read, fetched)
      const page = toPage(url, fetched, whole)
      addTime(decoding, 'parse', began)
      return { ...page, timings: rounded({ ...fetched.timings, ...decoding }) }
    },
  }
}

/** Bytes as text; documents are none yet. */
function readText({ body, contentType, mediaType, finalUrl }: FetchedBody): Read {
  if (mediaType === null || isDocument(mediaType)) return nothing
  const { hostname } = new URL(finalUrl)
  const { text, encoding, source } = decode(body, contentType, hostname)
  return { title: '', html: text, encoding, encoding_source: source }
}

function withTitle(read: Read, { mediaType }: Fetched): Read {
  return {
    ...read,
    title: isPage({ mediaType }) ? titleOf(read.html) : plainTitle(read.html, mediaType ?? ''),
  }
}

const isPage = ({ mediaType }: Pick<Fetched, 'mediaType'>) =>
  ['html', 'xhtml'].includes(kindOf(mediaType ?? ''))

const isDocument = (mediaType: string) => ['pdf', 'docx'].includes(kindOf(mediaType))

/** Milliseconds for making text of a document. */
const DOCUMENT_MS = 10_000

async function readDocument(
  { mediaType, body }: Fetched,
  { documents, maxBytes }: ParserParts,
  signal: AbortSignal | undefined,
): Promise<Read | null> {
  const kind = kindOf(mediaType ?? '')
  if (kind !== 'pdf' && kind !== 'docx') return null
  return { ...nothing, ...(await documents.read(kind, body, { deadlineMs: DOCUMENT_MS, maxBytes, signal })) }
}

function toPage(url: string, fetched: Fetched, read: Read): Page {
  return {
    ...read,
    final_url: fetched.finalUrl,
    target_status: fetched.status,
    redirects: fetched.redirects,
    content_type: fetched.contentType,
    media_type: fetched.mediaType,
    fetched_at: fetched.fetchedAt,
    cached: false,
    page_flags: isPage(fetched) ? flagsOf({ ...read, url, finalUrl: fetched.finalUrl }) : [],
    caching: fetched.caching,
    ...(fetched.status === 304 ? { not_modified: true } : {}),
  }
}

/** A task's options in the words of a fetch. */
export function toFetchOptions(options: TaskOptions): FetchOptions {
  const { timeout, max_bytes, user_agent, accept_language, headers, cookies } = options
  return {
    timeoutMs: timeout === undefined ? undefined : timeout * 1000,
    maxBytes: max_bytes,
    ...(user_agent === undefined ? {} : { userAgent: user_agent }),
    acceptLanguage: accept_language,
    headers,
    cookies,
    proxy: options.proxy,
    ignoreTlsErrors: options.ignore_tls_errors,
    robots: options.robots,
    hostGapMs: options.host_gap === undefined ? undefined : options.host_gap * 1000,
  }
}
