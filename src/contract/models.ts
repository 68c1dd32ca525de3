import { z } from 'zod'
import type { ParseOptions } from './requests.ts'
import type { Status } from './status.ts'

/**
 * Text that every store can hold: NUL (refused by Postgres) and lone surrogates (not UTF-8) become U+FFFD,
 * as a browser's tokenizer does with NUL.
 */
export function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD')
}

const text = z.string().transform(storable)

/** What a parser found. A parser that was not written here may know the title and the HTML alone. */
export const Page = z.object({
  title: text,
  html: text,
  final_url: text.nullish().default(null),
  target_status: z.int().min(100).max(599).nullish().default(null),
  content_type: text.nullish().default(null),
  encoding: text.nullish().default(null),
  fetched_at: z.iso.datetime().nullish().default(null),
})
export type Page = z.infer<typeof Page>

/** What ended a request: `message` is for people, `code` is of the error table. */
export interface Fault {
  code: string
  message: string
}

/** A request as clients see it: everything but the page. Times are UTC, ISO 8601 with Z. */
export interface ParseRequest {
  id: number
  url: string
  status: Status
  attempt: number
  created_at: string
  updated_at: string
  error: Fault | null
}

/** A request with what came of it; the page's fields are null until there are any. */
export interface StoredResult extends ParseRequest {
  title: string | null
  html: string | null
  final_url: string | null
  target_status: number | null
  content_type: string | null
  fetched_at: string | null
}

/** What a parser is asked to do. */
export interface Task {
  id: number
  url: string
  options: ParseOptions
}

/** A request in the hands of a worker. */
export interface Claimed extends Task {
  attempt: number
  /** Milliseconds since this attempt was claimed, by whichever worker. */
  waited_ms: number
  /** It was handed out before without an answer having come: a parser may be at it, or done. */
  again: boolean
}
