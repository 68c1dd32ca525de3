import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Piscina } from 'piscina'
import { ServiceError } from '../contract/errors.ts'
import { storable } from '../contract/models.ts'
import type { ReadTask } from './reader.ts'

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
   * @throws ServiceError `unreadable_document`, `body_too_large`, `fetch_timeout`, or the signal's reason
   */
  read(kind: 'pdf' | 'docx', bytes: Uint8Array, bounds: ReadBounds): Promise<ReadDocument>
  close(): Promise<void>
}

const THREADS = 2

/** MiB of heap for one document; what needs more ends its thread, and nothing else. */
const HEAP_MIB = 384

/** Waiting documents hold their bytes: more of them than this are told to come again. */
const MOST_WAITING = 100

/** Makes the one that reads documents, in threads of their own: what hostile ones do there harms nobody. */
export function createDocuments(): Documents {
  let pool: Promise<Piscina<ReadTask, ReadDocument>> | undefined
  return {
    async read(kind, bytes, { deadlineMs, maxBytes, signal }) {
      pool ??= openPool()
      const late = AbortSignal.timeout(deadlineMs)
      const ended = signal ? AbortSignal.any([signal, late]) : late
      const copy = new Uint8Array(bytes)
      try {
        const task = { kind, bytes: copy, maxBytes }
        const read = await (await pool).run(task, { signal: ended, transferList: [copy.buffer] })
        return { title: storable(read.title), html: storable(read.html) }
      } catch (thrown) {
        if (signal?.aborted) throw signal.reason
        throw late.aborted ? new ServiceError('fetch_timeout', slow) : toFault(thrown)
      }
    },
    async close() {
      await (await pool)?.destroy()
    },
  }
}

const slow = 'The document could not be read within the time allowed.'

function toFault(cause: unknown): ServiceError {
  const isLarge = cause instanceof Error && cause.message === 'body_too_large'
  return new ServiceError(isLarge ? 'body_too_large' : 'unreadable_document', undefined, { cause })
}

/** Loaded by the first document; threads begin with a task and end when there are none. */
async function openPool(): Promise<Piscina<ReadTask, ReadDocument>> {
  const { Piscina } = await import('piscina')
  // Beside this file, as it is or as it was built.
  const extension = extname(fileURLToPath(import.meta.url))
  return new Piscina({
    filename: new URL(`./reader${extension}`, import.meta.url).href,
    minThreads: 0,
    maxThreads: THREADS,
    maxQueue: MOST_WAITING,
    idleTimeout: 5000,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
  })
}
