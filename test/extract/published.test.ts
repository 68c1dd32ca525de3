import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readMetadata } from '../../src/extract/metadata.ts'
import { address, jsonLd, now, pageOf } from './pages.ts'

describe('the dates', () => {
  const dated = (head: string, body: string, url = address) =>
    readMetadata(
      pageOf(
        `<title>Boats return</title>${head}`,
        `<article><h1>Boats return</h1>${body}<p>They are back.</p></article>`,
      ),
      url,
      now,
    )
  const pages: [name: string, head: string, body: string, published: string | null][] = [
    ['a meta element', '<meta name="date" content="2024-03-09">', '', '2024-03-09'],
    ['Dublin Core', '<meta name="DC.date.issued" content="2024-03-09">', '', '2024-03-09'],
    [
      'JSON-LD',
      jsonLd({ '@type': 'NewsArticle', datePublished: '2024-03-09T08:30:00Z' }),
      '',
      '2024-03-09T08:30:00Z',
    ],
    ['a time element', '', '<time datetime="2024-03-09T08:30">yesterday</time>', '2024-03-09T08:30:00'],
    ['microdata', '', '<span itemprop=datePublished content="2024-03-09">March</span>', '2024-03-09'],
    ['a line below the headline', '', '<p>Saturday, March 9, 2024</p>', '2024-03-09'],
    ['a German line', '', '<p>9. März 2024, 8:30 Uhr</p>', '2024-03-09T08:30:00'],
    ['a line with the author', '', '<p>By Jane Doe on 9 March 2024</p>', '2024-03-09'],
    [
      'the first of two, where the second is a change',
      '',
      '<p>Published 9 March 2024</p><p>Updated 11 March 2024</p>',
      '2024-03-09',
    ],
    ['nothing', '', '<p>© 2019 Harbour Post</p>', null],
    ['nothing but a day to come', '', '<time datetime="2031-01-01">1 January 2031</time>', null],
  ]
  for (const [name, head, body, published] of pages)
    test(`say when it was published, by ${name}`, () => assert.equal(dated(head, body).published, published))

  test('may stand in the URL', () => {
    const { published, published_source } = dated('', '', 'https://example.com/2024/03/09/boats')
    assert.deepEqual([published, published_source], ['2024-03-09', 'url'])
  })

  test('agree: the same day is given with its time', () => {
    const head = jsonLd({ '@type': 'Article', datePublished: '2024-03-09T08:30:00+01:00' })
    assert.equal(dated(head, '<p>9 March 2024</p>').published, '2024-03-09T08:30:00+01:00')
  })

  test('say when it was changed, unless that was before it appeared', () => {
    const modified = (day: string) =>
      dated(jsonLd({ '@type': 'Article', datePublished: '2024-03-09', dateModified: day }), '').modified
    assert.equal(modified('2024-03-11'), '2024-03-11')
    assert.equal(modified('2023-03-11'), null)
  })
})
