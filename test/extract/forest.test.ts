import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { chanceOf, readForest, score } from '../../src/extract/forest.ts'

const base64 = (column: Int16Array | Float32Array) =>
  Buffer.from(column.buffer, column.byteOffset, column.byteLength).toString('base64')

const forestOf = (nodes: [feature: number, value: number][], bias = 0) =>
  readForest({
    bias,
    features: base64(Int16Array.from(nodes, ([feature]) => feature)),
    borders: base64(Float32Array.from(nodes, ([, value]) => value)),
  })

/** Feature 0 up to 1: feature 1 up to 5 gives 1, else 2; else 4. */
const tree: [number, number][] = [
  [0, 1],
  [1, 5],
  [-1, 1],
  [-1, 2],
  [-1, 4],
]

describe('a forest', () => {
  const cases: [name: string, row: number[], sum: number][] = [
    ['on a border, to the left', [1, 5], 1],
    ['past the inner border', [1, 5.5], 2],
    ['past the outer border', [1.5, 0], 4],
  ]
  for (const [name, row, sum] of cases)
    test(`leads a row to its leaf: ${name}`, () =>
      assert.equal(score(forestOf(tree), Float32Array.from(row), 0), sum))

  test('adds up its trees and its bias', () =>
    assert.equal(score(forestOf([...tree, ...tree, [-1, 0.5]], -3), Float32Array.of(1, 5), 0), -0.5))

  test('reads a row from where it begins', () =>
    assert.equal(score(forestOf(tree), Float32Array.of(9, 9, 1, 6), 2), 2))

  test('without trees gives its bias', () =>
    assert.equal(score(forestOf([], 0.25), Float32Array.of(), 0), 0.25))

  test('that is cut short is refused', () => assert.throws(() => forestOf(tree.slice(0, 4)), RangeError))

  test('whose columns differ in length is refused', () =>
    assert.throws(
      () =>
        readForest({ bias: 0, features: base64(Int16Array.of(-1, -1)), borders: base64(Float32Array.of(1)) }),
      RangeError,
    ))

  test('gives even log-odds for an even chance', () => {
    assert.equal(chanceOf(0), 0.5)
    assert.ok(chanceOf(3) > 0.95 && chanceOf(-3) < 0.05)
  })
})
