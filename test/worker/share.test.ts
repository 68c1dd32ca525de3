import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startShare } from '../../src/worker/share.ts'
import { eventually } from '../support/process.ts'

describe('the share of groups', () => {
  test('keeps a part of the places for single requests, but never all of them', () => {
    for (const [concurrency, wanted] of [
      [1, 1],
      [2, 1],
      [8, 7],
      [400, 16],
    ] as const) {
      const share = startShare({ concurrency, inHand: () => 0, load: () => 0 })
      assert.equal(share.most, wanted)
      share.stop()
    }
  })

  test('grows while the parsers have time left and it is used, up to its bound', async (t) => {
    const share = startShare({ concurrency: 24, inHand: () => 100, load: () => 0 })
    t.after(() => share.stop())
    await eventually('all but an eighth', () => share.most === 21)
    await sleep(300)
    assert.equal(share.most, 21)
  })

  test('does not grow while it is not used', async (t) => {
    const share = startShare({ concurrency: 400, inHand: () => 3, load: () => 0 })
    t.after(() => share.stop())
    await sleep(500)
    assert.ok(share.most <= 16)
  })

  test('shrinks while the parsers have none left, and not to nothing', async (t) => {
    const share = startShare({ concurrency: 400, inHand: () => 100, load: () => 1 })
    t.after(() => share.stop())
    await eventually('as few as may be', () => share.most === 8)
    await sleep(300)
    assert.equal(share.most, 8)
  })
})
