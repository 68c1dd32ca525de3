import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { postJson, readAnswer } from '../support/http.ts'
import { type Postgres, query, startPostgres } from '../support/postgres.ts'
import { eventually, freePort, type Running, run } from '../support/process.ts'

async function readRefusal(asked: Promise<Response>): Promise<[status: number, code: string]> {
  const reply = await asked
  return [reply.status, (await readAnswer(reply)).code]
}

/** Room for the schema and a few requests. */
const FEW_BYTES = 716_800

test('a service whose disk is full accepts nothing, loses nothing, and goes on when there is room', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'parsegate-disk-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const port = await freePort()
  const base = `http://127.0.0.1:${port}`
  const { DATABASE_URL: _, REDIS_URL: __, ...env } = process.env
  const limits = [`--fsize=${FEW_BYTES}:unlimited`, process.execPath, 'src/main.ts', 'serve']
  const service = run('prlimit', limits, {
    env: { ...env, PORT: String(port), DATA_DIR: folder, LOG_LEVEL: 'warn' },
  })
  t.after(() => service.stop())
  await eventually(`the service: ${service.output()}`, async () => (await fetch(`${base}/health`)).ok)
  const accepted: number[] = []
  const post = async () => {
    const reply = await postJson(`${base}/parse_async`, { url: 'http://127.0.0.1/', delay: 1 })
    const { request_id, code } = await readAnswer(reply)
    if (reply.status === 202) accepted.push(request_id)
    return { status: reply.status, code, after: reply.headers.get('retry-after') }
  }

  const refused = await eventually('the disk to be full', async () => {
    const answer = await post()
    return answer.status !== 202 && answer
  })
  assert.deepEqual(refused, { status: 503, code: 'store_unavailable', after: '1' })
  assert.equal((await fetch(`${base}/health`)).status, 200)
  const ready = async () => (await fetch(`${base}/ready`)).status
  await eventually('the service to be unready', async () => (await ready()) === 503)
  const urls = { urls: ['http://127.0.0.1/', 'http://127.0.0.2/'] }
  assert.deepEqual(await readRefusal(postJson(`${base}/parse_batch`, urls)), [503, 'store_unavailable'])
  const keyed = fetch(`${base}/parse_async`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': 'once' },
    body: '{"url":"http://127.0.0.1/"}',
  })
  assert.deepEqual(await readRefusal(keyed), [503, 'store_unavailable'])
  assert.equal(await ready(), 503)

  execFileSync('prlimit', [`--pid=${service.child.pid}`, '--fsize=unlimited:unlimited'])
  await eventually('the service to be ready', async () => (await ready()) === 200)
  await eventually('a request to be accepted', async () => (await post()).status === 202)
  for (const id of accepted)
    await eventually(`request ${id} to end`, async () => {
      return (await readAnswer(await fetch(`${base}/status/${id}`))).status === 'failure'
    })
})

describe('a service whose Postgres cannot write', () => {
  let postgres: Postgres
  let database: string
  let service: Running
  let base: string

  before(async () => {
    postgres = await startPostgres()
    database = await postgres.database()
    const port = await freePort()
    base = `http://127.0.0.1:${port}`
    const { REDIS_URL: _, ...env } = process.env
    const settings = { PORT: String(port), DATABASE_URL: database, LOG_LEVEL: 'warn' }
    service = run(process.execPath, ['src/main.ts', 'serve'], { env: { ...env, ...settings } })
    await eventually(`the service: ${service.output()}`, isReady)
  })

  after(async () => {
    await service.stop()
    await postgres.stop()
  })

  const isReady = async () => (await fetch(`${base}/ready`)).ok
  const submit = () => postJson(`${base}/parse_async`, { url: 'http://127.0.0.1/' })
  /** What is open keeps to the files and the defaults that it was opened with. */
  const endConnections = () =>
    query(database, 'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()')

  async function expectRefusals(): Promise<void> {
    // It reads all the while.
    await eventually('an answer', async () => (await fetch(`${base}/requests`)).ok)
    await eventually('the service to be unready', async () => !(await isReady()))
    const refused = await readAnswer(await fetch(`${base}/ready`))
    assert.deepEqual([refused.status, refused.detail], [503, 'Does not answer: store'])
    const reply = await submit()
    assert.equal(reply.headers.get('retry-after'), '1')
    assert.deepEqual(await readRefusal(Promise.resolve(reply)), [503, 'store_unavailable'])
    const batch = postJson(`${base}/parse_batch`, { urls: ['http://127.0.0.1/', 'http://127.0.0.2/'] })
    assert.deepEqual(await readRefusal(batch), [503, 'store_unavailable'])
  }

  async function expectService(): Promise<void> {
    await eventually('the service to be ready', isReady)
    const { request_id } = await eventually('a request to be accepted', async () => {
      const reply = await submit()
      return reply.status === 202 && readAnswer(reply)
    })
    await eventually(`request ${request_id} to end`, async () => {
      return (await readAnswer(await fetch(`${base}/status/${request_id}`))).status === 'failure'
    })
  }

  test('because its disk is full accepts nothing, says so, and goes on when there is room', async () => {
    const tables = ['once_keys', 'parse_requests', 'request_groups']
    await query(database, `truncate ${tables.join(', ')} cascade`)
    const [server] = await query<{ folder: string }>(
      database,
      `select current_setting('data_directory') as folder`,
    )
    const files = await query<{ path: string }>(
      database,
      'select pg_relation_filepath(name::regclass) as path from unnest($1::text[]) as name',
      [tables],
    )
    const paths = files.map(({ path }) => join(server?.folder ?? '', path))
    // Each write to this device fails as one to a full disk does (ENOSPC). Empty tables have nothing that would be missed.
    for (const path of paths) {
      renameSync(path, `${path}.aside`)
      symlinkSync('/dev/full', path)
    }
    await endConnections()
    await expectRefusals()

    for (const path of paths) {
      rmSync(path)
      renameSync(`${path}.aside`, path)
    }
    await endConnections()
    await expectService()
  })

  test('because it only reads accepts nothing, says so, and goes on when it writes again', async () => {
    const name = new URL(database).pathname.slice(1)
    await query(database, `alter database ${name} set default_transaction_read_only = on`)
    await endConnections()
    await expectRefusals()

    const admin = new URL(database)
    admin.searchParams.set('options', '-c default_transaction_read_only=off')
    await query(admin.href, `alter database ${name} reset default_transaction_read_only`)
    await endConnections()
    await expectService()
  })
})
