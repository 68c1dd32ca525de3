import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createBase } from '../../src/extract/base.ts'
import { toMarkdown } from '../../src/extract/markdown.ts'
import { parseTree } from '../../src/extract/tree.ts'

const markdown = (html: string) => toMarkdown(parseTree(html), createBase('https://site.example/'))

describe('footnotes in Markdown', () => {
  const ways: [name: string, html: string][] = [
    ['a list of items', 'a<sup><a id=r href="#n">1</a></sup><ol><li id=n>b <a href="#r">↩</a></li></ol>'],
    [
      'an anchor around the sign',
      'a<sup id=r><a href="#n">[1]</a></sup><ol><li id=n><p>b <a href="#r">↩</a></p></li></ol>',
    ],
    [
      'paragraphs with named anchors',
      'a<a name=r></a><a href="#n">[1]</a><p><a name=n></a><a href="#r">[1]</a> b</p>',
    ],
    [
      'ways back before the text',
      'a<sup id=r><a href="#n">1</a></sup><ol><li id=n>^ <a href="#r">a</a> <span>b</span></li></ol>',
    ],
    ['blocks with a number', 'a<a id=r href="#n">1</a><div id=n><a href="#r">1</a><div><p>b</p></div></div>'],
    [
      'roles',
      'a<a id=r href="#n" role="doc-noteref">1</a><aside id=n role="doc-footnote">b<a href="#r" role="doc-backlink">x</a></aside>',
    ],
  ]
  for (const [name, html] of ways)
    test(`are known by their ways there and back: ${name}`, () =>
      assert.equal(markdown(html), 'a[^1]\n\n[^1]: b'))

  test('stand at the end in the order in which they are referred to, once', () => {
    const html = `<p>a<a id=r2 href="#n2">*</a> b<a id=r1 href="#n1">2</a> c<a id=r3 href="#n1">2</a></p>
      <ol><li id=n1>one <a href="#r1">↩</a> <a href="#r3">↩</a></li><li id=n2><p>two</p><p>more <a href="#r2">↩</a></p></li></ol><p>d</p>`
    assert.equal(markdown(html), 'a[^1] b[^2] c[^2]\n\nd\n\n[^1]: two more\n\n[^2]: one')
  })

  const others: [name: string, html: string, expected: string][] = [
    [
      'contents and headings that lead back',
      '<p><a id=t href="#h">1</a></p><h2 id=h><a href="#t">Text</a></h2>',
      '1\n\n## Text',
    ],
    ['links without a way back', '<a href="#n">1</a><p id=n>b</p>', '1\n\nb'],
    [
      'links with a text',
      '<a id=r href="#n">see there</a><p id=n>b <a href="#r">back</a></p>',
      'see there\n\nb back',
    ],
  ]
  for (const [name, html, expected] of others)
    test(`are not taken for such: ${name}`, () => assert.equal(markdown(html), expected))

  test('take a flood of notes', () => {
    const numbers = Array.from({ length: 20_000 }, (_, at) => at)
    const html =
      numbers.map((at) => `<a id=r${at} href="#n${at}">1</a>`).join('') +
      numbers.map((at) => `<p id=n${at}>x <a href="#r${at}">b</a></p>`).join('')
    assert.equal(new Set(markdown(html).match(/^\[\^\d+\]: x$/gm)).size, 20_000)
  })
})
