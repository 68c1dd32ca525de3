import { hash } from 'node:crypto'
import { sql } from 'kysely'
import { keyOf } from '../contract/urls.ts'
import type { Database } from './database.ts'

type Base = Pick<Database, 'kysely' | 'dialect'>

/** Remembers the pages that a crawl begins with. */
export function sow(base: Base, group: number, urls: string[]): Promise<void> {
  return remember(base, group, urls.map(digestOf), 0)
}

/** Remembers pages by their keys; those that are known stay as they are. */
export async function remember(
  { kysely, dialect }: Base,
  group: number,
  keys: string[],
  depth: number,
): Promise<void> {
  if (keys.length === 0) return
  await sql`insert into crawl_keys (group_id, key, depth)
    select cast(${group} as bigint), value, cast(${depth} as integer) from ${dialect.texts(keys)} where true
    on conflict (group_id, key) do nothing`.execute(kysely)
}

/** How many links a page is from where its crawl began. */
export async function depthOf({ kysely }: Base, group: number, url: string): Promise<number> {
  const query = kysely.selectFrom('crawl_keys').select('depth').where('group_id', '=', group)
  const row = await query.where('key', '=', digestOf(url)).executeTakeFirst()
  return row?.depth ?? 0
}

/** Which of these keys are known. */
export async function among({ kysely, dialect }: Base, group: number, keys: string[]): Promise<Set<string>> {
  const { rows } = await sql<{ key: string }>`select key from crawl_keys where group_id = ${group}
    and key in (select value from ${dialect.texts(keys)})`.execute(kysely)
  return new Set(rows.map(({ key }) => key))
}

/** A page by the key of its URL. */
export const digestOf = (url: string) => digest(keyOf(url))

/** 128 bits: what is known of a page that is not there yet is short, however long its address is. */
export const digest = (text: string) => hash('sha256', text, 'base64url').slice(0, 22)
