import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { pino } from 'pino'
import type { Fired } from '../../src/contract/schedules.ts'
import { startScheduler } from '../../src/worker/schedules.ts'
import { quiet } from '../support/link.ts'
import { eventually } from '../support/process.ts'

const began: Fired = { kind: 'url', requestId: 1, groupId: null, requests: 1 }

/** A store with these due, each until it is run, and one that cannot be. */
function storeWith(ids: number[], broken?: number, requests = 1) {
  const waiting = new Set(ids)
  const fired: number[] = []
  return {
    fired,
    due: async (limit: number) => [...waiting].slice(0, limit),
    async fire(id: number) {
      if (id === broken) throw new Error('cannot be run')
      fired.push(id)
      return waiting.delete(id) ? { ...began, requests } : undefined
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

  test('begins no more runs than there is room for, tells that it waits, and goes on', async () => {
    const schedules = storeWith([1, 2, 3], undefined, 100)
    let pending = 0
    const said: string[] = []
    const log = pino({ base: null }, { write: (line: string) => void said.push(JSON.parse(line).msg) })
    const scheduler = startScheduler({
      ...{ schedules, repository: { countPending: async () => pending }, maxPending: 150, log },
      bell: {
        ring() {
          pending += 100
        },
      },
    })
    await eventually('what there is room for', () => schedules.fired.length === 2)
    await eventually('a word', () => said.length === 3)
    assert.deepEqual(schedules.fired, [1, 2])
    pending = 149
    await eventually('the rest', () => schedules.fired.length === 3)
    await eventually('the last word', () => said.length === 5)
    await scheduler.stop()
    assert.deepEqual(said, [
      ...['schedule', 'schedule', 'schedules that are due wait: as many requests are pending as may'],
      ...['schedule', 'schedules run again'],
    ])
  })
})
