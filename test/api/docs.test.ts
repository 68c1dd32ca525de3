import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ParseOptions } from '../../src/contract/options.ts'
import type { Repository } from '../../src/contract/repository.ts'
import type { Server } from '../../src/server.ts'
import { buildServer } from '../support/api.ts'

interface Operation {
  summary?: string
  requestBody?: object
  parameters?: { name: string }[]
  responses: Record<string, { content?: Record<string, object> }>
}

describe('the documentation of the API', () => {
  let server: Server
  let document: { openapi: string; paths: Record<string, Record<string, Operation>> }

  before(async () => {
    const never = async () => assert.fail('not to be asked')
    server = await buildServer({ repository: {} as Repository, parser: { parse: never } })
    document = (await server.inject('/openapi.json')).json()
  })
  after(() => server.close())

  test('is OpenAPI 3.1 and names every path that is served', () => {
    assert.match(document.openapi, /^3\.1\./)
    const bare = ['/markdown', '/text', '/html', '/content', '.md', '.txt', '.html']
    const paths = [
      ...['/parse_async', '/parse_batch', '/parse_sync', '/fetch', '/health', '/ready', '/metrics'],
      ...['/status/{id}', '/status/{id}/events', '/result/{id}'],
      ...bare.map((ending) => `/result/{id}${ending}`),
      ...['/webhooks', '/webhooks/{id}', '/webhooks/{id}/replay'],
      ...['/requests', '/requests/{id}', '/requests/{id}/cancel', '/requests/{id}/retry'],
      ...['/map', '/crawl', '/crawl/{id}', '/crawl/{id}/results', '/crawl/{id}/events', '/crawl/{id}/cancel'],
      ...['/schedules', '/schedules/{id}'],
      ...['run', 'pause', 'resume'].map((name) => `/schedules/{id}/${name}`),
      ...['/v2/scrape', '/v2/map', '/v2/batch/scrape', '/v2/crawl', '/v2/crawl/active', '/r/{url}'],
      ...['/v2/batch/scrape/{id}', '/v2/crawl/{id}'].flatMap((path) => [path, `${path}/errors`]),
      ...['/batch/{id}', '/batch/{id}/results', '/batch/{id}/events', '/batch/{id}/cancel'],
    ]
    assert.deepEqual(Object.keys(document.paths).sort(), paths.sort())
  })

  test('has the schemas that validate', () => {
    const body = JSON.stringify(document.paths['/parse_async']?.post?.requestBody)
    for (const part of ['"url"', '"priority"', '"timeout"', '"additionalProperties":false', '2048'])
      assert.ok(body.includes(part), part)
    const names = document.paths['/parse_sync']?.get?.parameters?.map(({ name }) => name)
    assert.deepEqual(names, ['url', ...Object.keys(ParseOptions.shape)])
  })

  test('tells of the problems that each path may answer', () => {
    const problems = (path: string, method: string) =>
      Object.entries(document.paths[path]?.[method]?.responses ?? {})
        .filter(([, { content }]) => content && 'application/problem+json' in content)
        .map(([status]) => Number(status))
    assert.deepEqual(problems('/parse_async', 'post'), [401, 409, 413, 415, 422, 503])
    assert.deepEqual(problems('/status/{id}', 'get'), [401, 404, 422, 503])
    assert.deepEqual(problems('/parse_sync', 'get'), [401, 422, 502, 504])
  })

  test('refers to nothing that is not in it', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(
      ([, path]) => path ?? '',
    )
    assert.ok(references.length > 0)
    for (const path of references) {
      let found: unknown = document
      for (const part of path.split('/')) found = (found as Record<string, unknown>)?.[part]
      assert.ok(found, path)
    }
  })

  test('is shown by a page whose script comes from here', async () => {
    const page = await server.inject('/docs')
    assert.equal(page.statusCode, 200)
    assert.match(String(page.headers['content-type']), /^text\/html/)
    const loads = [...page.payload.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link ?? '')
    assert.ok(loads.includes('/docs/js/scalar.js'), loads.join())
    assert.deepEqual(
      loads.filter((link) => /^(https?:)?\/\//.test(link)),
      [],
    )
    const script = await server.inject('/docs/js/scalar.js')
    assert.match(String(script.headers['content-type']), /javascript/)
    assert.ok(script.payload.length > 100_000)
  })
})
