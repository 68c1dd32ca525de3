import { sql } from 'kysely'
import type { Creator, NewRequest } from '../contract/repository.ts'
import type { Database } from './database.ts'
import { sow } from './keys.ts'
import { insertRequests, turnsOf } from './requests.ts'

type Base = Pick<Database, 'kysely' | 'dialect'>

/** A group and its first requests. */
export async function createGroup(
  base: Base,
  ...[group, requests]: Parameters<Creator['createGroup']>
): Promise<{ id: number; requests: number[] }> {
  const { kysely, dialect } = base
  const { kind, caller, options, closed, webhook, scheduleId = null } = group
  const { rows } = await sql<FilledGroup>`
    insert into request_groups (kind, caller, options, webhook, schedule_id, total, closed, turn)
    values (${kind}, ${caller}, ${dialect.json(JSON.stringify(options))},
      ${dialect.json(webhook ? JSON.stringify(webhook) : null)}, cast(${scheduleId} as bigint),
      ${requests.length}, ${closed ? 1 : 0},
      ${dialect.clock} + cast(${turnsOf(requests.length)} as bigint)) returning id, turn, schedule_id`.execute(
    kysely,
  )
  const [made] = rows as [FilledGroup]
  const ids = await fill(base, made, requests)
  const urls = requests.map(({ url }) => url)
  if (kind === 'crawl') await sow(base, made.id, urls)
  return { id: made.id, requests: ids }
}

/** A group's row is locked until the commit, so that turns and the total go up one addition after another. */
export async function addToGroup(base: Base, id: number, requests: NewRequest[]): Promise<number[]> {
  const { kysely, dialect } = base
  const { rows } = await sql<FilledGroup>`
    update request_groups set total = total + ${requests.length}, updated_at = ${dialect.later(0)},
      turn = (case when turn > ${dialect.clock} then turn else ${dialect.clock} end)
        + cast(${turnsOf(requests.length)} as bigint)
    where id = ${id} and closed = 0 returning id, turn, schedule_id`.execute(kysely)
  return rows[0] ? fill(base, rows[0], requests) : []
}

interface FilledGroup {
  id: number
  /** That after the last of its requests. */
  turn: number
  schedule_id: number | null
}

async function fill(base: Base, group: FilledGroup, requests: NewRequest[]): Promise<number[]> {
  const { id: groupId, schedule_id: scheduleId } = group
  const place = { groupId, scheduleId, turn: group.turn - turnsOf(requests.length) }
  const made = await insertRequests(base, requests, place)
  return made.map(({ id }) => id)
}
