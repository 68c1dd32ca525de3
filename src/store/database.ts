import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import {
  CompiledQuery,
  Kysely,
  PostgresDialect,
  type PostgresPool,
  type PostgresPoolClient,
  SqliteDialect,
} from 'kysely'
import type pg from 'pg'
import { ServiceError } from '../contract/errors.ts'
import { type Dialect, postgres, sqlite } from './dialect.ts'
import { makeFolder } from './folder.ts'
import type { ParseRequestsTable } from './migrations/0001_parse_requests.ts'
import type { FetchingColumns } from './migrations/0002_fetching.ts'
import type { FormatColumns } from './migrations/0003_formats.ts'
import type { ManyColumns, OnceKeysTable, RequestGroupsTable } from './migrations/0004_many.ts'
import type { CrawlFamiliesTable, CrawlKeysTable, SitesColumns } from './migrations/0005_sites.ts'
import type { DeliveriesTable, WebhookColumn } from './migrations/0006_webhooks.ts'
import type { ChangeColumn, ScheduleColumn, SchedulesTable } from './migrations/0007_schedules.ts'
import type { CrawlFrontierTable, FrontierColumns } from './migrations/0008_frontier.ts'

export interface Tables {
  parse_requests: ParseRequestsTable &
    FetchingColumns &
    FormatColumns &
    ManyColumns &
    SitesColumns &
    WebhookColumn &
    ScheduleColumn &
    ChangeColumn
  request_groups: RequestGroupsTable & WebhookColumn & ScheduleColumn & FrontierColumns
  once_keys: OnceKeysTable
  crawl_keys: CrawlKeysTable
  crawl_families: CrawlFamiliesTable
  crawl_frontier: CrawlFrontierTable
  deliveries: DeliveriesTable
  schedules: SchedulesTable
}

/** An open store: the query builder and what differs between the two databases. */
export interface Database {
  kysely: Kysely<Tables>
  dialect: Dialect
  close(): Promise<void>
}

/** Bounds of one process's Postgres connections, in ms. Connecting and a query together stay under an api's 3 s. */
export interface PostgresLimits {
  connections: number
  connectTimeoutMs: number
  queryTimeoutMs: number
}

/** Opens a pool on Postgres. Nothing is connected until the first query; an outage shows as `store_unavailable`. */
export function openPostgres(url: string, limits: PostgresLimits): Database {
  const kysely = new Kysely<Tables>({
    dialect: new PostgresDialect({
      pool: () => openPool(url, limits),
      // The promise of a 202 needs the commit on disk whatever the server's default is.
      onCreateConnection: async (connection) => {
        await connection.executeQuery(CompiledQuery.raw('set synchronous_commit = on'))
      },
    }),
  })
  return { kysely, dialect: postgres, close: () => kysely.destroy() }
}

/** The driver is loaded with the pool: a process that stores in SQLite is spared its memory. */
async function openPool(url: string, limits: PostgresLimits): Promise<PostgresPool> {
  const { default: driver } = await import('pg')
  const types = new driver.TypeOverrides()
  types.setTypeParser(driver.types.builtins.INT8, Number)
  const pool = new driver.Pool({
    connectionString: url,
    max: limits.connections,
    connectionTimeoutMillis: limits.connectTimeoutMs,
    query_timeout: limits.queryTimeoutMs,
    keepAlive: true,
    application_name: 'parsegate',
    types,
  })
  // An idle connection that breaks is replaced at the next query, which is where an outage is told of.
  pool.on('error', () => {})
  // The pool listens to idle connections alone: one in use that breaks between two queries would end the process. What
  // it is asked next fails.
  pool.on('connect', (client) => client.on('error', () => {}))
  const wrapped = new WeakMap<pg.PoolClient, PostgresPoolClient>()
  return {
    options: pool.options,
    connect: async () => {
      const client = await pool.connect().catch(unavailable)
      return wrapped.get(client) ?? remember(wrapped, client)
    },
    end: () => pool.end(),
  }
}

function unavailable(cause: unknown): never {
  throw new ServiceError('store_unavailable', undefined, { cause })
}

