import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Bell } from '../../src/contract/bell.ts'
import type { Repository } from '../../src/contract/repository.ts'
import type { Server } from '../../src/server.ts'
import { embeddedBell } from '../../src/store/bell.ts'
import { type Database, openSqlite } from '../../src/store/database.ts'
import { migrate } from '../../src/store/migrate.ts'
import { createRepository } from '../../src/store/repository.ts'
import { createSchedules } from '../../src/store/schedules.ts'
import { type ApiParts, buildServer } from './api.ts'
import { aPage } from './link.ts'

/** An api over a store of its own that listens, and what a worker does to its requests, told by the bell. */
export interface Shop {
  base: string
  server: Server
  database: Database
  repository: Repository
  bell: Bell
  /** Claims all that is due. @returns their ids */
  claim(): Promise<number[]>
  succeed(id: number, html?: string): Promise<void>
  fail(id: number): Promise<void>
  close(): Promise<void>
}

const OWNER = 7

export async function openShop(more: Partial<ApiParts> = {}): Promise<Shop> {
  const folder = mkdtempSync(join(tmpdir(), 'parsegate-shop-'))
  const database = openSqlite(folder)
  await migrate(database)
  const repository = createRepository(database, { leaseMs: 60_000 })
  const bell = embeddedBell()
  const parser = { parse: async () => aPage() }
  const schedules = createSchedules(database)
  const parts = { repository, schedules, parser, bell, queues: ['api', 'bulk'] }
  const server = await buildServer({ ...parts, ...more })
  const base = await server.listen({ host: '127.0.0.1', port: 0 })
  const tell = async (id: number) => {
    const row = await repository.status(id, null)
    const group = row?.group_id ?? null
    bell.tell([{ of: 'request', id }, ...(group === null ? [] : [{ of: 'group', id: group } as const])])
  }
  return {
    base,
    server,
    database,
    repository,
    bell,
    async claim() {
      const ids = (await repository.claim(OWNER, ['api', 'bulk'], 20_000)).map(({ id }) => id)
      bell.tell(ids.map((id) => ({ of: 'progress', id })))
      return ids
    },
    async succeed(id, html = '<p>a') {
      await repository.succeed(id, aPage({ html, target_status: 200 }))
      await tell(id)
    },
    async fail(id) {
      const details = { final_url: null, target_status: 404 }
      await repository.fail(id, OWNER, { code: 'http_status', message: 'The site answered 404.' }, details)
      await tell(id)
    },
    async close() {
      await server.close()
      await database.close()
      rmSync(folder, { recursive: true })
    },
  }
}
