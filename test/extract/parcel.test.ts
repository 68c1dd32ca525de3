import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { pack, unpack } from '../../src/extract/parcel.ts'

const values: Record<string, unknown> = {
  'a light value': { a: 1, b: ['x', null], c: undefined, d: {} },
  'long texts': { html: 'x'.repeat(2_000_000), formats: { text: '日本'.repeat(500_000), links: [] } },
  'a lone surrogate': { html: `${'x'.repeat(200_000)}\ud800` },
  'many items': {
    formats: { links: Array.from({ length: 30_123 }, (_, at) => ({ url: `https://example.com/${at}`, at })) },
  },
  'a heavy item among light ones': { tables: [[1], [Array(2000).fill('cell'.repeat(200))], [2]] },
  'a text by itself': 'x'.repeat(2_000_000),
}

/** Nested, with its weight at the bottom. */
function nest(depth: number): unknown {
  let value: unknown = 'x'.repeat(200_000)
  for (let at = 0; at < depth; at += 1) value = at % 2 === 0 ? [value] : { value }
  return value
}

describe('a parcel', () => {
  for (const [name, value] of Object.entries(values))
    test(`holds ${name}`, async () => assert.deepEqual(await unpack(pack(value)), value))

  test('holds what is nested deep', async () => {
    for (const depth of [3, 200]) assert.deepEqual(await unpack(pack(nest(depth))), nest(depth))
  })

  test('sets no prototype', async () => {
    const data = JSON.parse(`{"__proto__": {"a": "${'x'.repeat(200_000)}"}, "b": 1}`) as object
    const got = (await unpack(pack({ data }))) as { data: object }
    assert.deepEqual(Object.keys(got.data), ['__proto__', 'b'])
    assert.equal(Object.getPrototypeOf(got.data), Object.prototype)
  })

  test('is taken out over many turns', async () => {
    let [turns, isThere] = [0, false]
    const count = () => {
      turns += 1
      if (!isThere) setImmediate(count)
    }
    setImmediate(count)
    await unpack(pack(values['many items']))
    isThere = true
    assert.ok(turns > 50, String(turns))
  })
})
