import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { eventually, freePort, type Running, run } from './process.ts'

/** A Postgres of a test's own, which may be killed and started again on the same data. */
export interface Postgres {
  url: string
  start(): Promise<void>
  /** Ends the server and, as a crash of the machine would, all its backends. */
  kill(): Promise<void>
  /** Makes an empty database. @returns its URL */
  database(): Promise<string>
  stop(): Promise<void>
}

/** Postgres refuses to run as root, so it is given the account that Debian's package made. */
function account(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {}
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

/** The folder of the newest Postgres on this machine. */
function binaries(): string {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : []
  const folders = [...versions.map((version) => join(debian, version, 'bin')), '/usr/local/bin', '/usr/bin']
  const found = folders.find((folder) => existsSync(join(folder, 'initdb')))
  if (!found)
    throw new Error(
      'The tests need PostgreSQL: install it (Debian: apt-get install postgresql) or set TEST_DATABASE_URL',
    )
  return found
}

/** Starts a Postgres on a free port with an empty data folder. */
export async function startPostgres(): Promise<Postgres> {
  const bin = binaries()
  const who = account()
  const folder = mkdtempSync(join(tmpdir(), 'parsegate-pg-'))
  if (who.uid !== undefined) chownSync(folder, who.uid, who.gid ?? who.uid)
  const data = join(folder, 'data')
  execFileSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'parsegate', '-A', 'trust', '--no-sync', '-E', 'UTF8', '--locale=C'],
    {
      ...who,
      cwd: folder,
      stdio: 'pipe',
    },
  )
  const port = await freePort()
  const url = `postgres://parsegate@127.0.0.1:${port}/postgres`
  let server: Running | undefined
  const start = async () => {
    const settings = [
      'listen_addresses=127.0.0.1',
      `unix_socket_directories=${folder}`,
      'max_connections=200',
    ]
    const args = ['-D', data, '-p', String(port), ...settings.flatMap((one) => ['-c', one])]
    server = run(join(bin, 'postgres'), args, { ...who, cwd: folder, detached: true })
    await eventually(`Postgres: ${server.output()}`, async () => (await query(url, 'select 1')) && true)
  }
  await start()
  return {
    url,
    start,
    async kill() {
      // The negative id names the server's own process group: the server and its backends, nothing else.
      if (server?.child.pid) process.kill(-server.child.pid, 'SIGKILL')
      await server?.stop('SIGKILL')
    },
    database: () => createDatabase(url),
    async stop() {
      await server?.stop('SIGINT')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Makes an empty database on the server that the whole run shares. @returns its URL */
export function freshDatabase(): Promise<string> {
  const url = process.env.TEST_DATABASE_URL
  if (!url)
    throw new Error('TEST_DATABASE_URL is not set: run the tests with npm test, which starts a Postgres')
  return createDatabase(url)
}

async function createDatabase(url: string): Promise<string> {
  const name = `t_${randomUUID().replaceAll('-', '')}`
  await query(url, `create database ${name}`)
  const fresh = new URL(url)
  fresh.pathname = `/${name}`
  return fresh.href
}

/** Runs one statement on a connection of its own. */
export async function query<T>(url: string, text: string, values: unknown[] = []): Promise<T[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 })
  await client.connect()
  try {
    return (await client.query(text, values)).rows
  } finally {
    await client.end()
  }
}
