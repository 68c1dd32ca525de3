import type { Kysely } from 'kysely'

/** What is known of a page as one of a site. */
export interface SitesColumns {
  /** Names of the page's flags with spaces between; null where there are none. */
  page_flags: string | null
}

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('parse_requests').addColumn('page_flags', 'text').execute()
}
