import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { toText } from '../../src/extract/text.ts'
import { parseTree } from '../../src/extract/tree.ts'

const textOf = (html: string) => toText(parseTree(html))

const texts: [what: string, html: string, text: string][] = [
  [
    'a line for each block',
    '<h1>One</h1><p>two</p><div>three<div>four</div>five</div>',
    'One\ntwo\nthree\nfour\nfive',
  ],
  ['a line for each item', '<ul><li>a<li>b<ol><li>c</ol></ul>', 'a\nb\nc'],
  ['inline elements in their line', '<p>a <b>bold</b>, <a href=x>link</a><sup>2</sup></p>', 'a bold, link2'],
  ['a line break as one', 'a<br>b<br><br>c', 'a\nb\nc'],
  ['white space collapsed', '<p>  a \n\t b&nbsp; c  </p>\n\n<p> d</p>', 'a b c\nd'],
  ['white space between inline elements once', '<b>a </b> <i> b</i>', 'a b'],
  ['no space where there is none', '<b>a</b><i>b</i>', 'ab'],
  [
    'pre without the breaks beside its tags',
    '<p>x</p><pre>\na\n\nb\n</pre><pre><b>c</b>\n</pre>y',
    'x\na\n\nb\nc\ny',
  ],
  ['pre as it is', '<p>x</p><pre>if a:\n    b()\n\nc</pre><p>y</p>', 'x\nif a:\n    b()\n\nc\ny'],
  ['the cells of a row parted by tabs', '<table><tr><th>a<th>b<tr><td>c<td>d</table>', 'a\tb\nc\td'],
  [
    'cells with blocks too',
    '<table><tr><td><p>a</p><td><p>b</p><p>c</p><td>d<tr><td><p>e</table>',
    'a\tb\nc\td\ne',
  ],
  ['empty cells as nothing', '<table><tr><td>a<td>b<tr><td><td>c</table>', 'a\tb\nc'],
  ['marks that are not seen left out', '<p>soft\u00ADware zero\u200Bwid\u2063th</p>', 'software zerowidth'],
  [
    'nothing that is not shown',
    '<title>t</title><p>a<script>b()</script><style>c{}</style><template>d</template><noscript>e</noscript></p>' +
      '<svg><text>f</text></svg><select><option>g</select><textarea>h</textarea>',
    'a',
  ],
  ['nothing for an empty page', '', ''],
]

describe('the text of a tree', () => {
  for (const [what, html, text] of texts) {
    test(`has ${what}`, () => {
      assert.equal(textOf(html), text)
    })
  }

  test('is read at any depth and length', () => {
    assert.equal(textOf(`${'<div>'.repeat(100_000)}deep`), 'deep')
    assert.equal(textOf('<p>a'.repeat(100_000)).length, 199_999)
    assert.equal(textOf(`<pre>${'a '.repeat(1_000_000)}`).length, 1_999_999)
    assert.equal(textOf(' '.repeat(1_000_000)), '')
  })
})
