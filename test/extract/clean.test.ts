import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Document } from 'domhandler'
import { parseDocument } from 'htmlparser2'
import { parseHTML } from 'linkedom'
import { createBase } from '../../src/extract/base.ts'
import { toCleanHtml } from '../../src/extract/clean.ts'
import { parseTree } from '../../src/extract/tree.ts'
import { elementsOf } from '../../src/extract/walk.ts'
import { vectors } from './vectors.ts'

const base = createBase('https://site.example/dir/')
const clean = (html: string) => toCleanHtml(parseTree(html), base)

const harmless =
  /^(?:html|head|body|a|abbr|address|article|aside|b|bd[io]|blockquote|br|caption|cite|code|col|colgroup|data|dd|del|details|dfn|div|dl|dt|em|fig(?:caption|ure)|footer|h[1-6]|header|hgroup|hr|i|img|ins|kbd|li|main|mark|nav|ol|p|picture|pre|q|r[pt]|ruby|s|samp|section|small|span|strike|strong|su[bp]|summary|table|tbody|td|tfoot|th|thead|time|tr|tt|u|ul|var|wbr)$/
const attributes =
  /^(?:dir|lang|title|colspan|rowspan|scope|start|reversed|type|value|span|width|height|alt|datetime|open|href|rel|src|cite)$/

/** What in a tree could do harm, in words. */
function harmIn(document: Document): string[] {
  return [...elementsOf(document)].flatMap(({ name, attribs }) => [
    ...(harmless.test(name) ? [] : [`<${name}>`]),
    ...Object.entries(attribs)
      .filter(([key, value]) => !attributes.test(key) || (/^(?:href|src|cite)$/.test(key) && !isWeb(value)))
      .map(([key, value]) => `${key}=${value}`),
  ])
}

const isWeb = (value: string) => /^(?:https?:\/\/[^\s"<>]+|mailto:[^\s"<>]+)$/.test(value)

describe('clean HTML', () => {
  test('keeps what carries meaning, with absolute addresses', () => {
    const html = `<article class=x id=y><h2>Head</h2><p>A <b>bold</b> <a href="/a" onclick=x>link</a>
<img src=i.png alt="I &amp; J" style=x></p><ol start=3><li>x</ol></article>`
    assert.equal(
      clean(html),
      `<article><h2>Head</h2><p>A <b>bold</b> <a href="https://site.example/a" rel="noopener noreferrer">link</a>
<img src="https://site.example/dir/i.png" alt="I &amp; J"></p><ol start="3"><li>x</li></ol></article>`,
    )
  })

  test('leaves the content of elements that it does not know, and nothing of those that hold none', () => {
    assert.equal(clean('<x-card><font color=red>a</font></x-card><center>b</center>'), 'ab')
    assert.equal(
      clean('a<script>x</script><style>x</style><iframe>x</iframe><svg><text>x</text></svg>b'),
      'ab',
    )
  })

  test('leaves out elements that hold nothing, but keeps places and white space', () => {
    assert.equal(clean('<div><p></p><span> </span></div>a<b> </b>c<p>x</p>'), 'a c<p>x</p>')
    assert.equal(
      clean('<table><tr><td></td><td>x</td></tr></table>'),
      '<table><tbody><tr><td></td><td>x</td></tr></tbody></table>',
    )
    assert.equal(clean('<pre><i>  </i>x\n  y</pre>'), '<pre>  x\n  y</pre>')
  })

  test('escapes text and values so that they stay what they are', () => {
    assert.equal(clean('&lt;b&gt; &amp;amp; "q"'), '&lt;b&gt; &amp;amp; "q"')
    assert.equal(clean(`<p title='"&gt;&lt;b'>x</p>`), '<p title="&quot;&gt;&lt;b">x</p>')
  })

  test('leaves out images that show nothing and addresses that are not of the web', () => {
    assert.equal(clean('<img src=a.gif width=1 height=1><img src="data:image/png;base64,x"><img>'), '')
    assert.equal(clean('<a href="javascript:x">x</a>'), '<a>x</a>')
    assert.equal(clean('<a href="mailto:a@b.example">x</a>').includes('href="mailto:a@b.example"'), true)
  })

  test('lets none of some thousand attempts through, whichever parser reads the result', () => {
    let count = 0
    for (const vector of vectors()) {
      count += 1
      const html = clean(vector)
      assert.deepEqual(harmIn(parseTree(html)), [], vector)
      assert.deepEqual(harmIn(parseDocument(html)), [], vector)
      for (const { name } of elementsOf(parseTree(`<select><p title='${html}`)))
        assert.doesNotMatch(name, /^(?:script|style|iframe)$/, vector)
    }
    assert.ok(count > 5000, String(count))
  })

  test('reads the same when it is cleaned again', () => {
    for (const vector of vectors()) {
      const once = clean(vector)
      assert.equal(clean(once), once, vector)
    }
  })

  test('shows the same text to another parser', () => {
    const html = clean('<p>a <b>b</b></p><ul><li>c &lt;d&gt;</li></ul>')
    assert.equal(
      parseHTML(`<!doctype html><html><body>${html}</body></html>`).document.body?.textContent,
      'a bc <d>',
    )
  })

  test('takes what nests deep and what never closes', () => {
    assert.ok(clean('<div><b>'.repeat(100_000).concat('x')).includes('x'))
    assert.ok(clean('<a href=x>y'.repeat(50_000)).length < 10_000_000)
  })
})
