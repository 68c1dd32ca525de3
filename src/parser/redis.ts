import { Redis, type Result } from 'ioredis'
import type { Logger } from 'pino'

declare module 'ioredis' {
  interface RedisCommander<Context> {
    parsegateTake(...args: (string | number)[]): Result<string[], Context>
    parsegateReturn(...args: (string | number)[]): Result<[returned: number, poisoned: number], Context>
    parsegateSizes(...args: (string | number)[]): Result<number[], Context>
    parsegateTrace(...args: (string | number)[]): Result<number[], Context>
  }
}

/** Longest time a blocking command waits in the server, in s. */
export const BLOCK_SECONDS = 2

/** A command without an answer for so long, in ms, means a dead connection. */
const COMMAND_TIMEOUT_MS = 5000

/**
 * Opens a connection that never queues or repeats a command by itself: what happens to a task when Redis is away is
 * decided by who sent it. It reconnects within half a second of Redis being back.
 * @param name shown in CLIENT LIST; a parser is alive while a connection with its name is
 */
export function openRedis(url: string, name: string, log: Logger): Redis {
  const redis = new Redis(url, {
    connectionName: name,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: 2000,
    keepAlive: 5000,
    retryStrategy: (times) => Math.min(50 * times, 500),
    disableClientInfo: true,
    scripts,
  })
  let told = false
  redis.on('error', (error) => {
    if (!told) log.warn({ err: error, connection: name }, 'redis is away')
    told = true
  })
  redis.on('ready', () => {
    if (told) log.info({ connection: name }, 'redis is back')
    told = false
  })
  return redis
}

/**
 * Warns once, when Redis is first there, of one that drops keys by itself when it is full: tasks and answers among them would
 * be found missing only when their time is over. One that may not be asked, by its ACL, is not judged.
 * @returns gives it up
 */
export function warnOfEviction(url: string, log: Logger): () => void {
  const redis = openRedis(url, 'parsegate-check', log)
  redis.once('ready', () => {
    redis
      .info('memory')
      .then(
        (info) => judgePolicy(info, log),
        (err) => log.debug({ err }, 'redis does not tell its maxmemory-policy'),
      )
      .finally(() => redis.disconnect())
  })
  return () => redis.disconnect()
}

function judgePolicy(info: string, log: Logger): void {
  const policy = /^maxmemory_policy:([\w-]+)/m.exec(info)?.[1]
  if (policy !== undefined && policy !== 'noeviction')
    log.warn({ policy }, 'redis drops keys when it is full: set its maxmemory-policy to noeviction')
}

/** Runs a step when the connection is first ready and after every reconnect. */
export function onReady(redis: Redis, step: () => void): void {
  redis.on('ready', step)
  if (redis.status === 'ready') step()
}

/** Rejects with the first fault among the replies of a transaction. */
export function throwFirst(replies: [fault: Error | null, reply: unknown][] | null): void {
  const fault =
    replies === null ? new Error('the transaction was dropped') : replies.find(([one]) => one)?.[0]
  if (fault) throw fault
}

/** Lua that tells whoever waits for a task, of which `id` is at hand, that its result is there. */
const wakeOwner = (owners: string, wakePrefix: string) => `
  local owner = redis.call('HGET', ${owners}, id)
  if owner then
    redis.call('LPUSH', ${wakePrefix} .. owner, id)
    redis.call('PEXPIRE', ${wakePrefix} .. owner, 60000)
  end`

/**
 * Tasks are done: goes with the SETs of their results in one transaction, where ioredis cannot tell whether the server still
 * knows a script, so it is sent whole. KEYS taken, returns, owners; ARGV wake prefix, then raw task and id of each.
 */
export const finishScript = `
  for i = 2, #ARGV, 2 do
    local raw, id = ARGV[i], ARGV[i + 1]
    redis.call('LREM', KEYS[1], 1, raw)
    redis.call('HDEL', KEYS[2], redis.sha1hex(raw))
    ${wakeOwner('KEYS[3]', 'ARGV[1]')}
  end`

const scripts = {
  /** Moves up to a number of tasks to a parser's own list, the oldest first. */
  parsegateTake: {
    numberOfKeys: 2,
    // KEYS tasks, taken; ARGV how many
    lua: `
      local raws = {}
      for i = 1, tonumber(ARGV[1]) do
        local raw = redis.call('LMOVE', KEYS[1], KEYS[2], 'RIGHT', 'LEFT')
        if not raw then break end
        raws[i] = raw
      end
      return raws`,
  },
  /**
   * Puts the tasks of a parser back on the right of the list, the oldest last so that it is taken first. A task that
   * came back too often is answered instead, with a failure whose JSON is given.
   */
  parsegateReturn: {
    numberOfKeys: 5,
    // KEYS taken, tasks, returns, parsers, owners; ARGV parser id, most returns (0: do not count), result prefix,
    // failure JSON, result's ms to live, wake prefix
    lua: `
      local most, returned, poisoned = tonumber(ARGV[2]), 0, 0
      for _, raw in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
        local count = 0
        if most > 0 then count = redis.call('HINCRBY', KEYS[3], redis.sha1hex(raw), 1) end
        local ok, task = pcall(cjson.decode, raw)
        if most > 0 and count >= most and ok and type(task) == 'table' and task.id then
          local id = type(task.id) == 'number' and string.format('%.0f', task.id) or tostring(task.id)
          redis.call('SET', ARGV[3] .. id, ARGV[4], 'PX', ARGV[5])
          redis.call('HDEL', KEYS[3], redis.sha1hex(raw))
          ${wakeOwner('KEYS[5]', 'ARGV[6]')}
          poisoned = poisoned + 1
        else
          redis.call('RPUSH', KEYS[2], raw)
          returned = returned + 1
        end
      end
      if most > 0 then redis.call('PEXPIRE', KEYS[3], 86400000) end
      redis.call('DEL', KEYS[1])
      redis.call('SREM', KEYS[4], ARGV[1])
      return {returned, poisoned}`,
  },
  /** How large results are, in bytes: 0 where there is none (yet), -1 for what is empty or not a string. */
  parsegateSizes: {
    lua: `
      local sizes = {}
      for i, key in ipairs(KEYS) do
        local size = redis.pcall('STRLEN', key)
        if type(size) ~= 'number' then sizes[i] = -1
        elseif size == 0 and redis.call('EXISTS', key) == 1 then sizes[i] = -1
        else sizes[i] = size end
      end
      return sizes`,
  },
  /** Where tasks are: 0 nowhere, 1 in the list, 2 with one of our parsers, -1 unknown (the list is too long to read). */
  parsegateTrace: {
    numberOfKeys: 2,
    // KEYS tasks, parsers; ARGV taken prefix, longest list read, then the raw tasks
    lua: `
      local places, long = {}, redis.call('LLEN', KEYS[1]) > tonumber(ARGV[2])
      if not long then
        for _, raw in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do places[raw] = 1 end
      end
      for _, parser in ipairs(redis.call('SMEMBERS', KEYS[2])) do
        for _, raw in ipairs(redis.call('LRANGE', ARGV[1] .. parser, 0, -1)) do places[raw] = 2 end
      end
      local answer = {}
      for i = 3, #ARGV do answer[i - 2] = places[ARGV[i]] or (long and -1 or 0) end
      return answer`,
  },
}
