import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from '../../src/contract/models.ts'
import type { NewRequest } from '../../src/contract/repository.ts'
import { type Database, openPostgres, openSqlite } from '../../src/store/database.ts'
import { type Owner, postgresOwner } from '../../src/store/owner.ts'
import { freshDatabase } from './postgres.ts'
import { eventually } from './process.ts'

/** A store of a test's own. */
export interface Opened {
  database: Database
  /** Opens the same store a second time, as another process would. */
  again: () => Database
  /** An owner that counts as alive until it is closed. */
  owner: () => Promise<Owner>
  close: () => Promise<void>
}

const limits = { connections: 5, connectTimeoutMs: 5000, queryTimeoutMs: 10_000 }

/** Both kinds, to run one suite on each. */
export const stores: Record<string, () => Promise<Opened>> = {
  SQLite: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'parsegate-store-'))
    return {
      database: openSqlite(folder),
      again: () => openSqlite(folder),
      owner: async () => ({ id: 1, alive: true, close: async () => {} }),
      close: async () => rmSync(folder, { recursive: true }),
    }
  },
  Postgres: async () => {
    const url = await freshDatabase()
    return {
      database: openPostgres(url, limits),
      again: () => openPostgres(url, limits),
      owner: async () => {
        const owner = postgresOwner(url)
        await eventually('the lock', () => owner.alive)
        return owner
      },
      close: async () => {},
    }
  },
}

/** A page with everything that a store keeps of one. */
export const page: Page = {
  title: 'A title',
  html: '<title>A title</title>',
  final_url: 'https://example.com/end',
  target_status: 200,
  redirects: [{ url: 'https://example.com/', status: 301 }],
  content_type: 'text/html',
  media_type: 'text/html',
  encoding: 'UTF-8',
  encoding_source: 'meta',
  fetched_at: '2026-01-02T03:04:05.678Z',
  cached: 'revalidated',
  page_flags: ['soft_404'],
  caching: { etag: '"a"' },
  formats: { markdown: '# A \0title \ud800', extract: { price: 3 }, links: [] },
}

export const request = (more: Partial<NewRequest> = {}): NewRequest => ({
  url: 'https://example.com/',
  queue: 'api',
  priority: 0,
  options: {},
  caller: null,
  ...more,
})
