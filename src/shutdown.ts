import closeWithGrace from 'close-with-grace'
import type { Logger } from 'pino'

/** Longest time from SIGTERM to the end, in ms. */
const LIMIT_MS = 9500

/** What is open, in the order it was opened. */
export interface Shutdown {
  /** Adds something to be closed, before everything that was added earlier. */
  add(name: string, close: () => void | Promise<void>): void
}

/**
 * Closes everything in reverse at SIGTERM, SIGINT and the like, then exits: 0 when all closed, 1 after a fault that
 * nothing caught or when closing takes too long.
 */
export function createShutdown(log: Logger, flush: () => void): Shutdown {
  const open: { name: string; close: () => void | Promise<void> }[] = []
  const onTimeout = () => {
    log.error({ open: open.map(({ name }) => name) }, 'closing took too long')
    flush()
  }
  closeWithGrace({ delay: LIMIT_MS, logger: false, onTimeout }, async ({ err, signal }) => {
    if (err) log.fatal({ err }, 'stopping after a fault that nothing caught')
    else log.info({ signal }, 'stopping')
    for (let last = open.at(-1); last; last = open.at(-1)) {
      await Promise.resolve(last.close()).catch((fault) =>
        log.warn({ err: fault, part: last.name }, 'closing failed'),
      )
      open.pop()
    }
    flush()
  })
  return { add: (name, close) => open.push({ name, close }) }
}
