import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Outline, outline } from '../../src/extract/layout.ts'
import { parseTree } from '../../src/extract/tree.ts'

const outlineOf = (html: string): Outline => outline(parseTree(html))
const textsOf = (html: string) => outlineOf(html).blocks.map(({ text }) => text)

describe('the blocks of a page', () => {
  const cases: [name: string, html: string, texts: string[]][] = [
    ['end where a block element does', '<p>One <b>and</b> two</p><div>three</div>', ['One and two', 'three']],
    ['are the text before, in and after a block within', '<div>a<p>b</p>c</div>', ['a', 'b', 'c']],
    ['go on over one line break', '<p>One<br>two</p>', ['One two']],
    ['end at two line breaks', '<p>One<br> <br>two</p>', ['One', 'two']],
    ['have a word', '<p>*</p><p>&mdash;</p><p> </p><p>x</p>', ['x']],
    ['are no scripts and no styles', '<script>a()</script><style>b {}</style><p>c</p>', ['c']],
    ['are what stands for scripts', '<body><noscript><p>Read on</p></noscript>', ['Read on']],
    ['are each cell of a table', '<table><tr><td>1<td>2</table>', ['1', '2']],
    ['are each element of an unknown name', '<x-card>a</x-card><x-card>b</x-card>', ['a', 'b']],
    ['have their white space collapsed', '<p>  a\n\t b  </p>', ['a b']],
  ]
  for (const [name, html, texts] of cases) test(name, () => assert.deepEqual(textsOf(html), texts))

  test('are measured by words, links and marks', () => {
    const [block] = outlineOf(
      '<p>See <a href="#a">Two words</a>, <a href="https://a.example/">or</a> 3 MORE.</p>',
    ).blocks
    const measure = block?.measure
    assert.deepEqual([measure?.words, measure?.linkWords, measure?.links], [6, 3, 2])
    assert.deepEqual([measure?.numbers, measure?.shouted, measure?.ends, measure?.commas], [1, 1, 1, 1])
  })
})

describe('the boxes of a page', () => {
  test('hold the blocks between their first and their end', () => {
    const { boxes, blocks } = outlineOf('<main><p>a</p><ul><li>b<li>c</ul></main><footer>d</footer>')
    const within = (name: string) => {
      const box = boxes.find(({ element }) => 'name' in element && element.name === name)
      return blocks.slice(box?.first, box?.end).map(({ text }) => text)
    }
    assert.deepEqual(within('main'), ['a', 'b', 'c'])
    assert.deepEqual(within('ul'), ['b', 'c'])
    assert.deepEqual(within('footer'), ['d'])
  })

  test('count the images and the fields within', () => {
    const { boxes } = outlineOf('<div><p>a<img></p><form><input><button>b</button></form></div>')
    const div = boxes.find(({ element }) => 'name' in element && element.name === 'div')
    assert.deepEqual([div?.images, div?.fields], [1, 2])
  })

  test('are found on a page of 200,000 nested elements in less than a second of work', () => {
    const document = parseTree('<div>a'.repeat(200_000))
    const begun = process.cpuUsage()
    assert.equal(outline(document).blocks.length, 200_000)
    assert.ok(process.cpuUsage(begun).user < 1_000_000)
  })
})
