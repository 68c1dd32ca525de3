import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { targetOf } from '../../src/contract/reader.ts'
import type { Origin } from '../support/origin.ts'
import { type Service, services } from '../support/service.ts'
import { startVillage } from '../support/village.ts'

interface Answer {
  code: number | string
  status: number
  data: { title: string; description: string; url: string; content: string; links: unknown; images: unknown }
  errors: { path: string; message: string }[]
}

for (const [shape, start] of Object.entries(services))
  describe(`GET /r/ of the service ${shape}`, () => {
    let village: Origin
    let service: Service

    before(async () => {
      village = await startVillage()
      service = await start({ ALLOW_PRIVATE: '127.0.0.1' })
    })

    after(async () => {
      await service.close()
      await village.close()
    })

    const get = (path: string, headers: Record<string, string> = {}) =>
      fetch(`${service.base}/r/${path}`, { headers })
    const text = async (path: string, headers?: Record<string, string>) =>
      (await get(`${village.base}${path}`, headers)).text()
    const json = async (path: string, headers: Record<string, string> = {}) =>
      (await (await get(path, { accept: 'application/json', ...headers })).json()) as Answer

    test('gives a page as a text to read, the query of the path being that of the URL', async () => {
      const response = await get(`${village.base}/news?a=b&c=d`)
      assert.equal(response.headers.get('content-type'), 'text/plain; charset=utf-8')
      assert.match(String(response.headers.get('content-security-policy')), /^sandbox/)
      const lines = (await response.text()).split('\n')
      assert.deepEqual(lines.slice(0, 5), [
        'Title: House /news',
        '',
        `URL Source: ${village.base}/news?a=b&c=d`,
        '',
        'Markdown Content:',
      ])
      assert.ok(lines.some((line) => line.startsWith('The people of the village')))
      assert.equal(village.asked.at(-1)?.path, '/news?a=b&c=d')
    })

    test('takes a URL that is encoded as a whole, that has one slash, or no scheme', async () => {
      const { host } = new URL(village.base)
      const whole = await json(encodeURIComponent(`${village.base}/news?a=b`))
      assert.equal(whole.data.url, `${village.base}/news?a=b`)
      assert.equal((await json(`http:/${host}/news`)).data.url, `${village.base}/news`)
      assert.equal(targetOf('a.example/b?c=http://d.example/'), 'https://a.example/b?c=http://d.example/')
    })

    test('gives JSON, or one event', async () => {
      const { code, status, data } = await json(`${village.base}/about`)
      assert.deepEqual([code, status], [200, 20000])
      assert.deepEqual([data.title, data.description], ['House /about', 'What happens at /about'])
      assert.match(data.content, /The people/)
      const stream = await get(`${village.base}/about`, { accept: 'text/event-stream' })
      const [, , line = ''] = (await stream.text()).split('\n')
      assert.deepEqual(JSON.parse(line.slice('data: '.length)), data)
    })

    test('gives the whole page as Markdown, text or HTML', async () => {
      assert.match(await text('/', { 'x-respond-with': 'markdown' }), /Markdown Content:.*Nobody reads this/s)
      const plain = await text('/', { 'x-return-format': 'text' })
      assert.match(plain, /Nobody reads this/)
      assert.doesNotMatch(plain, /Title:|</)
      assert.match(await text('/', { 'x-respond-with': 'html' }), /^<!doctype html>/)
      assert.equal(
        await text('/', { 'x-respond-with': 'html', 'x-target-selector': '.notice' }),
        '<p>Lost: a cat.</p>',
      )
    })

    test('gives what selectors say, and no images', async () => {
      assert.match(await text('/', { 'x-target-selector': '.notice' }), /Content:\nLost: a cat\.$/)
      const rest = await text('/', { 'x-remove-selector': '.notice', 'x-retain-images': 'none' })
      assert.doesNotMatch(rest, /Lost|The well\]/)
      assert.match(rest, /The people/)
    })

    test('tells links and images after the content', async () => {
      const headers = { 'x-with-links-summary': 'true', 'x-with-images-summary': 'all' }
      const told = await text('/', headers)
      assert.ok(told.includes(`\n\nLinks/Buttons:\n- [To /](${village.base}/)\n- [To /news](`))
      assert.ok(told.endsWith(`\n\nImages:\n- ![Image 1: The well](${village.base}/well.jpg)`))
      const { data } = await json(`${village.base}/`, headers)
      assert.deepEqual(data.images, [['Image 1: The well', `${village.base}/well.jpg`]])
      assert.equal((data.links as Record<string, string>)['To /news'], `${village.base}/news`)
    })

    test('sends along what header fields say', async () => {
      const told = await text('/echo', {
        'x-respond-with': 'text',
        'x-user-agent': 'Me/1',
        'x-locale': 'de-CH',
        'x-referer': 'https://a.example/',
        'x-set-cookie': 'a=b; Path=/, c=d; Expires=Wed, 01 Jan 2030 00:00:00 GMT',
        'x-no-cache': 'true',
        'x-engine': 'direct',
        'x-forwarded-for': '192.0.2.1',
      })
      for (const field of [
        /user-agent: Me\/1/i,
        /accept-language: de-CH/i,
        /referer: https:\/\/a\.example\//i,
        /cookie: a=b; c=d/i,
      ])
        assert.match(told, field)
      assert.doesNotMatch(told, /192\.0\.2\.1/)
    })

    test('warns of a page that stands in the place of another', async () => {
      assert.match(await text('/wall'), /\n\nWarning: What the page is instead: bot_check\n\n/)
    })

    const refused: [field: string, value: string, words: RegExp][] = [
      ['x-respond-with', 'screenshot', /must be one of content, markdown, html, text/],
      ['x-engine', 'browser', /not rendered in a browser; leave it out, or send auto or direct/],
      ['x-wait-for-selector', '#app', /not rendered/],
      ['x-with-generated-alt', 'true', /not had here/],
      ['x-md-link-style', 'referenced', /not had here; leave it out/],
      ['x-target-selector', 'h1[', /no CSS selector/],
      ['x-timeout', 'soon', /number of seconds/],
      ['x-proxy-url', 'http://p.example:1', /x-proxy-url|PROXIES/],
    ]
    for (const [field, value, words] of refused)
      test(`refuses in words what is not had: ${field}: ${value}`, async () => {
        const asked = village.asked.length
        const response = await get(`${village.base}/`, { [field]: value })
        const { errors } = (await response.json()) as Answer
        assert.deepEqual([response.status, errors.map(({ path }) => path)], [422, [field]])
        assert.match(errors[0]?.message ?? '', words)
        assert.equal(village.asked.length, asked)
      })

    test('tells what is wrong with a URL, and why a page cannot be had', async () => {
      for (const [path, status, code] of [
        ['', 422, 'invalid_url'],
        ['ftp://a.example/', 422, 'unsupported_scheme'],
        ['http://a:b@a.example/', 422, 'credentials_not_allowed'],
        ['http://169.254.169.254/', 502, 'blocked_address'],
        [`${village.base}/gone`, 502, 'http_status'],
      ] as const) {
        const response = await get(path)
        assert.deepEqual([response.status, ((await response.json()) as Answer).code], [status, code], path)
      }
    })

    test('is refused without a key where keys are in use', async (t) => {
      const guarded = await start({ API_KEYS: 'a-key-of-this-test-alone' })
      t.after(() => guarded.close())
      assert.equal((await fetch(`${guarded.base}/r/https://example.com/`)).status, 401)
    })
  })
