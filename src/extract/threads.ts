import { availableParallelism } from 'node:os'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MessagePort } from 'node:worker_threads'
import type { Piscina } from 'piscina'
import { ServiceError } from '../contract/errors.ts'
import type { Begun, JobName, Jobs, Sent } from './job.ts'
import { unpack } from './parcel.ts'

type Result<Name extends JobName> = Jobs[Name]['result']

export interface ThreadParts {
  /** Tasks worked on at once; by default one for each core, from 2 to 4. */
  threads?: number | undefined
  /** Tasks that may wait for a thread; each holds its page. More of them are told to come again. */
  mostWaiting: number
}

export interface TaskBounds {
  /** Milliseconds from when the task is begun; then its thread is ended. */
  deadlineMs: number
  /** What is thrown then. */
  late: () => ServiceError
  signal?: AbortSignal | undefined
  /** Whether the task's bytes, which have their memory to themselves, are gone from here when it is begun. */
  gives?: boolean
}

/** Threads in which pages are taken apart: whatever a hostile one does there, the rest of the process goes on. */
export interface Threads {
  /**
   * Runs a task of a job (see job.ts). Its bytes stay as they are, unless they are given: the thread has a copy.
   * @throws ServiceError `too_busy`, or what `late` gives; the signal's reason; whatever ended the job or its thread
   */
  run<Name extends JobName>(job: Name, task: Jobs[Name]['task'], bounds: TaskBounds): Promise<Result<Name>>
  close(): Promise<void>
}

/** MiB of heap for one task; what needs more ends its thread, and nothing else. */
const HEAP_MIB = 384

/** Milliseconds for a thread to start and load a job's code, which is no fault of the page's. */
const START_MS = 30_000

/** Threads end when they have had nothing to do for so long, in ms. */
const IDLE_MS = 5000

/** Nothing is loaded and no thread started before the first task. */
export function createThreads({ threads = usual(), mostWaiting }: ThreadParts): Threads {
  let pool: Promise<Pool> | undefined
  const places = createPlaces(threads, mostWaiting)
  return {
    async run(job, task, bounds) {
      const leave = await places.enter(bounds.signal)
      try {
        pool ??= openPool(threads)
        const result = await runIn(await pool, job, task, bounds)
        return (result instanceof MessagePort ? await unpack(result) : result) as Result<typeof job>
      } finally {
        leave()
      }
    },
    async close() {
      await (await pool)?.piscina.destroy()
    },
  }
}

const usual = () => Math.min(Math.max(availableParallelism(), 2), 4)

interface Pool {
  piscina: Piscina<Sent<JobName>, Jobs[JobName]['result'] | MessagePort>
  /** What starts the clock of each task that is in a thread. */
  begun: Map<number, () => void>
  lastId: number
}

async function openPool(threads: number): Promise<Pool> {
  const { Piscina } = await import('piscina')
  // Beside this file, as it is or as it was built.
  const extension = extname(fileURLToPath(import.meta.url))
  const piscina = new Piscina<Sent<JobName>, Jobs[JobName]['result'] | MessagePort>({
    filename: new URL(`./job${extension}`, import.meta.url).href,
    minThreads: 0,
    maxThreads: threads,
    idleTimeout: IDLE_MS,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
    recordTiming: false,
  })
  const begun = new Map<number, () => void>()
  piscina.on('message', (message: Begun) => begun.get(message.begun)?.())
  // A thread that breaks without a task in it is replaced by the next task.
  piscina.on('error', () => {})
  return { piscina, begun, lastId: 0 }
}

async function runIn<Name extends JobName>(
  pool: Pool,
  job: Name,
  task: Jobs[Name]['task'],
  { deadlineMs, late, signal, gives = false }: TaskBounds,
): Promise<Result<Name> | MessagePort> {
  pool.lastId += 1
  const id = pool.lastId
  const overdue = new AbortController()
  let timer = setTimeout(() => overdue.abort(), START_MS)
  pool.begun.set(id, () => {
    clearTimeout(timer)
    timer = setTimeout(() => overdue.abort(), deadlineMs)
  })
  const ended = signal ? AbortSignal.any([signal, overdue.signal]) : overdue.signal
  try {
    const { own, transferList } = handOver(task, gives)
    const sent = { id, job, task: own }
    return (await pool.piscina.run(sent, { signal: ended, transferList })) as Result<Name> | MessagePort
  } catch (thrown) {
    if (signal?.aborted) throw signal.reason
    throw overdue.signal.aborted ? late() : thrown
  } finally {
    clearTimeout(timer)
    pool.begun.delete(id)
  }
}

/**
 * A task with bytes of its own, as they may be a part of a larger block. Made when the task has its place: while it waits, its
 * body is where it came to, in memory that is counted.
 */
function handOver<Task extends object>(
  task: Task,
  gives: boolean,
): { own: Task; transferList: ArrayBuffer[] } {
  if (!('bytes' in task && task.bytes instanceof Uint8Array)) return { own: task, transferList: [] }
  const bytes = gives ? task.bytes : new Uint8Array(task.bytes)
  return { own: { ...task, bytes }, transferList: [bytes.buffer as ArrayBuffer] }
}

interface Places {
  /** Waits for a place. @returns what gives it back. @throws ServiceError `too_busy`, or the signal's reason */
  enter(signal: AbortSignal | undefined): Promise<() => void>
}

/**
 * Places in the order they are asked for. The pool has a queue too, but it starts no thread for what waits there when
 * one has been ended, and a deadline would count the wait.
 */
function createPlaces(count: number, mostWaiting: number): Places {
  let free = count
  const waiting = new Set<() => void>()
  const leave = () => {
    const [next] = waiting
    if (!next) free += 1
    else {
      waiting.delete(next)
      next()
    }
  }
  return {
    async enter(signal) {
      signal?.throwIfAborted()
      if (free > 0) free -= 1
      else {
        if (waiting.size >= mostWaiting) throw new ServiceError('too_busy')
        await turn(waiting, signal)
      }
      return leave
    },
  }
}

/** Resolves when the one put into `waiting` is called; takes it out where the signal comes first. */
function turn(waiting: Set<() => void>, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      waiting.delete(go)
      reject(signal?.reason)
    }
    const go = () => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    }
    waiting.add(go)
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}
