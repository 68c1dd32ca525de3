import { Migrator } from 'kysely/migration'
import type { Database } from './database.ts'
import type { Dialect } from './dialect.ts'
import { up as parseRequests } from './migrations/0001_parse_requests.ts'
import { up as fetching } from './migrations/0002_fetching.ts'
import { up as formats } from './migrations/0003_formats.ts'
import { up as many } from './migrations/0004_many.ts'
import { up as sites } from './migrations/0005_sites.ts'
import { up as webhooks } from './migrations/0006_webhooks.ts'
import { up as schedules } from './migrations/0007_schedules.ts'
import { up as frontier } from './migrations/0008_frontier.ts'

const migrator = ({ kysely, dialect }: Database) =>
  new Migrator({ db: kysely, provider: { getMigrations: async () => migrations(dialect) } })

/** Every migration by name, in order. */
function migrations(dialect: Dialect): Record<string, { up: (db: never) => Promise<void> }> {
  return {
    '0001_parse_requests': { up: (db) => parseRequests(db, dialect) },
    '0002_fetching': { up: (db) => fetching(db, dialect) },
    '0003_formats': { up: (db) => formats(db, dialect) },
    '0004_many': { up: (db) => many(db, dialect) },
    '0005_sites': { up: (db) => sites(db, dialect) },
    '0006_webhooks': { up: (db) => webhooks(db, dialect) },
    '0007_schedules': { up: (db) => schedules(db, dialect) },
    '0008_frontier': { up: (db) => frontier(db, dialect) },
  }
}

/**
 * Brings the schema up to date. Safe to run again and from several processes at once: Kysely locks the migration in
 * Postgres; for SQLite the caller holds the lock of the data folder (lock.ts).
 * @returns the names of the migrations that ran
 */
export async function migrate(database: Database): Promise<string[]> {
  const { error, results } = await migrator(database).migrateToLatest()
  if (error) throw error
  return (results ?? []).filter((result) => result.status === 'Success').map((result) => result.migrationName)
}

/** The names of the migrations that the schema still lacks; none means that this program can run on it. */
export async function missingMigrations(database: Database): Promise<string[]> {
  const all = await migrator(database).getMigrations()
  return all.filter((migration) => migration.executedAt === undefined).map((migration) => migration.name)
}
