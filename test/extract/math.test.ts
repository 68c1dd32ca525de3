import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createBase } from '../../src/extract/base.ts'
import { toMarkdown } from '../../src/extract/markdown.ts'
import { parseTree } from '../../src/extract/tree.ts'

const markdown = (html: string) => toMarkdown(parseTree(html), createBase('https://site.example/'))
const mathMl = (tex: string) =>
  `<math><semantics><mi>no</mi><annotation encoding="application/x-tex">${tex}</annotation></semantics></math>`

describe('formulas in Markdown', () => {
  const rows: [name: string, html: string, expected: string][] = [
    ['MathML with TeX', `a ${mathMl('x_1^2 * y')} b`, 'a $x_1^2 * y$ b'],
    ['MathML with TeX beside it', '<math alttext="{\\displaystyle a_b}"><mi>no</mi></math>', '$a_b$'],
    ['MathML alone', '<math><mi>x</mi><mo>+</mo><mn>1</mn></math>', '$x+1$'],
    ['MathML as a block', '<p>a</p><math display="block" alttext="x"></math><p>b</p>', 'a\n\n$$x$$\n\nb'],
    [
      'KaTeX',
      `<span class="katex"><span class="katex-mathml">${mathMl('a')}</span><span class="katex-html">no</span></span>`,
      '$a$',
    ],
    [
      'KaTeX as a block',
      `<span class="katex-display"><span class="katex">${mathMl('a')}</span></span>`,
      '$$a$$',
    ],
    [
      'MathJax',
      '<span class="MathJax_Preview">no</span><span class="MathJax">no</span><script type="math/tex">a</script>',
      '$a$',
    ],
    ['MathJax as a block', 'a<script type="math/tex; mode=display">b</script>', 'a\n\n$$b$$'],
    [
      'an image with its fallback',
      `<span><span>${mathMl('a')}</span><img class="mwe-math-fallback-image-inline" src=i.svg alt="no"></span>`,
      '$a$',
    ],
    ['an image alone', '<img class="mwe-math-fallback-image-inline" src=i.svg alt="a_b">', '$a_b$'],
    [
      'a formula in a cell',
      `<table><tr><th>a<th>b<tr><td>${mathMl('|x|')}<td>c</table>`,
      '| a | b |\n| --- | --- |\n| $\\|x\\|$ | c |',
    ],
  ]
  for (const [name, html, expected] of rows)
    test(`are TeX: ${name}`, () => assert.equal(markdown(html), expected))

  test('are no markup and do not end early', () => {
    assert.equal(markdown(mathMl('a&lt;b [x](y) `c` $')), '$a< b [x] (y) c$')
    assert.equal(markdown(mathMl('&lt;script&gt;alert(1)&lt;/script&gt;')), '$< script>alert(1)< /script>$')
  })
})
