import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import type { Logger } from 'pino'
import { Counter, type Registry } from 'prom-client'
import type { ZodError } from 'zod'
import { ServiceError, toServiceError } from '../contract/errors.ts'
import { batched } from '../contract/lanes.ts'
import { type Load, measureLoad } from '../contract/load.ts'
import type { Page } from '../contract/models.ts'
import type { Parser } from '../contract/parser.ts'
import { readUrl } from '../contract/requests.ts'
import { TaskOptions } from '../contract/site.ts'
import { BLOCK_SECONDS, finishScript, onReady, openRedis, throwFirst } from './redis.ts'
import { createRoster, parserConnectionName, returnTasks } from './roster.ts'
import {
  DEAD_KEPT,
  encodeFault,
  encodePage,
  fitting,
  type Keys,
  maxResultBytes,
  parseJson,
  RESULT_TTL_MS,
  TaskMessage,
} from './wire.ts'

export interface ConsumerParts {
  redisUrl: string
  keys: Keys
  parser: Parser
  /** Tasks in hand at once. */
  concurrency: number
  /** MAX_BYTES: bounds the result too. */
  maxBytes: number
  log: Logger
  metrics: Registry
}

export interface Consumer {
  /** Whether tasks can be taken. */
  readonly ready: boolean
  /** Takes no more; what is not done after `graceMs` goes back to the list. */
  close(graceMs: number): Promise<void>
}

const SWEEP_MS = 500

/** How often the tasks that were cancelled are looked for, in ms. */
const CANCELLED_MS = 300

/** Most tasks taken in one round trip. */
const TAKE_AT_ONCE = 32

/** About the bytes of results in one transaction, unless one is larger. */
const WRITTEN_AT_ONCE = 4 * 1024 * 1024

/** Takes tasks from the list, a bounded number at once, and writes their results, until closed. */
export function startConsumer(parts: ConsumerParts): Consumer {
  const id = randomUUID()
  const taker = openRedis(parts.redisUrl, `parsegate-taker-${id}`, parts.log)
  // This one is open for as long as there is anything in hand: by it others see that this parser lives.
  const redis = openRedis(parts.redisUrl, parserConnectionName(id), parts.log)
  const state: State = {
    ...parts,
    id,
    taker,
    redis,
    inHand: new Map(),
    heeded: new Set(),
    load: measureLoad(),
    stop: new AbortController(),
    freed: () => {},
    write: batched((finished) => writeAll(state, finished), {
      items: TAKE_AT_ONCE,
      lanes: 1,
      weight: { of: ({ result }) => result.length, max: WRITTEN_AT_ONCE },
    }),
    ...count(parts.metrics),
  }

  const register = () => redis.sadd(parts.keys.parsers, id).catch(() => {})
  onReady(redis, register)
  const roster = createRoster(redis, parts.keys)
  const sweeping = setInterval(() => {
    if (redis.status !== 'ready') return
    // Again and again, because Redis may have been emptied.
    void register()
    roster.sweep().then(
      (gone) => {
        for (const one of gone) parts.log.warn(one, 'a parser has gone: its tasks are back on the list')
      },
      (err) => parts.log.debug({ err }, 'looking for parsers that have gone failed'),
    )
  }, SWEEP_MS)

  const heeding = setInterval(() => void heedCancelled(state), CANCELLED_MS)
  const taking = takeTasks(state)
  return {
    get ready() {
      return taker.status === 'ready' && redis.status === 'ready'
    },
    async close(graceMs) {
      clearInterval(sweeping)
      clearInterval(heeding)
      state.load.stop()
      state.stop.abort()
      state.freed()
      // A move that Redis makes at this moment is found in the list of taken tasks below.
      taker.disconnect()
      await taking
      const done = Promise.all([...state.inHand.values()].map((task) => task.done))
      await Promise.race([done, sleep(graceMs, undefined, { ref: false })])
      for (const task of state.inHand.values()) task.abort.abort(new ServiceError('parser_unavailable'))
      if (redis.status === 'ready') await returnTasks(redis, parts.keys, id, 0).catch(() => {})
      redis.disconnect()
    },
  }
}

interface InHand {
  done: Promise<void>
  abort: AbortController
  /** As text, once it has been read. */
  id?: string
}

