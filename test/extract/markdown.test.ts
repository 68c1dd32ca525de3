import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createBase } from '../../src/extract/base.ts'
import { loadNative, loadWasm } from '../../src/extract/engine.ts'
import { toMarkdown } from '../../src/extract/markdown.ts'
import { parseTree } from '../../src/extract/tree.ts'
import { vectors } from './vectors.ts'

const base = createBase('https://site.example/dir/page')
const markdown = (html: string) => toMarkdown(parseTree(html), base)

type Row = [name: string, html: string, expected: string]
function check(rows: Row[]): void {
  for (const [name, html, expected] of rows) test(name, () => assert.equal(markdown(html), expected))
}

describe('blocks in Markdown', () => {
  check([
    ['nothing', '<script>x</script><style>x</style> ', ''],
    ['paragraphs and loose text', 'a<p>b</p>c<div>d<div>e</div>f</div>', 'a\n\nb\n\nc\n\nd\n\ne\n\nf'],
    ['white space as a reader sees it', '<p> a\n\t b&nbsp; <b> c </b>d</p>', 'a b **c** d'],
    ['line breaks, of which two divide', '<p>a<br>b<br><br>c<br></p>', 'a  \nb\n\nc'],
    ['headings', '<h1>a</h1><h2><b>b</b> c</h2><h6>d<br>e</h6>', '# a\n\n## b c\n\n###### d e'],
    [
      'headings without words',
      '<h1></h1><h2>\n</h2><h3><img src=i.png alt=I></h3>',
      '![I](https://site.example/dir/i.png)',
    ],
    [
      'headings with an ornament',
      '<h2><img src=i.png>a</h2><h3><img src=/i.png alt=I> b</h3>',
      '## a\n\n### ![I](https://site.example/i.png) b',
    ],
    ['a heading that holds a list', '<h2>a<ul><li>b</ul></h2>', 'a\n\n- b'],
    ['rules', 'a<hr>b', 'a\n\n---\n\nb'],
    [
      'quotes',
      '<blockquote><p>a</p><p>b</p><blockquote>c</blockquote></blockquote>d',
      '> a\n>\n> b\n> > c\n\nd',
    ],
    ['quotes that are boxes with a heading', '<blockquote><h3>a</h3><p>b</blockquote>', '### a\n\nb'],
    ['quotes with a heading within', '<blockquote><p>a</p><h3>b</h3></blockquote>', '> a\n>\n> ### b'],
    [
      'quotes that only indent lists',
      '<ul><li>a<blockquote><ul><li>b</ul></blockquote></ul><blockquote><p>c<ul><li>d</ul></blockquote>',
      '- a\n  - b\n\n> c\n>\n> - d',
    ],
    ['details', '<details><summary>a</summary><p>b</p></details>', '**a**\n\nb'],
    ['details with a heading', '<details><summary><h3>a</h3></summary>b</details>', '### a\n\nb'],
    ['definitions', '<dl><dt>a</dt><dd>b</dd><dd><p>c</p><p>d</p></dd></dl>', '**a**\n\n: b\n\n: c\n\nd'],
    [
      'figures',
      '<figure><img src=/i.png alt=A><figcaption>b</figcaption></figure>',
      '![A](https://site.example/i.png)\n\nb',
    ],
    ['films', '<iframe src="//v.example/1" title="A film"></iframe>', '[A film](https://v.example/1)'],
    ['sounds', '<audio><source src=/a.ogg></audio>', '[site.example](https://site.example/a.ogg)'],
    ['buttons and labels', '<h3><button>a</button></h3><label>b <input value=c></label>', '### a\n\nb'],
    [
      'what scripts would load',
      'b<noscript><img src=a.png alt=A></noscript>',
      'b![A](https://site.example/dir/a.png)',
    ],
  ])
})

