import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isHeavy, jsonPieces, slicesOf } from '../../src/contract/json.ts'

const PIECE = 65_536

const values: Record<string, unknown> = {
  'a small object': { a: 1, b: [true, null, 'x'], c: undefined, d: {} },
  'a long text': 'ä"\\\n\u2028\ud800'.repeat(50_000),
  'pairs at every border': `a${'😀'.repeat(100_000)}`,
  'many items': Array.from({ length: 50_000 }, (_, at) => ({ url: `https://example.com/${at}`, at })),
  'many members': Object.fromEntries(Array.from({ length: 50_000 }, (_, at) => [`m${at}`, 'b'])),
  'members that are left out': { a: undefined, html: 'x'.repeat(100_000), b: undefined, c: [] },
  'items that are left out': ['x'.repeat(100_000), undefined, {}],
  'no value': undefined,
}

/** Nested, with its weight at the bottom. */
function nest(depth: number): unknown {
  let value: unknown = 'x'.repeat(200_000)
  for (let at = 0; at < depth; at += 1) value = at % 2 === 0 ? [value] : { value }
  return value
}

describe('JSON in pieces', () => {
  for (const [name, value] of Object.entries(values))
    test(`is the JSON of ${name}`, () => {
      const pieces = [...jsonPieces(value)]
      assert.equal(pieces.join(''), JSON.stringify(value) ?? 'null')
      for (const piece of pieces) assert.ok(piece.length <= 7 * PIECE, String(piece.length))
    })

  test('is that of what is nested deep', () => {
    for (const depth of [3, 100, 1000])
      assert.equal([...jsonPieces(nest(depth))].join(''), JSON.stringify(nest(depth)))
  })

  test('parts no character in two', () => {
    for (const slice of slicesOf(`a${'😀'.repeat(100_000)}`)) assert.ok(slice.isWellFormed())
  })
})

describe('a value', () => {
  test('is heavy by its texts or by how many values it has', () => {
    assert.equal(isHeavy('x'.repeat(100), 50), true)
    assert.equal(isHeavy({ a: ['x'.repeat(20), { b: 'x'.repeat(20) }] }, 100), false)
    assert.equal(isHeavy({ a: ['x'.repeat(70), { b: 'x'.repeat(70) }] }, 100), true)
    assert.equal(isHeavy(Array(1_000_000).fill(0), 1000), true)
    assert.equal(isHeavy({ a: null, b: undefined, c: 1 }), false)
  })

  test('may have many items without being heavy', () => {
    assert.equal(isHeavy(Array(500_000).fill(0), 10_000_000), false)
  })
})