interface State extends ConsumerParts {
  id: string
  taker: Redis
  redis: Redis
  /** By the raw text of the task. */
  inHand: Map<string, InHand>
  /** Ids that were cancelled, as long as they are told. */
  heeded: Set<string>
  /** How much of its time this process is at work, 0 to 1. */
  load: Load
  stop: AbortController
  /** Called when a place becomes free. */
  freed: () => void
  /** Writes a result. Those that come while others are written go together: Redis and the worker then wake once for many. */
  write: (finished: Finished) => Promise<void>
  tasks: Counter<'outcome'>
}

/** A task that is done. */
interface Finished {
  raw: string
  id: number | string
  /** Its result's JSON. */
  result: string
}

function count(registry: Registry) {
  const tasks = new Counter({
    name: 'parsegate_parser_tasks_total',
    help: 'Tasks ended by this parser, by outcome (success, failure, cancelled, dead)',
    labelNames: ['outcome'] as const,
    registers: [registry],
  })
  return { tasks }
}

async function takeTasks(state: State): Promise<void> {
  const { concurrency, inHand, stop, log } = state
  while (!stop.signal.aborted) {
    try {
      if (inHand.size >= concurrency) await new Promise<void>((resolve) => (state.freed = resolve))
      else for (const raw of await take(state, concurrency - inHand.size)) hold(state, raw)
    } catch (err) {
      if (stop.signal.aborted) break
      log.debug({ err }, 'taking tasks failed')
      await sleep(100)
    }
  }
}

/** Moves tasks to this parser's own list, where they are safe from its death. Waits for the first a bounded time. */
async function take({ taker, keys, id }: State, most: number): Promise<string[]> {
  const mine = keys.taken + id
  const taken = await taker.parsegateTake(keys.tasks, mine, Math.min(most, TAKE_AT_ONCE))
  if (taken.length > 0) return taken
  const first = await taker.blmove(keys.tasks, mine, 'RIGHT', 'LEFT', BLOCK_SECONDS)
  return first === null ? [] : [first]
}

function hold(state: State, raw: string): void {
  const { inHand, redis, keys, id, log } = state
  // The same text twice is one task that was handed out again while it was in hand.
  if (inHand.has(raw)) {
    redis.lrem(keys.taken + id, 1, raw).catch(() => {})
    return
  }
  const one: InHand = { done: Promise.resolve(), abort: new AbortController() }
  inHand.set(raw, one)
  one.done = work(state, raw, one)
    .catch((err) => log.error({ err }, 'a task could not be ended'))
    .finally(() => {
      inHand.delete(raw)
      state.freed()
    })
}

/** One task, start to end. */
async function work(state: State, raw: string, one: InHand): Promise<void> {
  const { signal } = one.abort
  const task = TaskMessage.safeParse(parseJson(raw))
  if (!task.success) return bury(state, raw, reasons(task.error))
  one.id = String(task.data.id)
  const begun = performance.now()
  const handedOn = Promise.withResolvers<void>()
  try {
    const answer = await parse(state, task.data, signal, handedOn.promise)
    if (signal.aborted) return await drop(state, raw, task.data, signal)
    const ms = Math.round(performance.now() - begun)
    await end(state, raw, task.data, toAnswer(state, answer, ms), ms)
  } finally {
    handedOn.resolve()
  }
}

/** Ends what nobody wants any more. An id is heeded once: what has it later is another try. */
async function heedCancelled({ inHand, heeded, redis, keys, log }: State): Promise<void> {
  if ((inHand.size === 0 && heeded.size === 0) || redis.status !== 'ready') return
  try {
    const told = new Set(await redis.smembers(keys.cancelled))
    for (const { id, abort } of inHand.values())
      if (id !== undefined && told.has(id) && !heeded.has(id)) abort.abort(new ServiceError('cancelled'))
    heeded.clear()
    for (const id of told) heeded.add(id)
  } catch (err) {
    log.debug({ err }, 'looking for cancelled tasks failed')
  }
}

