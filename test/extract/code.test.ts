import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createBase } from '../../src/extract/base.ts'
import { toMarkdown } from '../../src/extract/markdown.ts'
import { parseTree } from '../../src/extract/tree.ts'

const markdown = (html: string) => toMarkdown(parseTree(html), createBase('https://site.example/'))

describe('code in Markdown', () => {
  const languages: [name: string, html: string, language: string][] = [
    ['the HTML Standard’s way', '<pre><code class="language-js">x</code></pre>', 'js'],
    ['highlight.js', '<pre><code class="hljs python">x</code></pre>', 'python'],
    ['highlight.js with a prefix', '<pre><code class="hljs lang-c++">x</code></pre>', 'c++'],
    ['Prism', '<pre class="line-numbers language-css"><code>x</code></pre>', 'css'],
    [
      'Rouge',
      '<div class="language-ruby highlighter-rouge"><div class="highlight"><pre class="highlight"><code>x</code></pre></div></div>',
      'ruby',
    ],
    [
      'Pygments',
      '<div class="highlight-python notranslate"><div class="highlight"><pre>x</pre></div></div>',
      'python',
    ],
    ['a code forge', '<div class="highlight highlight-source-shell"><pre>x</pre></div>', 'shell'],
    ['Pandoc', '<pre class="sourceCode haskell"><code class="sourceCode haskell">x</code></pre>', 'haskell'],
    ['SyntaxHighlighter', '<pre class="brush: java; toolbar: false">x</pre>', 'java'],
    ['org mode', '<pre class="src src-lisp">x</pre>', 'lisp'],
    ['an attribute', '<pre data-lang="Go"><code>x</code></pre>', 'go'],
    ['nobody', '<pre>x</pre>', ''],
    ['one who says that it is none', '<pre><code class="language-plaintext">x</code></pre>', ''],
    ['a class that names none', '<pre class="wp-block-preformatted"><code class="hljs">x</code></pre>', ''],
    ['one who wants to break out', '<pre><code class="language-a`b">x</code></pre>', ''],
  ]
  for (const [name, html, language] of languages)
    test(`names its language as told by ${name}`, () =>
      assert.equal(markdown(html), `\`\`\`${language}\nx\n\`\`\``))

  const texts: [name: string, html: string, text: string][] = [
    ['as it is', '<pre>  a\n\n\n\tb &lt;c> *d*  \n</pre>', '  a\n\n\n\tb <c> *d*'],
    ['highlighted', '<pre><span>a</span> <b>b</b>\n<i>c</i></pre>', 'a b\nc'],
    ['with line breaks', '<pre>a<br>b<br></pre>', 'a\nb'],
    ['with a block a line', '<pre><div>a</div><div>b</div></pre>', 'a\nb'],
    ['with an item a line', '<pre><ol><li>a</li><li>b</li></ol></pre>', 'a\nb'],
    ['with an element a line', '<pre><span class="line">a</span><span class="line">b</span></pre>', 'a\nb'],
    [
      'with an element a line and breaks',
      '<pre><span class="line">a</span>\n<span class="line">b</span></pre>',
      'a\nb',
    ],
    [
      'without numbers in it',
      '<pre><span class="lineno">1</span>a\n<span class="lineno">2</span>b</pre>',
      'a\nb',
    ],
    [
      'without numbers beside it',
      '<pre>a\nb<span aria-hidden="true" class="line-numbers-rows"><span></span></span></pre>',
      'a\nb',
    ],
    ['without a button', '<pre><button>Copy</button>a</pre>', 'a'],
    [
      'beside a column of numbers',
      '<table class="rouge-table"><tr><td class="gutter"><pre>1\n2</pre></td><td class="code"><pre>a\nb</pre></td></tr></table>',
      'a\nb',
    ],
    [
      'beside numbers that are code, too',
      '<table class="lntable"><tr><td><pre><code><span class="lnt">1\n</span><span class="lnt">2\n</span></code></pre></td><td><pre>a\nb</pre></td></tr></table>',
      'a\nb',
    ],
    [
      'with a row a line',
      '<table class="highlight"><tr><td class="blob-num">1</td><td>a</td></tr><tr><td class="blob-num">2</td><td>b</td></tr></table>',
      'a\nb',
    ],
    ['of several lines without a pre', '<code>a<br>b</code>', 'a\nb'],
  ]
  for (const [name, html, text] of texts)
    test(`is ${name}`, () => assert.equal(markdown(html), `\`\`\`\n${text}\n\`\`\``))

  test('is fenced by more backticks than it holds', () => {
    assert.equal(markdown('<pre>```\na</pre>'), '````\n```\na\n````')
  })

  test('is nothing where it is empty', () => assert.equal(markdown('<pre>\n</pre><code> </code>'), ''))
})
