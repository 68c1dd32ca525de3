import { randomUUID } from 'node:crypto'
import type { TestContext } from 'node:test'
import { Redis } from 'ioredis'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { ServiceError } from '../../src/contract/errors.ts'
import { Page, type Task } from '../../src/contract/models.ts'
import type { Handing, Parser, ParserLink } from '../../src/contract/parser.ts'
import { type Consumer, type ConsumerParts, startConsumer } from '../../src/parser/consumer.ts'
import { createRedisLink, type RedisLinkParts } from '../../src/parser/redislink.ts'
import { type Keys, wireKeys } from '../../src/parser/wire.ts'
import { eventually } from './process.ts'
import { sharedRedis } from './redis.ts'

/** A log that nobody reads. */
export const quiet = pino({ level: 'silent' })

export const aPage = (more: Partial<Page> = {}): Page => Page.parse({ title: 'A', html: '<p>a', ...more })

export const aTask = (id: number, options: Task['options'] = {}): Task => ({
  id,
  url: `https://example.com/${id}`,
  options,
})

export const handing = (more: Partial<Handing> = {}): Handing => ({
  again: false,
  waitedMs: 0,
  signal: new AbortController().signal,
  ...more,
})

/** The fault a promise rejects with. */
export async function faultOf(promise: Promise<unknown>): Promise<ServiceError> {
  try {
    await promise
  } catch (fault) {
    if (fault instanceof ServiceError) return fault
    throw fault
  }
  throw new Error('no fault came')
}

/** A parser whose pages wait until a test lets them go, or their signal ends them. */
export interface Gate extends Parser {
  /** URLs begun so far, in order. */
  begun: string[]
  /** How many are held now, and the most there were at once. */
  held(): number
  most(): number
  /** Lets go what is held, and what comes. */
  open(): void
}

export function createGate(answer: (url: string) => Page = () => aPage()): Gate {
  const begun: string[] = []
  const gate = Promise.withResolvers<void>()
  let held = 0
  let most = 0
  return {
    begun,
    held: () => held,
    most: () => most,
    open: gate.resolve,
    async parse(url, _, signal) {
      begun.push(url)
      held += 1
      most = Math.max(most, held)
      const ended = Promise.withResolvers<never>()
      signal?.addEventListener('abort', () => ended.reject(signal.reason))
      await Promise.race([gate.promise, ended.promise]).finally(() => {
        held -= 1
      })
      return answer(url)
    },
  }
}

/** One installation's keys in a Redis, and all that a test opens on them; closed when the test ends. */
export interface Wire {
  keys: Keys
  /** A plain client, to look and to meddle. */
  redis: Redis
  link(more?: Partial<RedisLinkParts>): Promise<ParserLink>
  consumer(parser: Parser, more?: Partial<ConsumerParts>): Promise<Consumer>
  foreignParser(answer: (raw: string) => string | undefined): { taken: string[] }
}

export function openWire(t: TestContext, redisUrl = sharedRedis()): Wire {
  const name = `test:${randomUUID()}`
  const keys = wireKeys(`${name}:tasks`, `${name}:results:`)
  const closers: (() => unknown)[] = []
  const connect = () => {
    const redis = new Redis(redisUrl)
    redis.on('error', () => {})
    closers.push(() => redis.disconnect())
    return redis
  }
  t.after(async () => {
    for (const close of closers.reverse()) await close()
  })
  const redis = connect()
  return {
    keys,
    redis,
    async link(more = {}) {
      const bounds = { resultTimeoutMs: 30_000, queueTtlMs: 60_000, maxBytes: 100_000 }
      const link = createRedisLink({ redisUrl, keys, ...bounds, log: quiet, ...more })
      closers.push(() => link.close())
      await eventually('the link', () => link.ready)
      return link
    },
    async consumer(parser, more = {}) {
      const bounds = { concurrency: 4, maxBytes: 100_000 }
      const parts = { redisUrl, keys, parser, ...bounds, log: quiet, metrics: new Registry(), ...more }
      const consumer = startConsumer(parts)
      closers.push(() => consumer.close(0))
      await eventually('the consumer', () => consumer.ready)
      return consumer
    },
    foreignParser: (answer) => runForeignParser(connect(), keys, answer),
  }
}

/** All that a parser which was not written here knows of us. */
function runForeignParser(
  redis: Redis,
  keys: Keys,
  answer: (raw: string) => string | undefined,
): { taken: string[] } {
  const taken: string[] = []
  const run = async () => {
    for (;;) {
      const popped = await redis.brpop(keys.tasks, 0)
      if (!popped) continue
      taken.push(popped[1])
      const { id } = JSON.parse(popped[1]) as { id: unknown }
      const result = answer(popped[1])
      if (result !== undefined) await redis.set(`${keys.results}${String(id)}`, result)
    }
  }
  // Ends when the test disconnects its client.
  run().catch(() => {})
  return { taken }
}
