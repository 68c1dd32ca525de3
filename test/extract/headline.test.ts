import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readMetadata } from '../../src/extract/metadata.ts'
import { now, pageOf } from './pages.ts'

describe('the headline', () => {
  const site = '<meta property="og:site_name" content="Harbour Post">'
  const pages: [name: string, html: string, headline: string][] = [
    [
      'of a title with the site behind it',
      pageOf(`<title>Boats return again - Harbour Post</title>${site}`),
      'Boats return again',
    ],
    [
      'of a title with the site before it',
      pageOf(`<title>Harbour Post: Boats return again</title>${site}`),
      'Boats return again',
    ],
    [
      'of a title with section and site',
      pageOf(`<title>Boats return again | News | Harbour Post</title>${site}`, '<h1>Boats return again</h1>'),
      'Boats return again',
    ],
    [
      'of a title that names the host only',
      pageOf('<title>Boats return again | harbour-post.example</title>'),
      'Boats return again',
    ],
    [
      'of a title with a dash of its own',
      pageOf(`<title>Boats – a love story | Harbour Post</title>${site}`, '<h1>Boats – a love story</h1>'),
      'Boats – a love story',
    ],
    [
      'with the logo in an h1',
      pageOf(
        `<title>Boats return again | Harbour Post</title>${site}`,
        '<header><h1 class=logo>Harbour Post</h1></header><article><h2 class=headline>Boats return again</h2></article>',
      ),
      'Boats return again',
    ],
    [
      'that has the site in its h1 too',
      pageOf(
        `<title>Boats return again – Harbour Post</title>${site}`,
        '<h1>Boats return again – Harbour Post</h1>',
      ),
      'Boats return again',
    ],
    [
      'with a mark that links to it',
      pageOf('<title>Boats return again</title>', '<h1>Boats return again<a href="#boats">¶</a></h1>'),
      'Boats return again',
    ],
    ['with entities', pageOf('<title>Tom &amp; Jerry</title>', '<h1>Tom &amp; Jerry</h1>'), 'Tom & Jerry'],
  ]
  for (const [name, html, headline] of pages)
    test(`is found: ${name}`, () =>
      assert.equal(
        readMetadata(html, 'https://harbour-post.example/boats-return-again', now).headline,
        headline,
      ))
})
