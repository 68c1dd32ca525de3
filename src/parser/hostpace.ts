import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { ServiceError } from '../contract/errors.ts'
import { createPace, type Pace, type Terms } from '../fetch/pace.ts'

export interface HostPaceParts {
  redis: Redis
  /** Prefix of the keys of hosts; the host follows. */
  prefix: string
  /** How long a place is held at most, in ms: longer than any fetch, so that only the dead lose theirs. */
  leaseMs: number
}

/** How often a place that others hold is asked for again, in ms. Each process asks once for each of its own places. */
const ASK_MS = 50

// Takes a place if there is one and it is time: 0, or the ms to wait. A place is a member of a sorted set, scored by when
// it is over, so that those of the dead free themselves. KEYS: places, when the next may enter. ARGV: member, places, gap,
// lease.
const enterScript = `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local opens = tonumber(redis.call('GET', KEYS[2]) or '0')
if opens > now then return opens - now end
local places = tonumber(ARGV[2])
if places > 0 then
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
  if redis.call('ZCARD', KEYS[1]) >= places then return -1 end
  redis.call('ZADD', KEYS[1], now + ARGV[4], ARGV[1])
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
end
if tonumber(ARGV[3]) > 0 then redis.call('SET', KEYS[2], now + ARGV[3], 'PX', ARGV[3]) end
return 0`

// Lets nobody in for a while, unless a longer while is running. KEYS: when the next may enter. ARGV: ms.
const restScript = `
if redis.call('PTTL', KEYS[1]) >= tonumber(ARGV[1]) then return 0 end
local t = redis.call('TIME')
redis.call('SET', KEYS[1], t[1] * 1000 + math.floor(t[2] / 1000) + ARGV[1], 'PX', ARGV[1])
return 1`

/**
 * The pace of all processes on one Redis together. Within each of them hosts are entered as by its own pace, first come,
 * first served; whoever is let in there then takes a place in Redis. While Redis is away its own pace is all there is.
 */
export function createHostPace({ redis, prefix, leaseMs }: HostPaceParts): Pace {
  const own = createPace()
  let entered = 0
  const name = crypto.randomUUID()
  const keysOf = (host: string): [places: string, opens: string] => [
    `${prefix}${host}`,
    `${prefix}${host}:opens`,
  ]

  /** @returns 0 for a place taken, ms to wait, or -1 where all places are held; null while Redis does not answer */
  const ask = async (host: string, member: string, { concurrency, gapMs }: Terms): Promise<number | null> => {
    if (redis.status !== 'ready') return null
    const numbers = [concurrency, Math.ceil(gapMs), leaseMs]
    return redis.eval(enterScript, 2, ...keysOf(host), member, ...numbers).then(Number, () => null)
  }
  const wait = async (host: string, member: string, terms: Terms): Promise<void> => {
    const until = performance.now() + terms.waitMs
    for (;;) {
      const answer = await ask(host, member, terms)
      if (answer === 0 || answer === null) return
      const ms = answer === -1 ? ASK_MS : answer
      if (performance.now() + ms > until) throw busy(answer === -1 ? terms.waitMs : ms)
      await sleep(ms, undefined, { signal: terms.signal }).catch(() => terms.signal.throwIfAborted())
    }
  }
  return {
    async enter(host, terms) {
      const leave = await own.enter(host, terms)
      if (terms.concurrency === 0 && terms.gapMs === 0) return leave
      entered += 1
      const member = `${name}:${entered}`
      const free = () => {
        leave()
        if (redis.status === 'ready') redis.zrem(keysOf(host)[0], member).catch(() => {})
      }
      try {
        await wait(host, member, terms)
        return free
      } catch (fault) {
        free()
        throw fault
      }
    },
    rest(host, ms) {
      own.rest(host, ms)
      if (redis.status === 'ready') redis.eval(restScript, 1, keysOf(host)[1], Math.ceil(ms)).catch(() => {})
    },
  }
}

/** Not all at once: those who were sent away together come back over a while. */
function busy(ms: number): ServiceError {
  const retryAfterMs = Math.round(Math.min(60_000, Math.max(200, ms)) * (1 + Math.random()))
  return new ServiceError('host_busy', undefined, { retryAfterMs })
}
