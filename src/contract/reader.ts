import { z } from 'zod'
import type { FormatName } from './formats.ts'
import { fromNumber, fromTruth, options, ParseOptions } from './options.ts'
import { readAs, readCookies } from './translation.ts'

// What is asked of `GET /r/{url}` in header fields, in the manner of Jina Reader. Those of its fields that would change the
// answer and are not had here are named with the values that ask for nothing; other fields are no business of this path.

const RENDERED = 'is not had here: pages are fetched, not rendered in a browser'
const OWN = 'is not had here'

const only = <Value extends string>(values: [Value, ...Value[]], why: string) =>
  z.enum(values, `${why}; leave it out, or send ${values.join(' or ')}`).optional()

const nothing = (why: string) => z.never(`${why}; leave it out`).optional()

/** What the page can be given as. `content` is the main content; `markdown`, `html` and `text` are of the whole page. */
const forms = ['content', 'markdown', 'html', 'text'] as const
const Form = z.enum(forms, `must be one of ${forms.join(', ')}: others are not had here`).optional()

const Summary = fromTruth(z.union([z.boolean(), z.literal('all')], 'must be true or false')).optional()

/** The header fields, in lower case. */
export const ReaderHeaders = z.looseObject({
  accept: z.string().optional().meta({
    description: 'application/json for JSON, text/event-stream for one event with it; else plain text',
  }),
  'x-respond-with': Form.meta({
    description: 'content (the main content as Markdown; the default), or all of the page',
  }),
  'x-return-format': Form.meta({ description: 'The same' }),
  'x-target-selector': options.select.optional(),
  'x-remove-selector': options.remove.optional(),
  'x-timeout': fromNumber(options.timeout).optional(),
  'x-cache-tolerance': fromNumber(options.max_age).optional().meta({
    description: 'Seconds; a page is fetched anew where it is not given',
  }),
  'x-no-cache': fromTruth(z.boolean('must be true or false')).optional(),
  'x-set-cookie': z.string().max(8192, 'must not be longer than 8192 characters').optional().meta({
    description:
      'Pairs of name and value; attributes of cookies are passed over, they go to the host of the URL alone',
  }),
  'x-proxy-url': options.proxy.optional(),
  'x-user-agent': options.user_agent.optional(),
  'x-locale': options.accept_language.optional(),
  'x-referer': z.string().max(4096, 'must not be longer than 4096 characters').optional(),
  'x-robots-txt': fromTruth(
    z.boolean('must be true or false: robots.txt is read for the product that asks'),
  ).optional(),
  'x-with-links-summary': Summary.meta({ description: 'The links of the page after its content' }),
  'x-with-images-summary': Summary.meta({ description: 'The images of the page after its content' }),
  'x-retain-images': only(['all', 'none'], OWN),
  'x-retain-links': only(['all'], OWN),
  'x-engine': only(['auto', 'direct'], RENDERED),
  'x-proxy': only(['none'], `${OWN}: a proxy is named by X-Proxy-Url`),
  'x-base': only(['final'], `${OWN}: addresses are resolved against the final URL`),
  'x-with-generated-alt': only(['false'], OWN),
  'x-with-iframe': only(['false'], RENDERED),
  'x-with-shadow-dom': only(['false'], RENDERED),
  'x-keep-img-data-url': only(['false'], OWN),
  'x-no-gfm': only(['false'], OWN),
  'x-wait-for-selector': nothing(RENDERED),
  'x-viewport': nothing(RENDERED),
  'x-respond-timing': nothing(RENDERED),
  'x-token-budget': nothing(OWN),
  'x-max-tokens': nothing(OWN),
  'x-instruction': nothing(OWN),
  'x-json-schema': nothing(OWN),
  'x-markdown-chunking': nothing(OWN),
  'x-md-heading-style': nothing(OWN),
  'x-md-hr': nothing(OWN),
  'x-md-bullet-list-marker': nothing(OWN),
  'x-md-em-delimiter': nothing(OWN),
  'x-md-strong-delimiter': nothing(OWN),
  'x-md-link-style': nothing(OWN),
  'x-md-link-reference-style': nothing(OWN),
})
export type ReaderHeaders = z.output<typeof ReaderHeaders>

