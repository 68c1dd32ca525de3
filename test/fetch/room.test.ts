import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createRoom } from '../../src/fetch/room.ts'

describe('room for bodies', () => {
  test('is there for all while their sum is within the total', () => {
    const room = createRoom(100)
    const [a, b] = [room.open(), room.open()]
    assert.deepEqual([a.take(40), b.take(60)], [true, true])
  })

  test('beyond the total is there for the oldest alone, and for the next when that one is done', () => {
    const room = createRoom(100)
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
    const room = createRoom(100)
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
