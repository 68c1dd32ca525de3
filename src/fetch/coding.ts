import type { Transform } from 'node:stream'
import {
  brotliDecompressSync,
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
  gunzipSync,
  inflateRawSync,
  inflateSync,
  zstdDecompressSync,
} from 'node:zlib'
import { ServiceError } from '../contract/errors.ts'

/** A content coding that can be undone (RFC 9110, 8.4.1; RFC 7932; RFC 8878). */
export type Coding = 'gzip' | 'deflate' | 'br' | 'zstd'

/** What is offered to servers. */
export const acceptEncoding = 'gzip, deflate, br, zstd'

const maxCodings = 5

const codings: Record<string, Coding> = {
  gzip: 'gzip',
  'x-gzip': 'gzip',
  deflate: 'deflate',
  br: 'br',
  zstd: 'zstd',
}

// Real codings that were not offered: what they hold is not text, unlike that under names which mean nothing.
const undecodable = new Set(['compress', 'x-compress', 'dcb', 'dcz', 'exi', 'pack200-gzip', 'aes128gcm'])

/**
 * Reads Content-Encoding: the codings in the order in which they were applied. A name that is no coding (`utf-8`, `none`)
 * makes the body count as plain, as it does in Chromium.
 * @throws ServiceError `bad_response` for more than five, or for one that is real but was not asked for
 */
export function readCodings(header: string | string[] | undefined): Coding[] {
  if (header === undefined) return []
  const names = String(header).toLowerCase().split(',')
  const named = names.map((name) => name.trim()).filter((name) => name !== '' && name !== 'identity')
  if (named.length > maxCodings || named.some((name) => undecodable.has(name)))
    throw new ServiceError(
      'bad_response',
      'The page is compressed in more ways, or in another way, than is undone.',
    )
  const known = named.map((name) => (Object.hasOwn(codings, name) ? codings[name] : undefined))
  return known.every((coding) => coding !== undefined) ? known : []
}

// Room for what a decoder gives in one piece: four times Node's own, which halves the time taken.
const chunkSize = 65_536

// Windows of up to 8 MiB, all that RFC 9659 lets a server use, where the format itself goes to 128 MiB and on.
const MOST_ZSTD_BITS = 23
const params = { [constants.ZSTD_d_windowLogMax]: MOST_ZSTD_BITS }

const decoders: Record<'gzip' | 'zlib' | 'raw' | 'br' | 'zstd', Native> = {
  gzip: { stream: createGunzip, atOnce: gunzipSync, options: { chunkSize } },
  zlib: { stream: createInflate, atOnce: inflateSync, options: { chunkSize } },
  raw: { stream: createInflateRaw, atOnce: inflateRawSync, options: { chunkSize } },
  br: { stream: createBrotliDecompress, atOnce: brotliDecompressSync, options: { chunkSize } },
  zstd: { stream: createZstdDecompress, atOnce: zstdDecompressSync, options: { chunkSize, params } },
}

interface Options {
  chunkSize: number
  maxOutputLength?: number
  params?: Record<number, number>
}

/** Node's two ways to undo a coding. */
interface Native {
  stream: (options: Options) => Transform
  atOnce: (bytes: Uint8Array, options: Options) => Uint8Array
  options: Options
}

/** What undoes a coding: as a stream, or of all bytes at once. */
interface Decoder {
  stream(): Transform
  /** @returns null when more than `maxBytes` come out */
  atOnce(bytes: Uint8Array, maxBytes: number): Uint8Array | null
}

/**
 * Chooses what undoes a coding.
 * @param start the first bytes, at least one: `deflate` comes with zlib's header or, against the RFC, without
 */
export function decoderOf(coding: Coding, start: Uint8Array): Decoder {
  const native = decoders[coding === 'deflate' ? formOfDeflate(start) : coding]
  return {
    stream: () => native.stream(native.options),
    atOnce: (bytes, maxBytes) => decodeAtOnce(native, bytes, maxBytes),
  }
}

/** Low nibble 8 is zlib's method (RFC 1950, 2.2); in raw deflate it would be a stored block with padding not zero. */
function formOfDeflate(start: Uint8Array): 'zlib' | 'raw' {
  return ((start[0] ?? 0) & 0x0f) === 8 ? 'zlib' : 'raw'
}

/** Whether a decoder takes so much memory that it must not be held while a site is waited for. */
export function isRoomy(coding: Coding): boolean {
  return coding === 'br' || coding === 'zstd'
}

/**
 * Bytes that a decoder takes beyond what it gives: its window. 0 where that is so little that nobody need count.
 * @param start the first bytes: those of br say how large its window is (RFC 7932, 9.1); of zstd each frame says so anew,
 *   so that the largest allowed counts
 */
export function decoderBytes(coding: Coding, start: Uint8Array): number {
  if (!isRoomy(coding)) return 0
  return coding === 'zstd' ? 2 ** MOST_ZSTD_BITS : 2 ** brotliWindowBits(start[0] ?? 0)
}

/** Widest window of br that is decoded at once: what takes 3 ms for 1 MiB has this process do nothing else meanwhile. */
const MOST_AT_ONCE = 4_194_304

/** Whether decoding stops soon after enough has come out. br gives nothing before its window is full. */
export function stopsSoon(coding: Coding, start: Uint8Array): boolean {
  return coding !== 'br' || decoderBytes(coding, start) <= MOST_AT_ONCE
}

function brotliWindowBits(first: number): number {
  if ((first & 1) === 0) return 16
  const [low, high] = [(first >> 1) & 7, (first >> 4) & 7]
  if (low !== 0) return 17 + low
  // 1 is that of a window beyond 16 MiB, which is refused.
  return high === 0 ? 17 : 8 + high
}

function decodeAtOnce({ atOnce, options }: Native, bytes: Uint8Array, maxBytes: number): Uint8Array | null {
  try {
    return atOnce(bytes, { ...options, maxOutputLength: maxBytes })
  } catch (thrown) {
    if (thrown instanceof RangeError && 'code' in thrown && thrown.code === 'ERR_BUFFER_TOO_LARGE')
      return null
    throw thrown
  }
}
