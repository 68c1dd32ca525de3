import type { z } from 'zod'
import { CrawlCreate, type CrawlPlan, MapCreate, MOST_PAGES } from './crawl.ts'
import { badInput, type InputFault, ServiceError } from './errors.ts'
import type { FirecrawlCrawl, FirecrawlFormat, FirecrawlMap, HookWish, ScrapeWish } from './firecrawl.ts'
import type { FormatName } from './formats.ts'
import type { GroupKind } from './groups.ts'
import { readInput } from './input.ts'
import { ParseOptions } from './options.ts'
import { toPatterns } from './regex.ts'
import { MOST_FOUND } from './site.ts'
import { type Webhook, webhookOf } from './webhooks.ts'

/** Our names of Firecrawl's formats. */
export const formatsThere = {
  markdown: 'markdown',
  html: 'content',
  rawHtml: 'html',
  links: 'links',
  images: 'images',
} as const satisfies Record<string, FormatName>

/** What an option of ours was called by those who sent it. */
const namesThere: Record<string, string> = {
  select: 'includeTags',
  remove: 'excludeTags',
  extract: 'formats',
  cookies: 'headers',
  accept_language: 'location.languages',
  max_age: 'maxAge',
  ignore_tls_errors: 'skipTlsVerification',
  include: 'includePaths',
  exclude: 'excludePaths',
}

/**
 * Puts options of Firecrawl's into ours.
 * @param path where they stand in the body, for their faults
 * @throws ServiceError `invalid_request`
 */
export function toOptions(wish: ScrapeWish, path = ''): ParseOptions {
  const { cookie, ...headers } = withoutCookie(wish.headers ?? {})
  const proxy = wish.proxy?.includes('://') ? wish.proxy : undefined
  const given = {
    ...toFormats(wish.formats),
    main: wish.onlyMainContent,
    select: wish.includeTags?.join(', ') || undefined,
    remove: wish.excludeTags?.join(', ') || undefined,
    headers: Object.keys(headers).length > 0 ? headers : undefined,
    cookies: cookie === undefined ? undefined : readCookies(cookie),
    accept_language: toLanguages(wish.location?.languages),
    timeout: inSeconds(wish.timeout),
    max_age: inSeconds(wish.maxAge),
    ignore_tls_errors: wish.skipTlsVerification === true ? true : undefined,
    proxy,
  }
  return readAs(ParseOptions, given, { path })
}

/** A document's metadata always are there. */
function toFormats(formats: z.output<typeof FirecrawlFormat>[]): Pick<ParseOptions, 'formats' | 'extract'> {
  const names = formats.flatMap((format) => (format.type === 'attributes' ? [] : [formatsThere[format.type]]))
  const selectors = formats.flatMap((format) => (format.type === 'attributes' ? format.selectors : []))
  const fields = selectors.map((one, index) => [`attributes_${index}`, { ...one, many: true }])
  return {
    formats: [...new Set(['metadata' as const, ...names])],
    ...(fields.length > 0 ? { extract: Object.fromEntries(fields) } : {}),
  }
}

function withoutCookie(headers: Record<string, string>): Record<string, string> & { cookie?: string } {
  const pairs = Object.entries(headers).map(([name, value]) => [
    /^cookie$/i.test(name) ? 'cookie' : name,
    value,
  ])
  return Object.fromEntries(pairs)
}

/** The pairs of a Cookie field (RFC 6265, 4.2.1). */
export function readCookies(field: string): Record<string, string> {
  const pairs = field.split(';').map((pair) => pair.trim())
  return Object.fromEntries(
    pairs
      .filter((pair) => pair !== '')
      .map((pair) => {
        const at = pair.indexOf('=')
        return at === -1 ? [pair, ''] : [pair.slice(0, at).trim(), pair.slice(at + 1).trim()]
      }),
  )
}

/** The first is wished for most. */
function toLanguages(languages: string[] | undefined): string | undefined {
  return languages
    ?.map((language, at) => (at === 0 ? language : `${language};q=${Math.max(0.1, 1 - at / 10).toFixed(1)}`))
    .join(', ')
}

const inSeconds = (ms: number | null | undefined) => (ms === null || ms === undefined ? undefined : ms / 1000)

/** Judges options, and tells where in what was sent they stand. */
type Permit = (options: ParseOptions, path?: string) => void

