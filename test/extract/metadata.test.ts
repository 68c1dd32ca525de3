import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Metadata } from '../../src/contract/metadata.ts'
import { readMetadata } from '../../src/extract/metadata.ts'
import { address, jsonLd, now, pageOf } from './pages.ts'

const read = (html: string, url = address): Metadata => readMetadata(html, url, now)

/** A page as most newspapers make them. */
const article = pageOf(
  `<title>Boats return to the harbour | Harbour Post</title>
  <meta name="description" content="After a long winter, the boats are back.">
  <meta property="og:title" content="Boats return to the harbour">
  <meta property="og:site_name" content="Harbour Post">
  <meta property="og:type" content="article">
  <meta property="og:image" content="/img/boats.jpg">
  <meta property="article:published_time" content="2024-03-09T08:30:00+01:00">
  <meta property="article:modified_time" content="2024-03-10T09:00:00+01:00">
  <meta property="article:tag" content="Boats"><meta property="article:tag" content="Winter">
  <meta name="twitter:card" content="summary">
  <meta name="author" content="Jane Doe">
  <link rel="canonical" href="/2024/news/boats-return"><link rel="shortcut icon" href="/favicon.png">
  <link rel="license" href="https://creativecommons.org/licenses/by/4.0/">`,
  `<header><a href="/">Harbour Post</a></header>
  <main><article><h1>Boats return to the harbour</h1>
  <p class="byline">By <a rel="author" href="/authors/jane">Jane Doe</a></p>
  <time datetime="2024-03-09T08:30:00+01:00">9 March 2024</time>
  <p>After a long winter, the boats are back in the harbour, and with them the gulls.</p></article></main>
  <footer>© 2026 Harbour Post</footer>`,
)

describe('the metadata of a page', () => {
  test('is what the page says, with where it says it', () => {
    const metadata = read(article.replace('<html>', '<html lang="en-gb">'))
    assert.deepEqual(metadata, {
      title: 'Boats return to the harbour | Harbour Post',
      title_source: 'title',
      headline: 'Boats return to the harbour',
      headline_source: 'h1',
      description: 'After a long winter, the boats are back.',
      description_source: 'description',
      canonical: 'https://www.harbour-post.example/2024/news/boats-return',
      canonical_source: 'link canonical',
      language: 'en-GB',
      language_source: 'html',
      author: 'Jane Doe',
      author_source: 'author',
      published: '2024-03-09T08:30:00+01:00',
      published_source: 'article:published_time',
      modified: '2024-03-10T09:00:00+01:00',
      modified_source: 'article:modified_time',
      site_name: 'Harbour Post',
      site_name_source: 'og:site_name',
      type: 'article',
      type_source: 'og:type',
      image: 'https://www.harbour-post.example/img/boats.jpg',
      image_source: 'og:image',
      favicon: 'https://www.harbour-post.example/favicon.png',
      favicon_source: 'link icon',
      keywords: ['Boats', 'Winter'],
      keywords_source: 'article:tag',
      licence: 'https://creativecommons.org/licenses/by/4.0/',
      licence_source: 'link license',
      open_graph: {
        title: 'Boats return to the harbour',
        site_name: 'Harbour Post',
        type: 'article',
        image: '/img/boats.jpg',
        'article:published_time': '2024-03-09T08:30:00+01:00',
        'article:modified_time': '2024-03-10T09:00:00+01:00',
        'article:tag': ['Boats', 'Winter'],
      },
      twitter: { card: 'summary' },
      dublin_core: {},
      json_ld: [],
    })
    assert.deepEqual(Metadata.parse(metadata), metadata)
  })

  test('is null where a page says nothing', () => {
    for (const html of ['', 'plain text', '<p></p>', '<html>'])
      for (const [name, value] of Object.entries(read(html, 'https://example.com/')))
        assert.ok(value === null || Object.keys(value as object).length === 0, `${name} of ${html}`)
  })

  test('is read of an address that cannot be one as well', () => {
    assert.equal(read('<link rel=canonical href="/a"><title>x</title>', 'not an address').canonical, null)
  })

  test('decodes what is encoded once, and leaves what is meant', () => {
    const metadata = read(
      pageOf('<meta name=description content="Tom &amp; &lt;b&gt; &amp;amp;\n\n  Jerry&#x200b;">'),
    )
    assert.equal(metadata.description, 'Tom & <b> &amp; Jerry')
  })
})

describe('the title', () => {
  const heads: [source: string, html: string][] = [
    ['title', '<title>A</title><meta property="og:title" content="B">'],
    ['og:title', '<meta property="og:title" content="A"><meta name="twitter:title" content="B">'],
    ['twitter:title', '<title> </title><meta name="twitter:title" content="A"><h1>B</h1>'],
    ['json_ld', `${jsonLd({ '@type': 'Article', headline: 'A' })}<h1>B</h1>`],
    ['h1', '<h2>B</h2><h1>A</h1>'],
  ]
  for (const [source, html] of heads)
    test(`may come from ${source}`, () => {
      const { title, title_source } = read(html)
      assert.deepEqual([title, title_source], ['A', source])
    })
})

