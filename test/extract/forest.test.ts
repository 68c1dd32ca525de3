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
      assert.deepEqual([...score(forestOf(tree), Float32Array.from(row), 2)], [sum]))

  test('adds up its trees and its bias', () =>
    assert.deepEqual(
      [...score(forestOf([...tree, ...tree, [-1, 0.5]], -3), Float32Array.of(1, 5), 2)],
      [-0.5],
    ))

  test('scores each row by itself', () =>
    assert.deepEqual([...score(forestOf(tree, 1), Float32Array.of(9, 9, 1, 6, 1, 5), 2)], [5, 3, 2]))

  test('scores no rows', () => assert.equal(score(forestOf(tree), Float32Array.of(), 2).length, 0))

  test('without trees gives its bias', () =>
    assert.deepEqual([...score(forestOf([], 0.25), Float32Array.of(7), 1)], [0.25]))

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