/**
 * Makes a judge of options tell its faults under the names of those who sent them.
 * @param at where the options stand, and what they are called there
 */
export function permitAs(
  permit: Permit,
  { path = '', names = namesThere }: { path?: string; names?: Record<string, string> } = {},
): Permit {
  return (options) => {
    try {
      permit(options)
    } catch (error) {
      if (!(error instanceof ServiceError) || !error.faults) throw error
      throw badInput(placed(error.faults, path, names))
    }
  }
}

/** A crawl as ours are asked for, and what it stays within. @throws ServiceError `invalid_request` */
export function toCrawl(body: z.output<typeof FirecrawlCrawl>): {
  create: z.output<typeof CrawlCreate>
  within: CrawlPlan['within']
} {
  const { max_age: _, ...options } = toOptions(
    body.scrapeOptions ?? { formats: [{ type: 'markdown' }] },
    'scrapeOptions.',
  )
  const given = {
    ...options,
    url: body.url,
    limit: body.limit ?? MOST_PAGES,
    max_depth: body.maxDiscoveryDepth ?? 100,
    include: readRegexes(body.includePaths, 'includePaths'),
    exclude: readRegexes(body.excludePaths, 'excludePaths'),
    same_domain: body.allowSubdomains === true,
    sitemap: body.sitemap !== 'skip',
    delay: body.delay,
    robots: body.ignoreRobotsTxt !== true,
    webhook: toWebhook(body.webhook, 'crawl'),
  }
  return { create: readAs(CrawlCreate, given), within: body.crawlEntireDomain ? undefined : below(body.url) }
}

function readRegexes(regexes: string[] | null | undefined, name: string): string[] {
  return (regexes ?? []).flatMap((regex, index) => {
    const patterns = toPatterns(regex)
    if ('fault' in patterns) throw badInput([{ path: `${name}.${index}`, message: patterns.fault }])
    return patterns
  })
}

/** Patterns of what is at or below the path of a URL; undefined where that is everything. */
function below(url: string): string[] | undefined {
  const { pathname } = new URL(url)
  if (pathname === '/') return undefined
  if (pathname.includes('*'))
    throw badInput([{ path: 'crawlEntireDomain', message: 'must be true where the path of the URL has a *' }])
  return pathname.endsWith('/') ? [`${pathname}**`] : [pathname, `${pathname}/**`]
}

/** Pages that fail are told of; a batch or crawl as a whole never does. */
export function toWebhook(hook: HookWish, kind: GroupKind): Webhook | undefined {
  if (!hook) return undefined
  const events = { completed: `${kind}.done`, page: 'request.success', failed: 'request.failure' } as const
  const wanted = hook.events?.map((name) => events[name])
  return readAs(
    webhookOf(kind),
    { url: hook.url, events: wanted && [...new Set(wanted)] },
    { path: 'webhook.' },
  )
}

/** @throws ServiceError `invalid_request` */
export function toMap(body: z.output<typeof FirecrawlMap>): z.output<typeof MapCreate> {
  return readAs(MapCreate, {
    url: body.url,
    search: body.search || undefined,
    // What is cut off is what is left without queries.
    limit: MOST_FOUND,
    sitemap: body.sitemap,
    same_domain: body.includeSubdomains !== false,
    timeout: inSeconds(body.timeout),
    accept_language: toLanguages(body.location?.languages),
  })
}

/**
 * Reads what was put into our names.
 * @param path where it stands in what was sent
 * @param names what those who sent it call what we call otherwise: faults are told under these
 * @throws ServiceError `invalid_request`
 */
export function readAs<Schema extends z.ZodType>(
  schema: Schema,
  given: object,
  { path = '', names = namesThere }: { path?: string; names?: Record<string, string> } = {},
): z.output<Schema> {
  const entries = Object.entries(given).filter(([, value]) => value !== undefined && value !== null)
  const read = readInput(schema, Object.fromEntries(entries))
  if ('data' in read) return read.data
  throw badInput(placed(read.faults, path, names))
}

/** Faults under the names of those who sent what is at fault, where it stands there. */
function placed(faults: InputFault[], place: string, names: Record<string, string>): InputFault[] {
  return faults.map((fault) => {
    const [first = '', ...rest] = fault.path.split('.')
    return { ...fault, path: place + [names[first] ?? first, ...rest].join('.') }
  })
}
