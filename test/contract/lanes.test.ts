import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ServiceError } from '../../src/contract/errors.ts'
import { batched } from '../../src/contract/lanes.ts'

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index)

describe('calls carried out together', () => {
  test('each get their own result, in the order they came', async () => {
    const batches: number[][] = []
    const call = batched(
      async (items: number[]) => {
        batches.push(items)
        return items.map((item) => item * 2)
      },
      { items: 10, lanes: 2 },
    )
    const results = await Promise.all(numbers(25).map(call))
    assert.deepEqual(
      results,
      numbers(25).map((item) => item * 2),
    )
    assert.deepEqual(batches, [numbers(10), numbers(20).slice(10), numbers(25).slice(20)])
  })

  test('are carried out at once where one comes alone', async () => {
    const call = batched(async (items: string[]) => items, { items: 10, lanes: 1 })
    assert.equal(await call('alone'), 'alone')
    assert.equal(await call('and again'), 'and again')
  })

  test('wait while as many batches as may be are under way, and then go together', async () => {
    const batches: number[][] = []
    const gates: (() => void)[] = []
    const call = batched(
      async (items: number[]) => {
        batches.push(items)
        await new Promise<void>((resolve) => gates.push(resolve))
        return items
      },
      { items: 2, lanes: 2 },
    )
    const results = Promise.all(numbers(7).map(call))
    while (gates.length < 2) await new Promise(setImmediate)
    for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate)
    assert.deepEqual(batches, [
      [0, 1],
      [2, 3],
    ])
    while (batches.flat().length < 7 || gates.length > 0) {
      gates.shift()?.()
      await new Promise(setImmediate)
    }
    assert.deepEqual(await results, numbers(7))
    assert.deepEqual(batches.slice(2), [[4, 5], [6]])
  })

  test('fail alone where one is bad', async () => {
    const runs: number[][] = []
    const call = batched(
      async (items: number[]) => {
        runs.push(items)
        if (items.includes(2)) throw new RangeError('bad item')
        return items
      },
      { items: 10, lanes: 1 },
    )
    const results = await Promise.allSettled(numbers(4).map(call))
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'fulfilled', 'rejected', 'fulfilled'],
    )
    assert.deepEqual(runs, [[0, 1, 2, 3], [0], [1], [2], [3]])
  })

  test('all fail, and are not tried again, where the store is away', async () => {
    let runs = 0
    const call = batched(
      async (): Promise<number[]> => {
        runs += 1
        throw new ServiceError('store_unavailable')
      },
      { items: 10, lanes: 1 },
    )
    const results = await Promise.allSettled(numbers(5).map(call))
    assert.ok(results.every((one) => one.status === 'rejected' && one.reason.code === 'store_unavailable'))
    assert.equal(runs, 1)
    await assert.rejects(call(1), { code: 'store_unavailable' })
  })

  test('are as many as their weight allows, and one however heavy it is', async () => {
    const batches: number[][] = []
    const call = batched(
      async (items: number[]) => {
        batches.push(items)
        return items
      },
      { items: 3, lanes: 1, weight: { of: (item) => item, max: 10 } },
    )
    await Promise.all([4, 6, 1, 50, 10, 1, 1, 1, 1].map(call))
    assert.deepEqual(batches, [[4, 6], [1], [50], [10], [1, 1, 1], [1]])
  })
})
