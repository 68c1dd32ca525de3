import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ServiceError } from '../../src/contract/errors.ts'
import { type FormatOptions, Formats, formatNames, toMake } from '../../src/contract/formats.ts'
import { makeFormats } from '../../src/extract/formats.ts'
import { hostileShapes } from '../support/shapes.ts'

const html = `<!doctype html><html lang="en"><head><title>A page - The site</title><base href="/docs/">
<link rel="alternate" type="application/rss+xml" href="feed.xml" title="News">
<script type="application/ld+json">{"@type":"Article","headline":"A page"}</script></head>
<body><nav><a href="/home">Home</a></nav><main><article><h1>A page</h1>
<p>The first paragraph has enough words in it to be taken for what it is, a paragraph of the text.</p>
<p class="advertisement">Buy now, <a href="/buy">here</a>.</p>
<p>The second paragraph follows, with a <a href="next">link</a> and an <img src="a.png" alt="image">, as they do.</p>
<table><tr><th>name<th>price<tr><td>tea<td class="price">3.50</table></article></main><footer>The foot</footer></body></html>`

const page = { html, title: 'A page - The site', url: 'https://example.com/a/b', mediaType: 'text/html' }

const make = (wanted: FormatOptions, more: Partial<typeof page> = {}) =>
  makeFormats({ ...page, ...more }, wanted, toMake(wanted))

describe('the formats of a page', () => {
  test('are those that are wanted, and of the form that answers have', () => {
    const formats: FormatOptions['formats'] = ['links', 'text', 'metadata', 'html', 'title']
    const made = make({ formats })
    assert.deepEqual(Object.keys(made).toSorted(), ['links', 'metadata', 'text'])
    assert.deepEqual(Formats.parse(made), made)
  })

  test('are the same alone and all together, though some take the page apart', () => {
    const formats = ['markdown', 'content', 'text', 'links', 'images', 'headings', 'tables', 'feed'] as const
    const extract = { all: { selector: 'body', type: 'markdown' as const } }
    const together = make({ formats: [...formats], extract })
    assert.deepEqual(make({ formats: ['title'], extract }).extract, together.extract)
    for (const name of formats) assert.deepEqual(make({ formats: [name] })[name], together[name], name)
  })

  test('have absolute addresses, by the base of the page', () => {
    const { links, images, feed } = make({ formats: ['links', 'images', 'feed'] })
    assert.ok(links?.some(({ url }) => url === 'https://example.com/docs/next'))
    assert.deepEqual(
      images?.map(({ url }) => url),
      ['https://example.com/docs/a.png'],
    )
    assert.equal(feed?.[0]?.url, 'https://example.com/docs/feed.xml')
  })

  test('are of the main content, or of the whole page', () => {
    assert.doesNotMatch(make({ formats: ['text'] }).text ?? '', /The foot/)
    assert.match(make({ formats: ['text'], main: false }).text ?? '', /Home[\s\S]*The foot/)
  })

  test('are of what is selected, and all of it', () => {
    const wanted: FormatOptions = { formats: ['text', 'links', 'feed'], select: 'nav, footer' }
    const { text, links, feed } = make(wanted)
    assert.equal(text?.trim(), 'Home\nThe foot')
    assert.equal(links?.length, 1)
    assert.equal(feed?.length, 1)
  })

  test('are without what is removed', () => {
    const { text, links } = make({ formats: ['text', 'links'], remove: '.advertisement' })
    assert.match(text ?? '', /second paragraph/)
    assert.doesNotMatch(text ?? '', /Buy now/)
    assert.ok(links?.every(({ url }) => !url.endsWith('/buy')))
  })

  test('have the fields that are asked for', () => {
    const fields = { price: { selector: '.price', type: 'number' as const } }
    assert.deepEqual(make({ formats: ['title'], extract: fields }), { extract: { price: 3.5 } })
  })

  test('tell what the page says of itself', () => {
    const { metadata, json_ld } = make({ formats: ['metadata', 'json_ld'] })
    assert.equal(metadata?.headline, 'A page')
    assert.deepEqual(json_ld, [{ '@type': 'Article', headline: 'A page' }])
  })

  test('tell it of a page that is too large to be read, where nothing else is asked for', () => {
    const large = { html: html.replace('</body>', '<a>'.repeat(500_000)) }
    const { metadata, json_ld } = make({ formats: ['metadata', 'json_ld'] }, large)
    assert.equal(metadata?.headline, 'A page')
    assert.equal(json_ld?.length, 1)
    assert.throws(() => make({ formats: ['metadata', 'text'] }, large), { code: 'page_too_complex' })
  })
})

describe('the formats of what is no page', () => {
  const plain = (text: string, mediaType: string, wanted: FormatOptions = {}) =>
    make(
      { formats: ['markdown', 'text', 'content', 'links', 'metadata'], ...wanted },
      { html: text, mediaType },
    )

  test('are its text as it is', () => {
    const { markdown, text, content, links, metadata } = plain('# A & B\n\ntext', 'text/markdown')
    assert.deepEqual(
      [markdown, text, content],
      ['# A & B\n\ntext', '# A & B\n\ntext', '<pre># A &amp; B\n\ntext</pre>'],
    )
    assert.deepEqual([links, metadata?.title, metadata?.title_source], [[], 'A page - The site', 'document'])
  })

  test('show as code what is code, and what could do anything', () => {
    assert.equal(plain('{"a":1}', 'application/json').markdown, '```json\n{"a":1}\n```\n')
    assert.equal(plain('<a>```</a>', 'image/svg+xml').markdown, '````xml\n<a>```</a>\n````\n')
    for (const text of [
      '<img src=x onerror=alert(1)>',
      '[a](javascript:alert(1))',
      '[a](javascript\\:alert(1))',
      '[a](&#106;avascript:alert(1))',
      '[a](JavaScript&colon;alert(1))',
      '![a](data:text/html,x)',
      '<!-- x -->',
      '<?x?>',
    ])
      assert.equal(plain(text, 'text/plain').markdown, `\`\`\`\n${text}\n\`\`\`\n`)
  })

  test('are those of a page where it is one, or may be one', () => {
    for (const mediaType of ['application/xhtml+xml', 'application/pdf', null])
      assert.ok(
        makeFormats({ ...page, mediaType }, { formats: ['links'] }, ['links']).links?.length,
        String(mediaType),
      )
  })
})

/** Ten times what a page may take. What takes the square of a page, as each of these once did, takes far more. */
const MOST_CPU_MS = 20_000

describe('the formats of a hostile page', () => {
  for (const [what, create] of Object.entries(hostileShapes))
    test(`of ${what} are made, or the page is refused, in time that grows with it`, () => {
      const begun = process.threadCpuUsage()
      try {
        make({ formats: [...formatNames] }, { html: create() })
      } catch (thrown) {
        assert.ok(thrown instanceof ServiceError && thrown.code === 'page_too_complex')
      }
      const { user, system } = process.threadCpuUsage(begun)
      assert.ok((user + system) / 1000 < MOST_CPU_MS)
    })
})
