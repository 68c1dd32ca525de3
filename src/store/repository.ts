import { type Kysely, sql } from 'kysely'
import { type Formats, reusableFormats } from '../contract/formats.ts'
import { batched } from '../contract/lanes.ts'
import type { Page, StoredResult } from '../contract/models.ts'
import type { ParseOptions } from '../contract/options.ts'
import type { Creator, NewRequest, Previous, Reader, Repository } from '../contract/repository.ts'
import { Status } from '../contract/status.ts'
import { createClaims } from './claims.ts'
import type { Database, Tables } from './database.ts'
import { type Dialect, stateIs } from './dialect.ts'
import { createEdits } from './edits.ts'
import { type Ending, settle } from './endings.ts'
import { createExpiry } from './expiry.ts'
import { createGroups } from './groups.ts'
import { listRequests } from './list.ts'
import { createGroup } from './members.ts'
import { createOnce } from './once.ts'
import { cacheKey, fromJson, pageColumns, toPage } from './page.ts'
import { createProbe } from './probe.ts'
import { insertRequests, readStatus, statusColumns, toRequest } from './requests.ts'
import { countPending, createRoom } from './room.ts'
import { createSchedule, runSchedule } from './schedules.ts'

export interface RepositoryOptions {
  /** How long a claim holds without being renewed, in ms. */
  leaseMs: number
  /** How many requests may be pending before crawls make no more than they need to go on; 0, if not given, is without bound. */
  maxPending?: number
}

/** The one repository, over either database. Each of its parts is a file of its own. */
export function createRepository(database: Database, options: RepositoryOptions): Repository {
  const { kysely, dialect } = database
  const { leaseMs, maxPending = 0 } = options
  const room = createRoom(maxPending)
  const create = batched((requests: NewRequest[]) => insertRequests(database, requests), {
    items: 100,
    lanes: 2,
  })
  const end = batched((endings: Ending[]) => settle(database, endings, room), {
    items: 50,
    lanes: 2,
    weight: { of: (ending) => weigh(ending.page), max: 4 * 1024 * 1024 },
  })
  return {
    create,
    createGroup: (group, requests) =>
      kysely.transaction().execute((trx) => createGroup({ kysely: trx, dialect }, group, requests)),
    createSchedule: (...asked) => createSchedule(database, ...asked),
    runSchedule: (id, caller) =>
      kysely.transaction().execute((trx) => runSchedule({ kysely: trx, dialect }, id, caller)),
    once: createOnce(database, (trx) => creatorOn(trx, dialect)),
    ...createReader(database),
    ...createEdits(database, end),
    ...createGroups(database),
    ...createClaims(database, leaseMs),
    succeed: (id, page, group = null) =>
      end({ id, group, owner: null, status: Status.success, page, fault: null, since: performance.now() }),
    fail: (id, owner, fault, details, group = null) =>
      end({ id, group, owner, status: Status.failure, page: details, fault }),
    ...createExpiry(database),
    ping: createProbe(database),
  }
}

/** Makes rows within a transaction. */
function creatorOn(trx: Kysely<Tables>, dialect: Dialect): Creator {
  const base = { kysely: trx, dialect }
  return {
    async create(request) {
      const [made] = await insertRequests(base, [request])
      return made as NonNullable<typeof made>
    },
    createGroup: (group, requests) => createGroup(base, group, requests),
    createSchedule: (...asked) => createSchedule(base, ...asked),
    runSchedule: (id, caller) => runSchedule(base, id, caller),
  }
}

/** About the characters of a page and of what was made of it. */
function weigh({ html, formats }: Partial<Page>): number {
  // Markdown, text and content are most of what formats hold.
  const { markdown, text, content } = formats ?? {}
  return [html, markdown, text, content].reduce((sum, part) => sum + (part?.length ?? 0), 0)
}

function createReader(database: Database): Reader {
  const { kysely, dialect } = database
  return {
    status: (id, caller) => readStatus(database, id, caller),
    result: (id, caller) => readResult(kysely, id, caller),
    list: (filter, before, limit) => listRequests(kysely, filter, before, limit),
    reusable: (request) => findReusable(kysely, request),
    previous: (id) => findPrevious(kysely, id),
    async unended(ids) {
      const { rows } = await sql<{ id: number }>`select id from parse_requests
        where ${dialect.among('id', ids)} and ${stateIs(Status.pending, Status.processing)}`.execute(kysely)
      return new Set(rows.map(({ id }) => id))
    },
    async states(ids) {
      const query = kysely.selectFrom('parse_requests').select(['id', 'status', 'attempt'])
      const rows = await query.where(dialect.among('id', ids)).execute()
      return new Map(rows.map(({ id, ...state }) => [id, state]))
    },
    countPending: (most) => countPending(kysely, most),
  }
}

const resultColumns = [...statusColumns, ...pageColumns, 'options'] as const

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
  const { change: _, ...page } = toPage(row)
  // What was made of the page for other ends is of no use here.
  const formats = reusableFormats(page.formats, fromJson<ParseOptions>(row.options) ?? {}, options)
  return { ...page, title: page.title ?? '', html: page.html ?? '', formats }
}

/** Of the same schedule, page and options, so that texts are of the same parts of it. */
async function findPrevious(kysely: Kysely<Tables>, id: number): Promise<Previous | undefined> {
  const { rows } = await sql<{ id: number; formats: unknown; html: string | null }>`
    select p.id, p.formats, p.html_content as html from parse_requests r join parse_requests p
      on p.schedule_id = r.schedule_id and p.cache_key = r.cache_key and p.options = r.options
    where r.id = ${id} and p.schedule_id is not null and p.change is not null and p.id < r.id
    order by p.id desc limit 1`.execute(kysely)
  const [row] = rows
  return row && { id: row.id, text: fromJson<Formats>(row.formats)?.text ?? null, html: row.html ?? '' }
}
