import { type Kysely, sql } from 'kysely'
import { ServiceError } from '../contract/errors.ts'
import type { Answer, Creator, OnceKey, Repository } from '../contract/repository.ts'
import type { Database, Tables } from './database.ts'
import { fromJson } from './page.ts'

/** How long a key holds, in ms. */
export const ONCE_MS = 86_400_000

/**
 * Makes `once`. The key's row, the rows that are created and the answer are one transaction: after a crash there are all of
 * them or none.
 * @param creatorOn makes rows within a transaction
 */
export function createOnce(
  { kysely, dialect }: Database,
  creatorOn: (trx: Kysely<Tables>) => Creator,
): Repository['once'] {
  /** Keys under way in this process: in SQLite there is no other. */
  const underWay = new Set<string>()

  const run = async (
    trx: Kysely<Tables>,
    key: OnceKey,
    name: string,
    work: (creator: Creator) => Promise<Answer>,
  ) => {
    const { rows } = await sql<{ free: boolean | number }>`select ${dialect.tryLock(name)} as free`.execute(
      trx,
    )
    if (!rows[0]?.free) throw new ServiceError('idempotency_in_progress')
    if (!(await take(trx, dialect, key))) return readAnswer(trx, key)
    const answer = await work(creatorOn(trx))
    await sql`update once_keys set answer = ${dialect.json(JSON.stringify(answer))}
      where caller = ${key.caller ?? ''} and key = ${key.key}`.execute(trx)
    return answer
  }

  return async (key, work) => {
    const name = JSON.stringify([key.caller, key.key])
    if (underWay.has(name)) throw new ServiceError('idempotency_in_progress')
    underWay.add(name)
    try {
      return await kysely.transaction().execute((trx) => run(trx, key, name, work))
    } finally {
      underWay.delete(name)
    }
  }
}

/** Takes a key that is new, or no longer holds. @returns whether it was taken */
async function take(
  trx: Kysely<Tables>,
  dialect: Database['dialect'],
  { caller, key, digest }: OnceKey,
): Promise<boolean> {
  const { rows } =
    await sql`insert into once_keys (caller, key, digest) values (${caller ?? ''}, ${key}, ${digest})
    on conflict (caller, key) do update set digest = excluded.digest, answer = null, created_at = ${dialect.later(0)}
    where once_keys.created_at < ${dialect.later(-ONCE_MS)} returning key`.execute(trx)
  return rows.length > 0
}

async function readAnswer(trx: Kysely<Tables>, { caller, key, digest }: OnceKey): Promise<Answer> {
  const row = await trx
    .selectFrom('once_keys')
    .select(['digest', 'answer'])
    .where('caller', '=', caller ?? '')
    .where('key', '=', key)
    .executeTakeFirst()
  if (row?.digest !== digest) throw new ServiceError('idempotency_mismatch')
  return fromJson<Answer>(row.answer) as Answer
}
