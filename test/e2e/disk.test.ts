import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { postJson, readAnswer } from '../support/http.ts'
import { eventually, freePort, run } from '../support/process.ts'

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

  execFileSync('prlimit', [`--pid=${service.child.pid}`, '--fsize=unlimited:unlimited'])
  await eventually('a request to be accepted', async () => (await post()).status === 202)
  for (const id of accepted)
    await eventually(`request ${id} to end`, async () => {
      return (await readAnswer(await fetch(`${base}/status/${id}`))).status === 'failure'
    })
})
