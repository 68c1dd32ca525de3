import { type Decoded, decodeStart } from './decode.ts'
import { late, toFault } from './extractor.ts'
import { decodeBody, type ReadPage, readPage, type TextBody } from './page.ts'
import { metaRefresh } from './refresh.ts'
import type { Threads } from './threads.ts'
import { QUICK_CHARS, startOfXhtml, toHtml } from './xhtml.ts'

/**
 * Bytes from which on a page is read in a thread. What is smaller, as nearly all pages are, is read in less time than it
 * takes to hand it over; 10 MB that are made for it take a third of a second, or several in an encoding of East Asia.
 */
const LARGE_BYTES = 1_048_576

/** XHTML that is made for it takes ten times as long as HTML. */
const isLarge = ({ bytes, kind }: TextBody) => bytes.length >= (kind === 'xhtml' ? QUICK_CHARS : LARGE_BYTES)

/** Characters at the start of a page in which a refresh is looked for, and their bytes: there are no more in any encoding. */
const START_CHARS = 65_536
const START_BYTES = 4 * START_CHARS

/** A page that came, as far as it has been read. */
export interface Opened {
  /** The `content` of its `<meta http-equiv=refresh>`; null if there is none. */
  refresh: string | null
  /** Reads the rest, once. @throws ServiceError `page_too_complex`, `too_busy`, `internal_error`, or the signal's reason */
  read(signal: AbortSignal | undefined): Promise<ReadPage>
}

export interface Pages {
  /** @param body from 1 MiB on its memory is its own, and is gone when it has been read: there is no other copy then */
  open(body: TextBody): Opened
}

/** Makes the one that reads pages: large ones in threads. @param deadlineMs for one page there */
export function createPages(threads: Threads, { deadlineMs }: { deadlineMs: number }): Pages {
  return {
    open(body) {
      if (!isLarge(body)) return openSmall(body)
      return {
        refresh: refreshOf(body, () => startOf(body)),
        read: (signal) => readLarge(body, threads, { deadlineMs, signal }),
      }
    },
  }
}

function startOf({ bytes, contentType, finalUrl, kind }: TextBody): string {
  const start = decodeStart(bytes, contentType, new URL(finalUrl).hostname, START_BYTES)
  return kind === 'xhtml' ? startOfXhtml(start.slice(0, START_CHARS)) : start
}

const refreshOf = ({ kind }: TextBody, start: () => string) =>
  kind === 'html' || kind === 'xhtml' ? metaRefresh(start()) : null

function openSmall(body: TextBody): Opened {
  const decoded: Decoded = decodeBody(body)
  const markup = toHtml(decoded.text, body.mediaType)
  return { refresh: refreshOf(body, () => markup), read: async () => readPage(body, decoded, markup) }
}

async function readLarge(
  body: TextBody,
  threads: Threads,
  bounds: { deadlineMs: number; signal: AbortSignal | undefined },
): Promise<ReadPage> {
  const gives = body.bytes.length >= LARGE_BYTES
  return threads.run('page', body, { ...bounds, late, gives }).catch((thrown) => {
    throw toFault(thrown, bounds.signal)
  })
}
