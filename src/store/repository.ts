import { type Kysely, type RawBuilder, sql } from 'kysely'
import { reusableFormats } from '../contract/formats.ts'
import type { Claimed, Fault, Page, ParseRequest, StoredResult } from '../contract/models.ts'
import type { ParseOptions } from '../contract/options.ts'
import type { NewRequest, Repository } from '../contract/repository.ts'
import { comesFrom, Status } from '../contract/status.ts'
import { batched } from './batch.ts'
import type { Database, Tables } from './database.ts'
import type { Dialect } from './dialect.ts'
import type { Time } from './migrations/0001_parse_requests.ts'
import { cacheKey, fromJson, pageColumns, pageValues, toIso, toPage } from './page.ts'

/** How a request ends: `owner` is null where it may end whoever holds it. */
interface Ending {
  id: number
  owner: number | null
  status: Status
  page: Partial<Page>
  fault: Fault | null
}

interface ClaimedRow {
  id: number
  url: string
  options: unknown
  caller: string | null
  attempt: number
  priority: number
  waited_ms: number
  again: number
}

export interface RepositoryOptions {
  /** How long a claim holds without being renewed, in ms. */
  leaseMs: number
}

/** The one repository, over either database. */
export function createRepository({ kysely, dialect }: Database, { leaseMs }: RepositoryOptions): Repository {
  const create = batched((requests: NewRequest[]) => insert(kysely, requests), { items: 100, lanes: 2 })
  const end = batched((endings: Ending[]) => settle(kysely, dialect, endings), {
    items: 50,
    lanes: 2,
    weight: { of: (ending) => weigh(ending.page), max: 4 * 1024 * 1024 },
  })
  const hold = (owner: number): RawBuilder<unknown> =>
    sql`owner = ${owner}, lease_until = ${dialect.later(leaseMs)}, updated_at = ${dialect.later(0)}`

  return {
    create,
    status: (id, caller) => readStatus(kysely, id, caller),
    result: (id, caller) => readResult(kysely, id, caller),
    reusable: (request) => findReusable(kysely, request),

    async claim(owner, queues, limit) {
      const { rows } = await sql<ClaimedRow>`
        with picked as materialized (${dialect.due(queues, limit)})
        update parse_requests
        set status = 'processing', attempt = attempt + 1, claimed_at = ${dialect.later(0)}, ${hold(owner)}
        where id in (select id from picked) and status in (${sql.join(comesFrom(Status.processing))})
        returning id, url, options, caller, attempt, priority, again, 0 as waited_ms`.execute(kysely)
      return rows.sort((a, b) => b.priority - a.priority || a.id - b.id).map(toClaimed)
    },

    async adopt(owner, limit) {
      const { rows } = await sql<ClaimedRow>`
        with picked as materialized (
          select id from parse_requests
          where status = 'processing'
          and (owner is null or lease_until is null or lease_until < ${dialect.later(0)} or ${dialect.orphaned(owner)})
          order by id limit ${limit} ${dialect.locking})
        update parse_requests set again = 1, ${hold(owner)}
        where id in (select id from picked) and status = 'processing'
        returning id, url, options, caller, attempt, priority, again, ${dialect.since('claimed_at')} as waited_ms`.execute(
        kysely,
      )
      return rows.map(toClaimed)
    },

    async extend(owner) {
      await sql`update parse_requests set lease_until = ${dialect.later(leaseMs)}
        where status = 'processing' and owner = ${owner}
        and lease_until < ${dialect.later(leaseMs / 2)}`.execute(kysely)
    },

    succeed: (id, page) => end({ id, owner: null, status: Status.success, page, fault: null }),
    fail: (id, owner, fault, details) => end({ id, owner, status: Status.failure, page: details, fault }),

    async retry(id, owner, delayMs, fault) {
      const { numAffectedRows } = await sql`update parse_requests
        set ${putBack(dialect, delayMs)}, again = 0, error_code = ${fault.code}, error = ${fault.message}
        where id = ${id} and status in (${sql.join(comesFrom(Status.pending))}) and owner = ${owner}`.execute(
        kysely,
      )
      return numAffectedRows === 1n
    },

    async postpone(id, owner, delayMs) {
      const { numAffectedRows } = await sql`update parse_requests
        set ${putBack(dialect, delayMs)}, again = 0, attempt = attempt - 1
        where id = ${id} and status in (${sql.join(comesFrom(Status.pending))}) and owner = ${owner}`.execute(
        kysely,
      )
      return numAffectedRows === 1n
    },

    async release(owner, rows) {
      if (rows.length === 0) return
      const values = rows.map(
        ({ id, attempt, out }) =>
          sql`(cast(${id} as bigint), cast(${attempt} as integer), cast(${out ? 1 : 0} as integer))`,
      )
      await sql`with v(id, made, still_out) as (values ${sql.join(values)})
        update parse_requests set ${putBack(dialect, 0)}, attempt = v.made, again = v.still_out
        from v where parse_requests.id = v.id and status in (${sql.join(comesFrom(Status.pending))})
        and owner = ${owner}`.execute(kysely)
    },

    async ping() {
      await sql`select 1`.execute(kysely)
    },
  }
}

async function insert(kysely: Kysely<Tables>, requests: NewRequest[]): Promise<ParseRequest[]> {
  const rows = await kysely
    .insertInto('parse_requests')
    .values(
      requests.map(({ url, queue, priority, options, caller }) => ({
        url,
        queue,
        priority,
        caller,
        options: JSON.stringify(options),
        cache_key: cacheKey(url, options),
      })),
    )
    .returning(statusColumns)
    .execute()
  // Ids are given out in the order of the VALUES; the order of RETURNING is promised by neither database.
  return rows.sort((a, b) => a.id - b.id).map(toRequest)
}

