import { toServiceError } from '../contract/errors.ts'
import type { Parser, ParserLink } from '../contract/parser.ts'

/** The way to a parser in this process: a function call. What was handed out ends with the process. */
export function embeddedLink(parser: Parser): ParserLink {
  return {
    ready: true,
    outlivesWorker: false,
    parse: async ({ url, options }, { signal }) => {
      try {
        return await parser.parse(url, options, signal)
      } catch (fault) {
        throw toServiceError(fault)
      }
    },
    settled: async () => {},
    withdraw: async () => false,
    close: async () => {},
  }
}
