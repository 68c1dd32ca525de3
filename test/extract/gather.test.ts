import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import render from 'dom-serializer'
import { baseOf } from '../../src/extract/base.ts'
import { gather } from '../../src/extract/gather.ts'
import { outline } from '../../src/extract/layout.ts'
import { parseTree } from '../../src/extract/tree.ts'

const url = 'https://site.test/page'

/** What is left of a page's body when the blocks that say x are left out. */
function without(html: string): string {
  const document = parseTree(`<body>${html}`)
  const found = outline(document)
  const kept = Uint8Array.from(found.blocks, ({ text }) => (text === 'x' ? 0 : 1))
  return render(gather(document, found, kept, { url, base: baseOf(document, url) })).replaceAll(
    /<\/?(?:html|body)>/g,
    '',
  )
}

describe('the tree of what is kept', () => {
  const cases: [name: string, html: string, left: string][] = [
    [
      'holds kept blocks in their elements',
      '<div id="a"><p>a <b>b</b></p><p>x</p></div>',
      '<div id="a"><p>a <b>b</b></p></div>',
    ],
    ['holds no element that is left empty', '<nav><ul><li>x</ul></nav><p>a</p>', '<p>a</p>'],
    [
      'holds the images of what is kept',
      '<div><p>a b c</p><img src="1"></div><div><p>x</p><img src="2"></div>',
      '<div><p>a b c</p><img src="1"></div>',
    ],
    [
      'holds marks without words among what is kept',
      '<pre>a {<div>}</div></pre>',
      '<pre>a {<div>}</div></pre>',
    ],
    [
      'holds no sign that leads to what it stands in, but links that are signs of others',
      '<dl><dt id="a">a<a href="#a">¶</a></dt><dd>b<a href="/b#b">#</a></dd></dl><h2>c<a href="#c"><i>#</i></a></h2>',
      '<dl><dt id="a">a</dt><dd>b<a href="/b#b">#</a></dd></dl><h2>c</h2>',
    ],
    [
      'holds white space that stands in an element of its own',
      '<p>a<span> </span>b</p>',
      '<p>a<span> </span>b</p>',
    ],
    [
      'holds preformatted text as a whole, without what is no text',
      '<pre>a\n<div>x</div><span>\n</span>b c<button>d</button><script>e</script></pre>',
      '<pre>a\n<div>x</div><span>\n</span>b c<button>d</button></pre>',
    ],
    [
      'holds the empty cells of a table that is kept',
      '<table><tr><td>a<td><td>b</table>',
      '<table><tbody><tr><td>a</td><td></td><td>b</td></tr></tbody></table>',
    ],
    ['holds line breaks', '<p>a<br>b</p>', '<p>a<br>b</p>'],
    ['holds no scripts', '<p>a<script>b()</script></p>', '<p>a</p>'],
    [
      'holds what stands for scripts as plain content',
      '<noscript><p>a</p></noscript>',
      '<div><p>a</p></div>',
    ],
    [
      'holds an image once where it comes again for no scripts or in small',
      '<p>a b c</p><img data-src="/i.jpg"><noscript><img src="/i.jpg"></noscript><img src="/i-90x60.jpg"><p>a b c</p><img src="/i.jpg">',
      '<p>a b c</p><img data-src="/i.jpg"><p>a b c</p><img src="/i.jpg">',
    ],
    [
      'holds an image that came before only where nothing is kept',
      '<div><p>x</p><img src="1"></div><div><img src="1"><p>a b c</p></div>',
      '<div><img src="1"><p>a b c</p></div>',
    ],
    [
      'holds an image again in the next cell',
      '<table><tr><td>a b<td><img src="1"><td><img src="1"></table>',
      '<table><tbody><tr><td>a b</td><td><img src="1"></td><td><img src="1"></td></tr></tbody></table>',
    ],
    [
      'holds no logo that leads home',
      '<a href="/"><img src="1"></a><p>a b c</p><a href="/other"><img src="2"></a>',
      '<p>a b c</p><a href="/other"><img src="2"></a>',
    ],
    [
      'holds no signs to share or to write by',
      '<p>a b c</p><a href="https://other.test/?u=https%3A%2F%2Fsite.test%2Fpage"><img></a><a href="mailto:?body=d"><img></a>',
      '<p>a b c</p>',
    ],
    [
      'holds no images that are named as around the content',
      '<p>a b c</p><div class="post-share"><img></div><div class="shared"><img></div><nav><img></nav>',
      '<p>a b c</p><div class="shared"><img></div>',
    ],
    [
      'holds the header of an article alone',
      '<header><img src="1"></header><article><header><img src="2"></header><p>a b c</p></article>',
      '<article><header><img src="2"></header><p>a b c</p></article>',
    ],
    [
      'holds an image that leads elsewhere from where the page says that its links start',
      '<base href="/dir/"><p>a b</p><a href="./"><img src="1"></a><a href="../"><img src="2"></a>',
      '<p>a b</p><a href="./"><img src="1"></a>',
    ],
    [
      'holds words in such links as they are judged',
      '<p>a b <a href="/">home</a></p>',
      '<p>a b <a href="/">home</a></p>',
    ],
    ['is empty when nothing is kept', '<p>x</p><img>', ''],
  ]
  for (const [name, html, left] of cases) test(name, () => assert.equal(without(html), left))

  test('leaves the page as it was', () => {
    const document = parseTree('<p>a</p><p>x</p>')
    const before = render(document)
    const found = outline(document)
    gather(document, found, Uint8Array.of(1, 0), { url, base: baseOf(document, url) })
    assert.equal(render(document), before)
  })
})