/** About the characters of a page and of what was made of it. */
function weigh({ html, formats }: Partial<Page>): number {
  // Markdown, text and content are most of what formats hold.
  const { markdown, text, content } = formats ?? {}
  return [html, markdown, text, content].reduce((sum, part) => sum + (part?.length ?? 0), 0)
}

/**
 * Ends many requests. Two endings of one request go into statements of their own, in the order they came.
 * @returns for each whether it was this that ended it
 */
async function settle(kysely: Kysely<Tables>, dialect: Dialect, endings: Ending[]): Promise<boolean[]> {
  const isFirst = endings.map(({ id }, index) => endings.findIndex((one) => one.id === id) === index)
  const ended = await settleOnce(
    kysely,
    dialect,
    endings.filter((_, index) => isFirst[index]),
  )
  const rest = endings.filter((_, index) => !isFirst[index])
  const late = rest.length > 0 ? await settle(kysely, dialect, rest) : []
  return endings.map(({ id }, index) => (isFirst[index] ? ended.has(id) : (late.shift() ?? false)))
}

/** One statement for endings of different requests. @returns the ids of those it ended */
async function settleOnce(kysely: Kysely<Tables>, dialect: Dialect, endings: Ending[]): Promise<Set<number>> {
  const values = endings.map(
    ({ id, owner, status, page, fault }) =>
      sql`(cast(${id} as bigint), cast(${owner} as integer), cast(${status} as text),
      cast(${fault?.code ?? null} as text), cast(${fault?.message ?? null} as text),
      ${sql.join(pageValues(page, dialect))})`,
  )
  const columns = pageColumns.map((name) => sql.ref(name))
  const copies = pageColumns.map((name) => sql`${sql.ref(name)} = ${sql.ref(`v.${name}`)}`)
  const { rows } = await sql<{ id: number }>`
    with v(id, by_owner, ending, code, message, ${sql.join(columns)}) as (values ${sql.join(values)})
    update parse_requests
    set status = v.ending, error_code = v.code, error = v.message, ${sql.join(copies)},
      owner = null, lease_until = null, updated_at = ${dialect.later(0)}
    from v
    where parse_requests.id = v.id and status in (${sql.join(comesFrom(Status.success))})
      and (v.by_owner is null or owner = v.by_owner)
    returning parse_requests.id`.execute(kysely)
  return new Set(rows.map(({ id }) => id))
}

/** processing → pending, due after `delayMs`. */
function putBack(dialect: Dialect, delayMs: number): RawBuilder<unknown> {
  return sql`status = 'pending', owner = null, lease_until = null,
    run_at = ${dialect.later(delayMs)}, updated_at = ${dialect.later(0)}`
}

const statusColumns = [
  'id',
  'url',
  'status',
  'attempt',
  'created_at',
  'updated_at',
  'error_code',
  'error',
] as const

const resultColumns = [...statusColumns, ...pageColumns, 'options'] as const

async function readStatus(kysely: Kysely<Tables>, id: number, caller: string | null) {
  const query = kysely.selectFrom('parse_requests').select(statusColumns).where('id', '=', id)
  const row = await (caller === null ? query : query.where('caller', '=', caller)).executeTakeFirst()
  return row && toRequest(row)
}

async function readResult(
  kysely: Kysely<Tables>,
  id: number,
  caller: string | null,
): Promise<StoredResult | undefined> {
  const query = kysely.selectFrom('parse_requests').select(resultColumns).where('id', '=', id)
  const row = await (caller === null ? query : query.where('caller', '=', caller)).executeTakeFirst()
  if (!row) return undefined
  const { caching: _, ...page } = toPage(row)
  return { ...toRequest(row), ...page, options: fromJson<ParseOptions>(row.options) ?? {} }
}

/** The youngest page of a request like this one. With keys in use, of the same caller. */
async function findReusable(
  kysely: Kysely<Tables>,
  { url, options, caller }: Pick<NewRequest, 'url' | 'options' | 'caller'>,
): Promise<Page | undefined> {
  const row = await kysely
    .selectFrom('parse_requests')
    .select([...pageColumns, 'options'])
    .where('cache_key', '=', cacheKey(url, options))
    .where('status', '=', Status.success)
    .where('caller', caller === null ? 'is' : '=', caller)
    .orderBy('fetched_at', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (!row) return undefined
  const page = toPage(row)
  // What was made of the page for other ends is of no use here.
  const formats = reusableFormats(page.formats, fromJson<ParseOptions>(row.options) ?? {}, options)
  return { ...page, title: page.title ?? '', html: page.html ?? '', formats }
}

interface StatusRow {
  id: number
  url: string
  status: Status
  attempt: number
  created_at: Time
  updated_at: Time
  error_code: string | null
  error: string | null
}

function toRequest({
  id,
  url,
  status,
  attempt,
  created_at,
  updated_at,
  error_code,
  error,
}: StatusRow): ParseRequest {
  return {
    id,
    url,
    status,
    attempt,
    created_at: toIso(created_at),
    updated_at: toIso(updated_at),
    error: error_code === null ? null : { code: error_code, message: error ?? '' },
  }
}

function toClaimed({ id, url, options, caller, attempt, waited_ms, again }: ClaimedRow): Claimed {
  return {
    id,
    url,
    caller,
    options: fromJson<ParseOptions>(options) ?? {},
    attempt,
    waited_ms: Math.max(0, waited_ms ?? 0),
    again: Boolean(again),
  }
}
