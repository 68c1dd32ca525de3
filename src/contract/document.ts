import { z } from 'zod'
import type { Field } from './fields.ts'
import { type Formats, membersOf, ownFormats } from './formats.ts'
import type { Metadata } from './metadata.ts'
import type { Page } from './models.ts'
import type { ParseOptions } from './options.ts'
import { formatsThere } from './translation.ts'

/** A page as Firecrawl's clients read it. */
export const FirecrawlDocument = z.looseObject({
  markdown: z.string().optional(),
  html: z.string().optional().meta({ description: 'The main content as clean HTML' }),
  rawHtml: z.string().optional().meta({ description: 'The page as decoded' }),
  links: z.array(z.string()).optional(),
  images: z.array(z.string()).optional(),
  attributes: z
    .array(z.object({ selector: z.string(), attribute: z.string(), values: z.array(z.string()) }))
    .optional(),
  warning: z.string().optional().meta({ description: 'That the page stands in the place of another' }),
  metadata: z.looseObject({ sourceURL: z.string(), url: z.string(), statusCode: z.int().optional() }),
})
export type FirecrawlDocument = z.infer<typeof FirecrawlDocument>

/** What is known of a page, whether it was stored or not. */
type Known = Pick<
  Page,
  'final_url' | 'target_status' | 'content_type' | 'fetched_at' | 'cached' | 'page_flags' | 'formats'
> & { url: string; title: string | null; html: string | null }

/** @param id the request's, where there is one */
export function toDocument(page: Known, wanted: ParseOptions, id?: number): FirecrawlDocument {
  const own = ownFormats(page.formats, wanted, page.page_flags)
  const there: Formats & { html: string | null } = { ...own, html: page.html }
  const members = membersOf(wanted)
  const formats = Object.entries(formatsThere).filter(([, ours]) => members.includes(ours))
  const values = formats.map(([theirs, ours]) => [theirs, toValue(there[ours])])
  const { extract } = wanted
  return {
    ...Object.fromEntries(values),
    ...(extract ? { attributes: toAttributes(extract, own.extract) } : {}),
    ...(page.page_flags.length > 0
      ? { warning: `What the page is instead: ${page.page_flags.join(', ')}` }
      : {}),
    metadata: toMetadata(page, wanted, id),
  }
}

/** Links and images are their addresses alone. */
function toValue(value: string | { url: string }[] | null | undefined): string | string[] | undefined {
  return Array.isArray(value) ? [...new Set(value.map(({ url }) => url))] : (value ?? undefined)
}

function toAttributes(fields: Record<string, Field>, found: Formats['extract']) {
  return Object.entries(fields).flatMap(([name, { selector, attribute, many }]) => {
    if (attribute === undefined || !many) return []
    const values = [found?.[name] ?? []].flat().filter((value) => typeof value === 'string')
    return [{ selector, attribute, values }]
  })
}

function toMetadata(page: Known, { max_age }: ParseOptions, id: number | undefined) {
  const metadata = page.formats?.metadata
  const told = {
    title: metadata?.title ?? page.title,
    ...(metadata ? toSaid(metadata) : {}),
    statusCode: page.target_status,
    contentType: page.content_type,
    scrapeId: id === undefined ? null : String(id),
    cacheState: max_age === undefined ? null : page.cached === false ? 'miss' : 'hit',
    cachedAt: page.cached === false ? null : page.fetched_at,
  }
  const known = Object.entries(told).filter(([, value]) => value !== null && value !== undefined)
  return { ...Object.fromEntries(known), sourceURL: page.url, url: page.final_url ?? page.url }
}

/** What a page says of itself, under the names that it has there. */
function toSaid(metadata: Metadata) {
  const {
    description,
    language,
    keywords,
    favicon,
    published,
    modified,
    open_graph: og,
    dublin_core: dc,
  } = metadata
  const locales = og['locale:alternate']
  return {
    description,
    language,
    keywords: keywords.length > 0 ? keywords : null,
    favicon,
    publishedTime: published,
    modifiedTime: modified,
    ogTitle: first(og.title),
    ogDescription: first(og.description),
    ogUrl: first(og.url),
    ogImage: first(og.image),
    ogAudio: first(og.audio),
    ogVideo: first(og.video),
    ogDeterminer: first(og.determiner),
    ogLocale: first(og.locale),
    ogLocaleAlternate: locales === undefined ? null : [locales].flat(),
    ogSiteName: first(og.site_name),
    articleTag: first(og['article:tag']),
    articleSection: first(og['article:section']),
    dcTermsCreated: first(dc.created),
    dcTermsAudience: first(dc.audience),
    dcTermsKeywords: first(dc.keywords),
    dcDate: first(dc.date),
    dcType: first(dc.type),
    dcSubject: first(dc.subject),
    dcDescription: first(dc.description),
  }
}

const first = (value: string | string[] | undefined) => [value].flat()[0]
