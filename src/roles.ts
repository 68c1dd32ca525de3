import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import type { Logger } from 'pino'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { createApp } from './api/app.ts'
import { type Config, ConfigError } from './config.ts'
import type { Bell } from './contract/bell.ts'
import { ServiceError } from './contract/errors.ts'
import type { Parser, ParserLink } from './contract/parser.ts'
import { createFetcher } from './fetch/page.ts'
import { addFetch } from './parser/app.ts'
import { startConsumer } from './parser/consumer.ts'
import { embeddedLink } from './parser/link.ts'
import { createParser } from './parser/parse.ts'
import { openRedis } from './parser/redis.ts'
import { createRedisLink } from './parser/redislink.ts'
import { createRemoteParser } from './parser/remote.ts'
import { wireKeys } from './parser/wire.ts'
import { createServer, type Probe, type Server } from './server.ts'
import type { Shutdown } from './shutdown.ts'
import { embeddedBell, postgresBell } from './store/bell.ts'
import { type Database, openPostgres, openSqlite } from './store/database.ts'
import { lockFolder } from './store/lock.ts'
import { migrate, missingMigrations } from './store/migrate.ts'
import { embeddedOwner, postgresOwner } from './store/owner.ts'
import { createRepository } from './store/repository.ts'
import { version } from './version.ts'
import { startWorker } from './worker/start.ts'

/** What every role is given. */
export interface Base {
  config: Config
  log: Logger
  shutdown: Shutdown
}

/** A requests' lease outlives any single attempt, so that renewing it is the exception. In ms. */
const leaseMs = (config: Config) => Math.max(60_000, 2 * config.RESULT_TIMEOUT)

/** `serve`: the three roles in one process. @returns where it listens */
export async function serve(base: Base): Promise<string> {
  const { config } = base
  if (!config.DATABASE_URL) holdFolder(base)
  const database = openStore(base)
  await migrate(database)
  const bell = openBell(base)
  const metrics = createMetrics()
  const parser = createLocalParser(config)
  const probes = storeProbe(base, database)
  if (config.REDIS_URL) addConsumer(base, parser, metrics, probes)
  addWorker(base, { database, bell, link: openLink(base, parser), metrics })
  const server = createServer({ log: base.log, metrics, probes })
  addFetch(server, parser)
  await addApi(base, server, { database, bell, parser: config.PARSER_URL ? openRemote(base) : parser })
  return listen(base, server, 8000)
}

/** `api`: the gateway alone. */
export async function serveApi(base: Base): Promise<string> {
  const { config } = base
  requireBoth(config, 'api')
  const database = openStore(base)
  await checkSchema(base, database)
  const bell = openBell(base)
  const probes = { ...storeProbe(base, database), redis: redisProbe(base) }
  const server = createServer({ log: base.log, metrics: createMetrics(), probes })
  await addApi(base, server, { database, bell, parser: openRemote(base) })
  return listen(base, server, 8000)
}

/** `worker`: claims requests and hands them to parsers. @returns where it listens, if it was given a port */
export async function serveWorker(base: Base): Promise<string | undefined> {
  const { config, log } = base
  requireBoth(config, 'worker')
  const database = openStore(base)
  await checkSchema(base, database)
  const metrics = createMetrics()
  const bell = openBell(base)
  const link = openRedisLink(base)
  addWorker(base, { database, bell, link, metrics })
  const probes = { ...storeProbe(base, database), redis: () => need(link.ready) }
  if (Number.isNaN(config.PORT)) return undefined
  return listen(base, createServer({ log, metrics, probes }), config.PORT)
}

/** `parser`: takes tasks from Redis, and answers /fetch. */
export async function serveParser(base: Base): Promise<string> {
  const { config, log } = base
  if (!config.REDIS_URL)
    throw new ConfigError('REDIS_URL is needed by parser: set it to a URL such as redis://host:6379/0')
  const metrics = createMetrics()
  const parser = createLocalParser(config)
  const probes: Record<string, Probe> = {}
  addConsumer(base, parser, metrics, probes)
  return listen(base, addFetch(createServer({ log, metrics, probes }), parser), 8001)
}

/** `migrate`: brings the schema up to date. @returns the names of the migrations that ran */
export async function runMigrations(config: Config): Promise<string[]> {
  const release = config.DATABASE_URL ? () => {} : lockFolder(config.DATA_DIR, 'migrate', 30_000)
  if (!release)
    throw new ConfigError(`DATA_DIR ${config.DATA_DIR} is being migrated by another process for too long`)
  const database = openDatabase(config)
  try {
    return await migrate(database)
  } finally {
    await database.close()
    release()
  }
}

/** The parser that works in this process. */
export function createLocalParser(config: Config): Parser {
  const fetcher = createFetcher({
    maxBytes: config.MAX_BYTES,
    timeoutMs: config.FETCH_TIMEOUT,
    allowPrivate: config.ALLOW_PRIVATE,
    blockedPorts: config.BLOCKED_PORTS,
    userAgent: `Parsegate/${version} (+https://www.npmjs.com/package/parsegate)`,
  })
  return createParser({ fetcher })
}

function createMetrics(): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  return registry
}

/** One process works on a data folder: what another left in it belongs to the dead. */
function holdFolder({ config, shutdown }: Base): void {
  const release = lockFolder(config.DATA_DIR, 'serve', 0)
  if (!release)
    throw new ConfigError(
      `DATA_DIR ${config.DATA_DIR} is in use by another Parsegate; give this one another folder`,
    )
  shutdown.add('folder', release)
}

