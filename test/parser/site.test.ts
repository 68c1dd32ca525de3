import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { createDocuments } from '../../src/extract/document.ts'
import { createPages } from '../../src/extract/pages.ts'
import { createThreads } from '../../src/extract/threads.ts'
import { parseAllowPrivate } from '../../src/fetch/allowance.ts'
import { createFetcher } from '../../src/fetch/page.ts'
import { defaultBlockedPorts } from '../../src/fetch/ports.ts'
import { createParser } from '../../src/parser/parse.ts'
import { withSite } from '../../src/parser/site.ts'
import { type Answer, page, response, startOrigin } from '../support/origin.ts'

const threads = createThreads({ threads: 1, mostWaiting: 10 })
const documents = createDocuments(threads)
const pages = createPages(threads, { deadlineMs: 60_000 })
after(() => threads.close())

/** A parser that fetches from this machine alone, with what `withSite` adds. */
function createSiteParser({ timeoutMs = 5000 } = {}) {
  const fetcher = createFetcher({
    maxBytes: 1_000_000,
    timeoutMs,
    allowPrivate: parseAllowPrivate('127.0.0.1'),
    blockedPorts: defaultBlockedPorts,
    userAgent: 'test',
  })
  return withSite(createParser({ fetcher, pages, documents, maxBytes: 1_000_000 }), { fetcher, timeoutMs })
}

const list = (...urls: string[]) =>
  `<urlset>${urls.map((url) => `<url><loc>${url}</loc></url>`).join('')}</urlset>`
const index = (...urls: string[]) =>
  `<sitemapindex>${urls.map((url) => `<sitemap><loc>${url}</loc></sitemap>`).join('')}</sitemapindex>`

/** Files by their paths; what is not among them is not there. */
const serve =
  (files: Record<string, string | Uint8Array>): Answer =>
  ({ path }) => {
    const file = files[path]
    if (file === undefined) return response('gone', [], '404 Not Found')
    return typeof file === 'string' && path === '/' ? page(file) : response(file)
  }

/** What is found at a site made of `files`, and what was asked of it; the site is `*` in the addresses. */
async function find(files: Record<string, string | Uint8Array>, wish = {}, options = {}) {
  const origin = await startOrigin(serve(files))
  try {
    const parser = createSiteParser()
    const site = { sitemap: true, most: 100, ...wish }
    const { found, html } = await parser.parse(`${origin.base}/`, { site, ...options })
    const asked = origin.asked.map(({ path }) => path)
    return { urls: found?.urls.map((url) => url.replace(origin.base, '')) ?? [], asked, html, found }
  } finally {
    await origin.close()
  }
}

describe('beside a page', () => {
  test('nothing is found out where nobody asks', async () => {
    const origin = await startOrigin(serve({ '/': '<a href=/b>' }))
    const { found } = await createSiteParser().parse(`${origin.base}/`, {})
    assert.equal(found, undefined)
    assert.equal(origin.asked.length, 1)
    await origin.close()
  })

  test('come its links and the address that is its own', async () => {
    const html = '<link rel=canonical href=/home><a href=/b rel=nofollow><a href=/c>'
    const open = await find({ '/': html }, { sitemap: false, links: true })
    assert.deepEqual([open.urls, open.html, open.asked], [['/b', '/c'], html, ['/']])
    assert.match(open.found?.canonical ?? '', /\/home$/)
    const closed = await find({ '/': html }, { sitemap: false, links: true }, { robots: true })
    assert.deepEqual(closed.urls, ['/c'])
  })

  test('come the links of XHTML', async () => {
    const html = '<html xmlns="http://www.w3.org/1999/xhtml"><script/><a href="/b"/></html>'
    const origin = await startOrigin(() => response(html, ['Content-Type: application/xml']))
    const site = { sitemap: false, links: true, most: 100 }
    const { found } = await createSiteParser().parse(`${origin.base}/`, { site })
    assert.deepEqual(found?.urls, [`${origin.base}/b`])
    await origin.close()
  })

  test('come links and sitemaps, each address once and no more than are wanted', async () => {
    const files = { '/': '<a href=/b><a href=/c>', '/sitemap.xml': list('/c', '/d', '/e') }
    assert.deepEqual((await find(files, { links: true })).urls, ['/b', '/c', '/d', '/e'])
    assert.deepEqual((await find(files, { links: true, most: 3 })).urls, ['/b', '/c', '/d'])
  })

  test('come sitemaps alone, without the page', async () => {
    const { urls, asked, html } = await find({ '/sitemap.xml': list('/b') }, { page: false })
    assert.deepEqual([urls, asked, html], [['/b'], ['/robots.txt', '/sitemap.xml'], ''])
  })
})

