import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import render from 'dom-serializer'
import type { ChildNode, Document, ParentNode } from 'domhandler'
import { ServiceError } from '../../src/contract/errors.ts'
import { MAX_DEPTH } from '../../src/extract/builder.ts'
import { parseTree } from '../../src/extract/tree.ts'

// What Chromium 156 makes of each, by `DOMParser` (scripting off). Where the head is empty it is left out.
const nestings: [html: string, tree: string][] = [
  ['<p>one<p>two<div>three</div>', '<body><p>one</p><p>two</p><div>three</div></body>'],
  [
    '<ul><li>a<li>b<ul><li>c</ul><li>d</ul>',
    '<body><ul><li>a</li><li>b<ul><li>c</li></ul></li><li>d</li></ul></body>',
  ],
  ['<dl><dt>a<dd>b<dt>c<dd>d</dl>', '<body><dl><dt>a</dt><dd>b</dd><dt>c</dt><dd>d</dd></dl></body>'],
  [
    '<table><tr><td>a<td>b<tr><td>c</table>d',
    '<body><table><tbody><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></tbody></table>d</body>',
  ],
  ['<table>x<tr><td>a</td></tr></table>', '<body>x<table><tbody><tr><td>a</td></tr></tbody></table></body>'],
  [
    '<table><tr><div>x</div><td>a</td></tr></table>',
    '<body><div>x</div><table><tbody><tr><td>a</td></tr></tbody></table></body>',
  ],
  [
    '<table><form><tr><td><input></td></tr></form></table>',
    '<body><table><form></form><tbody><tr><td><input></td></tr></tbody></table></body>',
  ],
  ['<a href=1>x<a href=2>y</a>z', '<body><a href="1">x</a><a href="2">y</a>z</body>'],
  ['<a href=1><div>x</div></a>y', '<body><a href="1"><div>x</div></a>y</body>'],
  ['<a href=1>t<div>x</a>y</div>z', '<body><a href="1">t</a><div><a href="1">x</a>y</div>z</body>'],
  ['<h1>a<h2>b</h2>', '<body><h1>a</h1><h2>b</h2></body>'],
  ['<h1>a</h2>b', '<body><h1>a</h1>b</body>'],
  ['text<head><title>t</title>', '<body>text<title>t</title></body>'],
  [
    '<title>t</title><meta name=a><p>x<title>u</title>',
    '<html><head><title>t</title><meta name="a"></head><body><p>x<title>u</title></p></body>',
  ],
  [
    '<svg><foreignObject><div>x</div></foreignObject></svg>y',
    '<body><svg><foreignObject><div>x</div></foreignObject></svg>y</body>',
  ],
  [
    '<math><mi>x</mi><annotation encoding="a">y</annotation></math>z',
    '<body><math><mi>x</mi><annotation encoding="a">y</annotation></math>z</body>',
  ],
  [
    '<select><option>a<option>b</select>',
    '<body><select><option>a</option><option>b</option></select></body>',
  ],
  ['<button>a<button>b</button>', '<body><button>a</button><button>b</button></body>'],
  ['<form><form>x</form>y</form>z', '<body><form>x</form>yz</body>'],
  ['</p>x</br>y', '<body>x<br>y</body>'],
  ['<div></span>x</div></div>y', '<body><div>x</div>y</body>'],
  ['<span><div>x</span>y</div>z', '<body><span><div>xy</div>z</span></body>'],
  [
    '<table><tr><td><table><tr><td>x</table>y</table>z',
    '<body><table><tbody><tr><td><table><tbody><tr><td>x</td></tr></tbody></table>y</td></tr></tbody></table>z</body>',
  ],
  ['<table><table>x</table>y</table>z', '<body><table></table>x<table></table>yz</body>'],
  ['<td>x</td><tr>y', '<body>xy</body>'],
  ['<ol><li><p>a<li>b</ol>', '<body><ol><li><p>a</p></li><li>b</li></ol></body>'],
  ['<li>a<div><li>b</div>', '<body><li>a<div></div></li><li>b</li></body>'],
  [
    '<script>a<b></script>x<style>c</style>',
    '<html><head><script>a<b></script></head><body>x<style>c</style></body>',
  ],
  ['<textarea><b>x</textarea>y', '<body><textarea>&lt;b&gt;x</textarea>y</body>'],
  ['x<![CDATA[ y > z', '<body>x z</body>'],
  ['x<![CDATA[ <b>y]]>z', '<body>xy]]&gt;z</body>'],
  ['<svg><text><![CDATA[a>b]]></text></svg>c', '<body><svg><text>a&gt;b</text></svg>c</body>'],
  [
    '<p>a<noscript><iframe src=b></noscript><p>c',
    '<body><p>a<noscript><iframe src="b"></iframe></noscript></p><p>c</p></body>',
  ],
  ['<image src=a>x', '<body><img src="a">x</body>'],
  ['<p>x<table><tr><td>y</table>', '<body><p>x</p><table><tbody><tr><td>y</td></tr></tbody></table></body>'],
  ['<p><span>a<p>b</span>c', '<body><p><span>a</span></p><p>bc</p></body>'],
  [
    '<table><caption>c<tr><td>x</table>',
    '<body><table><caption>c</caption><tbody><tr><td>x</td></tr></tbody></table></body>',
  ],
  [
    '<table><thead><tr><th>a<tbody><tr><td>b<tfoot><tr><td>c</table>',
    '<body><table><thead><tr><th>a</th></tr></thead><tbody><tr><td>b</td></tr></tbody><tfoot><tr><td>c</td></tr></tfoot></table></body>',
  ],
  ['<div title="a&quot;b">x', '<body><div title="a&quot;b">x</div></body>'],
  ['<p/>x', '<body><p>x</p></body>'],
  ['<div/>x</div>y', '<body><div>x</div>y</body>'],
  ['<br/>x', '<body><br>x</body>'],
]

