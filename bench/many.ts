import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import type { Filter, NewRequest, Repository } from '../src/contract/repository.ts'
import { type Database, openPostgres, openSqlite } from '../src/store/database.ts'
import { migrate } from '../src/store/migrate.ts'
import { createRepository } from '../src/store/repository.ts'
import { startPostgres } from '../test/support/postgres.ts'
import { median, type Row } from './report.ts'
import { type Service, startDistributed, startEmbedded, wholeMemory } from './service.ts'

const ROWS = 1_000_000
const BATCH = 10_000
const ROUNDS = 5

/** Lists and claims where a million requests are stored, and how soon a batch of 10,000 is accepted. */
export async function measureMany(): Promise<Row[]> {
  const rows: Row[] = []
  const add = (row: Row) => {
    rows.push(row)
    process.stdout.write(`${row.what}: ${row.figure}, wanted ${row.target}\n`)
  }
  for (const start of [startEmbedded, startDistributed]) {
    const service = await start('127.0.0.1:1')
    try {
      add(await measureAccepting(service))
    } finally {
      await service.close()
    }
  }
  const folder = mkdtempSync(join(tmpdir(), 'parsegate-many-'))
  const postgres = await startPostgres()
  try {
    const limits = { connections: 4, connectTimeoutMs: 5000, queryTimeoutMs: 600_000 }
    for (const [name, database] of [
      ['SQLite', openSqlite(folder)],
      ['Postgres', openPostgres(await postgres.database(), limits)],
    ] as const) {
      for (const row of await measureStore(name, database)) add(row)
      await database.close()
    }
  } finally {
    await postgres.stop()
    rmSync(folder, { recursive: true })
  }
  return rows
}

/** From sending the body to having read the answer. */
async function measureAccepting(service: Service): Promise<Row> {
  const times: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const urls = Array.from(
      { length: BATCH },
      (_, index) => `http://127.0.0.1:1/${'p'.repeat(60)}/${round}/${index}`,
    )
    const body = JSON.stringify({ urls, delay: 3600 })
    const begun = performance.now()
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`${service.base}/parse_batch`, { method: 'POST', headers, body })
    const { request_ids } = (await response.json()) as { request_ids: number[] }
    if (request_ids.length !== BATCH) throw new Error(`a batch was answered ${response.status}`)
    times.push(performance.now() - begun)
  }
  return {
    what: `${service.name}: POST /parse_batch with 10,000 URLs, until it is answered (median of ${ROUNDS})`,
    figure: `${(median(times) / 1000).toFixed(2)} s (longest ${(Math.max(...times) / 1000).toFixed(2)} s; ${wholeMemory(service).toFixed(0)} MB resident afterwards)`,
    target: '≤ 2 s',
  }
}

/** Parts of lists that are hard to find: rare states, rare hosts, old rows, and rows of one caller among many. */
const filters: [what: string, filter: Filter, before?: number][] = [
  ['the first part', { caller: null }],
  ['a part in the middle', { caller: null }, ROWS / 2],
  ['a rare state', { caller: null, status: 'cancelled' }],
  ['a rare host', { caller: null, host: 'rare.test' }],
  ['a rare state of a common host', { caller: null, host: 'host-3.test', status: 'cancelled' }],
  ['a caller', { caller: 'caller-7' }],
  ['a rare state of a caller', { caller: 'caller-7', status: 'failure' }],
  ['a recent time', { caller: null, since: '2999-01-01T00:00:00.000Z' }],
]

async function measureStore(name: string, database: Database): Promise<Row[]> {
  await migrate(database)
  await fill(database)
  const repository = createRepository(database, { leaseMs: 60_000 })
  const lists: [string, number][] = []
  for (const [what, filter, before = null] of filters)
    lists.push([what, await time(() => repository.list(filter, before, 100))])
  const [slowest, ms] = lists.toSorted(([, a], [, b]) => b - a)[0] ?? ['', Number.NaN]
  return [
    {
      what: `${name}: a part of 100 of GET /requests among 1,000,000 rows (median of ${ROUNDS})`,
      figure: `${ms.toFixed(1)} ms for the slowest of ${lists.length} kinds, ${slowest}`,
      target: '≤ 20 ms',
    },
    await measureClaims(name, repository),
  ]
}

async function time(step: () => Promise<unknown>): Promise<number> {
  const times: number[] = []
  for (let round = 0; round <= ROUNDS; round += 1) {
    const begun = performance.now()
    await step()
    times.push(performance.now() - begun)
  }
  return median(times.slice(1))
}

/** A claim of 10 before there is a backlog and behind 100,000 rows that wait for their time and a batch of 100,000. */
async function measureClaims(name: string, repository: Repository): Promise<Row> {
  const one: NewRequest = {
    url: 'https://example.com/',
    queue: 'claims',
    priority: 5,
    options: {},
    caller: null,
  }
  const claim = async () => {
    const times: number[] = []
    for (let round = 0; round < 4 * ROUNDS; round += 1) {
      await Promise.all(Array.from({ length: 10 }, () => repository.create(one)))
      const begun = performance.now()
      await repository.claim(1, ['claims'], 10)
      times.push(performance.now() - begun)
    }
    return median(times)
  }
  const before = await claim()
  const group = { kind: 'batch', caller: null, options: {}, closed: true } as const
  for (let part = 0; part < 10; part += 1) {
    await repository.createGroup(
      group,
      Array.from({ length: BATCH }, () => one),
    )
    await repository.createGroup(
      group,
      Array.from({ length: BATCH }, () => ({ ...one, delayMs: 3_600_000 })),
    )
  }
  const after = await claim()
  return {
    what: `${name}: a claim of ten, with 200,000 others that are of groups or wait for their time over without (median of ${4 * ROUNDS})`,
    figure: `${(after / before).toFixed(2)} (${after.toFixed(1)} over ${before.toFixed(1)} ms)`,
    target: '≤ 2',
  }
}

async function fill({ kysely, dialect }: Database): Promise<void> {
  const numbers =
    dialect.name === 'postgres'
      ? sql`(select n from generate_series(1, ${ROWS}::integer) as n) numbers`
      : sql`(with recursive c(n) as (select 1 union all select n + 1 from c where n < ${ROWS}) select n from c) numbers`
  await sql`insert into parse_requests (url, host, status, caller, title, html_content)
    select 'https://host-' || (n % 50) || '.test/' || n,
      case when n % 100000 = 7 then 'rare.test' else 'host-' || (n % 50) || '.test' end,
      case when n % 50000 = 3 then 'cancelled' when n % 1000 = 7 then 'failure' else 'success' end,
      'caller-' || (n % 20), 'A title', '<p>text'
    from ${numbers} order by n`.execute(kysely)
  await sql`analyze`.execute(kysely)
}
