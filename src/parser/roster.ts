import type { Redis } from 'ioredis'
import { ServiceError } from '../contract/errors.ts'
import { encodeFault, type Keys, RESULT_TTL_MS } from './wire.ts'

/** The name of a parser's connection, by which others see that it lives. */
export const parserConnectionName = (parserId: string) => `${CONNECTION_PREFIX}${parserId}`

const CONNECTION_PREFIX = 'parsegate-parser-'

/** A task is given up when it came back so often from parsers that died. */
export const MOST_RETURNS = 3

export interface Returned {
  parser: string
  returned: number
  poisoned: number
}

/**
 * Gives back the tasks of parsers that have gone. A parser counts as gone when its connection was missing twice in a
 * row, so that one which is just reconnecting keeps its tasks. Call it every half second.
 */
export function createRoster(redis: Redis, keys: Keys): { sweep: () => Promise<Returned[]> } {
  let missing = new Set<string>()
  return {
    async sweep() {
      const parsers = await redis.smembers(keys.parsers)
      const living = parsers.length > 0 ? await livingParsers(redis) : new Set<string>()
      const absent = parsers.filter((parser) => !living.has(parser))
      const gone = absent.filter((parser) => missing.has(parser))
      missing = new Set(absent)
      return Promise.all(gone.map((parser) => returnTasks(redis, keys, parser, MOST_RETURNS)))
    },
  }
}

async function livingParsers(redis: Redis): Promise<Set<string>> {
  const list = String(await redis.client('LIST', 'TYPE', 'NORMAL'))
  const names = [...list.matchAll(/ name=(\S+)/g)].map(([, name]) => name ?? '')
  return new Set(
    names
      .filter((name) => name.startsWith(CONNECTION_PREFIX))
      .map((name) => name.slice(CONNECTION_PREFIX.length)),
  )
}

/**
 * Puts everything a parser has taken back on the list.
 * @param mostReturns a task that came back so often is answered as `poison`; 0 where the parser did not die
 */
export async function returnTasks(
  redis: Redis,
  keys: Keys,
  parser: string,
  mostReturns: number,
): Promise<Returned> {
  const [returned, poisoned] = await redis.parsegateReturn(
    keys.taken + parser,
    keys.tasks,
    keys.returns,
    keys.parsers,
    keys.owners,
    parser,
    mostReturns,
    keys.results,
    encodeFault(new ServiceError('poison')),
    RESULT_TTL_MS,
    keys.wake,
  )
  return { parser, returned, poisoned }
}
