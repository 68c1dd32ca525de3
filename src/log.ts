import { type Logger, pino } from 'pino'

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/**
 * JSON lines on standard error: standard output belongs to what a command says. Lines are written behind the work, a
 * few at a time, and all of them at `flush`.
 */
export function createLog(level: LogLevel, role: string): { log: Logger; flush: () => void } {
  const destination = pino.destination({ dest: 2, sync: false, minLength: 0 })
  const log = pino(
    { level, base: { role, pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime },
    destination,
  )
  const flush = () => {
    try {
      destination.flushSync()
    } catch {
      // Not open yet, or closed by whoever read it: there is nowhere left to say so.
    }
  }
  return { log, flush }
}
