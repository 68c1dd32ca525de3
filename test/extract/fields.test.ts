import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Field, FieldMap } from '../../src/contract/fields.ts'
import { createBase } from '../../src/extract/base.ts'
import { extractFields } from '../../src/extract/fields.ts'
import { createFinder } from '../../src/extract/query.ts'
import { parseTree } from '../../src/extract/tree.ts'
import { readBoolean, readDate, readNumber } from '../../src/extract/value.ts'

const base = createBase('https://site.example/dir/')
const extract = (html: string, fields: FieldMap) => extractFields(parseTree(html), fields, base)
const one = (html: string, field: Field) => extract(html, { it: field }).it

const shop = `<h1> The <b>shop</b></h1><ul>
  <li class=item><a href="/tea">Tea</a><span class=price>€ 1.299,50</span><time datetime="2024-05-06">6 May</time></li>
  <li class=item><a href="cup">Cup</a><span class=price>12</span><img src=c.png><i class=stock>no</i></li></ul>`

describe('fields of a page', () => {
  test('are typed, nested and many', () => {
    const fields: FieldMap = {
      title: { selector: 'h1' },
      items: {
        selector: '.item',
        many: true,
        fields: {
          name: { selector: 'a' },
          link: { selector: 'a', type: 'url' },
          price: { selector: '.price', type: 'number' },
          since: { selector: 'time', type: 'date' },
          stock: { selector: '.stock', type: 'boolean' },
          image: { selector: 'img', type: 'url' },
        },
      },
    }
    assert.deepEqual(extract(shop, fields), {
      title: 'The shop',
      items: [
        {
          name: 'Tea',
          link: 'https://site.example/tea',
          price: 1299.5,
          since: '2024-05-06',
          stock: null,
          image: null,
        },
        {
          name: 'Cup',
          link: 'https://site.example/dir/cup',
          price: 12,
          since: null,
          stock: false,
          image: 'https://site.example/dir/c.png',
        },
      ],
    })
  })

  test('are null, or an empty list, where nothing matches', () => {
    assert.deepEqual(extract('<p>x</p>', { a: { selector: 'b' }, b: { selector: 'b', many: true } }), {
      a: null,
      b: [],
    })
    assert.deepEqual(extract('<p>x</p>', { a: { selector: 'b', fields: { c: { selector: 'i' } } } }), {
      a: null,
    })
  })

  test('are the first match, or all in document order', () => {
    assert.equal(one('<b>1</b><b>2</b>', { selector: 'b' }), '1')
    assert.deepEqual(one('<b>1</b><i>2</i><b>3</b>', { selector: 'i, b', many: true }), ['1', '2', '3'])
    assert.deepEqual(one('<b>1</b><b>x</b>', { selector: 'b', many: true, type: 'number' }), [1])
  })

  const values: [name: string, html: string, field: Field, expected: unknown][] = [
    ['an attribute', '<p DATA-x=" v ">y</p>', { selector: 'p', attribute: 'data-X' }, 'v'],
    ['an attribute that is not there', '<p>y</p>', { selector: 'p', attribute: 'constructor' }, null],
    [
      'an attribute as a URL',
      '<p data-u="/x">',
      { selector: 'p', attribute: 'data-u', type: 'url' },
      'https://site.example/x',
    ],
    ['a script’s URL', '<a href="javascript:x">y</a>', { selector: 'a', type: 'url' }, null],
    [
      'a URL that is a text',
      '<p>https://a.example/x</p>',
      { selector: 'p', type: 'url' },
      'https://a.example/x',
    ],
    ['text on one line', '<p>a<br>b<script>x</script>\n c</p>', { selector: 'p' }, 'a b c'],
    [
      'HTML that is safe',
      '<p onclick=x>a<b onclick=x>b</b><script>x</script></p>',
      { selector: 'p', type: 'html' },
      'a<b>b</b>',
    ],
    ['the content of a meta', '<meta name=x content=" y ">', { selector: 'meta' }, 'y'],
    ['a number for machines', '<p content="5.5">five</p>', { selector: 'p', type: 'number' }, 5.5],
    [
      'a selector relative to its match',
      '<div><p><b>x</b></p></div>',
      { selector: 'p', fields: { b: { selector: ':scope > b' }, d: { selector: 'div b' } } },
      { b: 'x', d: null },
    ],
  ]
  for (const [name, html, field, expected] of values)
    test(`take ${name}`, () => assert.deepEqual(one(html, field), expected))

  test('are at most a thousand of one kind', () => {
    const found = one('<b>1</b>'.repeat(3000), { selector: 'b', many: true })
    assert.equal(Array.isArray(found) && found.length, 1000)
  })

  test('end within a number of steps where everything stands in everything', () => {
    const html = `${'<div>'.repeat(500)}${'<b>x</b>'.repeat(50_000)}`
    assert.throws(
      () =>
        extractFields(
          parseTree(html),
          { it: { selector: 'div', many: true } },
          base,
          createFinder(1_000_000),
        ),
      { code: 'page_too_complex' },
    )
  })
})

describe('a text as a value', () => {
  const numbers: [text: string, number: number | null][] = [
    ['12', 12],
    ['$1,299.00', 1299],
    ['1.299,00 €', 1299],
    ['1,299', 1299],
    ['1.5', 1.5],
    ['0,5', 0.5],
    ['1,234,567', 1234567],
    ['1.234.567', 1234567],
    ["CHF 1'250.50", 1250.5],
    ['1 234 567,8', 1234567.8],
    ['4 5', 4],
    ['−5 °C', -5],
    ['-3', -3],
    ['10-20', 10],
    ['12 reviews', 12],
    ['.5', 0.5],
    ['5.', 5],
    ['v', null],
    ['', null],
    ['9'.repeat(1000), Number('9'.repeat(1000))],
  ]
  for (const [text, number] of numbers)
    test(`is read as a number: ${text.slice(0, 20)}`, () => assert.equal(readNumber(text), number))

  const dates: [text: string, date: string | null][] = [
    ['2024-05-06', '2024-05-06'],
    ['on 2024-05-06 at', '2024-05-06'],
    ['2024-05-06 07:08:09', '2024-05-06T07:08:09'],
    ['2024-05-06T07:08Z', '2024-05-06T07:08Z'],
    ['2024-13-06', null],
    ['May 6, 2024', '2024-05-06'],
    ['July 4, 1976', '1976-07-04'],
    ['am 6. Mai 2024 in Bern', '2024-05-06'],
    ['31.12.2099', '2099-12-31'],
    ['yesterday', null],
  ]
  for (const [text, date] of dates)
    test(`is read as a date: ${text}`, () => assert.equal(readDate(text), date))

  test('says no where it says so', () => {
    assert.deepEqual(['false', 'No', ' 0 ', 'off'].map(readBoolean), [false, false, false, false])
    assert.deepEqual(['true', '', 'in stock', '1'].map(readBoolean), [true, true, true, true])
  })
})
