import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createSitemapReader, namedSitemaps } from '../../src/extract/sitemap.ts'

const url = 'https://a.example/sitemap.xml'

function read(text: string, { step = 7, most = 1000 } = {}) {
  const [pages, sitemaps]: [string[], string[]] = [[], []]
  const reader = createSitemapReader({
    url,
    most,
    onPage: (page) => pages.push(page),
    onSitemap: (sitemap) => sitemaps.push(sitemap),
  })
  for (let at = 0; at < text.length && reader.write(text.slice(at, at + step)); at += step);
  reader.end()
  return { pages, sitemaps }
}

const xml = '<?xml version="1.0" encoding="UTF-8"?>\n'
const urlset = (body: string) =>
  `${xml}<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">${body}</urlset>`

describe('a sitemap', () => {
  const rows: [name: string, text: string, pages: string[], sitemaps?: string[]][] = [
    [
      'a list',
      urlset(
        '<url><loc>https://a.example/b</loc><lastmod>2024</lastmod></url>\n<url><loc> https://a.example/c\n</loc></url>',
      ),
      ['https://a.example/b', 'https://a.example/c'],
    ],
    [
      'references and CDATA',
      urlset(
        '<url><loc>https://a.example/?b=1&amp;c=2</loc></url><url><loc><![CDATA[https://a.example/?d=1&e=2]]></loc></url>',
      ),
      ['https://a.example/?b=1&c=2', 'https://a.example/?d=1&e=2'],
    ],
    [
      'an index',
      `${xml}<sitemapindex><sitemap><loc>https://a.example/1.xml.gz</loc></sitemap></sitemapindex>`,
      [],
      ['https://a.example/1.xml.gz'],
    ],
    [
      'prefixes',
      '<sm:urlset><sm:url><sm:loc>https://a.example/b</sm:loc><image:image><image:loc>https://a.example/i.jpg</image:loc></image:image></sm:url></sm:urlset>',
      ['https://a.example/b'],
    ],
    [
      'RSS',
      '<rss><channel><link>https://a.example/</link><item><link>https://a.example/b</link></item></channel></rss>',
      ['https://a.example/b'],
    ],
    [
      'Atom',
      '<feed><link href="/"/><entry><link href="/b"/><link rel="edit" href="/c"/></entry></feed>',
      ['https://a.example/b'],
    ],
    [
      'RSS 1.0',
      '<rdf:RDF><item rdf:about="x"><link>https://a.example/b</link></item></rdf:RDF>',
      ['https://a.example/b'],
    ],
    [
      'a text',
      '\uFEFFhttps://a.example/b\r\nhttps://a.example/c\n# no\nftp://a.example/\nhttps://a.example/d',
      ['https://a.example/b', 'https://a.example/c', 'https://a.example/d'],
    ],
    [
      'what cannot be fetched',
      urlset(
        '<url><loc>javascript:x</loc></url><url><loc></loc></url><url><loc>https://u:p@a.example/</loc></url>',
      ),
      [],
    ],
    [
      'a file that is cut',
      '<urlset><url><loc>https://a.example/b</loc></url><url><loc>https://a.exam',
      ['https://a.example/b'],
    ],
    [
      'entities of its own',
      '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><urlset><url><loc>https://a.example/&b;</loc></url></urlset>',
      ['https://a.example/&b;'],
    ],
    ['a page', '<!doctype html><html><body><a href="/b">b</a></body></html>', []],
    ['nothing', '', []],
    ['white space', ' \n ', []],
  ]
  for (const [name, text, pages, sitemaps = []] of rows)
    test(`is read whatever its form is and wherever it is cut: ${name}`, () => {
      for (const step of [1, 7, 100_000]) assert.deepEqual(read(text, { step }), { pages, sitemaps })
    })

  test('gives no more than is wanted', () => {
    const many = urlset('<url><loc>https://a.example/b</loc></url>'.repeat(50))
    assert.equal(read(many, { most: 3 }).pages.length, 3)
  })

  const hostile: [name: string, text: string][] = [
    ['elements that nest', '<a>'.repeat(300_000)],
    ['ends without starts', `<urlset>${'</b>'.repeat(300_000)}`],
    ['an address that does not end', `<urlset><url><loc>${'a'.repeat(2_000_000)}`],
    ['a comment that does not end', `<urlset><!--${'-'.repeat(2_000_000)}`],
    ['a line that does not end', `http${'a'.repeat(2_000_000)}`],
    ['attributes', `<urlset ${'a="b" '.repeat(200_000)}>`],
  ]
  for (const [name, text] of hostile)
    test(`takes time in proportion to its length, made of ${name}`, () => {
      assert.deepEqual(read(text, { step: 65_536 }), { pages: [], sitemaps: [] })
    })
})

describe('a robots.txt', () => {
  test('names sitemaps, absolute or not, in any case, once each', () => {
    const robots = [
      'User-agent: *',
      'Disallow: /x',
      'Sitemap: https://a.example/1.xml # the first',
      'SITEMAP:/2.xml',
      'site-map: https://b.example/3.xml',
      'Sitemap: https://a.example/1.xml',
      'Sitemap:',
      'Sitemap: javascript:x',
      '# Sitemap: /4.xml',
    ].join('\r\n')
    assert.deepEqual(namedSitemaps(robots, 'https://a.example/robots.txt'), [
      'https://a.example/1.xml',
      'https://a.example/2.xml',
      'https://b.example/3.xml',
    ])
  })

  test('names a bounded number', () => {
    const robots = Array.from({ length: 500 }, (_, index) => `Sitemap: /${index}.xml`).join('\n')
    assert.equal(namedSitemaps(robots, 'https://a.example/robots.txt').length, 100)
  })
})
