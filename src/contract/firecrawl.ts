import { z } from 'zod'
import { MOST_URLS } from './batch.ts'
import { MOST_PAGES } from './crawl.ts'
import { fromNumber, whole } from './options.ts'
import type { Problem } from './responses.ts'
import { MOST_FOUND } from './site.ts'
import { TargetUrl } from './target.ts'

// What clients of Firecrawl's API, version 2, send. What this service has not is named here too, with the values that ask for
// nothing: anything else is refused in words, and never passed over.

const RENDERED = 'is not had here: pages are fetched, not rendered in a browser'
const OWN = 'is not had here'

const only = <Value extends z.core.util.Literal>(values: [Value, ...Value[]], why: string) =>
  z
    .literal(
      values,
      `${why}; leave it out, or send ${values.map((value) => JSON.stringify(value)).join(' or ')}`,
    )
    .nullish()

const nothing = (why: string) => z.never(`${why}; leave it out`).nullish()
const truth = z.boolean('must be true or false')
const texts = z.array(z.string('must be a text').min(1, 'must not be empty'), 'must be a list of texts')
const milliseconds = (least: number, most: number) =>
  z
    .number('must be a number of milliseconds')
    .min(least, `must be ${least} or more`)
    .max(most, `must be ${most} or less`)
    .nullish()

const formatTypes = ['markdown', 'html', 'rawHtml', 'links', 'images'] as const

const unknownFormat = {
  error: ({ input }: { input?: unknown }) => {
    const type = (input as { type?: unknown } | undefined)?.type
    return `knows no ${JSON.stringify(type)?.slice(0, 50)}; takes ${formatTypes.join(', ')}, attributes`
  },
}

/** A format is a text, or an object where there is more to say. */
export const FirecrawlFormat = z.preprocess(
  (format) => (typeof format === 'string' ? { type: format } : format),
  z.discriminatedUnion(
    'type',
    [
      z.strictObject({ type: z.enum(formatTypes) }),
      z.strictObject({
        type: z.literal('attributes'),
        selectors: z
          .array(
            z.strictObject({
              selector: z.string('must be a CSS selector'),
              attribute: z.string('must be a name'),
            }),
          )
          .min(1, 'must have a selector'),
      }),
    ],
    unknownFormat,
  ),
)

const Pdf = z.union(
  [z.literal('pdf'), z.strictObject({ type: z.literal('pdf'), mode: z.enum(['fast', 'auto']).optional() })],
  'knows no such parser: the text of PDF is read, without pages, blocks or OCR; leave it out, or send "pdf"',
)

/** How a page is asked for. */
const scrapeFields = {
  formats: z
    .array(FirecrawlFormat, 'must be a list of formats')
    .max(20, 'must not have more than 20 members')
    .default([{ type: 'markdown' }])
    .meta({
      description:
        'Each by its name, or as an object that has it as `type`: markdown, html (the main content, clean), rawHtml (as decoded), links, images, attributes',
    }),
  headers: z
    .record(z.string(), z.string('must be a text'), 'must be an object of names and values')
    .nullish(),
  includeTags: texts
    .nullish()
    .meta({ description: 'CSS selectors; without a word on onlyMainContent, all that they select' }),
  excludeTags: texts.nullish().meta({ description: 'CSS selectors' }),
  onlyMainContent: truth.nullish(),
  timeout: milliseconds(100, 600_000),
  maxAge: milliseconds(0, 31_536_000_000).meta({
    description: 'Unlike there, a page is fetched anew where it is not given',
  }),
  skipTlsVerification: truth.nullish().meta({ description: 'True only where ALLOW_TLS_ERRORS permits it' }),
  location: z
    .strictObject({
      country: nothing(`${OWN}: pages are fetched from where this service is`),
      languages: texts.min(1, 'must not be empty').max(20, 'must not have more than 20 members').optional(),
    })
    .nullish(),
  proxy: z
    .string('must be a text')
    .refine(
      (text) => ['basic', 'auto'].includes(text) || text.includes('://'),
      'must be basic, auto, or the URL of a proxy that the operator allows (PROXIES): others are not had here',
    )
    .nullish(),
  parsers: z.array(Pdf).min(1, `cannot be turned off; leave it out, or send ["pdf"]`).nullish(),
  waitFor: only([0], RENDERED),
  mobile: only([false], RENDERED),
  actions: z.array(z.unknown()).max(0, `${RENDERED}; leave it out, or send []`).nullish(),
  removeBase64Images: only([true], 'cannot be turned off'),
  fastMode: truth.nullish(),
  blockAds: truth.nullish(),
  useMock: nothing(OWN),
  minAge: nothing(`${OWN}: say with maxAge how old a page may be`),
  lockdown: only([false], OWN),
  redactPII: only([false], OWN),
  threatProtection: z
    .strictObject({ mode: z.literal('off', `${OWN}; leave it out, or send "off"`) })
    .nullish(),
  auditMetadata: nothing(OWN),
  profile: nothing(RENDERED),
  domainTools: only([false], OWN),
  toolDetail: nothing(OWN),
  zeroDataRetention: only([false], 'is no option here: how long pages are kept is the operator’s RETENTION'),
}

/** Who asks, and by which means: of no account. */
const asker = { integration: z.string().nullish(), origin: z.string().nullish() }

const storeInCache = only(
  [true],
  'is no option here: pages of batches and crawls are stored for as long as RETENTION says',
)
const maxConcurrency = nothing(`${OWN}: hosts are paced by HOST_CONCURRENCY, and a crawl by its delay`)

