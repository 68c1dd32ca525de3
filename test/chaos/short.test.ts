import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { describe, test } from 'node:test'
import { runChaos } from './run.ts'

const seed = Number(process.env.CHAOS_SEED ?? randomInt(1_000_000))

describe(`under random kills (CHAOS_SEED=${seed})`, () => {
  test('the embedded service loses nothing, ends everything once, and makes nothing up', async () => {
    const report = await runChaos({ shape: 'embedded', seed, kills: 5, requests: 120 })
    assert.ok(report.accepted > 0 && report.succeeded > 0, JSON.stringify(report))
  })

  test('the distributed service loses nothing, ends everything once, and makes nothing up', async () => {
    const report = await runChaos({ shape: 'distributed', seed, kills: 12, requests: 150 })
    assert.ok(report.accepted > 0 && report.succeeded > 0, JSON.stringify(report))
  })
})
