import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { brotliCompressSync, constants, gzipSync, zstdCompressSync } from 'node:zlib'
import type { ServiceError } from '../../src/contract/errors.ts'
import { type Body, createBody } from '../../src/fetch/body.ts'
import { type Coding, decoderBytes } from '../../src/fetch/coding.ts'
import { createRoom, type Room } from '../../src/fetch/room.ts'
import { eventually } from '../support/process.ts'

const MIB = 1_048_576
const noise = (bytes: number) =>
  Buffer.from(Array.from({ length: bytes / 8 }, () => Math.random().toString(36).slice(2, 10)).join(''))

interface Listened {
  body: Body
  drains: () => number
  /** What has become of it so far. */
  outcome: () => Uint8Array | string | undefined
}

function listen(
  room: Room,
  codings: Coding[],
  bounds: { maxBytes?: number; expected?: number } = {},
): Listened {
  const share = room.open()
  const body = createBody(codings, { maxBytes: 10 * MIB, share, ...bounds })
  let drains = 0
  let outcome: Uint8Array | string | undefined
  body.listen({
    onDrain: () => {
      drains += 1
    },
    onEnd: (bytes) => {
      outcome = bytes
      share.close()
    },
    onFault: ({ code }: ServiceError) => {
      outcome = code
      share.close()
    },
  })
  return { body, drains: () => drains, outcome: () => outcome }
}

describe('a body', () => {
  test('of known length that comes in one piece is not copied', () => {
    const piece = Buffer.from('<p>a page')
    const { body, outcome } = listen(createRoom(MIB), [], { expected: piece.length })
    body.write(piece)
    body.end()
    assert.equal((outcome() as Uint8Array).buffer, piece.buffer)
    assert.deepEqual(outcome(), piece)
  })

  test('is whole in whatever pieces it comes, one as long as the whole among them', () => {
    const { body, outcome } = listen(createRoom(MIB), [], { expected: 4 })
    for (const piece of ['ab', 'cdef', 'g']) body.write(Buffer.from(piece))
    body.end()
    assert.equal(Buffer.from(outcome() as Uint8Array).toString(), 'abcdefg')
  })
})

describe('a compressed body', () => {
  const quick = { params: { [constants.BROTLI_PARAM_QUALITY]: 3 } }
  const plain = noise(2 * MIB)
  const coded: Record<'br' | 'zstd', Buffer> = {
    br: brotliCompressSync(plain, quick),
    zstd: zstdCompressSync(plain),
  }

  for (const coding of ['br', 'zstd'] as const) {
    test(`in ${coding} holds no decoder while it comes, and waits for one while others work`, async () => {
      // Room for one decoder at a time.
      const room = createRoom(4 * decoderBytes(coding, coded[coding]))
      const oldest = room.open()
      const [slow, fast] = [listen(room, [coding]), listen(room, [coding])]
      slow.body.write(coded[coding].subarray(0, -1))
      fast.body.write(coded[coding])
      fast.body.end()
      await eventually('the fast one to end', () => fast.outcome())
      assert.deepEqual(fast.outcome(), plain)
      assert.equal(slow.outcome(), undefined)
      slow.body.write(coded[coding].subarray(-1))
      slow.body.end()
      await eventually('the slow one to end', () => slow.outcome())
      assert.deepEqual(slow.outcome(), plain)
      oldest.close()
    })

    test(`in ${coding} that is given up while it waits leaves the decoder to the next`, async () => {
      const room = createRoom(4 * decoderBytes(coding, coded[coding]))
      const holder = room.open()
      const other = room.open()
      other.borrow(decoderBytes(coding, coded[coding]), () => {})
      const [gone, next] = [listen(room, [coding]), listen(room, [coding])]
      for (const { body } of [gone, next]) {
        body.write(coded[coding])
        body.end()
      }
      gone.body.destroy()
      other.close()
      await eventually('the next one to end', () => next.outcome())
      assert.deepEqual([gone.outcome(), next.outcome()], [undefined, plain])
      holder.close()
    })
  }

  test('that had to wait for room while it came goes on when there is some', async () => {
    const room = createRoom(MIB)
    const oldest = room.open()
    oldest.take(MIB)
    const { body, drains, outcome } = listen(room, ['gzip', 'br'])
    const bytes = brotliCompressSync(gzipSync(plain), quick)
    assert.equal(body.write(bytes.subarray(0, 1000)), false)
    oldest.close()
    assert.equal(drains(), 1)
    body.write(bytes.subarray(1000))
    body.end()
    await eventually('the body to end', () => outcome())
    assert.deepEqual(outcome(), plain)
  })

  test('counts as it comes, before it is decoded', () => {
    const { body, outcome } = listen(createRoom(MIB), ['br'], { maxBytes: 1000 })
    body.write(coded.br.subarray(0, 1001))
    assert.equal(outcome(), 'body_too_large')
  })
})

describe('the memory of a decoder', () => {
  for (let bits = 10; bits <= 24; bits += 1) {
    test(`is that of its window, for br of ${bits} bits`, () => {
      const params = { [constants.BROTLI_PARAM_LGWIN]: bits }
      assert.equal(decoderBytes('br', brotliCompressSync(noise(64), { params })), 2 ** bits)
    })
  }

  test('is the largest that is taken, for zstd, and counts for nothing with the others', () => {
    const start = Buffer.from('x')
    const counted = (['zstd', 'gzip', 'deflate'] as const).map((coding) => decoderBytes(coding, start))
    assert.deepEqual(counted, [8 * MIB, 0, 0])
  })
})
