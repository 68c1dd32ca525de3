import { z } from 'zod'
import { formatQuery, fromNumber, ParseOptions, queryOptions, whole } from './options.ts'
import { waitQuery } from './waiting.ts'

/** Longest URL accepted, in UTF-16 code units as sent. */
export const MAX_URL_LENGTH = 2048

/** Faults of a URL that a client can mend, by error code. */
const urlFaults = {
  invalid_url: 'is not a URL with a host; give an absolute one such as https://example.com/page',
  unsupported_scheme: 'must begin with http:// or https://',
  credentials_not_allowed: 'must not carry user:password@',
} as const

export type UrlFault = keyof typeof urlFaults

/**
 * Parses as browsers do (WHATWG URL) and judges what can be judged without asking the network.
 * @returns the URL, or the code of its fault
 */
export function readUrl(text: string): URL | UrlFault {
  const url = URL.parse(text)
  if (!url) return 'invalid_url'
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'unsupported_scheme'
  if (url.username !== '' || url.password !== '') return 'credentials_not_allowed'
  return hasValidHost(url.hostname) ? url : 'invalid_url'
}

/** Labels of 1 to 63 characters, 253 in all (RFC 1035, 2.3.4), one dot at the end allowed; IPv6 in brackets as it is. */
function hasValidHost(host: string): boolean {
  if (host.startsWith('[')) return true
  const name = host.endsWith('.') ? host.slice(0, -1) : host
  return name.length <= 253 && name.split('.').every((label) => label.length >= 1 && label.length <= 63)
}

/** An http(s) URL, normalised to its WHATWG href: what is stored is what will be fetched. */
export const TargetUrl = z
  .string('is needed once, as a text such as https://example.com/page')
  .max(MAX_URL_LENGTH, `must not be longer than ${MAX_URL_LENGTH} characters`)
  .transform((text, context) => {
    const url = readUrl(text)
    if (url instanceof URL) return url.href
    context.addIssue({ code: 'custom', message: urlFaults[url], params: { code: url }, input: text })
    return z.NEVER
  })
  .meta({ format: 'uri', examples: ['https://example.com/'], description: 'An http or https URL' })

/** Names of queues: they are settings of the operator, kept short and plain. */
export const QueueName = z
  .string()
  .regex(/^[A-Za-z0-9_.:-]{1,64}$/, 'must be 1 to 64 letters, digits or _ . : -')

/** Longest that a request may wait for its time, in seconds. */
export const LONGEST_DELAY = 31_536_000

/** Where and when a request waits. */
export const turnFields = {
  queue: QueueName.optional().meta({
    description: 'The queue to wait in; one of WORKER_QUEUES, the first by default',
  }),
  priority: whole(0, 9).optional().meta({ description: 'Higher is sooner; 0 by default' }),
  delay: z
    .number('must be a number of seconds')
    .min(0, 'must be 0 or more')
    .max(LONGEST_DELAY, `must be ${LONGEST_DELAY} or less`)
    .optional()
    .meta({ description: 'Seconds before it may begin' }),
  run_at: z.iso
    .datetime({ offset: true, error: 'must be a time such as 2026-01-02T03:04:05Z' })
    .optional()
    .meta({ description: 'Time before which it may not begin, in the place of `delay`' }),
}

/** The same as a query string has them. */
export const queryTurnFields = {
  queue: turnFields.queue,
  priority: fromNumber(turnFields.priority),
  delay: fromNumber(turnFields.delay),
  run_at: turnFields.run_at,
}

/** The body of `POST /parse_async`. */
export const ParseAsyncCreate = z.strictObject({ url: TargetUrl, ...turnFields, ...ParseOptions.shape })

/** The query of `GET /parse_sync` and of a parser's `GET /fetch`. */
export const ParseSyncQuery = z.strictObject({ url: TargetUrl, ...queryOptions })

/** The query of `GET /result/{id}`: what is not said there stays as the request has it. */
export const ResultQuery = z.strictObject({ ...formatQuery, ...waitQuery })

/** The query of the paths that give one format by itself. */
export const BareQuery = ResultQuery.pick({ main: true, select: true, remove: true })
