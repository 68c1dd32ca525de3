import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { plainTitle } from '../../src/extract/plain.ts'

const rows: [name: string, mediaType: string, text: string, title: string][] = [
  [
    'an RSS feed',
    'application/rss+xml',
    '<?xml version="1.0"?><rss><channel><title>A &amp; B</title><item><title>No</title>',
    'A & B',
  ],
  [
    'an Atom feed',
    'application/atom+xml',
    '<feed xmlns="x"><title type="text">\n A\n feed </title><entry><title>No</title></entry></feed>',
    'A feed',
  ],
  [
    'a feed with CDATA',
    'application/rss+xml',
    '<rss><channel><title><![CDATA[Q & <A>]]></title></channel></rss>',
    'Q & <A>',
  ],
  ['a title with a prefix', 'text/xml', '<x><dc:title>Prefixed</dc:title></x>', 'Prefixed'],
  ['an SVG', 'image/svg+xml', '<svg><title>A drawing</title></svg>', 'A drawing'],
  ['XML without a title', 'application/xml', '<x><name>no</name></x>', ''],
  ['XML that is broken', 'application/xml', '<x><title>Half', 'Half'],
  ['JSON', 'application/json', '{"title":"T","name":"N"}', 'T'],
  ['JSON with a name', 'application/ld+json', '{"name":"N"}', 'N'],
  ['JSON with no text for a title', 'application/json', '{"title":1}', ''],
  ['JSON that is a list', 'application/json', '[{"title":"no"}]', ''],
  ['JSON that is broken', 'application/json', '{"title":', ''],
  ['Markdown', 'text/markdown', 'intro\n# The *title* #\n# second', 'The *title*'],
  ['Markdown of spaces without end', 'text/markdown', `# a${' '.repeat(60_000)}x`, 'a x'],
  ['Markdown of signs without end', 'text/markdown', `# a${' #'.repeat(30_000)}\n`, 'a'],
  ['Markdown with an empty heading', 'text/markdown', '#  \n# ##\n', ''],
  ['plain text', 'text/plain', '# not a title', ''],
]

describe('the title of a text that is no page', () => {
  for (const [name, mediaType, text, title] of rows)
    test(`is found in ${name}`, () => assert.equal(plainTitle(text, mediaType), title))

  for (const piece of ['<', '<a>', '<title>', '<![CDATA[', '&amp;', '#'.repeat(100), '# ', '[', ' '])
    test(`is looked for within bounds in a flood of ${JSON.stringify(piece.slice(0, 10))}`, () => {
      const flood = piece.repeat(5_000_000 / piece.length)
      for (const type of ['application/rss+xml', 'application/json', 'text/markdown'])
        assert.ok(plainTitle(flood, type).length <= 65_536)
    })
})
