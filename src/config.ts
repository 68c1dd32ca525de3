import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { QueueName } from './contract/requests.ts'
import { type Allowance, parseAllowPrivate } from './fetch/allowance.ts'
import { defaultBlockedPorts } from './fetch/ports.ts'
import { type ProxyServer, parseProxies } from './fetch/proxy.ts'
import { isNameServer } from './fetch/resolver.ts'
import { logLevels } from './log.ts'
import { version } from './version.ts'

/** A setting: how it is read, what it is when unset, and its line in docs/configuration.md. */
interface Setting<T> {
  schema: z.ZodType<T, string | undefined>
  unset: string
  help: string
}

const setting = <T>(schema: z.ZodType<T, string | undefined>, unset: string, help: string): Setting<T> => ({
  schema,
  unset,
  help,
})

/** A whole number. @param unset the value when it is not set */
function whole<Unset extends number | undefined>(min: number, max: number, unset: Unset) {
  const takes = `takes a whole number from ${min} to ${max}`
  return z
    .string()
    .optional()
    .transform((text, context) => {
      if (text === undefined) return unset
      const value = Number(text)
      if (/^\d+$/.test(text) && value >= min && value <= max) return value
      context.addIssue({ code: 'custom', message: takes })
      return z.NEVER
    })
}

/** Seconds, given in ms. */
function seconds(min: number, max: number, unset: number) {
  const takes = `takes a number of seconds from ${min} to ${max}`
  return z
    .string()
    .optional()
    .transform((text, context) => {
      if (text === undefined) return unset * 1000
      const value = Number(text)
      if (/^\d+(\.\d+)?$/.test(text) && value >= min && value <= max) return value * 1000
      context.addIssue({ code: 'custom', message: takes })
      return z.NEVER
    })
}

/** Yes or no. */
function truth(unset: boolean) {
  return z
    .enum(['true', 'false', '1', '0'], 'takes true or false')
    .optional()
    .transform((text) => (text === undefined ? unset : text === 'true' || text === '1'))
}

const words = (unset: string) => z.string().min(1, 'takes a text that is not empty').default(unset)

/** @param example what it takes, as the message tells it */
function url(protocols: string[], example: string) {
  return z
    .string()
    .optional()
    .transform((text, context) => {
      if (text === undefined) return undefined
      const normal = text.replace(/^postgresql\+\w+:/, 'postgres:')
      const parsed = URL.parse(normal)
      const isFitting = parsed !== null && protocols.includes(parsed.protocol)
      if (isFitting && isPercentEncoded(parsed.username + parsed.password)) return normal
      const hint = isFitting ? ', with % in a user or password written as %25' : ''
      context.addIssue({ code: 'custom', message: `takes a URL such as ${example}${hint}` })
      return z.NEVER
    })
}

/** Drivers decode users and passwords when they connect, and would end the process there. */
function isPercentEncoded(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

const list = (unset: string) =>
  z
    .string()
    .default(unset)
    .transform((text) =>
      text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== ''),
    )

const allowances = z
  .string()
  .default('')
  .transform((text, context): Allowance[] => {
    try {
      return parseAllowPrivate(text)
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message })
      return z.NEVER
    }
  })

const proxies = z
  .string()
  .default('')
  .transform((text, context): ProxyServer[] => {
    try {
      return parseProxies(text)
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message })
      return z.NEVER
    }
  })

const ports = z
  .string()
  .optional()
  .transform((text, context): ReadonlySet<number> => {
    if (text === undefined) return defaultBlockedPorts
    const parts = text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '')
    const numbers = parts.map(Number)
    if (numbers.every((port, index) => /^\d+$/.test(parts[index] ?? '') && port <= 65_535))
      return new Set(numbers)
    context.addIssue({ code: 'custom', message: 'takes a comma list of ports from 0 to 65535' })
    return z.NEVER
  })