function openDatabase(config: Config): Database {
  if (!config.DATABASE_URL) return openSqlite(config.DATA_DIR)
  return openPostgres(config.DATABASE_URL, { connections: 10, connectTimeoutMs: 1300, queryTimeoutMs: 1500 })
}

function openStore({ config, shutdown }: Base): Database {
  const database = openDatabase(config)
  shutdown.add('store', () => database.close())
  return database
}

function openBell({ config, shutdown }: Base): Bell {
  const bell = config.DATABASE_URL ? postgresBell(config.DATABASE_URL) : embeddedBell()
  shutdown.add('bell', () => bell.close())
  return bell
}

function openLink(base: Base, parser: Parser): ParserLink {
  return base.config.REDIS_URL ? openRedisLink(base) : embeddedLink(parser)
}

function openRedisLink({ config, log, shutdown }: Base): ParserLink {
  const link = createRedisLink({
    redisUrl: config.REDIS_URL ?? '',
    keys: wireKeys(config.TASK_QUEUE, config.RESULT_PREFIX),
    resultTimeoutMs: config.RESULT_TIMEOUT,
    queueTtlMs: config.QUEUE_TTL,
    maxBytes: config.MAX_BYTES,
    log,
  })
  shutdown.add('link', () => link.close())
  return link
}

function openRemote({ config, shutdown }: Base): Parser {
  const remote = createRemoteParser({
    url: config.PARSER_URL ?? 'http://127.0.0.1:8001',
    timeoutMs: config.FETCH_TIMEOUT + 2000,
    maxBytes: config.MAX_BYTES,
  })
  shutdown.add('remote parser', () => remote.close())
  return remote
}

/** Time for the pages in hand when a parser is stopped, in ms. */
const PARSER_GRACE_MS = 7000

function addConsumer(base: Base, parser: Parser, metrics: Registry, probes: Record<string, Probe>): void {
  const { config, log, shutdown } = base
  const consumer = startConsumer({
    redisUrl: config.REDIS_URL ?? '',
    keys: wireKeys(config.TASK_QUEUE, config.RESULT_PREFIX),
    parser,
    concurrency: config.PARSER_CONCURRENCY,
    maxBytes: config.MAX_BYTES,
    log,
    metrics,
  })
  shutdown.add('consumer', () => consumer.close(PARSER_GRACE_MS))
  probes.redis = () => need(consumer.ready)
}

interface WorkerNeeds {
  database: Database
  bell: Bell
  link: ParserLink
  metrics: Registry
}

function addWorker({ config, log, shutdown }: Base, { database, bell, link, metrics }: WorkerNeeds): void {
  const owner = config.DATABASE_URL ? postgresOwner(config.DATABASE_URL) : embeddedOwner()
  shutdown.add('owner', () => owner.close())
  const worker = startWorker({
    repository: createRepository(database, { leaseMs: leaseMs(config) }),
    bell,
    link,
    owner,
    queues: config.WORKER_QUEUES,
    concurrency: config.WORKER_CONCURRENCY,
    maxAttempts: config.MAX_ATTEMPTS,
    random: Math.random,
    log,
    metrics,
  })
  shutdown.add('worker', () => worker.close())
}

async function addApi(
  { config }: Base,
  server: Server,
  parts: { database: Database; bell: Bell; parser: Parser },
) {
  await createApp({
    server,
    repository: createRepository(parts.database, { leaseMs: leaseMs(config) }),
    bell: parts.bell,
    parser: parts.parser,
    queues: config.WORKER_QUEUES,
    apiKeys: config.API_KEYS,
    version,
  })
}

async function listen({ config, shutdown }: Base, server: Server, unset: number): Promise<string> {
  shutdown.add('server', () => server.close())
  const port = Number.isNaN(config.PORT) ? unset : config.PORT
  try {
    return await server.listen({ host: config.HOST, port })
  } catch (error) {
    throw new ConfigError(
      `HOST and PORT: cannot listen on ${config.HOST}:${port}: ${(error as Error).message}`,
    )
  }
}

function requireBoth(config: Config, role: string): void {
  const missing = (['DATABASE_URL', 'REDIS_URL'] as const).filter((name) => !config[name])
  if (missing.length === 0) return
  throw new ConfigError(
    `${missing.join(' and ')} must be set for ${role}, which works over Postgres and Redis; \`serve\` needs neither`,
  )
}

/** How long a role waits for the database when it starts, in ms. */
const SCHEMA_WAIT_MS = 30_000

/** Refuses to run on a schema that lacks what this program needs. */
async function checkSchema({ log }: Base, database: Database): Promise<void> {
  const until = performance.now() + SCHEMA_WAIT_MS
  for (;;) {
    try {
      const missing = await missingMigrations(database)
      if (missing.length === 0) return
      throw new ConfigError(
        `The schema of the database is too old for this version: it lacks ${missing.join(', ')}. Run \`migrate\`, then start again.`,
      )
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error
      if (performance.now() > until) throw new ConfigError('DATABASE_URL: the database does not answer')
      log.warn({ err: error.cause }, 'waiting for the database')
      await sleep(1000)
    }
  }
}

function storeProbe({ config }: Base, database: Database): Record<string, Probe> {
  const repository = createRepository(database, { leaseMs: leaseMs(config) })
  return { store: () => repository.ping() }
}

function redisProbe({ config, log, shutdown }: Base): Probe {
  const redis: Redis = openRedis(config.REDIS_URL ?? '', 'parsegate-api', log)
  shutdown.add('redis', () => redis.disconnect())
  return () => redis.ping()
}

function need(ready: boolean): Promise<void> {
  return ready ? Promise.resolve() : Promise.reject(new Error('not ready'))
}
