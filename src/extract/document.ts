import { ServiceError } from '../contract/errors.ts'
import { storable } from '../contract/models.ts'
import type { Threads } from './threads.ts'

/** A document as HTML, with its title. */
export interface ReadDocument {
  title: string
  html: string
}

export interface ReadBounds {
  /** Milliseconds; the thread is ended when they are over. */
  deadlineMs: number
  /** Largest HTML, in bytes. */
  maxBytes: number
  signal?: AbortSignal | undefined
}

export interface Documents {
  /**
   * Makes HTML of a PDF or a DOCX.
   * @throws ServiceError `unreadable_document`, `body_too_large`, `fetch_timeout`, `too_busy`, or the signal's reason
   */
  read(kind: 'pdf' | 'docx', bytes: Uint8Array, bounds: ReadBounds): Promise<ReadDocument>
}

/** Makes the one that reads documents, in threads: what hostile ones do there harms nobody. */
export function createDocuments(threads: Threads): Documents {
  return {
    async read(kind, bytes, { maxBytes, ...bounds }) {
      try {
        const read = await threads.run('document', { kind, bytes, maxBytes }, { ...bounds, late })
        return { title: storable(read.title), html: storable(read.html) }
      } catch (thrown) {
        if (bounds.signal?.aborted || thrown instanceof ServiceError) throw thrown
        throw toFault(thrown)
      }
    },
  }
}

const late = () =>
  new ServiceError('fetch_timeout', 'The document could not be read within the time allowed.')

function toFault(cause: unknown): ServiceError {
  const isLarge = cause instanceof Error && cause.message === 'body_too_large'
  return new ServiceError(isLarge ? 'body_too_large' : 'unreadable_document', undefined, { cause })
}