describe('lists in Markdown', () => {
  check([
    ['plain', '<ul><li>a</li><li> b\n</li></ul>', '- a\n- b'],
    ['with a paragraph each', '<ul><li><p>a</p></li><li><p>b</p></li></ul>', '- a\n- b'],
    ['with several paragraphs', '<ul><li><p>a</p><p>b</p></li><li>c</li></ul>', '- a\n\n  b\n- c'],
    ['nested', '<ul><li>a<ul><li>b<ol><li>c</ol></ul></li><li>d</li></ul>', '- a\n  - b\n    1. c\n- d'],
    ['nested beside the items', '<ul><li>a</li><ul><li>b</li></ul></ul>', '- a\n  - b'],
    ['numbered', '<ol start=9><li>a</li><li>b<p>c</p></li></ol>', '9. a\n10. b\n\n    c'],
    [
      'of tasks',
      '<ul><li><input type=checkbox checked> a<li><label><input type=checkbox>b</label></ul>',
      '- [x] a\n- [ ] b',
    ],
    ['without empty items', '<ul><li></li><li> <span></span></li><li>a</li></ul>', '- a'],
    ['with wrapped items', '<ul><div><li>a</li></div><div><li>b</li></div></ul>', '- a\n- b'],
    ['without the list', '<div><li>a</li></div>', '- a'],
    ['with code', '<ul><li>a<pre>b\n\nc</pre></li></ul>', '- a\n\n  ```\n  b\n\n  c\n  ```'],
    ['that are sections', '<ul><li><h3>a</h3>b</li><li><h3>c</h3>d</li></ul>', '### a\n\nb\n\n### c\n\nd'],
    [
      'of images alone, as a row of them',
      '<ul><li><a href=/a><img src=/i.png alt=I></a><li><img src=/j.png alt=J><li></ul>',
      '[![I](https://site.example/i.png)](https://site.example/a) ![J](https://site.example/j.png)',
    ],
    [
      'with images before the text, below it',
      '<ul><li><img src=/i.png alt=I><p>a</p><p>b</p><li>c</ul>',
      '- a\n\n  ![I](https://site.example/i.png)\n\n  b\n- c',
    ],
    ['around lists of their kind', '<ul><li><ul><li>a<li>b</ul><li><ul><li>c</ul></ul>', '- a\n- b\n- c'],
    ['numbered in the text as well', '<ol start=3><li><p>3</p><p>a</p><li>04. b</ol>', '3. a\n4. b'],
    ['numbered by a sign as well', '<ol><li><p>#1</p>a<li>#2 b</ol>', '1. a\n2. b'],
    ['numbered otherwise in the text', '<ol><li>1 a<li>3 b</ol>', '1. 1 a\n2. 3 b'],
    ['with a sign in the text as well', '<ul><li>• a<li><p>• b<p>c</ul>', '- a\n- b\n\n  c'],
    ['written with signs, in lines', '<p>a<br>• b<br>• <i>c</i><br>d<br>e', 'a\n\n- b\n- *c*\n\nd  \ne'],
    ['written with dashes, in lines', '<p>- a<br>– b</p><p>- c<br>d', '- a\n- b\n- c  \n  d'],
    ['written with signs, in paragraphs', '<p>•&nbsp; a</p><p><b>• </b>b</p><p>•</p>', '- a\n- b\n\n•'],
    ['of a single sign', '<p>• a</p><p>b</p>', '• a\n\nb'],
    [
      'written with hyphens, in paragraphs',
      '<p>- a</p><p>* b</p><p>c</p><p>- d</p>',
      '- a\n- b\n\nc\n\n\\- d',
    ],
    ['with a hyphen in the text as well', '<ul><li>- a<li>b</ul>', '- \\- a\n- b'],
    ['with headings', '<ol><li>a<h3>b</h3><p>c</p><li>d</ol>', '1. a\n\n   ### b\n\n   c\n2. d'],
    ['with headings first', '<ul><li><h3>a</h3>b<li>c<li>d</ul>', '- ### a\n\n  b\n- c\n- d'],
    ['of speech in paragraphs', '<p>– a</p><p>– b</p>', '– a\n\n– b'],
    ['with ornaments', '<ul><li><img src=i.png width=16>a<li><img src=j.png alt="">b</ul>', '- a\n- b'],
  ])
})

