import type { Redis } from 'ioredis'
import { type Keys, maxResultBytes } from './wire.ts'

/** Where results are, and how large a page may be in bytes. */
interface Place {
  redis: Redis
  keys: Keys
  maxBytes: number
}

/** Results are read up to this sum at once, in bytes. */
const READ_AT_ONCE = 16 * 1024 * 1024

/**
 * Reads the results of tasks.
 * @returns for each its JSON; null where there is none yet, or not yet room for it; -1 where it cannot be one
 */
export async function readResults(
  { redis, keys, maxBytes }: Place,
  ids: number[],
): Promise<(string | number | null)[]> {
  const names = ids.map((id) => keys.results + id)
  const most = maxResultBytes(maxBytes)
  const sizes = await redis.parsegateSizes(names.length, ...names)
  const answers = sizes.map((size): string | number | null => (size < 0 || size > most ? -1 : null))
  const fitting: number[] = []
  let room = READ_AT_ONCE
  for (const [index, size] of sizes.entries()) {
    if (size === 0 || answers[index] === -1 || room <= 0) continue
    fitting.push(index)
    room -= size
  }
  const texts = fitting.length > 0 ? await redis.mget(fitting.map((index) => names[index] ?? '')) : []
  for (const [at, index] of fitting.entries()) answers[index] = texts[at] ?? null
  return answers
}

/** Drops the results of tasks that are settled, and the notes of who waits for them. */
export async function forgetResults({ redis, keys }: Place, ids: number[]): Promise<undefined[]> {
  const names = ids.map((id) => keys.results + id)
  // A key that stays because Redis is away now expires by itself.
  await Promise.all([redis.unlink(...names), redis.hdel(keys.owners, ...ids.map(String))]).catch(() => {})
  return ids.map(() => undefined)
}
