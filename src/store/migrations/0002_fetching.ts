import { type Kysely, sql } from 'kysely'
import type { Dialect } from '../dialect.ts'

/** What is told of how a page was fetched, and what is needed to take it again instead of fetching. */
export interface FetchingColumns {
  /** JSON: each hop that led on; Postgres gives it parsed. Null where there was none. */
  redirects: unknown
  media_type: string | null
  encoding_source: string | null
  /** 'stored' or 'revalidated' where the page was not fetched for this request. */
  cached: string | null
  /** JSON: the header fields that decide how long the page may be taken again. */
  caching: unknown
  /** Equal for requests that may share a page: a digest of URL and options. */
  cache_key: string | null
}

const json = ['redirects', 'caching']
const text = ['media_type', 'encoding_source', 'cached', 'cache_key']

export async function up(db: Kysely<unknown>, { name }: Dialect): Promise<void> {
  for (const column of json)
    await db.schema
      .alterTable('parse_requests')
      .addColumn(column, name === 'postgres' ? 'jsonb' : 'text')
      .execute()
  for (const column of text) await db.schema.alterTable('parse_requests').addColumn(column, 'text').execute()
  await sql`create index parse_requests_reusable on parse_requests (cache_key, fetched_at desc)
    where status = 'success' and cache_key is not null`.execute(db)
}
