import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { z } from 'zod'
import { nextRun, timing } from '../../src/contract/timing.ts'

const at = (text: string) => new Date(`2026-${text}Z`)

describe('the next run', () => {
  const runs: [
    name: string,
    plan: Parameters<typeof nextRun>[0],
    last: string,
    now: string,
    next: string | null,
  ][] = [
    ['of a cron pattern', { cron: '0 6 * * *' }, '03-01T06:00', '03-01T06:00', '03-02T06:00'],
    ['on weekdays', { cron: '30 8 * * 1-5' }, '03-06T08:30', '03-06T08:31', '03-09T08:30'],
    [
      'in a time zone',
      { cron: '0 6 * * *', timezone: 'Europe/Berlin' },
      '01-01T05:00',
      '01-01T05:00',
      '01-02T05:00',
    ],
    [
      'over the change to summer time',
      { cron: '0 6 * * *', timezone: 'Europe/Berlin' },
      '03-28T05:00',
      '03-28T05:01',
      '03-29T04:00',
    ],
    ['after missed ones, once', { cron: '0 * * * *' }, '03-01T06:00', '03-05T12:34', '03-05T13:00'],
    ['every so often', { every: 3600 }, '03-01T06:00', '03-01T06:00', '03-01T07:00'],
    [
      'every so often, in step after missed ones',
      { every: 3600 },
      '03-01T06:00',
      '03-05T12:34',
      '03-05T13:00',
    ],
    ['where the clock went back', { every: 60 }, '03-01T06:00', '03-01T05:00', '03-01T06:01'],
    ['that never comes', { cron: '0 0 30 2 *' }, '03-01T06:00', '03-01T06:00', null],
  ]
  for (const [name, plan, last, now, next] of runs)
    test(`comes ${name}`, () => assert.deepEqual(nextRun(plan, at(last), at(now)), next && at(next)))
})

describe('a timing', () => {
  const schema = z.strictObject(timing)
  for (const good of [{ cron: '*/5 * * * *' }, { every: 10 }, { cron: '0 0 * * 0', timezone: 'Asia/Tokyo' }])
    test(`may be ${JSON.stringify(good)}`, () => assert.ok(schema.safeParse(good).success))

  const bad: [object, string, RegExp][] = [
    [{ cron: 'often' }, 'cron', /five fields/],
    [{ cron: '* * * * * *' }, 'cron', /five fields/],
    [{ cron: '61 * * * *' }, 'cron', /no cron pattern/],
    [{ cron: '0 0 30 2 *' }, 'cron', /never comes/],
    [{ every: 1 }, 'every', /10 or more/],
    [{ every: '60' }, 'every', /number of seconds/],
    [{ cron: '0 0 * * *', timezone: 'Mars/Base' }, 'timezone', /no time zone/],
  ]
  for (const [given, path, message] of bad)
    test(`may not be ${JSON.stringify(given)}`, () => {
      const [issue] = schema.safeParse(given).error?.issues ?? []
      assert.equal(issue?.path.join('.'), path)
      assert.match(issue?.message ?? '', message)
    })
})
