import { type Logger, pino } from 'pino'
import { createRedaction } from './redaction.ts'

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/**
 * JSON lines on standard error: standard output belongs to what a command says. Lines are written behind the work, a
 * few at a time, and all of them at `flush`. Every `url` and every `err` is told without secrets, whoever tells it.
 * @param queries whether queries of URLs are told
 */
export function createLog(
  level: LogLevel,
  role: string,
  queries: boolean,
): { log: Logger; flush: () => void } {
  const { url, fault } = createRedaction(queries)
  const destination = pino.destination({ dest: 2, sync: false, minLength: 0 })
  const log = pino(
    {
      level,
      base: { role, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      // Fastify's own `req` would tell the query, in which clients send URLs, header fields and cookies.
      serializers: { url, err: fault, req: ({ method }: { method: string }) => ({ method }) },
    },
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