export type ReaderForm = (typeof forms)[number]

/** An object by texts; with `all`, a list of texts and addresses. */
const addresses = z
  .union([z.record(z.string(), z.string()), z.array(z.tuple([z.string(), z.string()]))])
  .optional()

/** A page as JSON, in the manner of the original. */
export const ReaderAnswer = z.object({
  code: z.literal(200),
  status: z.literal(20000),
  data: z.object({
    title: z.string(),
    description: z.string(),
    url: z.string(),
    content: z
      .string()
      .optional()
      .meta({ description: 'Markdown; `html` or `text` stands in its place where asked for' }),
    html: z.string().optional(),
    text: z.string().optional(),
    publishedTime: z.string().optional(),
    warning: z.string().optional().meta({ description: 'That the page stands in the place of another' }),
    links: addresses.meta({ description: 'Addresses by their texts' }),
    images: addresses.meta({ description: 'Addresses by their descriptions' }),
  }),
})
export type ReaderData = z.infer<typeof ReaderAnswer>['data']

/** The address that follows `/r/`, as it stands in the request or percent-encoded as a whole; https where it names no scheme. */
export function targetOf(rest: string): string {
  const [path = '', ...query] = rest.split('?')
  const decoded = /^https?%3a/i.test(path) ? (decode(path) ?? path) : path
  const whole = [decoded, ...query].join('?')
  return whole === '' || /^(?:https?:|[a-z][a-z\d+.-]*:\/\/)/i.test(whole) ? whole : `https://${whole}`
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

export const formOf = (headers: ReaderHeaders): ReaderForm =>
  headers['x-respond-with'] ?? headers['x-return-format'] ?? 'content'

/** Where elements are chosen, HTML is what was chosen, cleaned. */
const formatOf = (form: ReaderForm, isPart: boolean): FormatName =>
  form === 'content' ? 'markdown' : form === 'html' && isPart ? 'content' : form

/** Puts the header fields into options. */
export function readerOptions(headers: ReaderHeaders): { options: ParseOptions; format: FormatName } {
  const form = formOf(headers)
  const select = headers['x-target-selector']
  const removed = [
    headers['x-remove-selector'],
    headers['x-retain-images'] === 'none' ? 'img, picture' : undefined,
  ]
  const remove = removed.filter((one) => one !== undefined).join(', ') || undefined
  const format = formatOf(form, select !== undefined || remove !== undefined)
  const cookie = headers['x-set-cookie']
  const referer = headers['x-referer']
  const formats: FormatName[] = ['metadata', format]
  if (headers['x-with-links-summary']) formats.push('links')
  if (headers['x-with-images-summary']) formats.push('images')
  const given = {
    formats,
    main: form === 'content' ? undefined : false,
    select,
    remove,
    timeout: headers['x-timeout'],
    max_age: headers['x-no-cache'] ? undefined : headers['x-cache-tolerance'],
    cookies: cookie === undefined ? undefined : readSetCookies(cookie),
    proxy: headers['x-proxy-url'],
    user_agent: headers['x-user-agent'],
    accept_language: headers['x-locale'],
    headers: referer === undefined ? undefined : { Referer: referer },
    robots: headers['x-robots-txt'],
  }
  return { options: readAs(ParseOptions, given, { names: readerNames }), format }
}

/** What an option of ours was called by those who sent it. */
export const readerNames = {
  select: 'x-target-selector',
  remove: 'x-remove-selector',
  cookies: 'x-set-cookie',
  headers: 'x-referer',
  proxy: 'x-proxy-url',
  user_agent: 'x-user-agent',
  accept_language: 'x-locale',
  timeout: 'x-timeout',
  max_age: 'x-cache-tolerance',
}

/** The pairs of one or more Set-Cookie fields (RFC 6265, 4.1.1), which come with commas between them; a date has one too. */
function readSetCookies(field: string): Record<string, string> {
  const pairs = field.split(/,\s*(?=[^;,=\s]+=)/).map((cookie) => cookie.split(';', 1)[0] ?? '')
  return readCookies(pairs.join('; '))
}
