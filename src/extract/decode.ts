import { isUtf8 } from 'node:buffer'
import { TextDecoder as StandardDecoder } from '@exodus/bytes/encoding.js'
import sniffEncoding from 'html-encoding-sniffer'
import { storable } from '../contract/models.ts'
import { type ContentType, readContentType } from './type.ts'

/** A page's text, and the name of the encoding it came in, as the Encoding Standard spells it. */
export interface Decoded {
  text: string
  encoding: string
}

/**
 * Decodes a page as browsers do (HTML Standard, "encoding sniffing algorithm"): by its byte order mark, the transport's
 * charset, then `<meta>` or the XML declaration; without any, by whether it is valid UTF-8, and as windows-1252 if not.
 * Never throws: bytes that mean nothing become U+FFFD. The byte order mark is taken off, NUL and lone surrogates replaced.
 * @param contentType the Content-Type field as it was sent; null if there was none
 */
export function decode(bytes: Uint8Array, contentType: string | null): Decoded {
  const encoding = encodingOf(bytes, readContentType(contentType))
  const text = decoderOf(encoding).decode(bytes)
  return { text: mayHoldNul(bytes, encoding) ? storable(text) : text, encoding }
}

/** What a decoder gives is well formed; NUL comes of no byte but 0. To look for that in bytes is ten times faster. */
function mayHoldNul(bytes: Uint8Array, encoding: string): boolean {
  return encoding.startsWith('UTF-16') || bytes.includes(0)
}

function encodingOf(bytes: Uint8Array, { kind, charset }: ContentType): string {
  const label = charset === null ? {} : { transportLayerEncodingLabel: charset }
  if (kind === 'xml') return sniffEncoding(bytes, { ...label, xml: true })
  // Only HTML says its encoding within itself; of other text no more is looked at than a byte order mark.
  const start = kind === 'html' ? bytes : bytes.subarray(0, 3)
  const encoding = sniffEncoding(start, { ...label, defaultEncoding: unlabelled })
  if (encoding !== unlabelled) return encoding
  return isUtf8(bytes) ? 'UTF-8' : 'windows-1252'
}

const unlabelled = 'unlabelled'

// Node 24 decodes these by ICU's tables and rules, which are not the Encoding Standard's: broken pairs, Hong Kong's
// characters in Big5, control codes in Shift_JIS. `replacement` it does not know. All others were compared, equal.
const misdecoded = new Set(['Big5', 'EUC-JP', 'ISO-2022-JP', 'Shift_JIS', 'EUC-KR'])

function decoderOf(encoding: string): { decode(bytes: Uint8Array): string } {
  if (encoding === 'replacement') return replacementDecoder
  return misdecoded.has(encoding) ? new StandardDecoder(encoding) : new TextDecoder(encoding)
}

/** Encodings that could smuggle script past filters: one U+FFFD stands for the whole page (Encoding Standard, 14.1). */
const replacementDecoder = { decode: (bytes: Uint8Array) => (bytes.length === 0 ? '' : '\uFFFD') }
