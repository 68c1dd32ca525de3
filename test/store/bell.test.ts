import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Bell, News } from '../../src/contract/bell.ts'
import { embeddedBell, postgresBell } from '../../src/store/bell.ts'
import { freshDatabase, query, startPostgres } from '../support/postgres.ts'
import { eventually } from '../support/process.ts'

/** A Postgres bell that has its connection: it rings by itself when it has. */
async function openPostgresBell(t: TestContext, url: string): Promise<Bell> {
  const bell = postgresBell(url)
  t.after(() => bell.close())
  await heard(bell, 'the connection', () => {})
  return bell
}

/** Rings until a new listener has heard it. */
async function heard(bell: Bell, what: string, ring: () => void): Promise<void> {
  let rung = false
  const stop = bell.listen(() => {
    rung = true
  })
  await eventually(what, () => {
    ring()
    return rung
  })
  stop()
}

const bells: Record<string, (t: TestContext) => Promise<Bell>> = {
  'in this process': async (t) => {
    const bell = embeddedBell()
    t.after(() => bell.close())
    return bell
  },
  'on Postgres': async (t) => openPostgresBell(t, await freshDatabase()),
}

for (const [name, open] of Object.entries(bells)) {
  describe(`a bell ${name}`, () => {
    test('is heard by every listener', async (t) => {
      const bell = await open(t)
      let first = 0
      let second = 0
      bell.listen(() => (first += 1))
      bell.listen(() => (second += 1))
      bell.ring()
      await eventually('both to hear', () => first > 0 && second > 0)
    })

    test('rung often at once is heard after the last ring', async (t) => {
      const bell = await open(t)
      let rings = 0
      let heardAt = 0
      bell.listen(() => {
        heardAt = rings
      })
      for (let round = 0; round < 20; round += 1) {
        for (let ring = 0; ring < 500; ring += 1) {
          rings += 1
          bell.ring()
        }
        await sleep(round % 7)
      }
      await eventually('the last ring', () => heardAt === rings)
    })

    test('is not heard by who has stopped listening, but by the others', async (t) => {
      const bell = await open(t)
      let stopped = 0
      let other = 0
      const stop = bell.listen(() => (stopped += 1))
      bell.listen(() => (other += 1))
      stop()
      bell.ring()
      await eventually('the other to hear', () => other > 0)
      assert.equal(stopped, 0)
      stop()
    })

    test('passes on news, each to everyone and those of this process too', async (t) => {
      const bell = await open(t)
      const heard: News[][] = [[], []]
      for (const list of heard) bell.hear((news) => list.push(...(news ?? [])))
      const told: News[] = Array.from({ length: 3000 }, (_, id) => ({ of: 'request', id: id + 1_000_000 }))
      bell.tell(told)
      bell.tell([{ of: 'group', id: 7 }])
      bell.tell([])
      bell.tell([{ of: 'cancelled', id: 9_007_199_254_740_991 }])
      const wanted = [...told, { of: 'group', id: 7 }, { of: 'cancelled', id: 9_007_199_254_740_991 }]
      for (const list of heard) {
        await eventually('all news', () => list.length >= wanted.length)
        assert.deepEqual(list, wanted)
      }
    })

    test('keeps news from who has stopped hearing', async (t) => {
      const bell = await open(t)
      let stopped = 0
      let other = 0
      const stop = bell.hear(() => (stopped += 1))
      bell.hear(() => (other += 1))
      stop()
      bell.tell([{ of: 'request', id: 1 }])
      await eventually('the other to hear', () => other > 0)
      assert.equal(stopped, 0)
    })

    test('may be rung and closed after it was closed', async (t) => {
      const bell = await open(t)
      let rings = 0
      bell.listen(() => (rings += 1))
      await bell.close()
      bell.ring()
      await bell.close()
      assert.equal(rings, 0)
    })
  })
}

describe('a bell on Postgres', () => {
  test('is heard in another process, in both directions', async (t) => {
    const url = await freshDatabase()
    const [here, there] = [await openPostgresBell(t, url), await openPostgresBell(t, url)]
    let heardHere = 0
    let heardThere = 0
    here.listen(() => (heardHere += 1))
    there.listen(() => (heardThere += 1))
    here.ring()
    await eventually('both to hear the one', () => heardHere === 1 && heardThere === 1)
    there.ring()
    await eventually('both to hear the other', () => heardHere > 1 && heardThere > 1)
  })

  test('passes news on to other processes', async (t) => {
    const url = await freshDatabase()
    const [here, there] = [await openPostgresBell(t, url), await openPostgresBell(t, url)]
    const heard: News[] = []
    there.hear((news) => heard.push(...(news ?? [])))
    here.tell([{ of: 'request', id: 1 }])
    here.tell([{ of: 'group', id: 2 }])
    await eventually('both news', () => heard.length === 2)
    assert.deepEqual(heard, [
      { of: 'request', id: 1 },
      { of: 'group', id: 2 },
    ])
  })

  test('says so when news may have been missed', async (t) => {
    const url = await freshDatabase()
    const bell = await openPostgresBell(t, url)
    let missed = 0
    bell.hear((news) => {
      if (news === null) missed += 1
    })
    await query(
      url,
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query = 'listen parsegate_requests'",
    )
    await eventually('the new connection', () => missed === 1)
  })

  test('is heard in its own database alone', async (t) => {
    const here = await openPostgresBell(t, await freshDatabase())
    const there = await openPostgresBell(t, await freshDatabase())
    let strange = 0
    there.listen(() => (strange += 1))
    await heard(here, 'its own ring', here.ring)
    assert.equal(strange, 0)
  })

  test('rings by itself when its connection is back, and hears again', async (t) => {
    const url = await freshDatabase()
    const bell = await openPostgresBell(t, url)
    let rings = 0
    bell.listen(() => (rings += 1))
    await query(
      url,
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query = 'listen parsegate_requests'",
    )
    await eventually('the ring of the new connection', () => rings === 1)
    const other = await openPostgresBell(t, url)
    other.ring()
    await eventually('a ring over the new connection', () => rings > 1)
  })

  test('does not mind being rung while the store is away', async (t) => {
    const server = await startPostgres()
    t.after(() => server.stop())
    const bell = await openPostgresBell(t, await server.database())
    await server.kill()
    for (let ring = 0; ring < 10; ring += 1) {
      bell.ring()
      await sleep(5)
    }
    let rings = 0
    bell.listen(() => (rings += 1))
    await server.start()
    await eventually('the ring of the new connection', () => rings > 0)
    await heard(bell, 'a ring over the new connection', bell.ring)
  })

  test('opens when the store does', async (t) => {
    const server = await startPostgres()
    t.after(() => server.stop())
    const url = await server.database()
    await server.kill()
    const bell = postgresBell(url)
    t.after(() => bell.close())
    bell.ring()
    let rings = 0
    bell.listen(() => (rings += 1))
    await sleep(100)
    assert.equal(rings, 0)
    await server.start()
    await eventually('the first connection', () => rings > 0)
  })
})