describe('tables in Markdown', () => {
  check([
    ['plain', '<table><tr><th>a<th>b<tr><td>c<td>d</table>', '| a | b |\n| --- | --- |\n| c | d |'],
    ['without a head', '<table><tr><td>a<td>b<tr><td>c<td>d</table>', '| a | b |\n| --- | --- |\n| c | d |'],
    [
      'with bars',
      '<table><tr><th>a|b<th><code>c|d</code><tr><td>e<td>f</table>',
      '| a\\|b | `c\\|d` |\n| --- | --- |\n| e | f |',
    ],
    [
      'with blocks in cells',
      '<table><tr><th>a<th>b<tr><td><p>c</p><p>d</p><td>e<br>f<ul><li>g</ul></table>',
      '| a | b |\n| --- | --- |\n| c d | e f g |',
    ],
    [
      'with spans',
      '<table><tr><th>a<th>b<th>c<tr><td rowspan=2>d<td colspan=2>e<tr><td>f<td>g</table>',
      '| a | b | c |\n| --- | --- | --- |\n| d | e | |\n| d | f | g |',
    ],
    ['of uneven rows', '<table><tr><td>a<tr><td>b<td>c</table>', '| a | |\n| --- | --- |\n| b | c |'],
    [
      'with a caption',
      '<table><caption>x</caption><tr><th>a<th>b<tr><td>c<td>d</table>',
      'x\n\n| a | b |\n| --- | --- |\n| c | d |',
    ],
    [
      'that only number what is in them',
      '<table><tr><td>7.<td><td><a href=/a>a</a><tr><td colspan=2><td>b<tr><tr><td>8.<td><td>c</table>',
      '7. [a](https://site.example/a)  \n   b\n8. c',
    ],
    [
      'with a row before the numbers',
      '<table><tr><td><td>a<tr><td>1.<td>b<tr><td>2.<td>c</table>',
      '|  | a |\n| --- | --- |\n| 1. | b |\n| 2. | c |',
    ],
    [
      'of several columns with numbers',
      '<table><tr><td>1.<td>a<td>b<tr><td>2.<td>c<td>d</table>',
      '| 1. | a | b |\n| --- | --- | --- |\n| 2. | c | d |',
    ],
    ['of one filled cell a row', '<table><tr><td> <td>a<td><tr><td><td>b<td></table>', 'a\n\nb'],
    ['that only put things in their places', '<table><tr><td><h2>a</h2><td><p>b</p></table>', '## a\n\nb'],
  ])
})

describe('links and images in Markdown', () => {
  check([
    ['are absolute', '<a href="../a?b=c#d">x</a>', '[x](https://site.example/a?b=c#d)'],
    [
      'lead nowhere else',
      '<a href="javascript:x">a</a> <a href="data:x">b</a> <a>c</a> <a href="mailto:a@b.example">d</a>',
      'a b c [d](mailto:a@b.example)',
    ],
    [
      'to places of the page itself are text',
      '<a href="#b">a</a> <a href="page#">b</a> <a href="other#b">c</a> <a href="#/d">d</a>',
      'a b [c](https://site.example/dir/other#b) [d](https://site.example/dir/page#/d)',
    ],
    [
      'around blocks that lead nowhere else are none',
      '<a href="#"><h3>a</h3></a><a href="#b"><img src=/i.png alt=I><p>b</p></a>',
      '### a\n\n![I](https://site.example/i.png)\n\nb',
    ],
    ['are left out without text', '<p>a<a href=/x></a><a href=/y> </a>b</p>', 'a b'],
    [
      'keep their parentheses',
      '<a href="/a_(b)">x</a> <a href="/a)(b">y</a>',
      '[x](https://site.example/a_(b)) [y](https://site.example/a%29%28b)',
    ],
    [
      'around blocks stay with one',
      '<a href=/a><img src=i.png alt=I><h2>b</h2><p>c</p></a>',
      '[![I](https://site.example/dir/i.png)](https://site.example/a)\n\n## b\n\nc',
    ],
    [
      'around a heading alone stand below',
      '<a href=/a><h2>b</h2></a>c',
      '## b\n\n[→](https://site.example/a)\n\nc',
    ],
    ['of whole headings stand below', '<h2> <a href=/a>b</a> </h2>', '## b\n\n[→](https://site.example/a)'],
    [
      'of whole headings in items too',
      '<ul><li><h3><a href=/a>b</a></h3>c<li>d<li>e</ul>',
      '- ### b\n\n  [→](https://site.example/a)\n\n  c\n- d\n- e',
    ],
    ['of parts of a heading stay there', '<h2>a <a href=/a>b</a></h2>', '## a [b](https://site.example/a)'],
    [
      'around a heading are not repeated',
      '<a href=/a><h2>b</h2></a><a href=/a>c</a>',
      '## b\n\n[c](https://site.example/a)',
    ],
    [
      'in headings are not repeated',
      '<h2><a href=/a>b</a></h2><p><a href=/a>more</a></p>',
      '## b\n\n[more](https://site.example/a)',
    ],
    ['in headings do not lead to themselves', '<h2 id=a><a href="#a">b</a> <a href="#a">#</a></h2>', '## b'],
    [
      'of images',
      '<a href=/a><img src=/i.png alt="A [b]"></a>',
      '[![A \\[b\\]](https://site.example/i.png)](https://site.example/a)',
    ],
    [
      'of images that are loaded late',
      '<img src="data:image/gif;base64,x" data-src=/i.png>',
      '![](https://site.example/i.png)',
    ],
    ['of nothing', '<p>a<img src="data:x"><img src=/p.gif width=1 height=1><img></p>', 'a'],
  ])
})

