import { toServiceError } from '../contract/errors.ts'
import type { Parser, ParserLink } from '../contract/parser.ts'

/** The way to a parser in this process: a function call. What was handed out ends with the process. */
export function embeddedLink(parser: Parser): ParserLink {
  return {
    ready: true,
    outlivesWorker: false,
    parse: async ({ url, options }, { signal }) => {
      signal.throwIfAborted()
      // The wait ends with the signal even where the parser is slow to heed it.
      const ended = Promise.withResolvers<never>()
      const onAbort = () => ended.reject(signal.reason)
      signal.addEventListener('abort', onAbort, { once: true })
      try {
        return await Promise.race([parser.parse(url, options, signal), ended.promise])
      } catch (fault) {
        throw signal.aborted ? signal.reason : toServiceError(fault)
      } finally {
        signal.removeEventListener('abort', onAbort)
      }
    },
    settled: async () => {},
    withdraw: async () => false,
    close: async () => {},
  }
}
