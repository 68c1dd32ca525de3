/** What a client may learn of one code: its HTTP status, whether the fault may pass with time, and a line of help. */
interface ErrorKind {
  status: number
  passes: boolean
  help: string
}

const kind = (status: number, passes: boolean, help: string): ErrorKind => ({ status, passes, help })

/** Every error the service can give, in one table. docs/errors.md is held to it by a test. */
export const errorKinds = {
  // What a client sent
  invalid_request: kind(422, false, 'The input has faults; `errors` lists each with its path.'),
  invalid_url: kind(422, false, 'The URL cannot be parsed, has no host, or is longer than 2,048 characters.'),
  unsupported_scheme: kind(422, false, 'Only http and https URLs are fetched.'),
  credentials_not_allowed: kind(422, false, 'The URL carries user:password@; take it out.'),
  malformed_request: kind(400, false, 'What was sent is not valid HTTP.'),
  unauthorized: kind(401, false, 'Send one of the keys in API_KEYS as `Authorization: Bearer KEY`.'),
  not_found: kind(404, false, 'Nothing is at this path, or no request has this id.'),
  method_not_allowed: kind(405, false, 'The path exists; the `Allow` header names the methods it takes.'),
  already_ended: kind(
    409,
    false,
    'The request has ended already, so it can no longer be cancelled or tried anew.',
  ),
  not_ended: kind(409, true, 'The request has not ended yet; wait for it, or cancel it first.'),
  no_page: kind(409, false, 'The request ended without a page; `/result/{id}` says why.'),
  idempotency_mismatch: kind(
    422,
    false,
    'This `Idempotency-Key` came with another request within the last 24 hours; take a new key.',
  ),
  idempotency_in_progress: kind(
    409,
    true,
    'The first request with this `Idempotency-Key` is still being taken in; ask again shortly.',
  ),
  request_timeout: kind(408, true, 'The request did not arrive whole in time.'),
  payload_too_large: kind(
    413,
    false,
    'The request body is larger than its path takes: 64 KiB, or 8 MiB for a batch.',
  ),
  headers_too_large: kind(431, false, 'The headers of the request are larger than 16 KiB.'),
  unsupported_media_type: kind(
    415,
    false,
    'The body is compressed, or of a type that its path does not take; `detail` names those it takes.',
  ),

  // What the page, or the way to it, did
  blocked_address: kind(
    502,
    false,
    'The URL leads to an address that may not be fetched (see ALLOW_PRIVATE).',
  ),
  blocked_port: kind(502, false, 'The URL names a port that may not be fetched (see BLOCKED_PORTS).'),
  unknown_host: kind(502, false, 'The host name does not exist.'),
  dns_error: kind(502, true, 'The host name could not be looked up just now.'),
  connect_failed: kind(502, true, 'No connection to the site could be made.'),
  proxy_failed: kind(502, true, 'The proxy could not be reached, or did not open a way to the site.'),
  connection_reset: kind(502, true, 'The site closed the connection before its answer was complete.'),
  tls_error: kind(502, false, "The site's certificate or TLS set-up cannot be trusted."),
  fetch_timeout: kind(
    504,
    true,
    'The site did not deliver the page within the time allowed (FETCH_TIMEOUT, or its own `timeout`).',
  ),
  too_many_redirects: kind(502, false, 'The page redirects more often than MAX_REDIRECTS, or in a circle.'),
  bad_response: kind(
    502,
    false,
    "The site's answer is not valid HTTP, or its headers are larger than MAX_HEADER_BYTES.",
  ),
  body_too_large: kind(
    502,
    false,
    'The page is larger, once decompressed, than MAX_BYTES or its own `max_bytes`.',
  ),
  robots_denied: kind(
    502,
    false,
    "The site's robots.txt forbids this URL to this product, or cannot be read; `detail` says which.",
  ),
  unsupported_type: kind(
    502,
    false,
    'The URL leads to something that has no text: an image, a video, an archive.',
  ),
  page_too_complex: kind(
    502,
    false,
    'The page has more elements than can be read (400,000) or links too long together, or takes too long.',
  ),
  unreadable_document: kind(502, false, 'The PDF or DOCX is broken, locked, or more than can be read.'),
  http_status: kind(
    502,
    false,
    'The site answered 4xx or 5xx; `target_status` says which. 429 and 502-504 are retried.',
  ),

  // What our own parts did
  too_busy: kind(503, true, 'As many pages wait to be extracted as may be; see Retry-After.'),
  host_busy: kind(
    503,
    true,
    'As many pages of this host are being fetched as may be (HOST_CONCURRENCY, HOST_GAP), or it asked for a pause (Retry-After).',
  ),
  timeout: kind(504, true, 'A parser took the task and gave no answer within RESULT_TIMEOUT.'),
  parser_unavailable: kind(502, false, 'No parser could be reached, or none took the task within QUEUE_TTL.'),
  parser_error: kind(502, false, 'A parser reported a failure without a code of its own.'),
  bad_parser_result: kind(502, false, "A parser's answer is not of the agreed form, or too large."),
  cancelled: kind(409, false, 'A client cancelled the request.'),
  poison: kind(502, false, 'The process that parsed this page died every time it was tried.'),
  store_unavailable: kind(503, true, 'The database does not answer; try again shortly.'),
  queue_full: kind(
    503,
    true,
    'As many requests wait as may (MAX_PENDING); nothing was stored, try again later.',
  ),
  too_many_schedules: kind(
    409,
    false,
    'The caller has as many schedules as it may (MAX_SCHEDULES); delete one that is no longer needed.',
  ),
  not_ready: kind(503, true, 'A part that the service needs does not answer; `detail` names it.'),
  internal_error: kind(500, false, 'A fault in the service itself; its log has the cause.'),
} as const satisfies Record<string, ErrorKind>

