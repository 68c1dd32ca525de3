import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { anchorsOf } from '../../src/extract/anchors.ts'

const url = 'https://a.example/b/c?d=1'
const found = (html: string, heedsNofollow = false) => anchorsOf(html, url, { most: 100, heedsNofollow })
const urls = async (html: string, heedsNofollow = false) => (await found(html, heedsNofollow)).urls

describe('the addresses that a page leads to', () => {
  const rows: [name: string, html: string, urls: string[]][] = [
    ['a link', '<a href=e>', ['https://a.example/b/e']],
    [
      'quotes of all kinds',
      `<a href="e"><a href='f'><a href = g >`,
      ['e', 'f', 'g'].map((one) => `https://a.example/b/${one}`),
    ],
    ['capitals', '<A HREF="/E">', ['https://a.example/E']],
    ['references', '<a href="/e?f=1&amp;g=2&#x2f;">', ['https://a.example/e?f=1&g=2/']],
    [
      'fragments, once each',
      '<a href="#x"><a href="/e#y"><a href="/e#z">',
      ['https://a.example/b/c?d=1', 'https://a.example/e'],
    ],
    ['areas and frames', '<area href=/e><frame src=/f>', ['https://a.example/e', 'https://a.example/f']],
    [
      'the pages before and after',
      '<link rel=next href=/2><link rel="prev nofollow" href=/0>',
      ['https://a.example/2', 'https://a.example/0'],
    ],
    ['a base', '<base href="https://z.example/y/"><base href=/n/><a href=e>', ['https://z.example/y/e']],
    ['the first of two attributes', '<a href=/e href=/f>', ['https://a.example/e']],
    ['other hosts', '<a href="//z.example/e">', ['https://z.example/e']],
    ['what is no page', '<a href="javascript:x"><a href="mailto:x"><a><a href="http://"><img src=/i>', []],
    [
      'files without text',
      '<a href=/a.JPG><a href=/b.zip?c><a href=/d.css><a href=/e.pdf>',
      ['https://a.example/e.pdf'],
    ],
    [
      'scripts and comments',
      '<script>"<a href=/e>"</script><!-- <a href=/f> --><style><a href=/g></style>',
      [],
    ],
    ['a text without scripts', '<noscript><a href=/e></noscript>', ['https://a.example/e']],
    ['a tag that does not end', '<a href=/e', []],
  ]
  for (const [name, html, expected] of rows)
    test(`are read: ${name}`, async () => assert.deepEqual(await urls(html), expected))

  test('have a bound', async () => {
    const html = Array.from({ length: 500 }, (_, index) => `<a href=/${index}>`).join('')
    assert.equal((await urls(html)).length, 100)
  })

  test('are not followed where the page asks for that and is heeded', async () => {
    const html = '<a href=/e rel="external nofollow"><a href=/f>'
    assert.deepEqual(await urls(html, true), ['https://a.example/f'])
    assert.equal((await urls(html)).length, 2)
    assert.deepEqual(await urls(`<meta name=ROBOTS content="noindex, NoFollow">${html}`, true), [])
    assert.deepEqual(await urls(`<meta name=robots content=none>${html}`, true), [])
    assert.deepEqual(await urls(`<meta name=robots content=noindex>${html}`, true), ['https://a.example/f'])
    assert.equal((await urls(`<meta name=robots content=none>${html}`)).length, 2)
  })

  const many = 100_000
  for (const unit of ['<a href=e ', '<b>', '<a href="', '<a x=1 ', '<!--', '<script>', '</a>'])
    test(`take time in proportion to a page of ${unit}`, async () =>
      assert.ok((await urls(unit.repeat(many))).length <= 1))

  test('are found where a page is read piece by piece, and others have turns meanwhile', async () => {
    const links = Array.from({ length: 20_000 }, (_, index) => `<a href="/${index % 90}">${index}</a>`).join(
      '',
    )
    let turns = 0
    let isOver = false
    const turn = () => {
      turns += 1
      if (!isOver) setImmediate(turn)
    }
    setImmediate(turn)
    const { urls: all } = await found(links)
    isOver = true
    assert.deepEqual(
      all,
      Array.from({ length: 90 }, (_, index) => `https://a.example/${index}`),
    )
    assert.ok(turns >= links.length / 65_536 - 1, String(turns))
  })
})

describe('the address that a page says is its own', () => {
  test('is the first, resolved', async () => {
    const html = '<link rel=canonical href="/x#y"><link rel=canonical href=/z>'
    assert.equal((await found(html)).canonical, 'https://a.example/x')
  })
  test('is none where there is none that can be fetched', async () => {
    assert.equal(
      (await found('<link rel=canonical href="javascript:x"><link rel=icon href=/z>')).canonical,
      null,
    )
  })
})
