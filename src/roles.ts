import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import { type Config, ConfigError } from './config.ts'
import type { Bell } from './contract/bell.ts'
import { ServiceError } from './contract/errors.ts'
import type { Parser, ParserLink } from './contract/parser.ts'
import type { Repository } from './contract/repository.ts'
import type { Schedules } from './contract/schedules.ts'
import type { Deliveries, Post } from './contract/webhooks.ts'
import type { Extractor } from './extract/extractor.ts'
import type { Pace } from './fetch/pace.ts'
import { createExtraction, createLocalParsers, type LocalParsers } from './parsers.ts'
import type { Probe, ProbeParts, Server } from './server.ts'
import type { Shutdown } from './shutdown.ts'
import type { Database } from './store/database.ts'
import { version } from './version.ts'

// Parts are imported where they are opened: a process is made of little else, when idle, than what it has loaded.

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
  if (!config.DATABASE_URL) await holdFolder(base)
  const store = await openStore(base)
  await migrateStore(store)
  const metrics = await createMetrics()
  const { direct, tasks, extractor } = await openParsers(base)
  const probes: Record<string, Probe> = { store: () => store.repository.ping() }
  if (config.REDIS_URL) probes.redis = await addConsumer(base, tasks, metrics)
  const link = config.REDIS_URL ? await openRedisLink(base) : await openEmbeddedLink(tasks)
  await addWorker(base, { store, link, metrics })
  const server = await openServer(base)
  const parser = config.PARSER_URL ? await openRemoteParser(base) : direct
  await addApi(base, server, { store, parser, extractor })
  await addFetchPath(base, server, direct, config.API_KEYS)
  return listen(base, server, { metrics, probes, unset: 8000 })
}

/** `api`: the gateway alone. @returns where it listens */
export async function serveApi(base: Base): Promise<string> {
  requireBoth(base.config, 'api')
  const store = await openStore(base)
  await checkSchema(base, store)
  const probes = { store: () => store.repository.ping(), redis: await openRedisProbe(base) }
  const server = await openServer(base)
  const parser = await openRemoteParser(base)
  await addApi(base, server, { store, parser, extractor: await openExtractor(base) })
  return listen(base, server, { metrics: await createMetrics(), probes, unset: 8000 })
}

/** `worker`: claims requests and hands them to parsers. @returns where it listens, if it was given a port */
export async function serveWorker(base: Base): Promise<string | undefined> {
  const { config } = base
  requireBoth(config, 'worker')
  const store = await openStore(base)
  await checkSchema(base, store)
  const metrics = await createMetrics()
  const link = await openRedisLink(base)
  await addWorker(base, { store, link, metrics })
  if (Number.isNaN(config.PORT)) return undefined
  const probes = { store: () => store.repository.ping(), redis: () => need(link.ready) }
  return listen(base, await openServer(base), { metrics, probes, unset: config.PORT })
}

/** `parser`: takes tasks from Redis, and answers /fetch. @returns where it listens */
export async function serveParser(base: Base): Promise<string> {
  const { config } = base
  if (!config.REDIS_URL)
    throw new ConfigError('REDIS_URL is needed by parser: set it to a URL such as redis://host:6379/0')
  const metrics = await createMetrics()
  const { direct, tasks } = await openParsers(base)
  const probes = { redis: await addConsumer(base, tasks, metrics) }
  const server = await openServer(base)
  await addFetchPath(base, server, direct, [])
  return listen(base, server, { metrics, probes, unset: 8001 })
}

/** `migrate`: brings the schema up to date. @returns the names of the migrations that ran */
export async function runMigrations(config: Config): Promise<string[]> {
  const release = config.DATABASE_URL ? () => {} : await lock(config, 'migrate', 30_000)
  if (!release)
    throw new ConfigError(`DATA_DIR ${config.DATA_DIR} is being migrated by another process for too long`)
  const database = await openDatabase(config)
  try {
    return await migrateStore({ database })
  } finally {
    await database.close()
    release()
  }
}

/** Makes formats for an api, which has no parser in its process. */
async function openExtractor({ config, shutdown }: Base): Promise<Extractor> {
  const { threads, extractor } = await createExtraction(config)
  shutdown.add('threads', () => threads.close())
  return extractor
}