describe('emphasis in Markdown', () => {
  check([
    ['of each kind', '<b>a</b> <em>b</em> <s>c</s> <b><i>d</i></b>', '**a** *b* ~~c~~ ***d***'],
    ['within words', 'a<b>b</b>c', 'a**b**c'],
    ['without space in it', '<p>a<b> b </b>c</p>', 'a **b** c'],
    ['of what stands together', '<b>a</b><b>b</b>', '**ab**'],
    ['of nothing', 'a<b></b> <i> </i>b', 'a b'],
    ['that nests', '<b>a <i>b</i></b><i>c</i>', '**a *b***c'.replace('c', '*c*')],
    ['that ends in punctuation before a word', '<b>a:</b>b', '**a**:b'],
    ['that begins with punctuation after a word', 'a<b>(b)</b>', 'a(**b)**'],
    ['around links', '<b>a <a href=/x>b</a></b>', '**a [b](https://site.example/x)**'],
    ['around a link before a word', '<b>a <a href=/x>b</a></b>c', '**a** [b](https://site.example/x)c'],
    [
      'of code',
      '<code>a  b</code> <kbd>c</kbd> <code>d`e</code> <code>`</code>',
      '`a b` `c` ``d`e`` `` ` ``',
    ],
    ['of code beside code', '<code>a</code><code>b</code>', '`ab`'],
    ['of linked code', '<code><a href=/x>a</a></code>', '[`a`](https://site.example/x)'],
    [
      'of quotes and ruby',
      '<q>a</q> <ruby>b<rt>c</rt></ruby> <ruby>d<rp>(</rp><rt>e</rt><rp>)</rp></ruby>',
      '“a” b (c) d(e)',
    ],
    ['above and below the line', 'H<sub>2</sub>O x<sup>2</sup> 1<sup>st</sup>', 'H₂O x² 1st'],
  ])
})

