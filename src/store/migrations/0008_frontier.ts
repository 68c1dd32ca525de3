import { type Generated, type Kysely, sql } from 'kysely'
import type { Dialect } from '../dialect.ts'

/** Pages that a crawl is to fetch and has made no request of yet, the first found first. */
export interface CrawlFrontierTable {
  id: Generated<number>
  group_id: number
  url: string
}

export interface FrontierColumns {
  /** How many pages of a crawl are in its frontier. */
  waiting: Generated<number>
}

export async function up(db: Kysely<unknown>, { name }: Dialect): Promise<void> {
  const pg = name === 'postgres'
  await db.schema
    .createTable('crawl_frontier')
    .addColumn('id', pg ? 'bigint' : 'integer', (c) =>
      pg ? c.generatedByDefaultAsIdentity().primaryKey() : c.primaryKey().autoIncrement(),
    )
    .addColumn('group_id', pg ? 'bigint' : 'integer', (c) =>
      c.notNull().references('request_groups.id').onDelete('cascade'),
    )
    .addColumn('url', 'text', (c) => c.notNull())
    .execute()
  await sql`create index crawl_frontier_group on crawl_frontier (group_id, id)`.execute(db)
  await sql`alter table request_groups add column waiting integer not null default 0`.execute(db)
}
