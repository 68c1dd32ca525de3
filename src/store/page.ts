import { hash } from 'node:crypto'
import { type RawBuilder, sql } from 'kysely'
import { isPageFlag, type PageFlag } from '../contract/flags.ts'
import { type Formats, formatOptions } from '../contract/formats.ts'
import type { Cached, Change, encodingSources, NewPage, Page } from '../contract/models.ts'
import type { TaskOptions } from '../contract/site.ts'
import type { Dialect } from './dialect.ts'
import type { ParseRequestsTable, Time } from './migrations/0001_parse_requests.ts'
import type { FetchingColumns } from './migrations/0002_fetching.ts'
import type { FormatColumns } from './migrations/0003_formats.ts'
import type { SitesColumns } from './migrations/0005_sites.ts'
import type { ChangeColumn } from './migrations/0007_schedules.ts'

/** The columns of a row that hold its page, in the order of `pageValues`. */
export const pageColumns = [
  'title',
  'html_content',
  'final_url',
  'target_status',
  'redirects',
  'content_type',
  'media_type',
  'encoding',
  'encoding_source',
  'fetched_at',
  'cached',
  'caching',
  'page_flags',
  'formats',
  'change',
] as const

/** A page, or the parts of one that a failed request has, as values with their types. */
export function pageValues(page: Partial<NewPage>, dialect: Dialect): RawBuilder<unknown>[] {
  const text = (value: string | null | undefined) => sql`cast(${value ?? null} as text)`
  return [
    text(page.title),
    text(page.html),
    text(page.final_url),
    sql`cast(${page.target_status ?? null} as integer)`,
    dialect.json(page.redirects && page.redirects.length > 0 ? JSON.stringify(page.redirects) : null),
    text(page.content_type),
    text(page.media_type),
    text(page.encoding),
    text(page.encoding_source),
    dialect.time(page.fetched_at ?? null),
    text(page.cached ? cachedNames[String(page.cached)] : null),
    dialect.json(page.caching ? JSON.stringify(page.caching) : null),
    text(page.page_flags?.join(' ') || null),
    text(page.formats ? JSON.stringify(page.formats) : null),
    dialect.json(page.change ? JSON.stringify(page.change) : null),
  ]
}

const cachedNames: Record<string, string> = { true: 'stored', revalidated: 'revalidated' }

type PageRow = Pick<
  ParseRequestsTable & FetchingColumns & FormatColumns & SitesColumns & ChangeColumn,
  (typeof pageColumns)[number]
>

/** The page of a row; its title and HTML are null where there is none. */
export function toPage(
  row: PageRow,
): Omit<Page, 'title' | 'html'> & { title: string | null; html: string | null; change: Change | null } {
  const { title, html_content, final_url, target_status, content_type, media_type, encoding } = row
  return {
    title,
    html: html_content,
    final_url,
    target_status,
    redirects: fromJson<Page['redirects']>(row.redirects) ?? [],
    content_type,
    media_type,
    encoding,
    encoding_source: row.encoding_source as (typeof encodingSources)[number] | null,
    fetched_at: row.fetched_at === null ? null : toIso(row.fetched_at),
    cached: toCached(row.cached),
    caching: fromJson<Record<string, string>>(row.caching),
    page_flags: toFlags(row.page_flags),
    formats: fromJson<Formats>(row.formats),
    change: fromJson<Change>(row.change),
  }
}

function toCached(name: string | null): Cached {
  return name === 'revalidated' ? name : name === 'stored'
}

/** Flags as they are stored: their names with spaces between. */
export function toFlags(names: string | null): PageFlag[] {
  return (names ?? '').split(' ').filter(isPageFlag)
}

/** JSON as Postgres gives it, parsed, or as SQLite does, as text. */
export function fromJson<T>(value: unknown): T | null {
  return (typeof value === 'string' ? JSON.parse(value) : value) as T | null
}

/** A time as ISO 8601 text with Z. */
export function toIso(time: Time): string {
  return typeof time === 'string' ? time : time.toISOString()
}

/** Equal for requests whose pages may stand for each other: the same URL, and all options that the site may notice. */
export function cacheKey(url: string, options: TaskOptions): string {
  const named = Object.entries(options)
    .filter(([name]) => !unnoticed.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return hash('sha256', JSON.stringify([url, ...named]), 'base64url')
}

const unnoticed: ReadonlySet<string> = new Set([
  'timeout',
  'max_bytes',
  'max_age',
  'site',
  'host_gap',
  ...Object.keys(formatOptions),
])
