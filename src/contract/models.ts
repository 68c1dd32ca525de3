import { z } from 'zod'
import { isPageFlag, type PageFlag } from './flags.ts'
import { type FormatOptions, Formats } from './formats.ts'
import { Found, type TaskOptions } from './site.ts'
import type { Status } from './status.ts'

/**
 * Text that every store can hold: NUL (refused by Postgres) and lone surrogates (not UTF-8) become U+FFFD,
 * as a browser's tokenizer does with NUL.
 */
export function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD')
}

const text = z.string().transform(storable)

const HttpStatus = z.int().min(100).max(599)

/** One hop of a fetch that led on: where it was asked, and what was answered (2xx where a Refresh led on). */
export const Redirect = z.object({ url: text, status: HttpStatus })
export type Redirect = z.infer<typeof Redirect>

/** Where a page's encoding is known from; see the encoding sniffing algorithm of the HTML Standard. */
export const encodingSources = [
  'bom',
  'transport',
  'meta',
  'xml',
  'utf-8',
  'detected',
  'domain',
  'default',
] as const

/** Whether a page was taken from the store, as it was or after its site said that it is unchanged. */
export const Cached = z.union([z.boolean(), z.literal('revalidated')])
export type Cached = z.infer<typeof Cached>

/** Flags of the table; what else a parser may say is passed over. */
const Flags = z
  .array(z.unknown())
  .nullish()
  .catch(null)
  .transform((flags): PageFlag[] => [...new Set((flags ?? []).filter(isPageFlag))])

/** Stages of a request, in the order they come; a page that came in several hops has the sum of each. */
export const stages = [
  'queued',
  'robots',
  'dns',
  'connect',
  'tls',
  'first_byte',
  'download',
  'parse',
  'store',
] as const
export type Stage = (typeof stages)[number]

/** Milliseconds by stage; what did not happen, or is not known, is not there. */
export const Timings = z.partialRecord(z.enum(stages), z.number().min(0).max(1e9))
export type Timings = z.infer<typeof Timings>

/** Whatever else a parser may say of its time is passed over: no page is refused for it. */
function readTimings(told: unknown): Timings {
  const times = typeof told === 'object' && told !== null ? Object.entries(told) : []
  return Object.fromEntries(times.filter(([name, ms]) => Timings.safeParse({ [name]: ms }).success))
}

/** What a parser found. A parser that was not written here may know the title and the HTML alone. */
export const Page = z.object({
  title: text,
  html: text,
  final_url: text.nullish().default(null),
  target_status: HttpStatus.nullish().default(null),
  redirects: z
    .array(Redirect)
    .max(100)
    .nullish()
    .transform((hops) => hops ?? []),
  content_type: text.nullish().default(null),
  /** The kind it was taken for, by the MIME Sniffing Standard. */
  media_type: text.nullish().default(null),
  encoding: text.nullish().default(null),
  encoding_source: z.enum(encodingSources).nullish().catch(null).default(null),
  fetched_at: z.iso.datetime().nullish().default(null),
  cached: Cached.nullish().transform((cached) => cached ?? false),
  page_flags: Flags,
  /** What was found out beside it, where that was wanted. */
  found: Found.optional().catch(undefined),
  /** The header fields that decide how long the page may be reused (RFC 9111). */
  caching: z.record(text, text).nullish().default(null),
  /** What was made of it, where anything was asked for. What is no such thing can be made anew from the page. */
  formats: Formats.nullish().catch(null),
  /** Milliseconds that the stages of getting it took, by their names. */
  timings: z.unknown().transform(readTimings).optional(),
  /** The site answered 304: the page that was asked about is still what is there, and the rest is empty. */
  not_modified: z.boolean().optional(),
})
export type Page = z.infer<typeof Page>

/** What became of a page since the run before of its schedule. */
export const Change = z.object({
  changed: z
    .boolean()
    .meta({ description: 'Whether its text differs from the run before; false for the first' }),
  hash: z.string().meta({ description: 'SHA-256 of its text, in hex' }),
  previous_request_id: z.int().nullable().meta({ description: 'The run that it was compared with' }),
  diff: z
    .string()
    .nullable()
    .meta({ description: 'Unified diff of the text; null where nothing changed, or too much to be told' }),
})
export type Change = z.infer<typeof Change>

/** A page to be stored, with what a worker found out about it. */
export type NewPage = Page & { change?: Change | undefined }

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
  /** What the page stands in the place of; empty for most, and until there is one. */
  page_flags: PageFlag[]
  /** The group it is of, if any. */
  group_id: number | null
}

/** An attempt that has ended. */
export interface Attempt {
  started_at: string
  ended_at: string
  /** Null where it brought a page. */
  error: Fault | null
  target_status: number | null
}

/** Most attempts that are told of: the youngest. */
export const MOST_ATTEMPTS_TOLD = 20

/** A request with how it has fared so far. */
export interface DetailedRequest extends ParseRequest {
  /** Those of the last try: a request that is tried anew begins without any. */
  attempts: Attempt[]
  timings: Timings
  /** How many due requests go before it, roughly, and never more than MOST_PLACES; null unless it waits and is due. */
  place: number | null
}

/** Places are counted so far: it bounds what the question costs. */
export const MOST_PLACES = 1000

/** A request with what came of it; the page's fields are null until there are any. */
export interface StoredResult
  extends ParseRequest,
    Omit<Page, 'title' | 'html' | 'caching' | 'not_modified' | 'timings' | 'found'> {
  title: string | null
  html: string | null
  /** What its client wanted of the page. */
  options: FormatOptions
  /** Null where it is of no schedule, or nothing can be told. */
  change: Change | null
}

/** What a parser is asked to do. */
export interface Task {
  id: number
  url: string
  options: TaskOptions
}

/** A request in the hands of a worker. */
export interface Claimed extends Task {
  /** Whose it is; null where there are no API keys. */
  caller: string | null
  /** The group it is of, if any. */
  group_id: number | null
  /** The schedule it is of, if any: its page is compared with that of the run before. */
  schedule_id: number | null
  attempt: number
  /** Milliseconds since this attempt was claimed, by whichever worker. */
  waited_ms: number
  /** It was handed out before without an answer having come: a parser may be at it, or done. */
  again: boolean
}
