import { z } from 'zod'

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

const whole = (min: number, max: number) =>
  z
    .int(`must be a whole number from ${min} to ${max}`)
    .min(min, `must be ${min} or more`)
    .max(max, `must be ${max} or less`)

/** A header field's value as it is sent: nothing in it can end the field and begin another. */
const fieldValue = (form: RegExp, most: number, message: string) =>
  z.string(message).max(most, `must not be longer than ${most} characters`).regex(form, message)

const options = {
  timeout: z
    .number('must be a number of seconds')
    .min(0.1, 'must be 0.1 or more')
    .max(600, 'must be 600 or less')
    .meta({
      description: 'Seconds for the whole fetch; never more than the operator allows (FETCH_TIMEOUT)',
    }),
  max_bytes: whole(1, 1_073_741_824).meta({
    description:
      'Largest page taken, in bytes after decompression; never more than the operator allows (MAX_BYTES)',
  }),
  user_agent: fieldValue(
    /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/,
    500,
    'must be a text of printable ASCII characters without spaces around it',
  ).meta({ description: 'Who asks, as the site is told; the operator’s USER_AGENT if there is none' }),
  accept_language: fieldValue(
    /^[A-Za-z0-9*](?:[A-Za-z0-9*;=,. -]*[A-Za-z0-9*])?$/,
    200,
    'must be language ranges such as de-CH, de;q=0.9, *;q=0.5',
  ).meta({ description: 'Languages wished for, as in the header field', examples: ['de-CH, de;q=0.9'] }),
}

/** How a page is to be fetched and parsed: the same names in a body, a query, the command line and on the wire. */
export const ParseOptions = z.strictObject(options).partial()
export type ParseOptions = z.infer<typeof ParseOptions>

/** Names of queues: they are settings of the operator, kept short and plain. */
export const QueueName = z
  .string()
  .regex(/^[A-Za-z0-9_.:-]{1,64}$/, 'must be 1 to 64 letters, digits or _ . : -')

/** The body of `POST /parse_async`. */
export const ParseAsyncCreate = z.strictObject({
  url: TargetUrl,
  queue: QueueName.optional().meta({
    description: 'The queue to wait in; one of WORKER_QUEUES, the first by default',
  }),
  priority: whole(0, 9).default(0).meta({ description: 'Higher is sooner' }),
  ...ParseOptions.shape,
})

/** A number as a query string has it. Anything else goes on as it is, to be refused with its own words. */
const fromQuery = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (typeof value === 'string' && value.trim() !== '' ? Number(value) : value), schema)

/** The query of `GET /parse_sync` and of a parser's `GET /fetch`. */
export const ParseSyncQuery = z.strictObject({
  url: TargetUrl,
  timeout: fromQuery(options.timeout).optional(),
  max_bytes: fromQuery(options.max_bytes).optional(),
  user_agent: options.user_agent.optional(),
  accept_language: options.accept_language.optional(),
})
