import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Firecrawl, type SdkError } from 'firecrawl'
import type { Origin } from '../support/origin.ts'
import { eventually } from '../support/process.ts'
import { type Service, services } from '../support/service.ts'
import { startVillage } from '../support/village.ts'

/** What a call of the client fails with. */
async function faultOf(call: Promise<unknown>): Promise<SdkError & { details?: unknown }> {
  return call.then(
    () => assert.fail('it did not fail'),
    (fault: SdkError) => fault,
  )
}

const key = 'first-key-of-this-test'

for (const [shape, start] of Object.entries(services))
  describe(`the client of Firecrawl with the service ${shape}`, () => {
    let village: Origin
    let service: Service
    let client: Firecrawl
    const at = (path: string) => `${village.base}${path}`
    const pathOf = ({ metadata }: { metadata?: { url?: string } }) =>
      metadata?.url?.replace(village.base, '') ?? ''

    before(async () => {
      village = await startVillage()
      const settings = { ALLOW_PRIVATE: '127.0.0.1', API_KEYS: `${key},other-key-of-this-test` }
      service = await start(settings)
      client = new Firecrawl({ apiUrl: service.base, apiKey: key })
    })

    after(async () => {
      await service.close()
      await village.close()
    })

    describe('scrapes', () => {
      test('Markdown of the main content, with metadata', async () => {
        const { markdown = '', html, links, metadata } = await client.scrape(at('/news?a=b'))
        assert.match(markdown, /^(?:# House \/news\n\n)?The people of the village/)
        assert.doesNotMatch(markdown, /Nobody reads this/)
        assert.deepEqual([html, links], [undefined, undefined])
        const { title, description, language, keywords, sourceURL, url, statusCode, contentType } =
          metadata ?? {}
        assert.deepEqual(
          { title, description, language, keywords, sourceURL, url, statusCode, contentType },
          {
            title: 'House /news',
            description: 'What happens at /news',
            language: 'en',
            keywords: ['well', 'village'],
            sourceURL: at('/news?a=b'),
            url: at('/news?a=b'),
            statusCode: 200,
            contentType: 'text/html; charset=utf-8',
          },
        )
        assert.deepEqual([metadata?.ogTitle, metadata?.ogLocaleAlternate], ['At /news', ['de_DE']])
      })

      test('every format that there is', async () => {
        const attributes = { type: 'attributes' as const, selectors: [{ selector: 'img', attribute: 'alt' }] }
        const formats = [
          'html' as const,
          'rawHtml' as const,
          'links' as const,
          { type: 'images' as const },
          attributes,
        ]
        const document = await client.scrape(at('/about'), { formats })
        assert.equal(document.markdown, undefined)
        assert.match(document.html ?? '', /<p>The people/)
        assert.match(document.rawHtml ?? '', /^<!doctype html>/)
        assert.deepEqual(document.links?.slice(0, 2), [at('/'), at('/news')])
        assert.deepEqual(document.images, [at('/well.jpg')])
        assert.deepEqual(document.attributes, [{ selector: 'img', attribute: 'alt', values: ['The well'] }])
      })

      test('what tags include and exclude, or the whole page', async () => {
        const part = await client.scrape(at('/'), { includeTags: ['.notice', 'footer'] })
        assert.equal(part.markdown, 'Lost: a cat.\n\nNobody reads this')
        const most = await client.scrape(at('/'), { excludeTags: ['.notice'], onlyMainContent: false })
        assert.match(most.markdown ?? '', /Nobody reads this/)
        assert.doesNotMatch(most.markdown ?? '', /Lost/)
      })

      test('with header fields, cookies and languages', async () => {
        const headers = { 'X-Test': 'yes', Cookie: 'a=b; c=d' }
        const location = { languages: ['de-CH', 'en'] }
        const { rawHtml = '' } = await client.scrape(at('/echo'), { formats: ['rawHtml'], headers, location })
        for (const field of [/^x-test: yes/im, /^cookie: a=b; c=d/im, /^accept-language: de-CH, en;q=0.9/im])
          assert.match(rawHtml, field)
      })

      test('and takes the options that ask for nothing', async () => {
        const options = {
          waitFor: 0,
          mobile: false,
          actions: [],
          proxy: 'auto',
          blockAds: true,
          fastMode: false,
        }
        const more = { storeInCache: false, removeBase64Images: true, parsers: ['pdf'], lockdown: false }
        assert.ok((await client.scrape(at('/'), { ...options, ...more, integration: 'test' })).markdown)
      })

      test('a page that stands in the place of another with a warning', async () => {
        const { warning, markdown } = await client.scrape(at('/wall'))
        assert.deepEqual([warning, markdown], ['What the page is instead: bot_check', ''])
      })

      test('and is told once why a page cannot be had', async () => {
        const asked = village.asked.length
        const { status, code, message } = await faultOf(client.scrape(at('/gone')))
        assert.deepEqual([status, code, message], [500, 'http_status', 'The site answered 404 Not Found.'])
        assert.equal(village.asked.length, asked + 1)
      })

      test('and is told when it took too long', async () => {
        const { status, code } = await faultOf(client.scrape(at('/slow'), { timeout: 200 }))
        assert.deepEqual([status, code], [408, 'fetch_timeout'])
      })
    })

    describe('is told what is not had', () => {
      const refused: [name: string, options: object, path: string, words: RegExp][] = [
        [
          'a screenshot',
          { formats: ['screenshot'] },
          'formats.0.type',
          /knows no "screenshot"; takes markdown, html/,
        ],
        ['a summary', { formats: ['markdown', 'summary'] }, 'formats.1.type', /knows no "summary"/],
        [
          'JSON by a prompt',
          { formats: [{ type: 'json', prompt: 'x' }] },
          'formats.0.type',
          /knows no "json"/,
        ],
        ['changes', { formats: [{ type: 'changeTracking', modes: [] }] }, 'formats.0.type', /changeTracking/],
        ['a wait', { waitFor: 10 }, 'waitFor', /not rendered in a browser; leave it out, or send 0/],
        ['actions', { actions: [{ type: 'wait' }] }, 'actions', /not rendered/],
        ['a mobile device', { mobile: true }, 'mobile', /not rendered/],
        ['a stealthy proxy', { proxy: 'stealth' }, 'proxy', /basic, auto/],
        ['a proxy that the operator does not allow', { proxy: 'http://p.example:1' }, 'proxy', /PROXIES/],
        ['a country', { location: { country: 'DE' } }, 'location.country', /from where this service is/],
        ['OCR', { parsers: [{ type: 'pdf', mode: 'ocr' }] }, 'parsers.0', /without pages, blocks or OCR/],
        [
          'images within the page',
          { removeBase64Images: false },
          'removeBase64Images',
          /cannot be turned off/,
        ],
        ['an unknown option', { nonsense: 1 }, 'nonsense', /nonsense/],
        ['a selector that is none', { includeTags: ['h1['] }, 'includeTags', /no CSS selector/],
        [
          'certificates that cannot be trusted',
          { skipTlsVerification: true },
          'skipTlsVerification',
          /^skipTlsVerification .*ALLOW_TLS_ERRORS/,
        ],
        ['a field of the connection', { headers: { Host: 'x' } }, 'headers.Host', /follows from the URL/],
      ]
      for (const [name, options, path, words] of refused)
        test(`by scrape: ${name}`, async () => {
          const { status, code, message, details } = await faultOf(client.scrape(at('/'), options))
          assert.deepEqual([status, code], [400, 'invalid_request'])
          assert.match(message, words)
          assert.deepEqual(
            (details as { path: string }[]).map((one) => one.path),
            [path],
          )
        })

      const crawls: [name: string, options: object, path: string, words: RegExp][] = [
        ['other sites', { allowExternalLinks: true }, 'allowExternalLinks', /stays at its site/],
        ['a prompt', { prompt: 'the blog' }, 'prompt', /by the other options/],
        ['sitemaps alone', { sitemap: 'only' }, 'sitemap', /include or skip/],
        [
          'a regular expression beyond patterns',
          { includePaths: ['a', '/(\\d+)/'] },
          'includePaths.1',
          /cannot be put/,
        ],
        [
          'certificates of its pages that cannot be trusted',
          { scrapeOptions: { skipTlsVerification: true } },
          'scrapeOptions.skipTlsVerification',
          /ALLOW_TLS_ERRORS/,
        ],
        [
          'what an option of its pages is not',
          { scrapeOptions: { waitFor: 1 } },
          'scrapeOptions.waitFor',
          /not rendered/,
        ],
        [
          'a fault in an option of its pages',
          { scrapeOptions: { excludeTags: ['['] } },
          'scrapeOptions.excludeTags',
          /CSS/,
        ],
        ['pages from the store', { scrapeOptions: { maxAge: 5 } }, 'scrapeOptions.maxAge', /fetched anew/],
        [
          'a webhook with fields',
          { webhook: { url: 'http://a.example/', headers: { a: 'b' } } },
          'webhook.headers.a',
          /signed/,
        ],
      ]
      for (const [name, options, path, words] of crawls)
        test(`by crawl: ${name}`, async () => {
          const { status, message, details } = await faultOf(client.startCrawl(at('/'), options))
          assert.equal(status, 400)
          assert.match(message, words)
          assert.deepEqual(
            (details as { path: string }[]).map((one) => one.path),
            [path],
          )
        })

      test('by paths that there are not', async () => {
        const { status, code, message } = await faultOf(client.search('anything'))
        assert.deepEqual([status, code], [404, 'not_found'])
        assert.match(message, /has no POST \/v2\/search: .*scrape, batch\/scrape, crawl and map/)
      })

      test('in the form of that API where a body cannot be read', async () => {
        const headers = { authorization: `Bearer ${key}` }
        const response = await fetch(`${service.base}/v2/scrape`, { method: 'POST', body: '{', headers })
        const body = (await response.json()) as { success: boolean; code: string }
        assert.deepEqual([response.status, body.success, body.code], [415, false, 'unsupported_media_type'])
      })
    })

    describe('with keys', () => {
      test('is refused without one', async () => {
        const stranger = new Firecrawl({ apiUrl: service.base, apiKey: 'wrong' })
        const { status, code } = await faultOf(stranger.scrape(at('/')))
        assert.deepEqual([status, code], [401, 'unauthorized'])
      })

      test('sees no batch and no crawl of another', async () => {
        const other = new Firecrawl({ apiUrl: service.base, apiKey: 'other-key-of-this-test' })
        const { id: batch } = await client.startBatchScrape([at('/')])
        const { id: crawl } = await client.startCrawl(at('/slow'))
        assert.equal((await faultOf(other.getBatchScrapeStatus(batch))).status, 404)
        assert.equal((await faultOf(other.cancelCrawl(crawl))).status, 404)
        assert.deepEqual((await other.getActiveCrawls()).crawls, [])
        const { crawls } = await client.getActiveCrawls()
        assert.deepEqual(
          crawls.map(({ id, url }) => [id, url]),
          [[crawl, at('/slow')]],
        )
        assert.equal(await client.cancelCrawl(crawl), true)
      })
    })

    describe('scrapes batches', () => {
      test('to their end, and is told what failed and what was no URL', async () => {
        const options = { formats: ['links' as const], excludeTags: ['nav'] }
        const { id, url, invalidURLs } = await client.startBatchScrape([at('/'), at('/gone'), 'nonsense'], {
          options,
        })
        assert.equal(url, `${service.base}/v2/batch/scrape/${id}`)
        assert.deepEqual(invalidURLs, ['nonsense'])
        const batch = await ended(() => client.getBatchScrapeStatus(id))
        assert.deepEqual([batch.status, batch.total, batch.completed], ['completed', 2, 1])
        assert.deepEqual(batch.data.map(pathOf), ['/'])
        assert.deepEqual([batch.data[0]?.links, batch.data[0]?.markdown], [[], undefined])
        const { errors, robotsBlocked } = await client.getBatchScrapeErrors(id)
        assert.deepEqual(
          errors.map(({ url: failed, code }) => [failed, code]),
          [[at('/gone'), 'http_status']],
        )
        assert.deepEqual(robotsBlocked, [])
        assert.equal((await faultOf(client.cancelBatchScrape(id))).status, 409)
      })

      test('through all parts of the answer', async () => {
        const urls = Array.from({ length: 130 }, (_, index) => at(`/news/n${index}`))
        const { data, next } = await client.batchScrape(urls, { pollInterval: 1 })
        assert.deepEqual(
          data.map(pathOf).toSorted(),
          urls.map((url) => url.replace(village.base, '')).toSorted(),
        )
        assert.equal(next, null)
      })

      test('once for one key of its own', async () => {
        const start = () => client.startBatchScrape([at('/')], { idempotencyKey: 'the-same' })
        assert.equal((await start()).id, (await start()).id)
      })

      test('not at all where a URL is wrong and none may be', async () => {
        const { status, message } = await faultOf(
          client.startBatchScrape([at('/'), 'ftp://a.example/'], { ignoreInvalidURLs: false }),
        )
        assert.equal(status, 400)
        assert.match(message, /urls\.1 must begin with http/)
      })

      test('and has a webhook told of them', async () => {
        const webhook = {
          url: at('/hook'),
          events: ['completed' as const, 'page' as const, 'failed' as const],
        }
        const { id } = await client.startBatchScrape([at('/'), at('/gone')], { webhook })
        const told = async () => {
          const response = await fetch(`${service.base}/webhooks?group=${id}`, {
            headers: { 'x-api-key': key },
          })
          return ((await response.json()) as { deliveries: { event: string }[] }).deliveries
        }
        const deliveries = await eventually('three deliveries', async () => {
          const all = await told()
          return all.length === 3 && all
        })
        const events = deliveries.map(({ event }) => event).toSorted()
        assert.deepEqual(events, ['batch.done', 'request.failure', 'request.success'])
        await eventually('a call', () => village.asked.some(({ head }) => head.startsWith('POST /hook ')))
      })

      test('and ends them', async () => {
        const { id } = await client.startBatchScrape([at('/slow'), at('/slow?2')])
        assert.equal(await client.cancelBatchScrape(id), true)
        assert.equal((await client.getBatchScrapeStatus(id)).status, 'cancelled')
        assert.equal(await client.cancelBatchScrape(id), true)
      })
    })

    describe('crawls', () => {
      test('a site to its end, as robots.txt lets it', async () => {
        const crawl = await client.crawl(at('/'), {
          pollInterval: 1,
          scrapeOptions: { formats: ['markdown'] },
        })
        assert.deepEqual([crawl.status, crawl.total, crawl.completed], ['completed', 7, 5])
        assert.deepEqual(crawl.data.map(pathOf).toSorted(), [
          '/',
          '/about',
          '/news',
          '/news/bridge',
          '/news/fair?from=home',
        ])
        const { errors, robotsBlocked } = await client.getCrawlErrors(crawl.id)
        assert.deepEqual(
          errors.map(({ url }) => url),
          [at('/gone')],
        )
        assert.deepEqual(robotsBlocked, [at('/private')])
      })

      test('what lies below its URL, or what its regular expressions say', async () => {
        const below = await client.crawl(at('/news'), { pollInterval: 1 })
        assert.deepEqual(below.data.map(pathOf).toSorted(), ['/news', '/news/bridge', '/news/fair?from=home'])
        const options = { includePaths: ['^/news/.*$', 'about'], excludePaths: ['(bridge|tower)$'], limit: 5 }
        const chosen = await client.crawl(at('/'), { ...options, pollInterval: 1 })
        assert.deepEqual(chosen.data.map(pathOf).toSorted(), ['/', '/about', '/news/fair?from=home'])
        const both = await client.crawl(at('/news'), { includePaths: ['about', 'fair'], pollInterval: 1 })
        assert.deepEqual(both.data.map(pathOf).toSorted(), ['/news', '/news/fair?from=home'])
        const whole = await client.crawl(at('/about'), { limit: 2, crawlEntireDomain: true, pollInterval: 1 })
        assert.deepEqual(whole.data.length, 2)
      })

      test('of which there is none under an unknown id, or that of a batch', async () => {
        const { id } = await client.startBatchScrape([at('/')])
        for (const unknown of [id, '999999', 'x'])
          assert.equal((await faultOf(client.getCrawlStatus(unknown))).status, 404)
      })
    })

    describe('maps', () => {
      const mapped = async (options: object) =>
        (await client.map(at('/'), options)).links.map(({ url }) => url)

      test('a site without queries, or with them', async () => {
        const paths = ['/', '/news', '/news/bridge', '/news/fair', '/about', '/private', '/gone']
        assert.deepEqual(await mapped({}), paths.map(at))
        assert.deepEqual(await mapped({ search: 'fair', ignoreQueryParameters: false }), [
          at('/news/fair?from=home'),
        ])
        assert.deepEqual(await mapped({ limit: 2, includeSubdomains: false, timeout: 5000 }), [
          at('/'),
          at('/news'),
        ])
      })
    })

    test('makes what others of the API see, too', async () => {
      const headers = {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
      }
      const body = JSON.stringify({ urls: [at('/about')], formats: ['text'] })
      const made = await fetch(`${service.base}/parse_batch`, { method: 'POST', headers, body })
      const { batch_id: id } = (await made.json()) as { batch_id: number }
      const { data } = await ended(() => client.getBatchScrapeStatus(String(id)))
      assert.deepEqual(
        data.map(({ metadata }) => metadata?.title),
        ['House /about'],
      )
    })
  })

/** Asks until a batch is no longer under way. */
function ended<Job extends { status: string }>(read: () => Promise<Job>): Promise<Job> {
  return eventually('the end', async () => {
    const job = await read()
    return job.status !== 'scraping' && job
  })
}
