import assert from 'node:assert/strict'
import { eventually, type Running, run } from '../support/process.ts'

/** A part that can be killed at any moment and started again. */
export interface Part {
  /** Unique; what stands before the space says what kind of part it is. */
  name: string
  /** Starts it and waits until it works. */
  start(): Promise<void>
  /** SIGKILL. */
  kill(): Promise<void>
}

/** A role of the service as a process. */
export interface Role extends Part {
  /** @throws AssertionError when it ended by itself, or told of a fault that an outage does not excuse */
  check(): void
  stop(): Promise<void>
}

/** What every role of a chaos run is given. */
export const settings = { MAX_ATTEMPTS: '5', LOG_LEVEL: 'warn' }

/** Longest wait for a role to work; it may have to wait for others that are away. In ms. */
const START_MS = 60_000

/**
 * A role as a process; it counts as started when it says so. One that gives up or is killed while it starts is started
 * again, as by a supervisor; one that ends by itself afterwards has a defect.
 */
export function role(name: string, command: string, env: NodeJS.ProcessEnv): Role {
  const { DATABASE_URL: _, REDIS_URL: __, PORT: ___, ...clean } = process.env
  const faults: string[] = []
  let running: Running | undefined
  let working = false
  const gone = ({ child }: Running) => child.exitCode !== null || child.signalCode !== null
  const begin = () => {
    if (running) faults.push(...faultLines(running))
    running = run(process.execPath, ['src/main.ts', command], { env: { ...clean, ...settings, ...env } })
  }
  const noteCrash = () => {
    if (running && working && gone(running)) faults.push(`ended by itself: ${running.output()}`)
  }
  return {
    name,
    async start() {
      const isUp = () => {
        if (!running || gone(running)) begin()
        return /(at work|listens on)/.test(running?.output() ?? '')
      }
      await eventually(`${name} to start`, isUp, START_MS)
      working = true
    },
    async kill() {
      noteCrash()
      working = false
      await running?.stop('SIGKILL')
    },
    check() {
      noteCrash()
      assert.deepEqual([...faults, ...(running ? faultLines(running) : [])], [], `faults of ${name}`)
    },
    stop: async () => void (await running?.stop('SIGKILL')),
  }
}

/** Lines of the log at level error (50) or above, and what is no line of the log, such as an uncaught exception. */
function faultLines({ output }: Running): string[] {
  return output()
    .split('\n')
    .filter((line) => /^\{"level":[56]0/.test(line) || /^(?!\{).*Error/.test(line))
}
