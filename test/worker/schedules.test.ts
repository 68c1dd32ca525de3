import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Began } from '../../src/contract/schedules.ts'
import { startScheduler } from '../../src/worker/schedules.ts'
import { quiet } from '../support/link.ts'
import { eventually } from '../support/process.ts'

const began: Began = { kind: 'url', requestId: 1, groupId: null }

/** A store with these due, each until it is run, and one that cannot be. */
function storeWith(ids: number[], broken?: number) {
  const waiting = new Set(ids)
  const fired: number[] = []
  return {
    fired,
    due: async (limit: number) => [...waiting].slice(0, limit),
    async fire(id: number) {
      if (id === broken) throw new Error('cannot be run')
      fired.push(id)
      return waiting.delete(id) ? began : undefined
    },
  }
}

describe('a scheduler', () => {
  test('runs all that is due, one that fails aside, and wakes workers', async () => {
    const ids = Array.from({ length: 45 }, (_, id) => id)
    const schedules = storeWith(ids, 3)
    const rings: number[] = []
    const scheduler = startScheduler({
      ...{ schedules, repository: { countPending: async () => 0 }, maxPending: 0, log: quiet },
      bell: { ring: () => void rings.push(1) },
    })
    await eventually('all runs', () => schedules.fired.length === 44)
    await scheduler.stop()
    assert.deepEqual([rings.length, schedules.fired.includes(3)], [44, false])
  })

  test('runs nothing while as many requests wait as may', async () => {
    const schedules = storeWith([1])
    let pending = 10
    const asked: number[] = []
    const countPending = async (most: number) => {
      asked.push(most)
      return pending
    }
    const scheduler = startScheduler({
      ...{ schedules, repository: { countPending }, maxPending: 10, log: quiet, bell: { ring: () => {} } },
    })
    await eventually('a look', () => asked.length > 0)
    assert.deepEqual([asked[0], schedules.fired], [10, []])
    pending = 9
    await eventually('the run', () => schedules.fired.length === 1)
    await scheduler.stop()
  })
})