/** Every setting. The table in docs/configuration.md is held to this one by a test. */
export const settings = {
  HOST: setting(
    words('127.0.0.1'),
    '127.0.0.1',
    'Address to listen on; 0.0.0.0 for all, as the image sets it',
  ),
  PORT: setting(
    whole(0, 65_535, Number.NaN),
    '8000; `parser`: 8001; `worker`: none',
    'Port to listen on; 0 takes a free one. A worker given one serves /health, /ready and /metrics there',
  ),
  DATA_DIR: setting(words('./data'), './data', 'Where the SQLite file lies'),
  DATABASE_URL: setting(
    url(['postgres:', 'postgresql:'], 'postgres://user:password@host:5432/name'),
    'unset: SQLite',
    'Postgres to store requests in; `postgresql+asyncpg://` is understood too',
  ),
  REDIS_URL: setting(
    url(['redis:', 'rediss:'], 'redis://host:6379/0'),
    'unset: in process',
    'Redis through which workers reach parsers',
  ),
  TASK_QUEUE: setting(
    words('parser:tasks'),
    'parser:tasks',
    'Redis list of tasks; other keys are named after it',
  ),
  RESULT_PREFIX: setting(words('parser:results:'), 'parser:results:', 'Prefix of the Redis keys of results'),
  PARSER_URL: setting(
    url(['http:', 'https:'], 'http://parser:8001'),
    '`serve`: in process; `api`: http://127.0.0.1:8001',
    'The parser that `/parse_sync` asks',
  ),
  RESULT_TIMEOUT: setting(seconds(0.1, 3600, 30), '30', "Seconds of a parser's silence that end an attempt"),
  WORKER_CONCURRENCY: setting(whole(1, 10_000, 400), '400', 'Requests a worker has in hand at once'),
  PARSER_CONCURRENCY: setting(whole(1, 10_000, 400), '400', 'Tasks a parser has in hand at once'),
  WORKER_QUEUES: setting(
    list('api').pipe(z.array(QueueName).min(1, 'takes a comma list of names of queues')),
    'api',
    'Queues that a worker serves, and that an api accepts; the first is where requests go by default',
  ),
  MAX_PENDING: setting(
    whole(0, 1_000_000_000, 100_000),
    '100000',
    'Requests that may be pending before more are refused with 503; 0 is no bound',
  ),
  MAX_SCHEDULES: setting(
    whole(0, 1_000_000_000, 1000),
    '1000',
    'Schedules that one caller may have before more are refused with 409; 0 is no bound',
  ),
  RETENTION: setting(
    seconds(0, 31_536_000_000, 2_592_000),
    '2592000',
    'Seconds for which a request is kept after its end; 0 is for ever',
  ),
  QUEUE_TTL: setting(seconds(1, 604_800, 900), '900', 'Seconds that a task may wait for any parser'),
  MAX_ATTEMPTS: setting(whole(1, 100, 3), '3', 'Attempts at a request before it fails'),
  MAX_BYTES: setting(
    whole(1024, 268_435_456, 10_485_760),
    '10485760',
    'Largest page, in bytes after decompression',
  ),
  FETCH_TIMEOUT: setting(seconds(0.1, 600, 20), '20', 'Seconds for a whole fetch, redirects included'),
  CONNECT_TIMEOUT: setting(
    seconds(0.1, 60, 3),
    '3',
    'Seconds for each of: looking a name up, connecting, TLS, opening a way through a proxy',
  ),
  FIRST_BYTE_TIMEOUT: setting(
    seconds(0.1, 600, 10),
    '10',
    "Seconds until the head of a site's answer is there",
  ),
  CHUNK_TIMEOUT: setting(seconds(0.1, 600, 10), '10', 'Seconds that a site may be silent within its answer'),
  MAX_REDIRECTS: setting(whole(0, 50, 10), '10', 'Redirects followed in one fetch'),
  MAX_HEADER_BYTES: setting(
    whole(1024, 1_048_576, 16_384),
    '16384',
    "Largest header of a site's answer, in bytes",
  ),
  EXTRACT_TIMEOUT: setting(
    seconds(0.1, 60, 1.7),
    '1.7',
    'Seconds for making the formats of one page, and before that for reading one of more than 1 MiB, each from when a thread begins with it',
  ),
  EXTRACT_THREADS: setting(
    whole(1, 64, undefined),
    'one for each core, from 2 to 4',
    'Pages that are extracted at once by a process, each in a thread of its own',
  ),
  MAX_BYTES_AT_ONCE: setting(
    whole(1_048_576, 68_719_476_736, 134_217_728),
    '134217728',
    'Bytes of all pages that a parser is taking in, decoders included; beyond this sum all but the oldest wait',
  ),
  USER_AGENT: setting(
    words(`Parsegate/${version} (+https://www.npmjs.com/package/parsegate)`),
    'Parsegate/VERSION with its URL',
    'What sites are told of who asks',
  ),
  ROBOTS: setting(
    truth(false),
    'false',
    'Whether robots.txt is heeded where a request does not say; true or false',
  ),
  HOST_CONCURRENCY: setting(
    whole(0, 10_000, undefined),
    '8; no limit for hosts in ALLOW_PRIVATE',
    'Pages of one host fetched at once, by all parsers together; 0 is no limit',
  ),
  HOST_GAP: setting(
    seconds(0, 3600, 0),
    '0',
    'Seconds between the starts of two fetches of one host; a Crawl-delay in a robots.txt that is heeded counts too',
  ),
  PROXIES: setting(
    proxies,
    'empty',
    'Comma list of proxies that requests may name: http://, https:// or socks5:// URLs, with user:password@ where they ask for it',
  ),
  ALLOW_TLS_ERRORS: setting(
    truth(false),
    'false',
    'Whether requests may ask to take certificates that cannot be trusted (`ignore_tls_errors`); true or false',
  ),
  ALLOW_PRIVATE: setting(
    allowances,
    'empty',
    'Comma list of `CIDR[:port]` or `host[:port]` that may be fetched although not public (a port named here is open too); IPv6 in brackets',
  ),
  DNS_SERVERS: setting(
    list('').refine((servers) => servers.every(isNameServer), 'takes a comma list of `address[:port]`'),
    "empty: the system's",
    'Comma list of name servers, `address[:port]`, that sites are looked up by; IPv6 with a port in brackets',
  ),
  BLOCKED_PORTS: setting(
    ports,
    "the Fetch Standard's bad ports and those of well-known stores",
    'Comma list of ports that are not fetched',
  ),
  API_KEYS: setting(
    list(''),
    'empty: no key is asked for',
    'Comma list of keys; each caller then sees its own requests alone',
  ),
  LOG_LEVEL: setting(
    z.enum(logLevels, `takes one of ${logLevels.join(', ')}`).default('info'),
    'info',
    'fatal, error, warn, info, debug, trace or silent; JSON lines on standard error',
  ),
  LOG_QUERY: setting(
    truth(false),
    'false',
    'Whether the log tells the queries of URLs, in which secrets may stand; true or false. `user:password@` is never told',
  ),
} satisfies Record<string, Setting<unknown>>

