import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { Agent, request } from 'undici'
import { titleOf } from '../src/extract/title.ts'

// What the work itself costs: fetch with undici, find the title, insert the row as durably as the service does. No
// queue, no state, no bounds, no checks of addresses. Usage: probe.ts (FOLDER | postgres://…) URL COUNT

const AT_ONCE = 32

const [store = '', url = '', count = ''] = process.argv.slice(2)
const insert = store.startsWith('postgres:') ? await openPostgres(store) : openSqlite(store)
const agent = new Agent({ connections: AT_ONCE })

async function openPostgres(database: string) {
  const pool = new pg.Pool({ connectionString: database, max: 10 })
  await pool.query('create table probe (id bigserial primary key, url text, title text, html_content text)')
  await pool.query('alter table probe alter column html_content set compression lz4')
  return async (from: string, title: string, html: string) => {
    await pool.query({
      name: 'insert',
      text: 'insert into probe (url, title, html_content) values ($1, $2, $3)',
      values: [from, title, html],
    })
  }
}

function openSqlite(folder: string) {
  mkdirSync(folder, { recursive: true })
  const file = new DatabaseSync(join(folder, 'probe.sqlite'))
  file.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
  file.exec('create table probe (id integer primary key, url text, title text, html_content text)')
  const statement = file.prepare('insert into probe (url, title, html_content) values (?, ?, ?)')
  return (from: string, title: string, html: string) => void statement.run(from, title, html)
}

async function takeAll(wanted: number): Promise<void> {
  let left = wanted
  const take = async () => {
    while (left > 0) {
      left -= 1
      const from = `${url}?${left}`
      const { body } = await request(from, { dispatcher: agent })
      const html = await body.text()
      await insert(from, titleOf(html), html)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, take))
}

await takeAll(200)
const begun = performance.now()
await takeAll(Number(count))
process.stdout.write(`${performance.now() - begun}\n`)
process.exit(0)
