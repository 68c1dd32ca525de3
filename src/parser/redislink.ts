import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ChainableCommander, Redis } from 'ioredis'
import type { Logger } from 'pino'
import { ServiceError } from '../contract/errors.ts'
import { batched } from '../contract/lanes.ts'
import type { Page, Task } from '../contract/models.ts'
import type { Handing, ParserLink } from '../contract/parser.ts'
import { BLOCK_SECONDS, onReady, openRedis, throwFirst } from './redis.ts'
import { forgetResults, readResults } from './results.ts'
import { createRoster } from './roster.ts'
import {
  badResult,
  CANCELLED_TTL_MS,
  completed,
  decodeResult,
  encodeTask,
  type Keys,
  OWNERS_TTL_MS,
  readLoad,
} from './wire.ts'

export interface RedisLinkParts {
  redisUrl: string
  keys: Keys
  /** Silence of a parser that ends an attempt, in ms. */
  resultTimeoutMs: number
  /** Longest wait for any parser to take a task, in ms. */
  queueTtlMs: number
  /** MAX_BYTES: bounds the results read. */
  maxBytes: number
  log: Logger
}

/** A task that is out. */
interface Out {
  task: Task
  raw: string
  /** When it began to wait, on the clock of performance.now(). */
  since: number
  /** When it was first seen to be out of the list; undefined while it waits there. */
  takenAt: number | undefined
  /** False while it may not be in Redis: never sent, or Redis was lost since. */
  sent: boolean
  /** Its answer is being read. */
  reading: boolean
  resolve: (page: Page) => void
  reject: (reason: unknown) => void
}

interface State extends RedisLinkParts {
  name: string
  redis: Redis
  waker: Redis
  out: Map<number, Out>
  /** Tasks of this turn of the event loop that go out in one command. */
  fresh: Out[]
  /** What parsers told of, lately. */
  load: number
  epoch: string | undefined
  runId: string | undefined
  watch: Round
  closed: boolean
}

/** A step done now and then. */
interface Round {
  /** Does it soon, outside its turn. */
  now: () => void
  stop: () => void
}

/** A parser that only SETs is noticed within 100 ms; the time of a round trip is left for the reading. */
const POLL_MS = 80
const WATCH_MS = 250
const SWEEP_MS = 500

/** The load is the mean of about so many answers. */
const LOAD_SAMPLES = 20

/** Results that are asked for at once. */
const KEYS_AT_ONCE = 500

/** Results that are dropped at once. */
const FORGOTTEN_AT_ONCE = 100

/** A longer list is not read to see what waits in it. */
const LONGEST_LIST = 50_000

/** The way to parsers through Redis: a list of tasks, a key for each result. */
export function createRedisLink(parts: RedisLinkParts): ParserLink {
  const name = randomUUID()
  const state: State = {
    ...parts,
    watch: { now: () => {}, stop: () => {} },
    name,
    redis: openRedis(parts.redisUrl, `parsegate-worker-${name}`, parts.log),
    waker: openRedis(parts.redisUrl, `parsegate-wake-${name}`, parts.log),
    out: new Map(),
    fresh: [],
    load: 0,
    epoch: undefined,
    runId: undefined,
    closed: false,
  }
  state.watch = every(WATCH_MS, state, () => watch(state))
  const roster = createRoster(state.redis, parts.keys)
  const rounds = [
    every(POLL_MS, state, () => read(state, [...state.out.values()])),
    every(SWEEP_MS, state, () => roster.sweep()),
    state.watch,
  ]
  onReady(state.redis, state.watch.now)
  const waking = wake(state)
  return {
    get ready() {
      return state.redis.status === 'ready' && state.epoch !== undefined
    },
    get load() {
      return state.load
    },
    outlivesWorker: true,
    parse: async (task, handing) => completed(await handOut(state, task, handing), task),
    settled: batched((ids) => forgetResults(state, ids), { items: FORGOTTEN_AT_ONCE, lanes: 4 }),
    withdraw: (task) => withdraw(state, task),
    cancel: (task) => cancel(state, task),
    async close() {
      state.closed = true
      for (const round of rounds) round.stop()
      state.waker.disconnect()
      await waking
      state.redis.disconnect()
    },
  }
}

/** Runs a step now and then while Redis answers, one run at a time. What fails is done by the next run. */
function every(ms: number, { redis, log }: State, step: () => Promise<unknown>): Round {
  let running = false
  let again = false
  const run = async () => {
    if (running) again = true
    if (running || redis.status !== 'ready') return
    running = true
    await step().catch((err) => log.debug({ err }, 'redis'))
    running = false
    if (again) queueMicrotask(run)
    again = false
  }
  const timer = setInterval(run, ms)
  return { now: () => queueMicrotask(run), stop: () => clearInterval(timer) }
}