type Settings = typeof settings
export type Config = Readonly<{ [Name in keyof Settings]: z.output<Settings[Name]['schema']> }>

/** A fault in the settings, told to whoever starts the program. */
export class ConfigError extends Error {}

/**
 * Reads the settings once. `NAME_FILE` names a file that holds the value of NAME, for secrets.
 * An empty variable counts as unset, as compose files leave them.
 * @throws ConfigError naming each wrong setting and what it takes
 */
export function readConfig(env: Record<string, string | undefined>): Config {
  const faults: string[] = []
  const entries = Object.entries(settings).map(([name, { schema }]) => {
    try {
      const parsed = schema.safeParse(readValue(env, name))
      if (parsed.success) return [name, parsed.data]
      faults.push(`${name} ${parsed.error.issues[0]?.message ?? 'is wrong'}`)
    } catch (error) {
      faults.push((error as Error).message)
    }
    return [name, undefined]
  })
  if (faults.length > 0) throw new ConfigError(faults.join('\n'))
  return Object.freeze(Object.fromEntries(entries)) as Config
}

function readValue(env: Record<string, string | undefined>, name: string): string | undefined {
  const file = env[`${name}_FILE`]
  if (!file) return env[name] || undefined
  try {
    return readFileSync(file, 'utf8').trim() || undefined
  } catch (error) {
    throw new ConfigError(`${name}_FILE names a file that cannot be read: ${(error as Error).message}`)
  }
}
