import type { Transform } from 'node:stream'
import { ServiceError, toServiceError } from '../contract/errors.ts'
import { type Coding, decoderBytes, decoderOf, isRoomy, stopsSoon } from './coding.ts'
import type { Share } from './room.ts'

/** What happens to a body that is taken in. Of `onEnd` and `onFault`, one is called, once. */
export interface Events {
  /** There is room again after a write that gave false. */
  onDrain: () => void
  onEnd: (bytes: Uint8Array) => void
  onFault: (fault: ServiceError) => void
}

/** Takes the bytes of a body as they arrive and gives it whole, decoded, or not at all. */
export interface Body {
  listen(events: Events): void
  /** @returns false when the next write had better wait for `onDrain` */
  write(chunk: Uint8Array): boolean
  end(): void
  /** All bytes at once, in place of `write` and `end`. They are kept, not copied. */
  take(bytes: Uint8Array): void
  /** Gives up; nothing is called afterwards. */
  destroy(): void
}

/** What bounds a body. */
export interface Bounds {
  /** Bytes, before and after each coding is undone. */
  maxBytes: number
  /** The memory that it shares with other bodies. */
  share: Share
  /** The body's length where the server gave it, to begin with room enough. */
  expected?: number | undefined
  /** A body that is too large ends at `maxBytes`, and what follows is left unread. */
  cut?: boolean
  /** Sees the first `bytes` of what is decoded, or all if it is less. What it throws ends the exchange. */
  start?: { bytes: number; judge: (bytes: Uint8Array) => void }
}

/**
 * A body under `codings`, in the order in which they were applied. Bytes are counted as they come in and again after each
 * coding is undone; `body_too_large` as soon as any count passes `maxBytes`, so neither a bomb nor one inside another
 * takes more memory than a page may.
 */
export function createBody(codings: readonly Coding[], bounds: Bounds): Body {
  if (codings.length === 0) return new Bytes(bounds)
  let body: Body = new Bytes({ ...bounds, expected: undefined })
  for (const [at, coding] of codings.entries()) {
    const expected = at === codings.length - 1 ? bounds.expected : undefined
    body = new Coded(coding, { ...bounds, expected }, body)
  }
  return body
}

const NOT_UNPACKED = 'The body of the answer is damaged, or breaks off: it cannot be decompressed.'

const firstRoom = 65_536
const nothing = Buffer.alloc(0)

/**
 * Gathers bytes in one block. Chunks are copied: a million of one byte must not become a million objects. One that is all
 * of the body stays what it is, for nothing else lies in its memory but the head that came with it.
 */
class Bytes implements Body {
  readonly #bounds: Bounds
  readonly #expected: number
  #block: Uint8Array = nothing
  /** The memory of the block, unless it is that of a piece. */
  #own: ArrayBuffer | undefined
  #length = 0
  #isJudged: boolean
  #events: Events | undefined

  constructor(bounds: Bounds) {
    this.#bounds = bounds
    this.#isJudged = bounds.start === undefined
    // A length is only believed so far: a hundred servers that promise 10 MiB get no gigabyte.
    this.#expected = Math.min(bounds.expected ?? firstRoom, 4 * firstRoom)
  }

  listen(events: Events): void {
    this.#events = events
    this.#bounds.share.onRoom = () => events.onDrain()
  }

