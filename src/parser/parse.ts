import type { Page, Timings } from '../contract/models.ts'
import type { Parser } from '../contract/parser.ts'
import type { TaskOptions } from '../contract/site.ts'
import type { Documents } from '../extract/document.ts'
import type { ReadPage, TextBody } from '../extract/page.ts'
import type { Opened, Pages } from '../extract/pages.ts'
import { kindOf } from '../fetch/media.ts'
import type { Fetched, FetchedBody, Fetcher, FetchOptions } from '../fetch/page.ts'
import { addTime, rounded } from '../fetch/timings.ts'

export interface ParserParts {
  fetcher: Fetcher
  pages: Pages
  documents: Documents
  /** Longest wait for a place at a busy host, in ms; without it, as long as the fetch may take. */
  hostWaitMs?: number
  /** Largest text that a document may become, in bytes. */
  maxBytes: number
}

const nothing: ReadPage = { title: '', html: '', encoding: null, encoding_source: null, page_flags: [] }

/** Makes the parser of this process: a URL is fetched, its bytes become text, its title is read. */
export function createParser(parts: ParserParts): Parser {
  return {
    async parse(url, options, signal, handedOn): Promise<Page> {
      let opened: Opened | null = null
      const decoding: Timings = {}
      const refreshOf = (got: FetchedBody) => {
        const began = performance.now()
        const body = toTextBody(url, got)
        opened = body && parts.pages.open(body)
        addTime(decoding, 'parse', began)
        return opened?.refresh ?? null
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
      const page = toPage(fetched, await read(fetched, opened, parts, signal))
      addTime(decoding, 'parse', began)
      return { ...page, timings: rounded({ ...fetched.timings, ...decoding }) }
    },
  }
}

/** A body as a text; null where it is none, as documents. */
function toTextBody(url: string, { body, contentType, mediaType, finalUrl }: FetchedBody): TextBody | null {
  if (mediaType === null || isDocument(mediaType)) return null
  return { bytes: body, contentType, mediaType, kind: kindOf(mediaType), url, finalUrl }
}

async function read(
  fetched: Fetched,
  opened: Opened | null,
  parts: ParserParts,
  signal: AbortSignal | undefined,
): Promise<ReadPage> {
  return (await readDocument(fetched, parts, signal)) ?? (await opened?.read(signal)) ?? nothing
}

const isDocument = (mediaType: string) => ['pdf', 'docx'].includes(kindOf(mediaType))

/** Milliseconds for making text of a document. */
const DOCUMENT_MS = 10_000

async function readDocument(
  { mediaType, body }: Fetched,
  { documents, maxBytes }: ParserParts,
  signal: AbortSignal | undefined,
): Promise<ReadPage | null> {
  const kind = kindOf(mediaType ?? '')
  if (kind !== 'pdf' && kind !== 'docx') return null
  return { ...nothing, ...(await documents.read(kind, body, { deadlineMs: DOCUMENT_MS, maxBytes, signal })) }
}

function toPage(fetched: Fetched, page: ReadPage): Page {
  return {
    ...page,
    final_url: fetched.finalUrl,
    target_status: fetched.status,
    redirects: fetched.redirects,
    content_type: fetched.contentType,
    media_type: fetched.mediaType,
    fetched_at: fetched.fetchedAt,
    cached: false,
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
