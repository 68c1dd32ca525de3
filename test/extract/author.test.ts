import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readMetadata } from '../../src/extract/metadata.ts'
import { address, jsonLd, now, pageOf } from './pages.ts'

describe('the author', () => {
  const named = (head: string, body: string) =>
    readMetadata(
      pageOf(
        `<title>Boats return to the harbour</title><meta property="og:type" content="article">${head}`,
        `<article><h1>Boats return to the harbour</h1>${body}<p>After a long winter they are back.</p></article>`,
      ),
      address,
      now,
    ).author
  const pages: [name: string, head: string, body: string, author: string | null][] = [
    ['a meta element', '<meta name=author content="Jane Doe">', '', 'Jane Doe'],
    [
      'JSON-LD',
      jsonLd({ '@type': 'NewsArticle', author: { '@type': 'Person', name: 'Jane Doe' } }),
      '',
      'Jane Doe',
    ],
    [
      'JSON-LD, many',
      jsonLd({
        '@type': 'NewsArticle',
        author: [
          { '@type': 'Person', name: 'Jane Doe' },
          { '@type': 'Person', name: 'John Roe' },
        ],
      }),
      '',
      'Jane Doe, John Roe',
    ],
    [
      'JSON-LD, elsewhere in its graph',
      jsonLd({
        '@graph': [
          { '@type': 'Article', author: { '@id': '#jane' } },
          { '@type': 'Person', '@id': '#jane', name: 'Jane Doe' },
        ],
      }),
      '',
      'Jane Doe',
    ],
    ['a link to its author', '', '<a rel=author href="/jane">Jane Doe</a>', 'Jane Doe'],
    ['microdata', '', '<p itemprop=author itemscope><span itemprop=name>Jane Doe</span></p>', 'Jane Doe'],
    [
      'microdata with more than the name',
      '',
      '<div itemprop=author itemscope><a href="/u/7">jd</a> <meta itemprop=name content="Jane Doe"><b>559</b> points</div>',
      'Jane Doe',
    ],
    [
      'microdata with the name within',
      '',
      '<div itemprop=author itemscope><i>Editor</i> <a itemprop=name href="/jane">Jane Doe</a> 12 badges</div>',
      'Jane Doe',
    ],
    [
      'a class, before who reviewed it',
      '',
      '<p class="author">Jane Doe, reviewed by John Roe</p>',
      'Jane Doe',
    ],
    ['a class', '', '<div class="post-meta"><span class="post-author">Jane Doe</span></div>', 'Jane Doe'],
    ['an hCard', '', '<p class="author vcard"><a class="fn" href="/jane">Jane Doe</a></p>', 'Jane Doe'],
    ['a byline', '', '<p>By Jane Doe</p>', 'Jane Doe'],
    ['a German byline', '', '<p>Von Max Müller</p>', 'Max Müller'],
    ['a label of its own', '', '<div><p>Written by</p><p>Jane Doe</p></div>', 'Jane Doe'],
    [
      'a card for Twitter',
      '<meta name="twitter:label1" content="Written by"><meta name="twitter:data1" content="Jane Doe">',
      '',
      'Jane Doe',
    ],
    ['nothing', '', '', null],
    ['a byline in words that are none', '', '<p>By the way, boats are large.</p>', null],
    [
      'the authors of comments only',
      '',
      '<div id=comments><p class=comment><span class=comment-author>Troll Fan</span> Bah!</p></div>',
      null,
    ],
  ]
  for (const [name, head, body, author] of pages)
    test(`is named by ${name}`, () => assert.equal(named(head, body), author))

  test('is no address of a profile', () => {
    assert.equal(named('<meta property="article:author" content="https://social.example/jane">', ''), null)
  })
})
