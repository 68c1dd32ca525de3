import type { Config } from './config.ts'
import type { Parser } from './contract/parser.ts'
import type { Extractor } from './extract/extractor.ts'
import type { Threads } from './extract/threads.ts'
import type { Pace } from './fetch/pace.ts'

// Parts are imported where they are opened, as in roles.ts.

/** The parser that works in this process, for two kinds of asker. */
export interface LocalParsers {
  /** For those who wait for their page: a busy host is waited for. */
  direct: Parser
  /** For tasks: one whose host is busy goes back to the store, and makes room for others. */
  tasks: Parser
  extractor: Extractor
  close: () => Promise<void>
}

/** How long a task waits for a place at a busy host, in ms, before it goes back. */
const HOST_WAIT_MS = 1000

/** @param pace shared with other parsers, where there are any */
export async function createLocalParsers(config: Config, pace?: Pace): Promise<LocalParsers> {
  const { createFetcher } = await import('./fetch/page.ts')
  const { createParser } = await import('./parser/parse.ts')
  const { shareInFlight } = await import('./parser/share.ts')
  const { withFormats } = await import('./parser/formats.ts')
  const { withSite } = await import('./parser/site.ts')
  const { createDocuments } = await import('./extract/document.ts')
  const { createPages } = await import('./extract/pages.ts')
  const fetcher = createFetcher({
    maxBytes: config.MAX_BYTES,
    bytesAtOnce: config.MAX_BYTES_AT_ONCE,
    maxRedirects: config.MAX_REDIRECTS,
    maxHeadBytes: config.MAX_HEADER_BYTES,
    timeoutMs: config.FETCH_TIMEOUT,
    dnsMs: config.CONNECT_TIMEOUT,
    connectMs: config.CONNECT_TIMEOUT,
    tlsMs: config.CONNECT_TIMEOUT,
    firstByteMs: config.FIRST_BYTE_TIMEOUT,
    chunkMs: config.CHUNK_TIMEOUT,
    allowPrivate: config.ALLOW_PRIVATE,
    blockedPorts: config.BLOCKED_PORTS,
    dnsServers: config.DNS_SERVERS,
    proxies: config.PROXIES,
    tlsErrors: config.ALLOW_TLS_ERRORS,
    robots: config.ROBOTS,
    hostConcurrency: config.HOST_CONCURRENCY,
    hostGapMs: config.HOST_GAP,
    userAgent: config.USER_AGENT,
    ...(pace ? { pace } : {}),
  })
  const { threads, extractor } = await createExtraction(config)
  const pages = createPages(threads, { deadlineMs: config.EXTRACT_TIMEOUT })
  const parts = { fetcher, pages, documents: createDocuments(threads), maxBytes: config.MAX_BYTES }
  const direct = shareInFlight(createParser(parts))
  const tasks = shareInFlight(createParser({ ...parts, hostWaitMs: HOST_WAIT_MS }))
  const site = { fetcher, timeoutMs: config.FETCH_TIMEOUT }
  return {
    direct: withSite(withFormats(direct, extractor), site),
    // What is stored with a page is no larger than a page.
    tasks: withSite(withFormats(tasks, extractor, config.MAX_BYTES), site),
    extractor,
    close: () => threads.close(),
  }
}

/** Pages that may wait for a thread beside those of a parser's tasks. */
const MORE_WAITING = 100

/** The threads of this process, in which formats are made. */
export async function createExtraction(config: Config): Promise<{ threads: Threads; extractor: Extractor }> {
  const { createThreads } = await import('./extract/threads.ts')
  const { createExtractor } = await import('./extract/extractor.ts')
  const threads = createThreads({
    threads: config.EXTRACT_THREADS,
    mostWaiting: config.PARSER_CONCURRENCY + MORE_WAITING,
  })
  return { threads, extractor: createExtractor(threads, { deadlineMs: config.EXTRACT_TIMEOUT }) }
}
