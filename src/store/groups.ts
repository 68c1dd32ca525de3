import { type Kysely, type Selectable, sql } from 'kysely'
import type { Group, GroupEvent, GroupResult } from '../contract/groups.ts'
import { MOST_ATTEMPTS_TOLD } from '../contract/models.ts'
import type { ParseOptions } from '../contract/options.ts'
import type { Ended, Groups } from '../contract/repository.ts'
import { Status } from '../contract/status.ts'
import type { Database, Tables } from './database.ts'
import { addDeliveries } from './deliveries.ts'
import type { Dialect } from './dialect.ts'
import { CANCELLED_WORDS, countEndings } from './endings.ts'
import { closeGroup, ofGroup, ofRequest } from './happenings.ts'
import { addToGroup } from './members.ts'
import type { RequestGroupsTable } from './migrations/0004_many.ts'
import { fromJson, pageColumns, toIso, toPage } from './page.ts'
import { statusColumns, toRequest } from './requests.ts'

type Base = Pick<Database, 'kysely' | 'dialect'>

/** Groups of requests, as clients ask about them and as others fill them. */
export function createGroups(database: Base): Groups {
  const { kysely, dialect } = database
  return {
    group: (id, kind, caller) => readGroup(kysely, id, kind, caller),
    groupsUnderWay: (kind, caller, limit) => readUnderWay(kysely, kind, caller, limit),
    groupEvents: (id, after, limit) => readEvents(kysely, id, after, limit),
    groupResults: (id, after, limit, bytes) => readResults(kysely, id, after, limit, bytes),
    async groupVersions(ids) {
      const query = kysely.selectFrom('request_groups').select(['id', 'seq', 'closed'])
      const rows = await query.where(dialect.among('id', ids)).execute()
      return new Map(rows.map(({ id, seq, closed }) => [id, `${seq}-${closed}`]))
    },
    addToGroup: (id, requests) =>
      kysely.transaction().execute((trx) => addToGroup({ kysely: trx, dialect }, id, requests)),
    async closeGroup(id) {
      await kysely.transaction().execute((trx) => closeGroup(trx, dialect, id))
    },
    markCancelled: (id) => kysely.transaction().execute((trx) => markCancelled(trx, dialect, id)),
    cancelSome: (id, limit) => kysely.transaction().execute((trx) => cancelSome(trx, dialect, id, limit)),
  }
}

async function readGroup(
  kysely: Kysely<Tables>,
  ...[id, kind, caller]: Parameters<Groups['group']>
): Promise<Group | undefined> {
  const query = kysely.selectFrom('request_groups').selectAll().where('id', '=', id).where('kind', '=', kind)
  const row = await (caller === null ? query : query.where('caller', '=', caller)).executeTakeFirst()
  return row && withCounts(kysely, row)
}

async function readUnderWay(
  kysely: Kysely<Tables>,
  ...[kind, caller, limit]: Parameters<Groups['groupsUnderWay']>
): Promise<Group[]> {
  const query = kysely
    .selectFrom('request_groups')
    .selectAll()
    .where('kind', '=', kind)
    .where(sql<boolean>`under_way = 1`)
    .orderBy('id', 'desc')
    .limit(limit)
  const rows = await (caller === null ? query : query.where('caller', '=', caller)).execute()
  return Promise.all(rows.map((row) => withCounts(kysely, row)))
}

async function withCounts(kysely: Kysely<Tables>, row: Selectable<RequestGroupsTable>): Promise<Group> {
  const { id, total, success, failure, cancelled, closed } = row
  const left = total - success - failure - cancelled
  // No more than workers have in hand: the index on groups has them together.
  const { rows } = await sql<{ count: number }>`select count(*) as count from parse_requests
    where group_id = ${id} and status = 'processing'`.execute(kysely)
  const processing = Math.min(left, rows[0]?.count ?? 0)
  return {
    ...toGroup(row),
    counts: { pending: left - processing, processing, success, failure, cancelled },
    done: closed === 1 && left === 0,
  }
}

function toGroup(row: Selectable<RequestGroupsTable>) {
  const { id, kind, options, total, seq, is_cancelled, created_at, updated_at } = row
  return {
    id,
    kind,
    options: fromJson(options),
    total,
    seq,
    cancelled: is_cancelled === 1,
    created_at: toIso(created_at),
    updated_at: toIso(updated_at),
  }
}

