import { type ColumnType, type Generated, type Kysely, sql } from 'kysely'
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
  /** 1 while it is not done; the database's own sum. */
  under_way: ColumnType<number, never, never>
}

/** Not done: something may be added, or has not ended. */
const underWay = sql`case when closed = 0 or total > success + failure + cancelled then 1 else 0 end`

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
  // Each ending changes the counts of its group. With an index on those, each would have to write to the index; on their sum,
  // which changes once, only the last does.
  await sql`alter table request_groups add column under_way integer
    generated always as (${underWay}) ${pg ? sql`stored` : sql`virtual`}`.execute(db)
  for (const index of [
    sql`request_groups_under_way on request_groups (kind, id) where under_way = 1`,
    sql`request_groups_own_under_way on request_groups (caller, kind, id)
      where under_way = 1 and caller is not null`,
  ])
    await sql`create index ${index}`.execute(db)
}
