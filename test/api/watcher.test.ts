import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Document, Firecrawl } from 'firecrawl'
import type { Origin } from '../support/origin.ts'
import { type Service, services } from '../support/service.ts'
import { startVillage } from '../support/village.ts'

const key = 'first-key-of-this-test'

for (const [shape, start] of Object.entries(services))
  describe(`the watcher of Firecrawl’s client with the service ${shape}`, () => {
    let village: Origin
    let service: Service
    let client: Firecrawl
    const at = (path: string) => `${village.base}${path}`

    before(async () => {
      village = await startVillage()
      service = await start({ ALLOW_PRIVATE: '127.0.0.1', API_KEYS: `${key},other-key-of-this-test` })
      client = new Firecrawl({ apiUrl: service.base, apiKey: key })
    })

    after(async () => {
      await service.close()
      await village.close()
    })

    /** What a watcher tells, until the end or a fault. */
    async function watch(id: string, kind: 'batch' | 'crawl', by = client) {
      const watcher = by.watcher(id, { kind, pollInterval: 1, timeout: 20 })
      const pages: string[] = []
      let end: { status?: string; error?: string } = {}
      watcher.on('document', ({ metadata }: Document) =>
        pages.push(metadata?.sourceURL?.replace(village.base, '') ?? ''),
      )
      watcher.on('done', (told) => {
        end = told
      })
      watcher.on('error', (told) => {
        end = told
      })
      await watcher.start()
      watcher.close()
      return { pages: pages.toSorted(), ...end }
    }

    test('tells of each page of a batch once, and of its end', async () => {
      const { id } = await client.startBatchScrape([at('/'), at('/about'), at('/gone')])
      const { pages, status } = await watch(id, 'batch')
      assert.deepEqual([status, pages], ['completed', ['/', '/about']])
    })

    test('tells of a crawl that goes on while it is watched', async () => {
      const { id } = await client.startCrawl(at('/'), { delay: 0.3 })
      const { pages, status } = await watch(id, 'crawl')
      assert.equal(status, 'completed')
      assert.deepEqual(pages, ['/', '/about', '/news', '/news/bridge', '/news/fair?from=home'])
    })

    test('is told that there is no such thing, and sees none of another', async () => {
      const { id } = await client.startBatchScrape([at('/')])
      const other = new Firecrawl({ apiUrl: service.base, apiKey: 'other-key-of-this-test' })
      for (const refused of [
        await watch('999999', 'batch'),
        await watch(id, 'batch', other),
        await watch(id, 'batch', new Firecrawl({ apiUrl: service.base, apiKey: 'wrong' })),
      ])
        assert.deepEqual([refused.pages, refused.status, refused.error], [[], 'failed', 'WebSocket error'])
    })
  })