async function readEvents(
  kysely: Kysely<Tables>,
  ...[id, after, limit]: Parameters<Groups['groupEvents']>
): Promise<GroupEvent[]> {
  const rows = await kysely
    .selectFrom('parse_requests')
    .select([...statusColumns, 'group_seq', 'target_status'])
    .where('group_id', '=', id)
    .where('group_seq', '>', after)
    .orderBy('group_seq')
    .limit(limit)
    .execute()
  return rows.map((row) => {
    const { url, status, error } = toRequest(row)
    return { seq: row.group_seq ?? 0, id: row.id, url, status, error, target_status: row.target_status }
  })
}

/** Sizes are read first, which costs no page: how many pages are read at once depends on them. */
async function readResults(
  kysely: Kysely<Tables>,
  ...[id, after, limit, bytes]: Parameters<Groups['groupResults']>
): Promise<GroupResult[]> {
  const next = kysely
    .selectFrom('parse_requests')
    .where('group_id', '=', id)
    .where('group_seq', '>', after)
    .orderBy('group_seq')
  const sizes = await next
    .select(sql<number>`coalesce(octet_length(html_content), 0)`.as('size'))
    .limit(limit)
    .execute()
  const rows = await next
    .select([...statusColumns, ...pageColumns, 'options', 'group_seq'])
    .limit(fitting(sizes, bytes))
    .execute()
  return rows.map((row) => {
    const { caching: _, ...page } = toPage(row)
    const options = fromJson<ParseOptions>(row.options) ?? {}
    return { seq: row.group_seq ?? 0, result: { ...toRequest(row), ...page, options } }
  })
}

/** How many of the first stay within a sum of bytes; one always does. */
function fitting(sizes: { size: number }[], bytes: number): number {
  let sum = 0
  for (const [index, { size }] of sizes.entries()) {
    sum += size
    if (sum > bytes) return Math.max(1, index)
  }
  return Math.max(1, sizes.length)
}

async function markCancelled(trx: Kysely<Tables>, dialect: Dialect, id: number): Promise<boolean> {
  const { numAffectedRows } = await sql`update request_groups set is_cancelled = 1,
    updated_at = ${dialect.later(0)} where id = ${id} and is_cancelled = 0`.execute(trx)
  await closeGroup(trx, dialect, id)
  return numAffectedRows === 1n
}

interface CancellableRow {
  id: number
  url: string
  caller: string | null
  webhook: unknown
  status: Status
  schedule_id: number | null
}

/** Locked in the order of settlements: rows by id, then their group. */
async function cancelSome(
  trx: Kysely<Tables>,
  dialect: Dialect,
  id: number,
  limit: number,
): Promise<Ended[]> {
  const { rows } =
    await sql<CancellableRow>`select id, url, caller, webhook, status, schedule_id from parse_requests
    where group_id = ${id} and status in ('pending', 'processing')
    order by id limit ${limit} ${dialect.waiting}`.execute(trx)
  if (rows.length === 0) return []
  const counts = { success: 0, failure: 0, cancelled: rows.length }
  const group = await countEndings(trx, dialect, id, counts)
  const before = group.seq - rows.length
  const ids = rows.map((row) => row.id)
  const nothing = sql`cast(null as integer)`
  const end = { code: sql`'cancelled'`, message: CANCELLED_WORDS, targetStatus: nothing }
  await sql`update parse_requests set status = 'cancelled', owner = null, lease_until = null,
      error_code = null, error = null, updated_at = ${dialect.later(0)}, group_seq = ${before} + ranked.n,
      attempts = case when status = 'processing' then ${dialect.withAttempt(end, MOST_ATTEMPTS_TOLD)} else attempts end
    from (select id as ranked_id, row_number() over (order by id) as n from parse_requests
      where ${dialect.among('id', ids)}) ranked
    where parse_requests.id = ranked.ranked_id`.execute(trx)
  const status = Status.cancelled
  const ends = rows.map((row) => ({ ...row, status, page: {}, fault: null, group }))
  await addDeliveries(trx, [...ends.flatMap(ofRequest), ...ofGroup(group)])
  return rows.map((row) => ({ id: row.id, from: row.status }))
}
