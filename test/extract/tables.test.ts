import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { tablesOf } from '../../src/extract/tables.ts'
import { parseTree } from '../../src/extract/tree.ts'

const tables = (html: string) => tablesOf(parseTree(html))
const rows = (inner: string) => tables(`<table>${inner}</table>`)[0]?.rows

describe('the tables of a page', () => {
  test('have a caption and rows of cells as text', () => {
    const html = `<table><caption>Prices</caption><thead><tr><th>What<th>Price</thead>
      <tr><td><p>A <b>tea</b></p><p>hot</p><td>2<br>EUR<tr><td>B<td>3</table>`
    assert.deepEqual(tables(html), [
      {
        caption: 'Prices',
        rows: [
          ['What', 'Price'],
          ['A tea hot', '2 EUR'],
          ['B', '3'],
        ],
      },
    ])
  })

  const spans: [name: string, html: string, expected: string[][]][] = [
    [
      'columns',
      '<tr><td colspan=2>a<td>b<tr><td>c<td>d<td>e',
      [
        ['a', 'a', 'b'],
        ['c', 'd', 'e'],
      ],
    ],
    [
      'rows',
      '<tr><td rowspan=2>a<td>b<tr><td>c<tr><td>d<td>e',
      [
        ['a', 'b'],
        ['a', 'c'],
        ['d', 'e'],
      ],
    ],
    [
      'both',
      '<tr><td rowspan=2 colspan=2>a<td>b<tr><td>c',
      [
        ['a', 'a', 'b'],
        ['a', 'a', 'c'],
      ],
    ],
    [
      'all rows',
      '<tr><td rowspan=0>a<td>b<tr><td>c',
      [
        ['a', 'b'],
        ['a', 'c'],
      ],
    ],
    [
      'more rows than there are',
      '<tr><td rowspan=9>a<td>b<tr><td>c',
      [
        ['a', 'b'],
        ['a', 'c'],
      ],
    ],
    [
      'rows behind a gap',
      '<tr><td>a<td>b<td rowspan=2>c<tr><td>d',
      [
        ['a', 'b', 'c'],
        ['d', '', 'c'],
      ],
    ],
    [
      'nonsense',
      '<tr><td colspan=x>a<td rowspan=-1>b<tr><td>c<td>d',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
  ]
  for (const [name, html, expected] of spans)
    test(`have a cell in each place that it spans: ${name}`, () => assert.deepEqual(rows(html), expected))

  for (const [name, html] of [
    ['one cell', '<table><tr><td>x</table>'],
    ['one column', '<table><tr><td>x<tr><td>y</table>'],
    ['one row', '<table><tr><td>x<td>y</table>'],
    ['a role that says so', '<table role=presentation><tr><td>x<td>y<tr><td>x<td>y</table>'],
    ['no text', '<table><tr><td><td><tr><td><td></table>'],
    ['articles in it', '<table><tr><td><article>x</article><td>y<tr><td>x<td>y</table>'],
  ] as const)
    test(`leave out a table that only puts things in their places: ${name}`, () =>
      assert.deepEqual(tables(html), []))

  test('are those within a table that only puts things in their places', () => {
    const inner = '<table><tr><th>a<th>b<tr><td>c<td>d</table>'
    assert.deepEqual(tables(`<table><tr><td>${inner}<td>${inner}</table>`).length, 2)
  })

  test('do not grow by their spans beyond measure', () => {
    const wide = '<tr><td colspan=1000 rowspan=65534>a<td rowspan=1000>b'.repeat(2000)
    const cells = rows(wide)?.flat().length ?? 0
    assert.ok(cells >= 4000 && cells <= 30_000, String(cells))
    const gaps = `<tr>${'<td>a'.repeat(999)}<td rowspan=9999>b${'<tr><td>c'.repeat(9000)}`
    assert.ok((rows(gaps)?.flat().length ?? 0) <= 40_000)
  })
})