describe('sitemaps', () => {
  test('that robots.txt names are read, and then no others', async () => {
    const files = { '/robots.txt': 'Sitemap: /one\nSitemap: /two', '/one': list('/b'), '/two': list('/c') }
    const { urls, asked } = await find({ ...files, '/sitemap.xml': list('/no') }, { page: false })
    assert.deepEqual(urls.toSorted(), ['/b', '/c'])
    assert.ok(!asked.includes('/sitemap.xml'))
  })

  test('are looked for in the usual places until one is there', async () => {
    const { urls, asked } = await find(
      { '/sitemap_index.xml': index('/1.xml'), '/1.xml': list('/b') },
      { page: false },
    )
    assert.deepEqual(urls, ['/b'])
    assert.deepEqual(asked, ['/robots.txt', '/sitemap.xml', '/sitemap_index.xml', '/1.xml'])
  })

  test('may be packed, whatever they are sent as, and texts', async () => {
    const files = {
      '/robots.txt': 'Sitemap: /1.xml.gz\nSitemap: /2.txt',
      '/1.xml.gz': gzipSync(list('/b')),
      '/2.txt': 'http://127.0.0.1/c\n',
    }
    const { urls } = await find(files, { page: false })
    assert.deepEqual(urls.toSorted(), ['/b', 'http://127.0.0.1/c'])
  })

  test('that lead to each other are read once', async () => {
    const files = {
      '/sitemap.xml': index('/a', '/b'),
      '/a': index('/b', '/a'),
      '/b': index('/a', '/c'),
      '/c': list('/d'),
    }
    const { urls, asked } = await find(files, { page: false })
    assert.deepEqual(urls, ['/d'])
    assert.equal(asked.filter((path) => path === '/a').length, 1)
  })

  test('that lead to ever new ones end', async () => {
    const origin = await startOrigin(({ path }) => {
      if (path === '/robots.txt') return response('', [], '404 Not Found')
      return response(index(...Array.from({ length: 50 }, (_, at) => `${path}/${at}`)))
    })
    const site = { page: false, sitemap: true, most: 100 }
    const { found } = await createSiteParser().parse(`${origin.base}/`, { site })
    assert.deepEqual(found?.urls, [])
    assert.ok(origin.asked.length <= 102, String(origin.asked.length))
    await origin.close()
  })

  test('that are broken give what could be read of them', async () => {
    const packed = gzipSync(list(...Array.from({ length: 5000 }, (_, at) => `/${Math.sin(at)}`)))
    const files = {
      '/robots.txt': 'Sitemap: /cut.gz\nSitemap: /html\nSitemap: /gone\nSitemap: /whole',
      '/cut.gz': packed.subarray(0, packed.length / 2),
      '/html': '<html><a href=/no>',
      '/whole': list('/b'),
    }
    const { urls } = await find(files, { page: false, most: 50_000 })
    assert.ok(urls.includes('/b') && urls.length > 1000 && urls.length < 5000, String(urls.length))
  })

  test('that unfold in memory are left', async () => {
    const bomb = gzipSync(Buffer.alloc(200_000_000, ' '))
    const before = process.memoryUsage().rss
    const { urls } = await find({ '/sitemap.xml': bomb }, { page: false })
    assert.deepEqual(urls, [])
    assert.ok(process.memoryUsage().rss - before < 150_000_000)
  })

  test('that do not come in time cost no more than the time there is', async () => {
    const origin = await startOrigin(({ path }) => (path === '/' ? page('<a href=/b>') : undefined))
    const site = { links: true, sitemap: true, most: 100 }
    const { found } = await createSiteParser({ timeoutMs: 500 }).parse(`${origin.base}/`, { site })
    assert.deepEqual(found?.urls, [`${origin.base}/b`])
    await origin.close()
  })

  test('are fetched through the same guard as pages', async () => {
    const files = { '/robots.txt': 'Sitemap: http://169.254.169.254/a\nSitemap: /b', '/b': list('/c') }
    assert.deepEqual((await find(files, { page: false })).urls, ['/c'])
  })
})