describe('addresses', () => {
  test('are resolved against the base, which is resolved against the page', () => {
    const metadata = read(
      pageOf(
        '<base href="/en/"><link rel=canonical href="boats"><meta property="og:image" content="//cdn.example/x.jpg">',
      ),
    )
    assert.equal(metadata.canonical, 'https://www.harbour-post.example/en/boats')
    assert.equal(metadata.image, 'https://cdn.example/x.jpg')
  })

  const others = [
    'javascript:alert(1)',
    'data:image/png;base64,AAAA',
    'http://',
    'ftp://example.com/x',
    `/${'x'.repeat(3000)}`,
  ]
  for (const href of others)
    test(`that lead nowhere are none: ${href.slice(0, 30)}`, () => {
      const metadata = read(
        pageOf(
          `<link rel=canonical href="${href}"><link rel=icon href="${href}"><meta property="og:image" content="${href}">`,
        ),
      )
      assert.deepEqual([metadata.canonical, metadata.favicon, metadata.image], [null, null, null])
    })

  test('of no use to the web do not make a base', () => {
    assert.equal(
      read('<base href="data:text/html,x"><link rel=canonical href="/a">').canonical,
      'https://www.harbour-post.example/a',
    )
  })
})

describe('the language', () => {
  const pages: [html: string, language: string | null][] = [
    ['<html lang="pt_br">', 'pt-BR'],
    ['<html xml:lang="de">', 'de'],
    ['<meta http-equiv="content-language" content="fr, en">', 'fr'],
    ['<meta property="og:locale" content="en_US">', 'en-US'],
    ['<html lang="{{lang}}"><meta property="og:locale" content="es_ES">', 'es-ES'],
    ['<html lang="English">', null],
  ]
  for (const [html, language] of pages) test(`of ${html}`, () => assert.equal(read(html).language, language))
})

describe('what is said in vocabularies', () => {
  test('is kept by name, Dublin Core and Twitter without their prefixes', () => {
    const metadata = read(
      '<meta name="DC.Title" content="A"><meta name="dcterms.created" content="2020"><meta name="twitter:site" content="@a">',
    )
    assert.deepEqual(metadata.dublin_core, { title: 'A', created: '2020' })
    assert.deepEqual(metadata.twitter, { site: '@a' })
  })

  test('cannot reach into JavaScript', () => {
    const { open_graph } = read(
      '<meta property="og:__proto__" content="x"><meta property="og:title" content="y">',
    )
    assert.deepEqual(Object.keys(open_graph), ['title'])
  })

  test('is bounded', () => {
    const many = Array.from(
      { length: 5_000 },
      (_, at) => `<meta property="og:p${at}" content="${'v'.repeat(4_000)}">`,
    )
    assert.ok(JSON.stringify(read(many.join(''))).length < 200_000)
  })
})

describe('a page that is not as it should be', () => {
  const head = '<title>Boats return again</title><meta name=description content="A summary">'
  const pages: [name: string, html: string][] = [
    ['without html, head and body', `${head}<h1>Boats return again</h1>`],
    ['with a head that does not end', `<head>${head}<h1>Boats return again</h1>`],
    ['with its text in noscript', pageOf(head, '<noscript><h1>Boats return again</h1></noscript>')],
    ['with CDATA that does not end', pageOf(head, '<![CDATA[<br><h1>Boats return again</h1>')],
    [
      'with an SVG that has a title',
      pageOf(head, '<svg><title>Logo</title></svg><h1>Boats return again</h1>'),
    ],
    [
      'with end tags that end nothing',
      pageOf(head, '</div></p></span></article><h1>Boats return again</h1>'),
    ],
  ]
  for (const [name, html] of pages)
    test(`is read all the same: ${name}`, () => {
      const { headline, headline_source, description } = read(html)
      assert.deepEqual([headline, headline_source, description], ['Boats return again', 'h1', 'A summary'])
    })

  test('shows nothing of its scripts, styles and templates', () => {
    const html = pageOf(
      '<title>Boats return</title>',
      '<h1>Boats return</h1><script>By Jane Doe</script><style>By Jane Doe</style><template><p>By Jane Doe</p></template>',
    )
    assert.equal(read(html).author, null)
  })
})

describe('a page made to be slow', () => {
  const many = 200_000
  const pages: [name: string, html: string][] = [
    ['nested elements', '<div>'.repeat(many)],
    ['end tags of nothing', '</x>'.repeat(many)],
    ['elements closed that were never open', `${'<i>'.repeat(many)}${'</b>'.repeat(many)}`],
    ['a text of 10 MB', 'x '.repeat(5_000_000)],
    ['200,000 attributes', `<a ${'a=b '.repeat(many)}>`],
    ['bylines', '<p class=author>by Jane Doe'.repeat(many)],
    ['names of marks', `<p class=author>${'@a.'.repeat(50)}`.repeat(50_000)],
    ['dates', '<p>1.2.2020 3.4.2021 May 5, 2020 '.repeat(many)],
    ['a title of separators', `<title>${'a - '.repeat(500_000)}`],
    ['headings', '<h1>a | b'.repeat(many)],
    ['meta elements', '<meta name=author content="Jane Doe">'.repeat(many)],
    ['JSON-LD without end', '<script type="application/ld+json">'.repeat(many)],
    [
      'JSON-LD of authors elsewhere',
      jsonLd(
        Array.from({ length: 15_000 }, (_, at) => ({ '@type': 'Article', author: { '@id': `#${at}` } })),
      ),
    ],
    ['JSON-LD of comments', `<script type="application/ld+json">${'/*'.repeat(400_000)}</script>`],
    ['CDATA', '<![CDATA['.repeat(many)],
    ['entities', '&amp;'.repeat(1_000_000)],
  ]
  for (const [name, html] of pages) {
    // What takes time squared would not end within any patience: 200,000 squared is 40 billion steps.
    test(`is read to its end, into little: ${name}`, () => {
      const metadata = Metadata.parse(read(html))
      assert.ok(JSON.stringify({ ...metadata, json_ld: [] }).length < 10_000)
    })
  }

  test('names no site by an address', () => {
    const thing = jsonLd({ '@type': 'Article', publisher: { name: 'https://example.com/#publisher' } })
    assert.equal(readMetadata(pageOf(thing, ''), address, now).site_name, null)
  })
})
