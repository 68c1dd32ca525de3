import { type Decoded, decodeStart } from './decode.ts'
import { late, toFault } from './extractor.ts'
import { decodeBody, type ReadPage, readPage, type TextBody } from './page.ts'
import { metaRefresh } from './refresh.ts'
import type { Threads } from './threads.ts'
import { toHtml } from './xhtml.ts'

/**
 * Bytes from which on a page is read in a thread. What is smaller, as nearly all pages are, is read in less time than it
 * takes to hand it over; 10 MB that are made for it take a third of a second, or several in an encoding of East Asia.
 */
const LARGE_BYTES = 1_048_576

/** Bytes at the start of a page in which a refresh is looked for: 65,536 characters have no more in any encoding. */
const START_BYTES = 262_144

/** A page that came, as far as it has been read. */
export interface Opened {
  /** The `content` of its `<meta http-equiv=refresh>`; null if there is none. */
  refresh: string | null
  /** Reads the rest, once. @throws ServiceError `page_too_complex`, `too_busy`, `internal_error`, or the signal's reason */
  read(signal: AbortSignal | undefined): Promise<ReadPage>
}

export interface Pages {
  /** @param body if it is large its memory is its own, and is gone when it has been read: there is no other copy then */
  open(body: TextBody): Opened
}

/** Makes the one that reads pages: large ones in threads. @param deadlineMs for one page there */
export function createPages(threads: Threads, { deadlineMs }: { deadlineMs: number }): Pages {
  return {
    open(body) {
      if (body.bytes.length < LARGE_BYTES) return openSmall(body)
      const { bytes, contentType, finalUrl } = body
      return {
        refresh: refreshOf(body, () =>
          decodeStart(bytes, contentType, new URL(finalUrl).hostname, START_BYTES),
        ),
        read: (signal) => readLarge(body, threads, { deadlineMs, signal }),
      }
    },
  }
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
  return threads.run('page', body, { ...bounds, late, gives: true }).catch((thrown) => {
    throw toFault(thrown, bounds.signal)
  })
}