/** What keeps hosts from being asked too often, shared where there is a Redis. */
async function openPace({ config, log, shutdown }: Base): Promise<Pace | undefined> {
  if (!config.REDIS_URL) return undefined
  const { openRedis } = await import('./parser/redis.ts')
  const { createHostPace } = await import('./parser/hostpace.ts')
  const { wireKeys } = await import('./parser/wire.ts')
  const redis = openRedis(config.REDIS_URL, 'parsegate-pace', log)
  shutdown.add('pace', () => redis.disconnect())
  const { hosts: prefix } = wireKeys(config.TASK_QUEUE, config.RESULT_PREFIX)
  return createHostPace({ redis, prefix, leaseMs: 2 * config.FETCH_TIMEOUT })
}

/** The parsers of a role that runs on, with what other parsers share with them. */
async function openParsers(base: Base): Promise<LocalParsers> {
  const parsers = await createLocalParsers(base.config, await openPace(base))
  base.shutdown.add('parsers', () => parsers.close())
  return parsers
}

async function createMetrics(): Promise<Registry> {
  const { collectDefaultMetrics, Registry } = await import('prom-client')
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  return registry
}

async function lock({ DATA_DIR }: Config, name: string, waitMs: number) {
  const { lockFolder } = await import('./store/lock.ts')
  try {
    return lockFolder(DATA_DIR, name, waitMs)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new ConfigError(
      `DATA_DIR ${DATA_DIR} cannot be used (${reason}); name a folder that may be written to`,
    )
  }
}

/** One process works on a data folder: what another left in it belongs to the dead. */
async function holdFolder({ config, shutdown }: Base): Promise<void> {
  const release = await lock(config, 'serve', 0)
  if (!release)
    throw new ConfigError(
      `DATA_DIR ${config.DATA_DIR} is in use by another Parsegate; give this one another folder`,
    )
  shutdown.add('folder', release)
}

/** The store with all that is reached through it. */
interface Store {
  database: Database
  repository: Repository
  deliveries: Deliveries
  schedules: Schedules
  bell: Bell
}

async function openDatabase({ DATABASE_URL, DATA_DIR }: Config): Promise<Database> {
  const { openPostgres, openSqlite } = await import('./store/database.ts')
  if (!DATABASE_URL) return openSqlite(DATA_DIR)
  return openPostgres(DATABASE_URL, { connections: 10, connectTimeoutMs: 1300, queryTimeoutMs: 1500 })
}

async function openStore({ config, shutdown }: Base): Promise<Store> {
  const { createRepository } = await import('./store/repository.ts')
  const { createDeliveries } = await import('./store/deliveries.ts')
  const { createSchedules } = await import('./store/schedules.ts')
  const { embeddedBell, postgresBell } = await import('./store/bell.ts')
  const database = await openDatabase(config)
  shutdown.add('store', () => database.close())
  const bell = config.DATABASE_URL ? postgresBell(config.DATABASE_URL) : embeddedBell()
  shutdown.add('bell', () => bell.close())
  const repository = createRepository(database, {
    leaseMs: leaseMs(config),
    maxPending: config.MAX_PENDING,
  })
  const [deliveries, schedules] = [createDeliveries(database), createSchedules(database)]
  return { database, repository, deliveries, schedules, bell }
}

async function migrateStore({ database }: Pick<Store, 'database'>): Promise<string[]> {
  const { migrate } = await import('./store/migrate.ts')
  return migrate(database)
}

async function openEmbeddedLink(parser: Parser): Promise<ParserLink> {
  const { embeddedLink } = await import('./parser/link.ts')
  return embeddedLink(parser)
}

