import { type Kysely, sql } from 'kysely'
import type { Dialect } from '../dialect.ts'

export interface FormatColumns {
  /** JSON: what was made of the page, by the name of the format; null where nothing was asked for. */
  formats: string | null
}

/** Text and no jsonb: nothing asks for a part of it, and jsonb takes neither NUL nor half a surrogate pair. */
export async function up(db: Kysely<unknown>, { name }: Dialect): Promise<void> {
  await db.schema.alterTable('parse_requests').addColumn('formats', 'text').execute()
  if (name === 'postgres')
    await sql`alter table parse_requests alter column formats set compression lz4`.execute(db)
}
