import { z } from 'zod'
import { type ErrorCode, errorKinds, type InputFault, type ServiceError } from './errors.ts'
import { type PageFlag, pageFlags } from './flags.ts'
import { type FormatOptions, type Formats, formatFields, membersOf, ownFormats } from './formats.ts'
import {
  Change,
  type DetailedRequest,
  encodingSources,
  MOST_ATTEMPTS_TOLD,
  MOST_PLACES,
  type Page,
  type ParseRequest,
  type StoredResult,
  Timings,
} from './models.ts'
import { Status } from './status.ts'

const RequestId = z
  .int()
  .positive()
  .meta({ examples: [17] })
const StatusField = z.enum(Status)
const Time = z.iso.datetime().meta({ description: 'UTC, ISO 8601 with Z' })
const FaultField = z
  .object({ code: z.string(), message: z.string() })
  .meta({ description: 'Why the request failed, or why its last attempt did' })

const FlagsField = z.array(z.enum(pageFlags)).meta({
  description: 'What the page is in the place of the one that was asked for; empty for most',
})

export const ParseAsyncResponse = z.object({ request_id: RequestId, status: StatusField })

const summaryFields = {
  request_id: RequestId,
  status: StatusField,
  url: z.string(),
  attempt: z.int().meta({ description: 'How many attempts have begun' }),
  created_at: Time,
  updated_at: Time,
  error: FaultField.optional(),
  page_flags: FlagsField.optional(),
}

/** A request in a list. */
export const StatusSummary = z.object(summaryFields)

export const StatusResponse = z.object({
  ...summaryFields,
  place: z
    .int()
    .optional()
    .meta({
      description: `About how many requests go first, while it waits; ${MOST_PLACES} stands for that many or more`,
    }),
  attempts: z
    .array(
      z.object({
        started_at: Time,
        ended_at: Time,
        error: FaultField.optional(),
        target_status: z.int().optional(),
      }),
    )
    .meta({ description: `Attempts that have ended, the last ${MOST_ATTEMPTS_TOLD} at most` }),
  timings: Timings.meta({
    description: 'Milliseconds that the stages of the last attempt took, as far as they are known',
  }),
})

/** What is told of a page beside its title and its HTML. */
const pageFields = {
  final_url: z.string().nullable().meta({ description: 'Where the redirects ended' }),
  target_status: z.int().nullable().meta({ description: 'What the site answered' }),
  redirects: z.array(z.object({ url: z.string(), status: z.int() })).meta({
    description: 'Each hop that led on, in order; one with status 2xx led on by a Refresh',
  }),
  content_type: z.string().nullable().meta({ description: 'The header field as it was sent' }),
  media_type: z
    .string()
    .nullable()
    .meta({ description: 'The kind the page was taken for, by its bytes too' }),
  encoding: z.string().nullable().meta({ description: 'Name of the Encoding Standard; null for documents' }),
  encoding_source: z.enum(encodingSources).nullable().meta({
    description:
      'Why: byte order mark, header field, <meta>, XML declaration, valid UTF-8, detected in the text, usual in the domain, or the default',
  }),
  fetched_at: Time.nullable(),
  page_flags: FlagsField,
  cached: z.union([z.boolean(), z.literal('revalidated')]).meta({
    description: 'Whether the page was taken from the store (see max_age), after asking its site or without',
  }),
}

export const ResultResponse = z.object({
  request_id: RequestId,
  status: StatusField,
  url: z.string(),
  title: z.string().nullable(),
  html: z.string().nullable().optional().meta({ description: 'As decoded; there when asked for' }),
  ...formatFields,
  ...pageFields,
  ...Change.partial().shape,
  error: FaultField.optional(),
})

export const SyncResult = z.object({
  title: z.string(),
  html: z.string().optional().meta({ description: 'As decoded; there when asked for' }),
  ...formatFields,
  url: z.string().meta({ description: 'As it was asked for, normalised' }),
  ...pageFields,
})

/** RFC 9457, with a code of the error table and, for bad input, the path of each fault. */
export const Problem = z
  .object({
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.enum(Object.keys(errorKinds) as [ErrorCode, ...ErrorCode[]]),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    target_status: z.int().optional(),
  })
  .meta({ id: 'Problem' })
export type Problem = z.infer<typeof Problem>

/** The one function that makes a response of an error. `title` is the HTTP status in words (RFC 9457, 4.2.1). */
export function toProblem(error: ServiceError, phrase: string): Problem {
  const faults: { errors?: InputFault[] } = error.faults ? { errors: error.faults } : {}
  const target = error.targetStatus === undefined ? {} : { target_status: error.targetStatus }
  return {
    title: phrase,
    status: error.status,
    detail: error.message,
    code: error.code,
    ...faults,
    ...target,
  }
}

/** A request as lists tell it. */
export function toSummary(request: ParseRequest): z.infer<typeof StatusSummary> {
  const { id, url, status, attempt, created_at, updated_at, error, page_flags } = request
  return {
    request_id: id,
    status,
    url,
    attempt,
    created_at,
    updated_at,
    ...(error ? { error } : {}),
    ...(page_flags.length > 0 ? { page_flags } : {}),
  }
}

/** A request as `GET /status/{id}` tells it. */
export function toStatus(request: DetailedRequest): z.infer<typeof StatusResponse> {
  const { place, timings } = request
  const attempts = request.attempts.map(({ started_at, ended_at, error, target_status }) => ({
    started_at,
    ended_at,
    ...(error ? { error } : {}),
    ...(target_status === null ? {} : { target_status }),
  }))
  return { ...toSummary(request), ...(place === null ? {} : { place }), attempts, timings }
}

/** A request as `GET /result/{id}` tells it. @param wanted what is asked for, by the request or later */
export function toResult(request: StoredResult, wanted: FormatOptions): z.infer<typeof ResultResponse> {
  const { id, error, html, formats, options: _, attempt: __, group_id: ___, change, ...more } = request
  const { created_at: ____, updated_at: _____, ...rest } = more
  const members = pickMembers(wanted, { html, formats, page_flags: rest.page_flags })
  return { request_id: id, ...rest, ...members, ...change, ...(error ? { error } : {}) }
}

/** A page as `GET /parse_sync` tells it. */
export function toSyncResult(url: string, page: Page, wanted: FormatOptions): z.infer<typeof SyncResult> {
  const { caching: _, not_modified: __, timings: ___, found: ____, html, formats, ...rest } = page
  return { url, ...rest, ...pickMembers(wanted, { html, formats, page_flags: rest.page_flags }) }
}

interface Members {
  html: string | null
  formats?: Formats | null | undefined
  page_flags: readonly PageFlag[]
}

/** What was asked for beside the title; null while there is none. */
function pickMembers(wanted: FormatOptions, { html, formats, page_flags }: Members) {
  const there: Formats & { html: string | null } = { ...ownFormats(formats, wanted, page_flags), html }
  return Object.fromEntries(membersOf(wanted).map((name) => [name, there[name] ?? null]))
}