export type ErrorCode = keyof typeof errorKinds

/** One fault of the input: `path` is dotted from the top of the body or the query, `code` says more where it can. */
export interface InputFault {
  path: string
  message: string
  code?: ErrorCode
}

interface Details {
  cause?: unknown
  /** Overrides the table where only the case can tell, as with http_status. */
  passes?: boolean
  /** What the site answered, if it got that far. */
  targetStatus?: number | undefined
  finalUrl?: string | undefined
  /** Milliseconds after which it is worth trying again. */
  retryAfterMs?: number | undefined
  faults?: InputFault[]
  headers?: Record<string, string>
}

/** The one error class that crosses folders. `message` may be shown to clients: it never holds an address that was refused. */
export class ServiceError extends Error {
  readonly code: ErrorCode
  readonly passes: boolean
  readonly targetStatus: number | undefined
  readonly finalUrl: string | undefined
  readonly retryAfterMs: number | undefined
  readonly faults: InputFault[] | undefined
  readonly headers: Record<string, string>

  constructor(code: ErrorCode, message: string = errorKinds[code].help, details: Details = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined)
    this.name = 'ServiceError'
    this.code = code
    this.passes = details.passes ?? errorKinds[code].passes
    this.targetStatus = details.targetStatus
    this.finalUrl = details.finalUrl
    this.retryAfterMs = details.retryAfterMs
    this.faults = details.faults
    this.headers = details.headers ?? {}
  }

  /** A URL that a site leads on to is not what the client sent: that is the site's fault, a bad gateway. */
  get status(): number {
    const { status } = errorKinds[this.code]
    return status === 422 && this.targetStatus !== undefined ? 502 : status
  }
}

/** Any thrown thing as a ServiceError; what is not one already is `internal_error`, its text kept as the cause only. */
export function toServiceError(thrown: unknown): ServiceError {
  if (thrown instanceof ServiceError) return thrown
  return new ServiceError('internal_error', errorKinds.internal_error.help, { cause: thrown })
}

/** Whether a text that came over the wire is a code of the table. */
export function isErrorCode(text: unknown): text is ErrorCode {
  return typeof text === 'string' && Object.hasOwn(errorKinds, text)
}

/** Most faults told of in one answer. */
const MOST_FAULTS = 100

/** The error of bad input, which names each of its faults, the first hundred at most. A lone fault with a code keeps it. */
export function badInput(all: InputFault[]): ServiceError {
  const code = (all.length === 1 ? all[0]?.code : undefined) ?? 'invalid_request'
  const faults = all.slice(0, MOST_FAULTS).map(({ path, message }) => ({ path, message }))
  const detail = faults.map(({ path, message }) => `${path} ${message}`.trim()).join('; ')
  return new ServiceError(code, detail, { faults })
}