/**
 * A pool's client as Kysely wants it. A query that failed without an answer from the server (broken connection, timeout)
 * leaves the connection in an unknown state: it is destroyed at release, not given to the next one.
 */
function remember(
  wrapped: WeakMap<pg.PoolClient, PostgresPoolClient>,
  client: pg.PoolClient,
): PostgresPoolClient {
  let broken = false
  const answer = {
    query: async (sql: string, parameters: readonly unknown[]) => {
      try {
        return await client.query(sql, parameters as unknown[])
      } catch (error) {
        if (isFromServer(error) && !serverIsAway(error)) throw error
        broken = true
        return unavailable(error)
      }
    },
    release: (destroy?: boolean) => client.release(broken || destroy),
  }
  // Kysely's type has a second form of query, for cursors, which nothing here uses.
  const asPool = answer as unknown as PostgresPoolClient
  wrapped.set(client, asPool)
  return asPool
}

/** What the server itself says carries a severity; the driver's and the network's own errors do not. */
function isFromServer(error: unknown): error is pg.DatabaseError {
  return error instanceof Error && 'severity' in error
}

/**
 * SQLSTATE classes 08 connection, 53 resources (disk full), 57 operator (shutdown, starting up), 58 system error; and 25006, a
 * server that only reads: a standby, or one that was made so because its disk is nearly full.
 */
function serverIsAway({ code = '' }: pg.DatabaseError): boolean {
  return ['08', '53', '57', '58'].includes(code.slice(0, 2)) || code === '25006'
}

/** Opens the SQLite file in `dataDir`, made if it is not there. Every commit is on disk when it returns (FULL). */
export function openSqlite(dataDir: string): Database {
  makeFolder(dataDir)
  const file = new DatabaseSync(join(dataDir, 'parsegate.sqlite'))
  for (const pragma of [
    'busy_timeout = 5000',
    'journal_mode = WAL',
    'synchronous = FULL',
    'journal_size_limit = 67108864',
  ]) {
    file.exec(`PRAGMA ${pragma}`)
  }
  const kysely = new Kysely<Tables>({ dialect: new SqliteDialect({ database: adapt(file) }) })
  return {
    kysely,
    dialect: sqlite,
    close: async () => {
      await kysely.destroy()
      if (file.isOpen) file.close()
    },
  }
}

/** node:sqlite in the form Kysely's dialect takes. Statements are kept, up to a bound: compiling costs more than running. */
function adapt(file: DatabaseSync) {
  const kept = new Map<string, StatementSync>()
  const compile = (sql: string): StatementSync => {
    const known = kept.get(sql)
    if (known) return known
    if (kept.size >= 100) kept.clear()
    const statement = file.prepare(sql)
    kept.set(sql, statement)
    return statement
  }
  return {
    close: () => file.close(),
    prepare: (sql: string) => {
      // SQLite has done so by itself where the disk is full, and a fault of this would hide that one.
      if (sql === 'rollback' && !file.isTransaction) return nothing
      const statement = guarded(() => compile(sql))
      return {
        reader: statement.columns().length > 0,
        all: (values: readonly unknown[]) => guarded(() => statement.all(...(values as SQLInputValue[]))),
        run: (values: readonly unknown[]) => guarded(() => statement.run(...(values as SQLInputValue[]))),
        iterate: (values: readonly unknown[]) => statement.iterate(...(values as SQLInputValue[])),
      }
    },
  }
}

/** A statement that does nothing. */
const nothing = {
  reader: true,
  all: () => [],
  run: () => ({ changes: 0, lastInsertRowid: 0 }),
  iterate: () => [].values(),
}

/** SQLite's result codes that speak of the disk or a lock, not of the statement: BUSY, READONLY, IOERR, FULL, CANTOPEN. */
const diskCodes = new Set([5, 8, 10, 13, 14])

function guarded<T>(step: () => T): T {
  try {
    return step()
  } catch (error) {
    const code = (error as { errcode?: number }).errcode
    if (code !== undefined && diskCodes.has(code & 0xff)) return unavailable(error)
    throw error
  }
}
