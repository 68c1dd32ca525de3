import { z } from 'zod'
import { formatOptions } from './formats.ts'

export const whole = (min: number, max: number) =>
  z
    .int(`must be a whole number from ${min} to ${max}`)
    .min(min, `must be ${min} or more`)
    .max(max, `must be ${max} or less`)

/** A header field's value as it is sent: nothing in it can end the field and begin another. */
const fieldValue = (form: RegExp, most: number, message: string) =>
  z.string(message).max(most, `must not be longer than ${most} characters`).regex(form, message)

/** Most fields and most cookies in one request, and the characters of all their names and values together. */
const MOST_PAIRS = 50
const MOST_CHARACTERS = 8192

/**
 * Fields that belong to the connection (RFC 9110, 7.6.1), say which site or which bytes are meant, or have an option of
 * their own.
 */
const ownFields = new Map<string, string>([
  ...[
    ...['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection'],
    ...['te', 'trailer', 'transfer-encoding', 'upgrade', 'http2-settings', 'expect'],
  ].map((name) => [name, 'belongs to the connection and cannot be given'] as const),
  ['host', 'follows from the URL and cannot be given'],
  ['content-length', 'belongs to a body, and there is none'],
  ['accept-encoding', 'follows from what can be decoded and cannot be given'],
  ['range', 'asks for a part of a page; whole ones are taken'],
  ['cookie', 'has an option of its own: cookies'],
])

/** A map of names to values that are sent along, bounded in all directions. */
function pairs(
  name: z.ZodString,
  value: z.ZodType<string, string>,
  refuse: (name: string) => string | undefined,
) {
  return z
    .record(z.string(), z.string('must be a text'), 'must be an object of names and values')
    .superRefine((map, context) => {
      const entries = Object.entries(map)
      if (entries.length > MOST_PAIRS) context.addIssue(`must not have more than ${MOST_PAIRS} members`)
      if (entries.flat().join('').length > MOST_CHARACTERS)
        context.addIssue(`must not be longer than ${MOST_CHARACTERS} characters in all`)
      for (const [key, text] of entries) {
        const fault = firstFault(name, key) ?? refuse(key) ?? firstFault(value, text)
        if (fault !== undefined) context.addIssue({ code: 'custom', path: [key], message: fault })
      }
    })
}

function firstFault(schema: z.ZodType, value: string): string | undefined {
  return schema.safeParse(value).error?.issues[0]?.message
}

const token = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/, 'is not a name that a header field can have')
const cookieName = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/, 'is not a name that a cookie can have')

export const proxyProtocols: ReadonlySet<string> = new Set(['http:', 'https:', 'socks5:', 'socks5h:'])

/** Each option as JSON has it. */
export const options = {
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
  headers: pairs(
    token,
    fieldValue(
      /^(?:[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?)?$/,
      4096,
      'must be printable ASCII without spaces around it',
    ),
    (name) => ownFields.get(name.toLowerCase()),
  ).meta({
    description:
      'Header fields sent along. Where a redirect leads to another origin only Accept fields and User-Agent still are',
    examples: [{ 'X-Requested-With': 'XMLHttpRequest' }],
  }),
  cookies: pairs(
    cookieName,
    fieldValue(
      /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/,
      4096,
      'must be a cookie’s value: ASCII without spaces, quotes, commas, semicolons and backslashes',
    ),
    () => undefined,
  ).meta({
    description: 'Cookies of the host in the URL, sent to it alone',
    examples: [{ session: 'abc123' }],
  }),
  proxy: z
    .string('must be the URL of a proxy')
    .max(300, 'must not be longer than 300 characters')
    .refine(
      isProxy,
      'must be a URL such as http://proxy.example:3128 or socks5://proxy.example, without user:password@',
    )
    .meta({ description: 'A proxy to go through; one of those that the operator allows (PROXIES)' }),
  ignore_tls_errors: z.boolean('must be true or false').meta({
    description:
      'Take a certificate that cannot be trusted; only where the operator permits it (ALLOW_TLS_ERRORS)',
  }),
  robots: z.boolean('must be true or false').meta({
    description: 'Whether the site’s robots.txt is heeded; the operator’s ROBOTS if not given',
  }),
  max_age: z
    .number('must be a number of seconds')
    .min(0, 'must be 0 or more')
    .max(31_536_000, 'must be 31536000 or less')
    .meta({
      description:
        'Seconds: a page stored no longer ago is taken without a fetch, an older one is revalidated if the site lets it',
    }),
  ...formatOptions,
}

function isProxy(text: string): boolean {
  const url = URL.parse(text)
  return (
    url !== null &&
    proxyProtocols.has(url.protocol) &&
    url.hostname !== '' &&
    url.username === '' &&
    url.password === ''
  )
}

/** How a page is to be fetched and parsed: the same names in a body, a query, the command line and on the wire. */
export const ParseOptions = z.strictObject(options).partial()
export type ParseOptions = z.infer<typeof ParseOptions>

/** A number as a query string has it. Anything else goes on as it is, to be refused with its own words. */
export const fromNumber = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => {
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN
    return Number.isNaN(number) ? value : number
  }, schema)

