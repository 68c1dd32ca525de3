import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createRoom } from '../../src/fetch/room.ts'

/** Room for 100 bytes of bodies, and for 33 of decoders. */
const open = () => createRoom(400 / 3)

describe('room for bodies', () => {
  test('is there for all while their sum is within three quarters of the total', () => {
    const room = createRoom(400)
    const [a, b, c] = [room.open(), room.open(), room.open()]
    assert.deepEqual([a.take(140), b.take(160), c.take(1)], [true, true, false])
  })

  test('beyond the total is there for the oldest alone, and for the next when that one is done', () => {
    const room = open()
    const [a, b, c] = [room.open(), room.open(), room.open()]
    const woken: string[] = []
    for (const [name, share] of Object.entries({ a, b, c })) share.onRoom = () => woken.push(name)
    assert.deepEqual([a.take(50), c.take(60), b.take(50), a.take(500)], [true, false, false, true])
    c.close()
    assert.deepEqual(woken, [])
    a.close()
    assert.deepEqual(woken, ['b'])
  })

  test('comes back in full, however often a share is closed', () => {
    const room = open()
    for (let i = 0; i < 1000; i += 1) {
      const share = room.open()
      assert.equal(share.take(100), true)
      share.close()
      share.close()
    }
    const [a, b] = [room.open(), room.open()]
    assert.deepEqual([a.take(50), b.take(51)], [true, false])
  })

  test('wakes nobody who has given up', () => {
    const room = createRoom(10)
    const [a, b] = [room.open(), room.open()]
    b.onRoom = () => assert.fail('woken')
    a.take(10)
    b.take(10)
    b.close()
    a.close()
  })
})

describe('room for decoders', () => {
  /** Shares of a room with 100 bytes for decoders, and the names of those that were lent some, in order. */
  const begin = () => {
    const room = createRoom(400)
    const lent: string[] = []
    const named = (name: string) => {
      const share = room.open()
      return { ...share, ask: (bytes: number) => share.borrow(bytes, () => lent.push(name)) }
    }
    return { lent, oldest: named('oldest'), a: named('a'), b: named('b'), c: named('c') }
  }

  test('is lent while there is some, then as it is given back, first come, first served', () => {
    const { lent, a, b, c } = begin()
    a.ask(60)
    b.ask(60)
    c.ask(10)
    assert.deepEqual(lent, ['a'])
    a.giveBack(60)
    assert.deepEqual(lent, ['a', 'b', 'c'])
  })

  test('is always there for the oldest, whoever else waits', () => {
    const { lent, oldest, a, b } = begin()
    a.ask(100)
    b.ask(100)
    oldest.ask(500)
    assert.deepEqual(lent, ['a', 'oldest'])
  })

  test('goes to the next when one that holds or asks for some is closed', () => {
    const { lent, oldest, a, b, c } = begin()
    a.ask(100)
    b.ask(100)
    c.ask(100)
    b.close()
    a.close()
    a.giveBack(100)
    assert.deepEqual(lent, ['a', 'c'])
    oldest.ask(1)
    assert.deepEqual(lent, ['a', 'c', 'oldest'])
  })

  test('is none of the room for bodies', () => {
    const { lent, a, b } = begin()
    a.take(300)
    b.ask(100)
    assert.deepEqual(lent, ['b'])
  })
})
