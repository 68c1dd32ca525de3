import { type Kysely, sql } from 'kysely'
import type { Dialect } from '../dialect.ts'

/** What is known of a page as one of a site. */
export interface SitesColumns {
  /** Names of the page's flags with spaces between; null where there are none. */
  page_flags: string | null
}

/** The pages that a crawl knows of: those that are requests, and their other names. */
export interface CrawlKeysTable {
  group_id: number
  /** Digest of a URL's key. */
  key: string
  /** Links from where the crawl began. */
  depth: number
}

/** How many pages of a crawl are of one family. */
export interface CrawlFamiliesTable {
  group_id: number
  /** Digest of the family's name. */
  name: string
  count: number
}

export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  await db.schema.alterTable('parse_requests').addColumn('page_flags', 'text').execute()
  await addTable(db, dialect, 'crawl_keys', 'key', 'depth')
  await addTable(db, dialect, 'crawl_families', 'name', 'count')
}

/** A number by a text, for each crawl; it goes with the crawl. */
async function addTable(
  db: Kysely<unknown>,
  { name: database }: Dialect,
  ...[name, text, number]: [name: string, text: string, number: string]
): Promise<void> {
  const id = database === 'postgres' ? sql`bigint` : sql`integer`
  await db.schema
    .createTable(name)
    .addColumn('group_id', id, (c) => c.notNull().references('request_groups.id').onDelete('cascade'))
    .addColumn(text, 'text', (c) => c.notNull())
    .addColumn(number, 'integer', (c) => c.notNull())
    .addPrimaryKeyConstraint(`${name}_primary`, ['group_id', text as never])
    .execute()
}
