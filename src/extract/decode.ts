import { isAscii, isUtf8 } from 'node:buffer'
import { TextDecoder as StandardDecoder } from '@exodus/bytes/encoding.js'
import sniffEncoding from 'html-encoding-sniffer'
import { type encodingSources, storable } from '../contract/models.ts'
import { createDetector } from './charset.ts'
import { type ContentType, readContentType } from './type.ts'

/** A page's text, and the name of the encoding it came in, as the Encoding Standard spells it. */
export interface Decoded {
  text: string
  encoding: string
  source: (typeof encodingSources)[number]
}

/**
 * Decodes a page as browsers do (HTML Standard, "encoding sniffing algorithm"): by its byte order mark, the transport's
 * charset, then `<meta>` or the XML declaration; without any as UTF-8 where it is valid, and otherwise by its content and
 * by what is usual under the host's top-level domain. XML without any of these is UTF-8.
 * Never throws: bytes that mean nothing become U+FFFD. The byte order mark is taken off, NUL and lone surrogates replaced.
 * @param contentType the Content-Type field as it was sent; null if there was none
 * @param host the name it came from
 */
export function decode(bytes: Uint8Array, contentType: string | null, host: string | null = null): Decoded {
  const { encoding, source } = encodingOf(bytes, readContentType(contentType), host)
  const text = encoding === 'UTF-8' ? decodeUtf8(bytes) : decoderOf(encoding).decode(bytes)
  return { text: mayHoldNul(bytes, encoding) ? storable(text) : text, encoding, source }
}

/** The text of a page's first `most` bytes, in the encoding that `decode` finds for all of them; a character may be cut. */
export function decodeStart(
  bytes: Uint8Array,
  contentType: string | null,
  host: string | null,
  most: number,
): string {
  const { encoding } = encodingOf(bytes, readContentType(contentType), host)
  return decoderOf(encoding).decode(bytes.subarray(0, most))
}

/** Node's own conversions take a third of the time of a TextDecoder, and are the same where nothing is broken. */
function decodeUtf8(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (isAscii(bytes)) return buffer.toString('latin1')
  if (!isUtf8(bytes)) return decoderOf('UTF-8').decode(bytes)
  return buffer.toString('utf8', hasUtf8Mark(bytes) ? 3 : 0)
}

const hasUtf8Mark = ([first, second, third]: Uint8Array) =>
  first === 0xef && second === 0xbb && third === 0xbf

/** What a decoder gives is well formed; NUL comes of no byte but 0. To look for that in bytes is ten times faster. */
function mayHoldNul(bytes: Uint8Array, encoding: string): boolean {
  return encoding.startsWith('UTF-16') || bytes.includes(0)
}

type Found = Pick<Decoded, 'encoding' | 'source'>

function encodingOf(bytes: Uint8Array, { kind, charset }: ContentType, host: string | null): Found {
  const mark = markOf(bytes)
  if (mark !== null) return { encoding: mark, source: 'bom' }
  const label = charset === null ? null : labelled(charset)
  if (label !== null) return { encoding: label, source: 'transport' }
  if (kind === 'xml') return { encoding: sniffEncoding(bytes, { xml: true }), source: 'xml' }
  // Only HTML says its encoding within itself.
  const within = kind === 'html' ? sniffEncoding(bytes, { defaultEncoding: unlabelled }) : unlabelled
  if (within !== unlabelled) return { encoding: within, source: 'meta' }
  if (isUtf8(bytes) && !mayBeIso2022(bytes)) return { encoding: 'UTF-8', source: 'utf-8' }
  return detect(bytes, host)
}

/** The encoding that a byte order mark stands for (Encoding Standard, "BOM sniff"). */
function markOf(bytes: Uint8Array): string | null {
  if (hasUtf8Mark(bytes)) return 'UTF-8'
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'UTF-16LE'
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'UTF-16BE' : null
}

const detect = createDetector()

/** The encoding that a charset parameter names; null if it names none. */
function labelled(charset: string): string | null {
  const options = { transportLayerEncodingLabel: charset, defaultEncoding: unlabelled }
  const encoding = sniffEncoding(nothing, options)
  return encoding === unlabelled ? null : encoding
}

const nothing = new Uint8Array(0)
const unlabelled = 'unlabelled'

/** ISO-2022-JP is ASCII all through, and so valid UTF-8: its escapes tell (ESC $ @, ESC $ B, ESC ( J, ESC ( I). */
function mayBeIso2022(bytes: Uint8Array): boolean {
  const esc = bytes.indexOf(0x1b)
  if (esc === -1) return false
  const [first, second] = bytes.subarray(esc + 1, esc + 3)
  return (
    (first === 0x24 && (second === 0x40 || second === 0x42)) ||
    (first === 0x28 && (second === 0x4a || second === 0x49))
  )
}

// Node 24 decodes these by ICU's tables and rules, which are not the Encoding Standard's: broken pairs, Hong Kong's
// characters in Big5, control codes in Shift_JIS. `replacement` it does not know. All others were compared, equal.
const misdecoded = new Set(['Big5', 'EUC-JP', 'ISO-2022-JP', 'Shift_JIS', 'EUC-KR'])

function decoderOf(encoding: string): { decode(bytes: Uint8Array): string } {
  if (encoding === 'replacement') return replacementDecoder
  return misdecoded.has(encoding) ? new StandardDecoder(encoding) : new TextDecoder(encoding)
}

/** Encodings that could smuggle script past filters: one U+FFFD stands for the whole page (Encoding Standard, 14.1). */
const replacementDecoder = { decode: (bytes: Uint8Array) => (bytes.length === 0 ? '' : '\uFFFD') }
