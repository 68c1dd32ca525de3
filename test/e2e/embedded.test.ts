import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { postJson, readAnswer } from '../support/http.ts'
import { eventually, freePort, type Running, run } from '../support/process.ts'

const html = '<!doctype html><title> A &amp;\n B </title><p>text'

describe('the embedded service, as one process', () => {
  const folder = mkdtempSync(join(tmpdir(), 'parsegate-e2e-'))
  let origin: Server
  let pages: string
  let service: Running
  let base: string

  const start = async () => {
    const port = await freePort()
    base = `http://127.0.0.1:${port}`
    const { DATABASE_URL: _, REDIS_URL: __, ...env } = process.env
    service = run(process.execPath, ['src/main.ts', 'serve'], {
      env: { ...env, PORT: String(port), DATA_DIR: folder, ALLOW_PRIVATE: new URL(pages).host },
    })
    await eventually(`the service: ${service.output()}`, async () => (await fetch(`${base}/health`)).ok)
  }

  const post = async (body: unknown) => {
    const response = await postJson(`${base}/parse_async`, body)
    return { status: response.status, headers: response.headers, body: await readAnswer(response) }
  }

  const ended = (id: number) =>
    eventually(`request ${id} to end`, async () => {
      const answer = await readAnswer(await fetch(`${base}/status/${id}`))
      return ['success', 'failure'].includes(answer.status) && answer
    })

  before(async () => {
    origin = createServer((request, response) => {
      if (request.url === '/hang') return
      response.writeHead(request.url === '/missing' ? 404 : 200, { 'content-type': 'text/html' }).end(html)
    }).listen(0, '127.0.0.1')
    await once(origin, 'listening')
    pages = `http://127.0.0.1:${(origin.address() as { port: number }).port}`
    await start()
  })

  after(async () => {
    await service.stop('SIGKILL')
    origin.closeAllConnections()
    origin.close()
    rmSync(folder, { recursive: true })
  })

  test('says in one line where it listens, where its data lies and what to try', () => {
    const line = service
      .output()
      .split('\n')
      .find((one) => one.startsWith('Parsegate listens'))
    assert.ok(line?.includes(base) && line.includes(folder) && line.includes('curl '), service.output())
  })

  test('takes a URL from POST to its result', async () => {
    const { status, headers, body } = await post({ url: `${pages}/page` })
    assert.equal(status, 202)
    assert.equal(body.status, 'pending')
    assert.equal(headers.get('location'), `/status/${body.request_id}`)
    await ended(body.request_id)
    const result = await readAnswer(await fetch(`${base}/result/${body.request_id}`))
    assert.deepEqual(
      [result.status, result.title, result.html, result.target_status, result.final_url, result.content_type],
      ['success', 'A & B', html, 200, `${pages}/page`, 'text/html'],
    )
  })

  test('never passes an error page off as a page', async () => {
    const { body } = await post({ url: `${pages}/missing` })
    const status = await ended(body.request_id)
    assert.deepEqual([status.status, status.error.code], ['failure', 'http_status'])
    const result = await readAnswer(await fetch(`${base}/result/${body.request_id}`))
    assert.deepEqual([result.html, result.target_status], [null, 404])
  })

  test('refuses an internal address', async () => {
    const { body } = await post({ url: 'http://169.254.169.254/latest/' })
    assert.equal((await ended(body.request_id)).error.code, 'blocked_address')
  })

  test('answers at once without storing', async () => {
    const response = await fetch(`${base}/parse_sync?url=${encodeURIComponent(`${pages}/page`)}`)
    const { title, url } = await readAnswer(response)
    assert.deepEqual([response.status, title, url], [200, 'A & B', `${pages}/page`])
    const refused = await fetch(`${base}/parse_sync?url=${encodeURIComponent(`${pages}/missing`)}`)
    assert.deepEqual([refused.status, (await readAnswer(refused)).code], [502, 'http_status'])
  })

  test('keeps what it accepted through kill -9, and ends it after the next start', async () => {
    const { body } = await post({ url: `${pages}/hang`, timeout: 1 })
    await eventually('processing', async () => {
      const answer = await readAnswer(await fetch(`${base}/status/${body.request_id}`))
      return answer.status === 'processing'
    })
    await service.stop('SIGKILL')
    await start()
    const status = await ended(body.request_id)
    assert.deepEqual([status.status, status.error.code], ['failure', 'fetch_timeout'])
  })

  test('ends with 0 at SIGTERM and hands back what is unfinished', async () => {
    const { body } = await post({ url: `${pages}/hang` })
    await eventually('processing', async () => {
      const answer = await readAnswer(await fetch(`${base}/status/${body.request_id}`))
      return answer.status === 'processing'
    })
    assert.equal(await service.stop('SIGTERM'), 0)
    await start()
    const answer = await readAnswer(await fetch(`${base}/status/${body.request_id}`))
    assert.ok(['pending', 'processing'].includes(answer.status))
    assert.ok(answer.attempt <= 1)
  })
})
