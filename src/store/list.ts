import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { ParseRequest } from '../contract/models.ts'
import type { Filter, Part } from '../contract/repository.ts'
import { Status } from '../contract/status.ts'
import type { Tables } from './database.ts'
import { type StatusRow, statusList, toRequest } from './requests.ts'

/** Ids and times of creation go up together, but for transactions that overlap: so far apart, in ms, they surely do. */
const OVERLAP_MS = 60_000

/**
 * Requests by id, the highest first. Each status is a range of an index, in the order wanted: however rare what is looked for
 * is, and whatever else is stored, a part costs its own length.
 */
export async function listRequests(
  kysely: Kysely<Tables>,
  filter: Filter,
  before: number | null,
  limit: number,
): Promise<Part<ParseRequest>> {
  const { status, since } = filter
  const wanted = conditions(filter, before)
  const ranges = (status ? [status] : Object.values(Status)).map(
    (one): RawBuilder<unknown> => sql`select * from (
      select ${statusList} from parse_requests where ${sql.join([...wanted, sql`status = ${one}`], sql` and `)}
      order by id desc limit ${limit + 1}) range_of_one`,
  )
  const { rows } = await sql<StatusRow>`
    select * from (${sql.join(ranges, sql` union all `)}) ranges order by id desc limit ${limit + 1}`.execute(
    kysely,
  )
  const found = rows.slice(0, limit).map(toRequest)
  const last = found.at(-1)
  const isLast = rows.length <= limit || (since !== undefined && isLongBefore(last?.created_at, since))
  const items = since === undefined ? found : found.filter(({ created_at }) => created_at >= since)
  return { items, next: isLast || !last ? null : last.id }
}

function isLongBefore(time: string | undefined, since: string): boolean {
  return time !== undefined && Date.parse(time) < Date.parse(since) - OVERLAP_MS
}

function conditions({ caller, host, group, schedule }: Filter, before: number | null): RawBuilder<unknown>[] {
  return [
    ...(caller === null ? [] : [sql`caller = ${caller}`]),
    ...(host === undefined ? [] : hostConditions(host)),
    ...(group === undefined ? [] : [sql`group_id = ${group}`]),
    ...(schedule === undefined ? [] : [sql`schedule_id = ${schedule}`]),
    ...(before === null ? [] : [sql`id < ${before}`]),
  ]
}

/** Hosts are stored without their ports; one that is asked for stands in the URL. */
function hostConditions(host: string): RawBuilder<unknown>[] {
  const url = URL.parse(`http://${host}/`)
  const name = sql`host = ${url?.hostname ?? host}`
  if (!url || url.port === '') return [name]
  const starts = ['http', 'https'].map((scheme) => `${scheme}://${url.host}/`)
  return [
    name,
    sql`(${sql.join(
      starts.map((start) => sql`substr(url, 1, ${start.length}) = ${start}`),
      sql` or `,
    )})`,
  ]
}