function handOut(state: State, task: Task, { again, waitedMs, signal }: Handing): Promise<Page> {
  return new Promise<Page>((resolve, reject) => {
    const onAbort = () => end(state, one, () => reject(signal.reason))
    const finished =
      <T>(next: (value: T) => void) =>
      (value: T) => {
        signal.removeEventListener('abort', onAbort)
        next(value)
      }
    const one: Out = {
      task,
      raw: encodeTask(task),
      since: performance.now() - waitedMs,
      takenAt: undefined,
      sent: false,
      reading: false,
      resolve: finished(resolve),
      reject: finished(reject),
    }
    state.out.set(task.id, one)
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) return onAbort()
    // One that was out before is placed by the watch, which looks for its answer and its traces first.
    if (again) return state.watch.now()
    state.fresh.push(one)
    if (state.fresh.length === 1) queueMicrotask(() => void sendFresh(state))
  })
}

/** A task is out until it has an answer or a fault; whichever comes first ends it. */
function end(state: State, one: Out, how: () => void): void {
  if (state.out.get(one.task.id) !== one) return
  state.out.delete(one.task.id)
  how()
}

async function sendFresh(state: State): Promise<void> {
  const batch = state.fresh
  state.fresh = []
  // What an earlier attempt, or a stranger, left under the result key is not this attempt's answer.
  await send(state, batch, { clean: true }).catch((err) =>
    state.log.debug({ err }, 'tasks could not be sent; the watch will place them'),
  )
}

/** Pushes tasks, oldest first, with a note of who waits for them. */
async function send(
  { redis, keys, name }: State,
  batch: Out[],
  { clean }: { clean: boolean },
): Promise<void> {
  const transaction = redis.multi()
  if (clean) {
    transaction.unlink(...batch.map(({ task }) => keys.results + task.id))
    // One that is tried anew was cancelled before.
    transaction.srem(keys.cancelled, ...batch.map(({ task }) => task.id))
  }
  claim(transaction, keys, name, batch)
  transaction.lpush(keys.tasks, ...batch.map(({ raw }) => raw))
  throwFirst(await transaction.exec())
  for (const one of batch) one.sent = true
}

/** Says that this worker waits for the tasks. */
function claim(transaction: ChainableCommander, keys: Keys, name: string, batch: Out[]): void {
  transaction.hset(keys.owners, ...batch.flatMap(({ task }) => [task.id, name]))
  transaction.pexpire(keys.owners, OWNERS_TTL_MS)
}

/** Waits for ids on this worker's wake-up list and reads their results. */
async function wake(state: State): Promise<void> {
  const { waker, keys, name, out } = state
  while (!state.closed) {
    try {
      const popped = await waker.blmpop(BLOCK_SECONDS, 1, keys.wake + name, 'RIGHT', 'COUNT', 100)
      const ids = popped ? popped[1].map(Number) : []
      void read(
        state,
        ids.map((id) => out.get(id)).filter((one) => one !== undefined),
      ).catch(() => {})
    } catch {
      if (!state.closed) await sleep(100)
    }
  }
}

/** Reads the results that are there, for those of `wanted` that nobody else is reading. */
async function read(state: State, wanted: Out[]): Promise<void> {
  const mine = wanted.filter((one) => !one.reading)
  for (let i = 0; i < mine.length; i += KEYS_AT_ONCE) {
    const chunk = mine.slice(i, i + KEYS_AT_ONCE)
    for (const one of chunk) one.reading = true
    try {
      const answers = await readResults(
        state,
        chunk.map(({ task }) => task.id),
      )
      for (const [index, one] of chunk.entries()) answer(state, one, answers[index] ?? null)
    } finally {
      for (const one of chunk) one.reading = false
    }
  }
}

/** @param text a result's JSON, null where there is none, a number where it cannot be one */
function answer(state: State, one: Out, text: string | number | null): void {
  if (text === null) return
  end(state, one, () => {
    try {
      if (typeof text === 'number') throw badResult()
      state.load += (readLoad(text) - state.load) / LOAD_SAMPLES
      one.resolve(decodeResult(text))
    } catch (fault) {
      one.reject(fault)
    }
  })
}