  write(chunk: Uint8Array): boolean {
    const { maxBytes, cut } = this.#bounds
    const length = this.#length + chunk.length
    if (length > maxBytes && cut && this.#length < maxBytes) {
      this.write(chunk.subarray(0, maxBytes - this.#length))
      this.end()
      return true
    }
    if (length > maxBytes) {
      if (!cut) this.#events?.onFault(new ServiceError('body_too_large'))
      return true
    }
    const isAll = this.#length === 0 && length === this.#bounds.expected
    const hasRoom = isAll ? this.#keep(chunk) : this.#add(chunk, length)
    this.#length = length
    const isEnough = !this.#isJudged && length >= (this.#bounds.start?.bytes ?? 0)
    return (!isEnough || this.#judge(this.bytes)) && hasRoom
  }

  #keep(chunk: Uint8Array): boolean {
    this.#block = chunk
    return this.#bounds.share.take(chunk.buffer.byteLength)
  }

  #add(chunk: Uint8Array, length: number): boolean {
    const hasRoom = length <= this.#block.length || this.#grow(length)
    this.#block.set(chunk, this.#length)
    return hasRoom
  }

  #grow(needed: number): boolean {
    const room = Math.max(needed, this.#block.length * 2, this.#expected)
    const wider = Buffer.allocUnsafeSlow(Math.min(room, this.#bounds.maxBytes))
    wider.set(this.#block.subarray(0, this.#length))
    const more = wider.length - this.#block.length
    this.#free()
    this.#block = wider
    this.#own = wider.buffer
    return this.#bounds.share.take(more)
  }

  /** @returns whether the body may go on */
  #judge(bytes: Uint8Array): boolean {
    const { start } = this.#bounds
    this.#isJudged = true
    try {
      start?.judge(bytes.subarray(0, start.bytes))
      return true
    } catch (thrown) {
      this.#events?.onFault(toServiceError(thrown))
      return false
    }
  }

  /** What has been gathered so far. */
  get bytes(): Uint8Array {
    return this.#block.subarray(0, this.#length)
  }

  end(): void {
    this.#finish(this.bytes)
  }

  take(bytes: Uint8Array): void {
    const { maxBytes, cut, share } = this.#bounds
    share.take(bytes.length)
    if (bytes.length <= maxBytes) this.#finish(bytes)
    else if (cut) this.#finish(bytes.subarray(0, maxBytes))
    else this.#events?.onFault(new ServiceError('body_too_large'))
  }

  #finish(bytes: Uint8Array): void {
    if (this.#isJudged || this.#judge(bytes)) this.#events?.onEnd(bytes)
  }

  destroy(): void {
    this.#events = undefined
    this.#free()
  }

  /** Gives the memory back now: by the time that it was collected, that of many more would be waiting. */
  #free(): void {
    this.#block = nothing
    this.#own?.transfer(0)
    this.#own = undefined
  }
}

// Up to here a body is undone in one go when it is whole: half the time of a stream, whose every piece is a trip to
// another thread. What is larger, or turns out to be, goes through the stream.
const smallCoded = 65_536
const smallPlain = 524_288

/**
 * Undoes one coding and hands on what comes out. A coding whose decoder takes much memory is undone when all of it is
 * there: a site that drips must not hold a decoder meanwhile.
 */
class Coded implements Body {
  readonly #coding: Coding
  readonly #bounds: Bounds
  readonly #inner: Body
  readonly #mostGathered: number
  #gathered: Bytes | undefined
  #stream: Transform | undefined
  #taken = 0
  #events: Events | undefined

  constructor(coding: Coding, bounds: Bounds, inner: Body) {
    const { maxBytes, share, expected = smallCoded / 4 } = bounds
    this.#coding = coding
    this.#bounds = bounds
    this.#inner = inner
    this.#mostGathered = isRoomy(coding) ? maxBytes : smallCoded
    this.#gathered = new Bytes({ maxBytes: this.#mostGathered, expected, share })
  }

  listen(events: Events): void {
    this.#events = events
    this.#inner.listen({
      onDrain: () => (this.#stream ? this.#stream.resume() : events.onDrain()),
      onEnd: (bytes) => events.onEnd(bytes),
      onFault: (fault) => events.onFault(fault),
    })
  }

  write(chunk: Uint8Array): boolean {
    if (chunk.length === 0) return true
    this.#taken += chunk.length
    if (this.#taken > this.#bounds.maxBytes) {
      this.#events?.onFault(new ServiceError('body_too_large'))
      return true
    }
    if (this.#taken <= this.#mostGathered && this.#gathered) return this.#gathered.write(chunk)
    return this.#flow(chunk)
  }

  #flow(chunk: Uint8Array): boolean {
    if (this.#stream) return this.#stream.write(chunk)
    const gathered = this.#gathered?.bytes ?? nothing
    this.#gathered = undefined
    this.#stream = this.#start(gathered.length > 0 ? gathered : chunk)
    if (gathered.length > 0) this.#stream.write(gathered)
    return this.#stream.write(chunk)
  }

  #start(bytes: Uint8Array): Transform {
    const stream = decoderOf(this.#coding, bytes).stream()
    stream.on('data', (piece: Uint8Array) => {
      if (!this.#inner.write(piece)) stream.pause()
    })
    stream.on('drain', () => this.#events?.onDrain())
    stream.on('end', () => this.#inner.end())
    stream.on('error', (cause) => this.#fail(cause))
    return stream
  }

  #fail(cause: unknown): void {
    this.#events?.onFault(new ServiceError('bad_response', NOT_UNPACKED, { cause }))
  }

  end(): void {
    if (this.#gathered) this.take(this.#gathered.bytes)
    else this.#stream?.end()
  }

  take(bytes: Uint8Array): void {
    // A body that never began has nothing to decode: servers send `Content-Encoding: gzip` with no bytes at all.
    const plain = bytes.length === 0 ? bytes : this.#decodeAtOnce(bytes)
    if (plain === 'large') this.#takeByStream(bytes)
    else if (plain !== 'fault') this.#inner.take(plain)
  }

  #takeByStream(bytes: Uint8Array): void {
    this.#gathered = undefined
    const needed = decoderBytes(this.#coding, bytes)
    if (needed === 0) this.#decode(bytes)
    else this.#bounds.share.borrow(needed, () => this.#decodeOnLoan(bytes, needed))
  }

  #decode(bytes: Uint8Array): Transform {
    this.#stream = this.#start(bytes)
    this.#stream.end(bytes)
    return this.#stream
  }

  #decodeOnLoan(bytes: Uint8Array, lent: number): void {
    const { share } = this.#bounds
    // It may have been given up while it waited.
    if (this.#events) this.#decode(bytes).once('close', () => share.giveBack(lent))
    else share.giveBack(lent)
  }

  #decodeAtOnce(bytes: Uint8Array): Uint8Array | 'large' | 'fault' {
    if (bytes.length > smallCoded || !stopsSoon(this.#coding, bytes)) return 'large'
    try {
      const most = Math.min(this.#bounds.maxBytes, smallPlain)
      return decoderOf(this.#coding, bytes).atOnce(bytes, most) ?? 'large'
    } catch (thrown) {
      this.#fail(thrown)
      return 'fault'
    }
  }

  destroy(): void {
    this.#events = undefined
    this.#gathered?.destroy()
    this.#gathered = undefined
    this.#stream?.destroy()
    this.#inner.destroy()
  }
}
