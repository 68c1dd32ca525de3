import { type Kysely, sql } from 'kysely'
import type { Editor, Move } from '../contract/repository.ts'
import { hasEnded, mayBeRenewed, Status } from '../contract/status.ts'
import type { Database, Tables } from './database.ts'
import { type Dialect, stateIs } from './dialect.ts'
import type { Ending } from './endings.ts'
import { pageColumns } from './page.ts'

/** What clients do to requests. @param end ends a request; false where it had ended before */
export function createEdits(database: Database, end: (ending: Ending) => Promise<boolean>): Editor {
  const { kysely, dialect } = database
  return {
    async cancel(id, caller) {
      const row = await find(kysely, id, caller)
      if (!row || hasEnded(row.from)) return row && { ...row, moved: false }
      const ending = { id, group: row.group_id, owner: null, status: Status.cancelled, page: {}, fault: null }
      return { ...row, moved: await end(ending) }
    },

    async renew(id, caller) {
      const row = await find(kysely, id, caller)
      if (!row || !mayBeRenewed(row.from)) return row && { ...row, moved: false }
      return kysely.transaction().execute((trx) => renew(trx, dialect, id, row))
    },

    async remove(id, caller) {
      const row = await find(kysely, id, caller)
      if (!row || !hasEnded(row.from)) return row && { ...row, moved: false }
      const { numDeletedRows } = await kysely
        .deleteFrom('parse_requests')
        .where('id', '=', id)
        .where('status', '=', row.from)
        .executeTakeFirst()
      return { ...row, moved: numDeletedRows === 1n }
    },
  }
}

type Found = Omit<Move, 'moved'>

async function find(kysely: Kysely<Tables>, id: number, caller: string | null): Promise<Found | undefined> {
  const query = kysely
    .selectFrom('parse_requests')
    .select(['status as from', 'group_id'])
    .where('id', '=', id)
  const row = await (caller === null ? query : query.where('caller', '=', caller)).executeTakeFirst()
  return row
}

/** A row as if it had just been made. In its group it counts as not ended, and ends with a number of its own. */
async function renew(
  trx: Kysely<Tables>,
  dialect: Dialect,
  id: number,
  { from, group_id }: Found,
): Promise<Move> {
  const cleared = pageColumns.map((name) => sql`${sql.ref(name)} = null`)
  const { numAffectedRows } = await sql`update parse_requests set status = 'pending', attempt = 0, again = 0,
    attempts = null, timings = null, error_code = null, error = null, claimed_at = null, group_seq = null,
    run_at = ${dialect.later(0)}, delayed = 0, turn = ${dialect.clock}, updated_at = ${dialect.later(0)},
    ${sql.join(cleared)} where id = ${id} and ${stateIs(from)}`.execute(trx)
  const moved = numAffectedRows === 1n
  if (moved && group_id !== null)
    await sql`update request_groups set ${sql.ref(from)} = ${sql.ref(from)} - 1,
      updated_at = ${dialect.later(0)} where id = ${group_id}`.execute(trx)
  return { moved, from, group_id }
}
