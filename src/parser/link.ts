import { toServiceError } from '../contract/errors.ts'
import type { Parser, ParserLink } from '../contract/parser.ts'

/** The way to a parser in this process: a function call. What was handed out ends with the process. */
export function embeddedLink(parser: Parser): ParserLink {
  /** What says of a page that it is stored, by the request's id. */
  const stored = new Map<number, () => void>()
  return {
    ready: true,
    load: 0,
    outlivesWorker: false,
    parse: async ({ id, url, options }, { signal }) => {
      signal.throwIfAborted()
      // The wait ends with the signal even where the parser is slow to heed it.
      const ended = Promise.withResolvers<never>()
      const onAbort = () => ended.reject(signal.reason)
      signal.addEventListener('abort', onAbort, { once: true })
      const handedOn = Promise.withResolvers<void>()
      stored.set(id, handedOn.resolve)
      try {
        return await Promise.race([parser.parse(url, options, signal, handedOn.promise), ended.promise])
      } catch (fault) {
        handedOn.resolve()
        throw signal.aborted ? signal.reason : toServiceError(fault)
      } finally {
        signal.removeEventListener('abort', onAbort)
      }
    },
    settled: async (id) => {
      stored.get(id)?.()
      stored.delete(id)
    },
    withdraw: async () => false,
    // The signal of its wait is the parser's own.
    cancel: async () => {},
    close: async () => {},
  }
}
