import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** A port of 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

/** Asks again and again until `step` gives something; what it throws meanwhile does not matter. Bounded. */
export async function eventually<T>(
  what: string,
  step: () => Promise<T | undefined | false> | T | undefined | false,
  limitMs = 20_000,
): Promise<T> {
  const until = performance.now() + limitMs
  let last: unknown
  while (performance.now() < until) {
    try {
      const answer = await step()
      if (answer !== undefined && answer !== false) return answer
    } catch (error) {
      last = error
    }
    await sleep(20)
  }
  throw new Error(`waited ${limitMs} ms in vain for: ${what}`, { cause: last })
}

/** A process started by a test. */
export interface Running {
  child: ChildProcess
  /** What it has written to standard output and error so far. */
  output: () => string
  /** Its exit code once it has ended, null when a signal ended it. */
  ended: Promise<number | null>
  /** Ends it by its id and waits until it is gone. @returns its exit code, null when a signal ended it */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

const started = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of started) child.kill('SIGKILL')
})

export function run(command: string, args: string[], options: SpawnOptions = {}): Running {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options })
  started.add(child)
  let output = ''
  const keep = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-100_000)
  }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  const gone = once(child, 'exit').then(([code]) => code as number | null)
  gone.catch(() => {})
  gone.finally(() => started.delete(child)).catch(() => {})
  return {
    child,
    output: () => output,
    ended: gone,
    async stop(signal = 'SIGTERM') {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal)
      return gone
    },
  }
}
