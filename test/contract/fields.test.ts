import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { FieldMap } from '../../src/contract/fields.ts'
import { checkSelector, Selector } from '../../src/contract/selector.ts'

const faultsOf = (map: unknown) =>
  FieldMap.safeParse(map).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? []

describe('a selector', () => {
  for (const css of [
    'a',
    'h1, h2 > b',
    '[href^="http" i]',
    ':is(a, b):not(.x) ~ c',
    'tr:nth-child(2n + 1)',
    ':has(> img)',
  ])
    test(`is understood: ${css}`, () => assert.equal(checkSelector(css), null))

  for (const css of [
    'a[',
    'a >',
    ':foo',
    ':foo(b)',
    'a::before',
    '.',
    ':nth-child(x)',
    ':is(',
    'a || b',
    '',
    'svg|a',
  ])
    test(`is refused with itself in quotes: ${css}`, () =>
      assert.ok(checkSelector(css)?.includes(JSON.stringify(css)), checkSelector(css) ?? 'taken'))

  test('is bounded in length', () => {
    assert.equal(Selector.safeParse(`.${'a'.repeat(499)}`).success, true)
    assert.equal(Selector.safeParse(`.${'a'.repeat(500)}`).success, false)
    assert.equal(Selector.safeParse('').error?.issues.length, 1)
  })
})

describe('fields to extract', () => {
  test('are taken with all their members', () => {
    const map = {
      name: { selector: 'h1' },
      items: {
        selector: 'li',
        many: true,
        fields: { link: { selector: 'a', attribute: 'href', type: 'url' } },
      },
    }
    assert.deepEqual(FieldMap.parse(map), map)
  })

  const refused: [name: string, map: unknown, fault: string | RegExp][] = [
    ['no map', [], /must be an object of names and fields/],
    ['a field without a selector', { a: {} }, 'a.selector: must be a CSS selector'],
    ['a bad selector', { a: { selector: 'x[' } }, /^a\.selector: "x\[" is no CSS selector/],
    [
      'a bad selector within',
      { a: { selector: 'x', fields: { b: { selector: ':no' } } } },
      /^a\.fields\.b\.selector: ":no"/,
    ],
    ['an unknown type', { a: { selector: 'x', type: 'int' } }, /must be one of text, number/],
    ['an unknown member', { a: { selector: 'x', all: true } }, /Unrecognized key/],
    ['fields with a type', { a: { selector: 'x', type: 'url', fields: {} } }, /must have either fields/],
    [
      'HTML of an attribute',
      { a: { selector: 'x', type: 'html', attribute: 'y' } },
      /must not make html of an attribute/,
    ],
    [
      'an attribute without a name',
      { a: { selector: 'x', attribute: '' } },
      /is not a name that an attribute can have/,
    ],
    ['an empty name', { '': { selector: 'x' } }, /must have a name|Invalid key/],
  ]
  for (const [name, map, fault] of refused)
    test(`are refused: ${name}`, () => assert.match(faultsOf(map).join('\n'), new RegExp(fault)))

  test('cannot be the prototype of the answer', () => {
    assert.deepEqual(Object.keys(FieldMap.parse(JSON.parse('{"__proto__":{"selector":"x"}}'))), [])
  })

  test('are at most a hundred in all', () => {
    const many = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`f${at}`, { selector: 'a' }]))
    assert.deepEqual(faultsOf(many(100)), [])
    assert.match(faultsOf(many(101)).join(), /more than 100 fields/)
    assert.match(faultsOf({ a: { selector: 'a', fields: many(100) } }).join(), /more than 100 fields/)
  })

  test('are at most five deep, however deep what is sent', () => {
    const nested = (depth: number): unknown => {
      let map: unknown = { a: { selector: 'a' } }
      for (let at = 1; at < depth; at += 1) map = { a: { selector: 'a', fields: map } }
      return map
    }
    assert.deepEqual(faultsOf(nested(5)), [])
    assert.match(faultsOf(nested(6)).join(), /Unrecognized key: "fields"/)
    assert.equal(faultsOf(nested(5000)).length, 1)
  })
})