/** The body of `POST /v2/scrape`. Nothing is stored of it, whatever it says. */
export const FirecrawlScrape = z.strictObject({
  url: TargetUrl,
  ...scrapeFields,
  storeInCache: truth.nullish(),
  ...asker,
})

/** What is sent of a page's options; the same in all bodies. */
export type ScrapeWish = z.output<z.ZodObject<typeof scrapeFields>>

const events = ['started', 'page', 'completed', 'failed'] as const

/** Whom to tell; what is delivered is this service's own. */
const hook = z
  .preprocess(
    (given) => (typeof given === 'string' ? { url: given } : given),
    z.strictObject({
      url: TargetUrl,
      headers: z.record(z.string(), z.never(`${OWN}: deliveries are signed instead; leave it out`)).nullish(),
      metadata: z.record(z.string(), z.never(`${OWN}; leave it out`)).nullish(),
      events: z
        .array(
          z
            .enum(events, `must be of ${events.join(', ')}`)
            .exclude(
              ['started'],
              `knows no "started": that is told by the answer; takes page, completed, failed`,
            ),
        )
        .min(1, 'must not be empty')
        .nullish(),
    }),
  )
  .nullish()
export type HookWish = z.output<typeof hook>

/** The body of `POST /v2/batch/scrape`. */
export const FirecrawlBatch = z.strictObject({
  urls: z
    .array(z.string('must be a text'), 'must be a list')
    .min(1, 'must not be empty')
    .max(MOST_URLS, `must not have more than ${MOST_URLS} members`),
  ignoreInvalidURLs: truth
    .nullish()
    .meta({ description: 'Take the others, and tell which are not taken; true if not given' }),
  webhook: hook,
  appendToId: nothing(`${OWN}: make another batch`),
  maxConcurrency,
  ...scrapeFields,
  storeInCache,
  ...asker,
})

const regexes = texts.max(20, 'must not have more than 20 members').nullish()

/** The body of `POST /v2/crawl`. */
export const FirecrawlCrawl = z.strictObject({
  url: TargetUrl,
  includePaths: regexes.meta({ description: 'Regular expressions of text, `.*`, `[^/]*`, `^`, `$` and `|`' }),
  excludePaths: regexes,
  regexOnFullURL: only([false], `${OWN}: expressions are searched for in the path`),
  limit: whole(1, MOST_PAGES).nullish(),
  maxDiscoveryDepth: whole(0, 100).nullish(),
  sitemap: z
    .enum(
      ['include', 'skip'],
      'must be include or skip: only sitemaps cannot be crawled, map and scrape them',
    )
    .nullish(),
  crawlEntireDomain: truth
    .nullish()
    .meta({ description: 'Beyond the path of the URL, too; false if not given' }),
  allowSubdomains: truth.nullish(),
  allowExternalLinks: only([false], `${OWN}: a crawl stays at its site`),
  ignoreRobotsTxt: truth.nullish(),
  robotsUserAgent: nothing(`${OWN}: robots.txt is read for the product that asks`),
  ignoreQueryParameters: only([false], `${OWN}: parameters that only track are left out always`),
  deduplicateSimilarURLs: only([true], 'cannot be turned off'),
  delay: z
    .number('must be a number of seconds')
    .min(0, 'must be 0 or more')
    .max(600, 'must be 600 or less')
    .nullish(),
  maxConcurrency,
  webhook: hook,
  scrapeOptions: z
    .strictObject({
      ...scrapeFields,
      maxAge: only([0], `${OWN}: pages of a crawl are fetched anew`),
      storeInCache,
      ...asker,
    })
    .nullish(),
  prompt: nothing(`${OWN}: say it by the other options`),
  zeroDataRetention: scrapeFields.zeroDataRetention,
  ...asker,
})

/** The body of `POST /v2/map`. */
export const FirecrawlMap = z.strictObject({
  url: TargetUrl,
  search: z.string('must be a text').nullish(),
  limit: whole(1, MOST_FOUND).default(5000),
  sitemap: z.enum(['include', 'skip', 'only'], 'must be include, skip or only').nullish(),
  includeSubdomains: truth.nullish().meta({ description: 'True if not given' }),
  ignoreQueryParameters: truth
    .nullish()
    .meta({ description: 'URLs without their queries, each once; true if not given' }),
  timeout: scrapeFields.timeout,
  location: scrapeFields.location,
  threatProtection: scrapeFields.threatProtection,
  auditMetadata: scrapeFields.auditMetadata,
  ...asker,
})

/** The query of `GET /v2/crawl/{id}` and `GET /v2/batch/scrape/{id}`. */
export const FirecrawlPart = z.strictObject({
  skip: fromNumber(whole(0, Number.MAX_SAFE_INTEGER))
    .default(0)
    .meta({ description: 'How many endings were told before, as `next` has it' }),
  limit: fromNumber(whole(1, 100)).default(100),
})

/** A fault as Firecrawl's clients read it. `code` is of our table. */
export const FirecrawlError = z.object({
  success: z.literal(false),
  error: z.string(),
  code: z.string(),
  details: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
})

/**
 * Puts a problem into the form and the status that those clients know. They ask three times at 502, so what is wrong with a
 * page is 500 there, and what took too long 408.
 */
export function toFirecrawlError({ detail, code, status, errors }: Problem): {
  status: number
  body: z.infer<typeof FirecrawlError>
} {
  const statuses: Record<number, number> = { 422: 400, 502: 500, 504: 408 }
  const body = { success: false as const, error: detail, code, ...(errors ? { details: errors } : {}) }
  return { status: statuses[status] ?? status, body }
}