const truths: Record<string, boolean> = { true: true, 1: true, false: false, 0: false }

export const fromTruth = <T extends z.ZodType>(schema: T) =>
  z.preprocess(
    (value) => (typeof value === 'string' ? (truths[value.toLowerCase()] ?? value) : value),
    schema,
  )

/** Names with commas between them, in one text or several. */
const fromList = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => {
    const texts = [value].flat()
    if (!texts.every((text) => typeof text === 'string')) return value
    return texts.flatMap((text) => text.split(',')).map((name) => name.trim())
  }, schema)

const fromJsonText = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (typeof value === 'string' ? fromJson(value) : value), schema)

/** A map as one JSON text, or pairs in the way of curl: each a text of its own, name and value divided by `divider`. */
const fromPairs = <T extends z.ZodType>(schema: T, divider: string) =>
  z.preprocess((value, context) => {
    const read = readPairs(value, divider)
    if (read !== undefined) return read
    context.addIssue({ code: 'custom', message: `must be name${divider}value, or an object as JSON` })
    return z.NEVER
  }, schema)

/** @returns undefined where a text has no divider: a slip, and not a name without a value */
function readPairs(value: unknown, divider: string): unknown {
  const texts = [value].flat()
  if (!texts.every((text) => typeof text === 'string')) return value
  if (texts.length === 1 && texts[0]?.trimStart().startsWith('{')) return fromJson(texts[0])
  if (!texts.every((text) => text.includes(divider))) return undefined
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf(divider)
      return [text.slice(0, at).trim(), text.slice(at + 1).trim()]
    }),
  )
}

export function fromJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Each option about formats as a query string has it. */
export const formatQuery = {
  formats: fromList(options.formats).optional(),
  main: fromTruth(options.main).optional(),
  select: options.select.optional(),
  remove: options.remove.optional(),
  extract: fromJsonText(options.extract).optional(),
}

/** Each option as a query string or a command line has it. */
export const queryOptions = {
  timeout: fromNumber(options.timeout).optional(),
  max_bytes: fromNumber(options.max_bytes).optional(),
  user_agent: options.user_agent.optional(),
  accept_language: options.accept_language.optional(),
  headers: fromPairs(options.headers, ':').optional(),
  cookies: fromPairs(options.cookies, '=').optional(),
  proxy: options.proxy.optional(),
  ignore_tls_errors: fromTruth(options.ignore_tls_errors).optional(),
  robots: fromTruth(options.robots).optional(),
  max_age: fromNumber(options.max_age).optional(),
  ...formatQuery,
}

/** Options as a query string holds them; `queryOptions` reads them back. */
export function toQuery(given: object): Record<string, string> {
  const entries = Object.entries(given).filter(([, value]) => value !== undefined)
  return Object.fromEntries(
    entries.map(([name, value]) => {
      if (Array.isArray(value)) return [name, value.join(',')]
      return [name, typeof value === 'object' ? JSON.stringify(value) : String(value)]
    }),
  )
}
