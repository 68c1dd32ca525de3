import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import render from 'dom-serializer'
import { ServiceError } from '../../src/contract/errors.ts'
import { createFinder } from '../../src/extract/query.ts'
import { select } from '../../src/extract/select.ts'
import { parseTree } from '../../src/extract/tree.ts'

function chosen(html: string, keep?: string, remove?: string): string {
  const text = render(select(parseTree(html), keep, remove))
  return text.replace('<html><head></head><body>', '').replace('</body></html>', '')
}

describe('what a request selects of a page', () => {
  const rows: [
    name: string,
    html: string,
    keep: string | undefined,
    remove: string | undefined,
    expected: string,
  ][] = [
    ['everything', '<p>a</p>', undefined, undefined, '<p>a</p>'],
    ['what matches', '<nav>n</nav><p class="x">a</p><p>b</p>', '.x', undefined, '<p class="x">a</p>'],
    ['in document order', '<i>1</i><b>2</b><i>3</i>', 'b, i', undefined, '<i>1</i><b>2</b><i>3</i>'],
    [
      'what stands in each other once',
      '<div>a<div>b</div></div><div>c</div>',
      'div',
      undefined,
      '<div>a<div>b</div></div><div>c</div>',
    ],
    ['nothing', '<p>a</p>', 'article', undefined, ''],
    ['all but what matches', '<p>a<b>x</b>c</p><b>y</b>', undefined, 'b', '<p>ac</p>'],
    ['what matches of the rest', '<div><p>a<b>x</b></p></div>', 'p', 'b', '<p>a</p>'],
    ['nothing of what is removed', '<p>a</p>', 'p', 'p', ''],
    ['parts of a table', '<table><tr><td>a<td>b</table>', 'td', undefined, '<td>a</td><td>b</td>'],
  ]
  for (const [name, html, keep, remove, expected] of rows)
    test(`is ${name}`, () => assert.equal(chosen(html, keep, remove), expected))

  test('leaves siblings linked', () => {
    const document = select(parseTree('<body><i>1</i><b>2</b><i>3</i></body>'), undefined, 'b')
    assert.equal(createFinder().all('i + i', document).length, 1)
  })

  test('takes out as many as there are', () => {
    assert.equal(chosen('<br>'.repeat(150_000), undefined, 'br'), '')
    assert.equal(chosen(`<div>${'<p>x'.repeat(100_000)}`, 'p').length, 800_000)
  })

  // The square of a page's siblings, or of its depth, or every text of every element.
  const costly: [css: string, html: string][] = [
    ['b ~ i', '<i></i>'.repeat(100_000)],
    ['p:nth-last-of-type(3)', '<p></p>'.repeat(100_000)],
    ['div:has(~ b)', '<div></div>'.repeat(50_000)],
    ['div:has(div:has(div:has(i)))', '<div>'.repeat(500).repeat(100)],
    ['div div div div div div div div i', `${'<div>'.repeat(500)}${'<b></b>'.repeat(100_000)}`],
    [':contains("x"):contains("y")', `${'<div>'.repeat(500)}${'<b>a</b>'.repeat(100_000)}`],
  ]
  for (const [css, html] of costly)
    test(`ends within a number of steps: ${css}`, () => {
      try {
        select(parseTree(html), css, undefined)
      } catch (fault) {
        assert.ok(fault instanceof ServiceError && fault.code === 'page_too_complex', String(fault))
      }
    })

  test('is refused when its steps are used up', () => {
    const isTooComplex = (fault: unknown) =>
      fault instanceof ServiceError && fault.code === 'page_too_complex'
    assert.throws(() => select(parseTree('<i></i>'.repeat(20_000)), 'b ~ i', undefined), isTooComplex)
  })
})