const rendered = (document: Document) =>
  render(document, { encodeEntities: 'utf8', emptyAttrs: true, selfClosingTags: false })
    .replace('<html><head></head>', '')
    .replace(/<\/html>$/, '')

describe('the tree of a page', () => {
  for (const [html, tree] of nestings)
    test(`is a browser's: ${html}`, () => assert.equal(rendered(parseTree(`<!doctype html>${html}`)), tree))

  test('has html, head and body though nothing is there', () =>
    assert.equal(rendered(parseTree('')), '<body></body>'))

  test('has no comments, and templates as elements', () => {
    const html = '<!-- a --><p>x<!-- b -->y</p><template><b>z</b></template><!-- c'
    assert.equal(rendered(parseTree(html)), '<body><p>xy</p><template><b>z</b></template></body>')
  })

  test('keeps the first of attributes with one name, and none that sets the prototype', () => {
    const [element] = find(parseTree('<p a=1 A=2 __proto__=3>'), 'p')
    assert.deepEqual(element?.attribs, { a: '1' })
    assert.equal(Object.getPrototypeOf(element?.attribs), Object.prototype)
  })
})

function find(root: ParentNode, name: string) {
  return [...walk(root)].filter((node) => 'name' in node && node.name === name) as { attribs: object }[]
}

function* walk(root: ParentNode): Generator<ChildNode> {
  const stack: ChildNode[] = [...root.children].reverse()
  for (let node = stack.pop(); node; node = stack.pop()) {
    yield node
    if ('children' in node)
      for (let at = node.children.length - 1; at >= 0; at -= 1) stack.push(node.children[at] as ChildNode)
  }
}

function depthOf(root: Document): number {
  let deepest = 0
  for (const node of walk(root)) {
    let depth = 0
    if ('children' in node && node.children.length > 0) continue
    for (let at: ParentNode | null = node.parent; at; at = at.parent) depth += 1
    deepest = Math.max(deepest, depth)
  }
  return deepest
}

describe('a hostile page', () => {
  test('of 200,000 nested elements is nested 512 deep at most', () => {
    const document = parseTree('<div>'.repeat(200_000))
    assert.equal(find(document, 'div').length, 200_000)
    assert.ok(depthOf(document) <= MAX_DEPTH)
  })

  test('of 200,000 end tags that close nothing is empty', () =>
    assert.equal(rendered(parseTree('</x></p></td></a>'.repeat(50_000))), '<body></body>'))

  test('of nested formatting and paragraphs is taken', () => {
    const bolds = Array.from({ length: 2000 }, (_, index) => `<b a=${index}>`).join('')
    assert.equal(find(parseTree(bolds + '<p>'.repeat(20_000)), 'p').length, 20_000)
  })

  test('of 200,000 attributes has the first 256', () => {
    const attributes = Array.from({ length: 200_000 }, (_, index) => `a${index}=1`).join(' ')
    const [element] = find(parseTree(`<p ${attributes}>`), 'p')
    assert.equal(Object.keys(element?.attribs ?? {}).length, 256)
  })

  test('of text that is not in the cells of its table is taken', () =>
    assert.equal(find(parseTree(`<table>${'x<tr>'.repeat(50_000)}</table>`), 'tr').length, 50_000))

  test('of misnested links and blocks is taken', () =>
    assert.equal(find(parseTree('<a href=x><div>y</a>'.repeat(20_000)), 'div').length, 20_000))

  test('of nothing but what could begin tags is one text', () => {
    const { length } = find(parseTree('<'.repeat(1_000_000), { maxNodes: 1 }), 'body')
    assert.equal(length, 1)
    const page = '<p>a < b <3 &lt;<<p> <&amp;< </p>< <style>a<b</style>'
    const tree = '<body><p>a &lt; b &lt;3 &lt;&lt;</p><p> &lt;&amp;&lt; </p>&lt; <style>a<b</style></body>'
    assert.equal(rendered(parseTree(page)), tree)
  })

  test('of more nodes than are taken is refused', () => {
    const isComplex = (error: unknown) => error instanceof ServiceError && error.code === 'page_too_complex'
    assert.throws(() => parseTree('<p>x'.repeat(10), { maxNodes: 19 }), isComplex)
    assert.doesNotThrow(() => parseTree('<p>x'.repeat(10), { maxNodes: 20 }))
  })
})