/** Looks after what is out: places what Redis may have lost, notes what was taken, ends what waited too long. */
async function watch(state: State): Promise<void> {
  await checkEpoch(state)
  try {
    const lost = [...state.out.values()].filter((one) => !one.sent && !state.fresh.includes(one))
    if (lost.length > 0) await place(state, lost)
    await noteTaken(state)
  } finally {
    // A Redis that takes no tasks (out of memory, a list that is none) does not make any wait for ever.
    await expire(state)
  }
}

/**
 * Finds out whether Redis was emptied (the epoch is gone) or is another process (it may have come back with less than
 * it had). Everything that is out is then in doubt.
 */
async function checkEpoch(state: State): Promise<void> {
  const { redis, keys, name } = state
  const [info, , epoch] = await Promise.all([
    redis.info('server'),
    redis.setnx(keys.epoch, `${name}:${Date.now()}`),
    redis.get(keys.epoch),
  ])
  const runId = /run_id:(\w+)/.exec(String(info))?.[1]
  if (state.epoch !== undefined && (epoch !== state.epoch || runId !== state.runId)) {
    state.log.warn({ out: state.out.size }, 'redis was restarted or emptied: what is out is looked for again')
    for (const one of state.out.values()) {
      one.sent = false
      one.takenAt = undefined
    }
  }
  state.epoch = epoch ?? undefined
  state.runId = runId
}

/** Hands out what is in doubt, unless it is still in Redis or has an answer. */
async function place(state: State, doubtful: Out[]): Promise<void> {
  const { redis, keys, name } = state
  const transaction = redis.multi()
  claim(transaction, keys, name, doubtful)
  throwFirst(await transaction.exec())
  const places = await trace(state, doubtful)
  // After the trace: a task that was ended meanwhile is in no list any more, but has its result.
  await read(state, doubtful)
  // What was on its way to Redis when it was looked for is there by now.
  const absent = doubtful.filter(
    (one, index) => places[index] === 0 && !one.sent && state.out.get(one.task.id) === one,
  )
  for (const [index, one] of doubtful.entries()) if (places[index] !== 0) one.sent = true
  if (absent.length > 0) await send(state, absent, { clean: false })
}

function trace({ redis, keys }: State, tasks: Out[]): Promise<number[]> {
  return redis.parsegateTrace(
    keys.tasks,
    keys.parsers,
    keys.taken,
    LONGEST_LIST,
    ...tasks.map(({ raw }) => raw),
  )
}

/** The clock of RESULT_TIMEOUT starts when a task is first seen to have left the list, and stops if it returns. */
async function noteTaken(state: State): Promise<void> {
  const sent = [...state.out.values()].filter((one) => one.sent)
  if (sent.length === 0) return
  const waiting = await state.redis.llen(state.keys.tasks)
  const places = waiting === 0 ? [] : await trace(state, sent)
  const now = performance.now()
  sent.forEach((one, index) => {
    const place = places[index] ?? 0
    if (place === 1) one.takenAt = undefined
    else if (place !== -1) one.takenAt ??= now
  })
}

/** Ends what waited too long, after a last look for its answer. */
async function expire(state: State): Promise<void> {
  const now = performance.now()
  const silent = (one: Out) => one.takenAt !== undefined && now - one.takenAt > state.resultTimeoutMs
  const untaken = (one: Out) => one.takenAt === undefined && now - one.since > state.queueTtlMs
  const overdue = [...state.out.values()].filter((one) => silent(one) || untaken(one))
  if (overdue.length === 0) return
  await read(state, overdue)
  for (const one of overdue.filter(untaken)) {
    const removed = await state.redis.lrem(state.keys.tasks, 1, one.raw).catch(() => undefined)
    // It left the list after it was looked for there: a parser has it.
    if (removed === 0 && one.sent) one.takenAt = now
  }
  for (const one of overdue) {
    if (untaken(one)) end(state, one, () => one.reject(notTaken()))
    else if (silent(one)) end(state, one, () => one.reject(noAnswer()))
  }
}

const noAnswer = () => new ServiceError('timeout', 'Timeout waiting result')
const notTaken = () => new ServiceError('parser_unavailable', 'No parser took the task in time')

async function withdraw({ redis, keys }: State, task: Task): Promise<boolean> {
  return (await redis.lrem(keys.tasks, 1, encodeTask(task)).catch(() => 0)) > 0
}

/** A parser that has it hears of it within half a second; one that was not written here goes on, for nothing. */
async function cancel(state: State, task: Task): Promise<void> {
  if (await withdraw(state, task)) return
  const { redis, keys } = state
  await redis
    .multi()
    .sadd(keys.cancelled, task.id)
    .pexpire(keys.cancelled, CANCELLED_TTL_MS)
    .exec()
    .catch(() => {})
}
