import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ErrorCode } from '../../src/contract/errors.ts'
import { ServiceError } from '../../src/contract/errors.ts'
import { Page } from '../../src/contract/models.ts'
import type { Parser } from '../../src/contract/parser.ts'
import type { Repository } from '../../src/contract/repository.ts'
import { buildServer } from '../support/api.ts'

const url = 'https://example.com/'

async function fetchBy(parse: Parser['parse'], query: string) {
  const server = await buildServer({ repository: {} as Repository, parser: { parse } })
  try {
    const { statusCode, payload } = await server.inject(`/fetch?${query}`)
    return { status: statusCode, body: JSON.parse(payload) as Record<string, unknown> }
  } finally {
    await server.close()
  }
}

test('a parser gives a page with all it knows of it', async () => {
  const page = Page.parse({ title: 'A', html: '<p>', target_status: 200, encoding: 'UTF-8' })
  assert.deepEqual(await fetchBy(async () => page, `url=${url}`), { status: 200, body: page })
})

for (const code of ['http_status', 'fetch_timeout', 'store_unavailable', 'timeout'] satisfies ErrorCode[]) {
  test(`a fault of the page is a 502 with its reason: ${code}`, async () => {
    const parse = async () => {
      throw new ServiceError(code, 'The reason', { targetStatus: 503 })
    }
    const { status, body } = await fetchBy(parse, `url=${url}`)
    const { detail, target_status } = body
    assert.deepEqual([status, body.code, detail, target_status], [502, code, 'The reason', 503])
  })
}

test('a fault that passes tells when', async () => {
  const busy = new ServiceError('host_busy', undefined, { retryAfterMs: 30_000 })
  const { body } = await fetchBy(() => Promise.reject(busy), `url=${url}`)
  assert.deepEqual([body.passes, body.retry_after_ms], [true, 30_000])
})

test('a fault that nobody foresaw tells nothing', async () => {
  const parse = () => Promise.reject(new Error('secret'))
  const { status, body } = await fetchBy(parse, `url=${url}`)
  assert.deepEqual([status, body.code], [502, 'internal_error'])
  assert.doesNotMatch(JSON.stringify(body), /secret/)
})

test('a bad query is refused before anything is fetched', async () => {
  const parse = async () => assert.fail('not to be asked')
  for (const query of ['', 'url=nothing', `url=${url}&max_bytes=x`])
    assert.equal((await fetchBy(parse, query)).status, 422)
})