describe('text in Markdown', () => {
  const same = [
    'a * b',
    'snake_case_name',
    'C#',
    'a - b',
    'a < b > c',
    'AT&T',
    '[1]',
    'a (b) c',
    '5*3',
    'x = y',
    '~5',
    'a\\b',
    '1.5',
    'a | b',
    '$5',
    'wow!',
    '1. a',
    'http://x.example/~a/_b/~c/_d',
  ]
  for (const text of same)
    test(`stays as it is: ${text}`, () =>
      assert.equal(markdown(`<p>${text.replaceAll('<', '&lt;').replaceAll('&T', '&amp;T')}</p>`), text))

  const escaped: [text: string, expected: string][] = [
    ['*a*', '\\*a\\*'],
    ['_a_', '\\_a\\_'],
    ['~~a~~', '\\~\\~a\\~\\~'],
    ['`a`', '\\`a\\`'],
    ['[a](b)', '[a\\](b)'],
    ['![a](b)', '\\![a\\](b)'],
    ['[^1]', '\\[^1]'],
    ['[a]: b', '[a\\]: b'],
    ['<b>', '&lt;b>'],
    ['a <b>', 'a \\<b>'],
    ['<!-- a -->', '&lt;!-- a -->'],
    ['&amp;', '\\&amp;'],
    ['# a', '\\# a'],
    ['- a', '\\- a'],
    ['+ a', '\\+ a'],
    ['* a', '\\* a'],
    ['> a', '\\> a'],
    ['---', '\\---'],
    ['|-|-|', '\\|-|-|'],
    ['[ ] a', '\\[ ] a'],
    ['1999. a', '1999\\. a'],
    ['\\*', '\\\\*'],
    ['http://x.example<b>', 'http://x.example&lt;b>'],
  ]
  for (const [text, expected] of escaped)
    test(`is no markup: ${text}`, () =>
      assert.equal(markdown(`<p>${text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</p>`), expected))

  check([
    ['is no image before a link', 'a!<a href=/x>b</a>', 'a\\![b](https://site.example/x)'],
    ['is no end of a heading', '<h2>a #</h2>', '## a \\#'],
    [
      'does not take code for a part of an address',
      'http://x.example<code>&lt;b></code>',
      'http://x.example `<b>`',
    ],
    ['is without signs that show nothing', 'a\u200b\u2063b\u00adc\ufeff\ufdd0\uffff\u0001', 'abc'],
  ])
})

describe('Markdown that is shown', () => {
  test('holds no tag, no script and no address of another kind, whatever a page tries', () => {
    for (const vector of vectors()) {
      const text = markdown(vector)
        .replaceAll(/^```.*?^```$/gms, '')
        .replaceAll(/(`+)(?!`).*?[^`]\1(?!`)/g, '')
        .replaceAll(/\\./g, '')
      assert.doesNotMatch(text, /<[a-z/!?]/i, vector)
      assert.doesNotMatch(text, /\]\((?!https?:\/\/|mailto:)/, vector)
    }
  })

  test('is the same by either build of the converter', async () => {
    const html =
      '<h2>a</h2><ul><li>b<ul><li>c</ul></ul><pre><code class="language-x">d</code></pre><table><tr><td>e</table>'
    const [native, wasm] = [await loadNative(), await loadWasm()]
    assert.match(wasm(html), /^## a\n/)
    if (native) assert.equal(native(html), wasm(html))
  })

  // What nests as deep as it may, what is as many as there may be, and what is as long.
  const floods: [name: string, html: string][] = [
    ['elements', '<div>'.repeat(200_000)],
    ['lists', '<ul><li>a'.repeat(50_000)],
    ['quotes', '<blockquote>a'.repeat(50_000)],
    ['quotes around many', `${'<blockquote>'.repeat(500)}${'<p>a'.repeat(50_000)}`],
    ['definitions around many', `${'<dl><dd>'.repeat(250)}${'<p>a'.repeat(50_000)}`],
    ['items', `<ul>${'<li>a'.repeat(100_000)}</ul>`],
    ['emphasis', '<b>a</b><i>b</i>'.repeat(50_000)],
    ['links', '<a href=x>a</a>b'.repeat(50_000)],
    ['breaks', 'a<br>'.repeat(100_000)],
    ['stars', '*'.repeat(200_000)],
    ['backticks', `<code>${'`'.repeat(1_000_000)}</code>`],
    ['blank lines of code', `<pre>a${'\n'.repeat(1_000_000)}b</pre>`],
    ['spaces in code', `<pre>a${' '.repeat(1_000_000)}b</pre>`],
    ['columns', `<table><tr>${'<td>a'.repeat(50_000)}<tr><td>b</table>`],
    ['one word', 'a'.repeat(5_000_000)],
  ]
  for (const [name, html] of floods)
    test(`is bounded by the page: a flood of ${name}`, () => {
      const text = markdown(html)
      assert.ok(text.length <= 16 * html.length, `${text.length} of ${html.length}`)
    })
})
