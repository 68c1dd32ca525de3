import { randomBytes, randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Database } from './database.ts'

/** A try at writing serves so long, in ms, however often it is asked for. */
const SERVES_MS = 1000

/** Bytes written: a page of Postgres, so that it takes a new one where the disk has one left. */
const BYTES = 6000

/** Whose row it is: no caller has this name. */
const CALLER = '(probe)'

/**
 * Makes what finds out whether the store answers and takes writes: it may be read from long after its disk is full. The row that
 * is written is removed in the same transaction.
 * @returns rejects where it does not
 */
export function createProbe({ kysely }: Pick<Database, 'kysely'>): () => Promise<void> {
  let begun = Number.NEGATIVE_INFINITY
  let writing = Promise.resolve()
  const write = () =>
    kysely.transaction().execute(async (trx) => {
      const row = { caller: CALLER, key: randomUUID(), digest: randomBytes(BYTES).toString('base64') }
      await trx.insertInto('once_keys').values(row).execute()
      await trx.deleteFrom('once_keys').where('caller', '=', CALLER).where('key', '=', row.key).execute()
    })
  return async () => {
    await sql`select 1`.execute(kysely)
    if (performance.now() - begun > SERVES_MS) {
      begun = performance.now()
      writing = write()
    }
    await writing
  }
}
