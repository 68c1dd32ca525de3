import { ServiceError } from '../contract/errors.ts'
import { type FormatOptions, type Formats, toMake } from '../contract/formats.ts'
import type { Threads } from './threads.ts'

/** A page as formats are made of it. */
export interface PageText {
  html: string
  title: string
  /** Where it was found, after all redirects. */
  url: string
  /** `type/subtype` in lower case; null where it is not known, as of pages from other parsers. */
  mediaType: string | null
}

/** What may be said beside a page and what is wanted of it. */
interface MakeOptions {
  /** Formats that were made of the same page for the same shape. */
  there?: Formats | null | undefined
  /** Formats that are larger in all, in bytes as JSON, are not handed over. */
  maxBytes?: number
  signal?: AbortSignal | undefined
}

export interface Extractor {
  /**
   * Makes the formats that are wanted of a page beside its title and its HTML, where they are not there already.
   * @returns all that are wanted; null where there are none, or they are too large
   * @throws ServiceError `page_too_complex`, `too_busy`, `internal_error`, or the signal's reason
   */
  make(page: PageText, wanted: FormatOptions, options?: MakeOptions): Promise<Formats | null>
}

/** Makes formats in threads. @param deadlineMs for one page */
export function createExtractor(threads: Threads, { deadlineMs }: { deadlineMs: number }): Extractor {
  return {
    async make(page, wanted, { there, maxBytes = Number.POSITIVE_INFINITY, signal } = {}) {
      const names = toMake(wanted).filter((name) => there?.[name] === undefined)
      if (names.length === 0) return there ?? null
      const { html, title, url, mediaType } = page
      const task = { page: { html, title, url, mediaType }, wanted, names, maxBytes }
      const made = await threads.run('formats', task, { deadlineMs, late, signal }).catch((thrown) => {
        throw toFault(thrown, signal)
      })
      if ('fault' in made) throw new ServiceError(made.fault)
      return made.formats && { ...there, ...made.formats }
    },
  }
}

/** What ends a page that takes longer than it may. */
export const late = () => new ServiceError('page_too_complex')

/** What ended a page's task in a thread, as a fault. One that ends for want of memory, or of stack, had too much to do. */
export function toFault(cause: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted || cause instanceof ServiceError) return cause
  const isTooMuch =
    cause instanceof RangeError || (cause as { code?: string }).code === 'ERR_WORKER_OUT_OF_MEMORY'
  return new ServiceError(isTooMuch ? 'page_too_complex' : 'internal_error', undefined, { cause })
}