async function openRedisLink({ config, log, shutdown }: Base): Promise<ParserLink> {
  const { createRedisLink } = await import('./parser/redislink.ts')
  const { wireKeys } = await import('./parser/wire.ts')
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

async function openRedisProbe({ config, log, shutdown }: Base): Promise<Probe> {
  const { openRedis } = await import('./parser/redis.ts')
  const redis = openRedis(config.REDIS_URL ?? '', 'parsegate-api', log)
  shutdown.add('redis', () => redis.disconnect())
  return () => redis.ping()
}

async function openRemoteParser({ config, shutdown }: Base): Promise<Parser> {
  const { createRemoteParser } = await import('./parser/remote.ts')
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

/** Takes tasks from Redis. @returns whether it can */
async function addConsumer(
  { config, log, shutdown }: Base,
  parser: Parser,
  metrics: Registry,
): Promise<Probe> {
  const { startConsumer } = await import('./parser/consumer.ts')
  const { wireKeys } = await import('./parser/wire.ts')
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
  return () => need(consumer.ready)
}

async function addWorker(
  { config, log, shutdown }: Base,
  { store, link, metrics }: { store: Store; link: ParserLink; metrics: Registry },
): Promise<void> {
  const { embeddedOwner, postgresOwner } = await import('./store/owner.ts')
  const { startWorker } = await import('./worker/start.ts')
  const owner = config.DATABASE_URL ? postgresOwner(config.DATABASE_URL) : embeddedOwner()
  shutdown.add('owner', () => owner.close())
  const worker = startWorker({
    repository: store.repository,
    schedules: store.schedules,
    bell: store.bell,
    link,
    owner,
    queues: config.WORKER_QUEUES,
    concurrency: config.WORKER_CONCURRENCY,
    maxAttempts: config.MAX_ATTEMPTS,
    retentionMs: config.RETENTION,
    maxPending: config.MAX_PENDING,
    random: Math.random,
    now: Date.now,
    log,
    metrics,
  })
  shutdown.add('worker', () => worker.close())
  const { startDeliverer } = await import('./worker/deliveries.ts')
  const { deliveries } = store
  const deliverer = startDeliverer({
    deliveries,
    post: postWhenNeeded(config),
    concurrency: DELIVERIES_AT_ONCE,
    random: Math.random,
    now: Date.now,
    log,
  })
  shutdown.add('deliverer', () => deliverer.close())
}

const DELIVERIES_AT_ONCE = 16

/** What dials is loaded by the first delivery: most workers have none. */
function postWhenNeeded(config: Config): Post {
  let made: Promise<Post> | undefined
  const make = async () => {
    const { createPost } = await import('./fetch/post.ts')
    const { ALLOW_PRIVATE: allowPrivate, BLOCKED_PORTS: blockedPorts, DNS_SERVERS: dnsServers } = config
    return createPost({ allowPrivate, blockedPorts, dnsServers })
  }
  return async (...args) => {
    made ??= make()
    return (await made)(...args)
  }
}

async function openServer({ log }: Base): Promise<Server> {
  const { createServer } = await import('./server.ts')
  return createServer(log)
}

/** @param keys asked for where clients reach the path as they do the api; a parser of its own is reached by apis alone */
async function addFetchPath({ config }: Base, server: Server, parser: Parser, keys: string[]): Promise<void> {
  const { createAuthenticate } = await import('./api/auth.ts')
  const { addFetch } = await import('./parser/app.ts')
  addFetch(server, parser, createAuthenticate(keys), config.MAX_BYTES)
}

async function addApi(
  { config }: Base,
  server: Server,
  { store, parser, extractor }: { store: Store; parser: Parser; extractor: Extractor },
): Promise<void> {
  const { createApp } = await import('./api/app.ts')
  const { createPermit } = await import('./fetch/permit.ts')
  const { WORKER_QUEUES: queues, API_KEYS: apiKeys, PROXIES: proxies, ALLOW_TLS_ERRORS: tlsErrors } = config
  const permit = createPermit({ proxies, tlsErrors })
  const { repository, deliveries, schedules, bell } = store
  const most = { maxPending: config.MAX_PENDING, maxSchedules: config.MAX_SCHEDULES }
  const stored = { repository, deliveries, schedules, bell }
  await createApp({ server, ...stored, parser, extractor, queues, apiKeys, permit, ...most, version })
}

/** Connections that the system keeps until they are taken. Beyond, clients try again after seconds: 511, Node's own, are few to come back at once. */
const BACKLOG = 4096

/** Adds the probes and listens. @param unset the port where none is set */
async function listen(
  { config, shutdown }: Base,
  server: Server,
  { unset, ...parts }: ProbeParts & { unset: number },
): Promise<string> {
  const { addProbes } = await import('./server.ts')
  addProbes(server, parts)
  shutdown.add('server', () => server.close())
  const port = Number.isNaN(config.PORT) ? unset : config.PORT
  try {
    return await server.listen({ host: config.HOST, port, backlog: BACKLOG })
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
async function checkSchema({ log }: Base, { database }: Store): Promise<void> {
  const { missingMigrations } = await import('./store/migrate.ts')
  const until = performance.now() + SCHEMA_WAIT_MS
  for (let tries = 0; ; tries += 1) {
    try {
      const missing = await missingMigrations(database)
      if (missing.length === 0) return
      throw new ConfigError(
        `The schema of the database is too old for this version: it lacks ${missing.join(', ')}. Run \`migrate\`, then start again.`,
      )
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error
      const { message } = error.cause as Error
      if (performance.now() > until)
        throw new ConfigError(`DATABASE_URL: the database does not answer: ${message}`)
      if (tries === 0) log.warn({ reason: message }, 'waiting for the database')
      await sleep(500)
    }
  }
}

function need(ready: boolean): Promise<void> {
  return ready ? Promise.resolve() : Promise.reject(new Error('not ready'))
}