/** A task that was cancelled has no answer; one that was given up because this parser stops stays where others find it. */
async function drop(state: State, raw: string, { id, url }: TaskMessage, signal: AbortSignal): Promise<void> {
  if ((signal.reason as ServiceError).code !== 'cancelled') return
  const { redis, keys, tasks, log } = state
  await redis
    .multi()
    .lrem(keys.taken + state.id, 1, raw)
    .hdel(keys.owners, String(id))
    .exec()
  tasks.inc({ outcome: 'cancelled' })
  log.info({ task: id, url, outcome: 'cancelled' }, 'task')
}

async function end(state: State, raw: string, task: TaskMessage, { json, fault }: Answer, ms: number) {
  await finish(state, raw, task.id, json)
  state.tasks.inc({ outcome: fault ? 'failure' : 'success' })
  tell(state.log, task, ms, fault)
}

/** What is left of a page when it is written: its text alone, or each would be held twice while it waits for its turn. */
interface Answer {
  json: string
  fault: ServiceError | undefined
}

function toAnswer({ maxBytes, load }: State, answer: Page | ServiceError, ms: number): Answer {
  if (answer instanceof ServiceError) return { json: encodeFault(answer), fault: answer }
  return {
    json: encodePage(fitting(answer, maxBytes), { total: ms, load: load.now }),
    fault: undefined,
  }
}

/** One line per task; the cause of a fault stands here alone. */
function tell(log: Logger, { id, url }: TaskMessage, ms: number, fault: ServiceError | undefined): void {
  const level = fault?.code === 'internal_error' ? 'error' : 'info'
  log[level]({ task: id, url, ms, outcome: fault?.code ?? 'success', err: fault?.cause }, 'task')
}

function reasons(error: ZodError): string {
  return error.issues.map(({ path, message }) => `${path.join('.') || 'task'}: ${message}`).join('; ')
}

async function parse({ parser }: State, task: TaskMessage, signal: AbortSignal, handedOn: Promise<void>) {
  try {
    const url = readUrl(task.url)
    if (!(url instanceof URL)) return new ServiceError(url)
    const options = TaskOptions.safeParse(task.options ?? {})
    if (!options.success) return new ServiceError('invalid_request', reasons(options.error))
    return await parser.parse(url.href, options.data, signal, handedOn)
  } catch (fault) {
    return toServiceError(fault)
  }
}

async function finish({ maxBytes, write }: State, raw: string, id: number | string, json: string) {
  const fits =
    json.length * 3 <= maxResultBytes(maxBytes) || Buffer.byteLength(json) <= maxResultBytes(maxBytes)
  await write({ raw, id, result: fits ? json : encodeFault(new ServiceError('body_too_large')) })
}

async function writeAll(
  { redis, keys, id: parser, stop }: State,
  finished: Finished[],
): Promise<undefined[]> {
  const { results, taken, returns, owners, wake } = keys
  const ended = finished.flatMap(({ raw, id }) => [raw, id])
  // The pages go around the script: a copy of them in Lua would cost Redis as much as all the rest.
  const write = async () => {
    const transaction = redis.multi()
    for (const { id, result } of finished) transaction.set(results + id, result, 'PX', RESULT_TTL_MS)
    transaction.eval(finishScript, 3, taken + parser, returns, owners, wake, ...ended)
    throwFirst(await transaction.exec())
  }
  await throughOutages(write, stop.signal)
  return finished.map(() => undefined)
}

/** Repeats a write until Redis takes it: its effect is the same however often it is done. */
async function throughOutages(write: () => Promise<unknown>, stop: AbortSignal): Promise<void> {
  for (;;) {
    try {
      await write()
      return
    } catch (error) {
      if (stop.aborted) throw error
      await sleep(200)
    }
  }
}

/** A task that cannot be read is set aside with the reason, and never comes back. */
async function bury({ redis, keys, id, tasks, log }: State, raw: string, reason: string): Promise<void> {
  const record = JSON.stringify({ reason, task: raw.slice(0, 10_000), at: new Date().toISOString() })
  await redis
    .multi()
    .lpush(keys.dead, record)
    .ltrim(keys.dead, 0, DEAD_KEPT - 1)
    .lrem(keys.taken + id, 1, raw)
    .exec()
  tasks.inc({ outcome: 'dead' })
  // Its text stays in the list: what cannot be read may be a task all the same, with a password in it.
  log.warn({ reason, bytes: Buffer.byteLength(raw) }, 'a task could not be read: it is in the dead list')
}
