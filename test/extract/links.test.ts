import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ServiceError } from '../../src/contract/errors.ts'
import { baseOf, createBase } from '../../src/extract/base.ts'
import { feedsOf } from '../../src/extract/feeds.ts'
import { linksOf } from '../../src/extract/links.ts'
import { parseTree } from '../../src/extract/tree.ts'

const base = 'https://site.example/dir/page?x=1'
const links = (html: string) => linksOf(parseTree(html), createBase(base))

describe('the links of a page', () => {
  test('are absolute, in document order, and say whether they stay on the host', () => {
    const html = '<a href="/a">A</a><a href="b?c=1#d">B</a><a href="//other.example/">C</a>'
    assert.deepEqual(links(html), [
      { url: 'https://site.example/a', text: 'A', internal: true },
      { url: 'https://site.example/dir/b?c=1#d', text: 'B', internal: true },
      { url: 'https://other.example/', text: 'C', internal: false },
    ])
  })

  test('stay on the host whoever they name for it and by whatever scheme, but not on another port', () => {
    const hrefs = [
      'http://site.example/a',
      '//me:word@site.example/@b',
      '//site.example:8443/',
      '//site.example.de/',
    ]
    assert.deepEqual(
      links(hrefs.map((href) => `<a href="${href}">x</a>`).join('')).map(({ internal }) => internal),
      [true, true, false, false],
    )
  })

  test('are given once, with the first text that one has', () => {
    const html = '<a href="/a"><img src=x></a><a href="/a">first</a><a href="/a">second</a>'
    assert.deepEqual(links(html), [{ url: 'https://site.example/a', text: 'first', internal: true }])
  })

  test('leave out every scheme but http and https', () => {
    const schemes = [
      'javascript:alert(1)',
      'JaVa\nScript:x',
      'data:text/html,x',
      'mailto:a@b.example',
      'ftp://x/',
    ]
    assert.deepEqual(links(schemes.map((href) => `<a href="${href}">x</a>`).join('')), [])
  })

  test('keep what rel says, in one form', () => {
    assert.equal(links('<a rel=" NoFollow  ugc " href="/a">x</a>')[0]?.rel, 'nofollow ugc')
    assert.equal('rel' in (links('<a rel="" href="/a">x</a>')[0] ?? {}), false)
  })

  test('take the text of images, labels and titles where there is no other', () => {
    assert.equal(links('<a href="/a"><img alt="Picture" src=x></a>')[0]?.text, 'Picture')
    assert.equal(links('<a href="/a" aria-label="Label"><svg><title>no</title></svg></a>')[0]?.text, 'Label')
    assert.equal(links('<a href="/a" title="Title"></a>')[0]?.text, 'Title')
    assert.equal(links('<map><area href="/a" alt="Area"></map>')[0]?.text, 'Area')
  })

  test('have their text on one line, without scripts and styles', () => {
    const html = '<a href="/a"> one\n <div>two</div><script>no</script><style>no</style><br>three </a>'
    assert.equal(links(html)[0]?.text, 'one two three')
  })

  test('are refused where a long base would make too much of them', () => {
    const page = (count: number) =>
      `<base href="/${'b'.repeat(8000)}/">${Array.from({ length: count }, (_, at) => `<a href=${at}>x</a>`).join('')}`
    const linksOfPage = (html: string) => linksOf(parseTree(html), baseOf(parseTree(html), base))
    assert.equal(linksOfPage(page(3900)).length, 3900)
    assert.equal(linksOfPage(page(3900).repeat(2)).length, 3900)
    assert.throws(
      () => linksOfPage(page(4100)),
      (error) => error instanceof ServiceError && error.code === 'page_too_complex',
    )
  })

  test('leave out addresses that are too long or no addresses', () => {
    assert.deepEqual(links(`<a href="/${'a'.repeat(9000)}">x</a><a href="http://[x/">y</a><a>z</a>`), [])
  })
})

describe('the base of a page', () => {
  const cases: [name: string, html: string, expected: string][] = [
    ['is its own address', '<p>x</p>', base],
    ['is what it says', '<base href="https://cdn.example/x/">', 'https://cdn.example/x/'],
    [
      'is relative to its address',
      '<base target=_top><base href="/root/"><base href="/no/">',
      'https://site.example/root/',
    ],
    ['is of the web', '<base href="javascript:1">', base],
    ['is not longer than an address', `<base href="/${'a'.repeat(1_000_000)}">`, base],
  ]
  for (const [name, html, expected] of cases)
    test(name, () => assert.equal(baseOf(parseTree(html), base).href, expected))
})

describe('the feeds of a page', () => {
  test('are those that it names as its alternates', () => {
    const html = `<link rel="alternate" type="application/rss+xml" title=" News " href="/feed">
      <link rel="ALTERNATE home" type="application/atom+xml; charset=utf-8" href="atom.xml">
      <link rel="alternate" type="application/feed+json" href="feed.json">
      <link rel="alternate" type="application/rss+xml" href="/feed">
      <link rel="alternate" type="application/json" href="/api">
      <link rel="alternate" hreflang="de" href="/de"><link rel="stylesheet" type="application/rss+xml" href="/no">`
    assert.deepEqual(feedsOf(parseTree(html), createBase(base)), [
      { url: 'https://site.example/feed', title: 'News', type: 'application/rss+xml' },
      { url: 'https://site.example/dir/atom.xml', title: '', type: 'application/atom+xml' },
      { url: 'https://site.example/dir/feed.json', title: '', type: 'application/feed+json' },
    ])
  })
})
