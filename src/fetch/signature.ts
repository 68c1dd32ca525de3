/** Bytes at the places where a kind of file has them; each character stands for one byte. */
type Signature = readonly [type: string, ...parts: (readonly [at: number, bytes: string])[]]

// MIME Sniffing Standard, 6.1, 6.2 and 6.4, in its order. The first byte differs between most, so a miss is cheap.
const images: readonly Signature[] = [
  ['image/x-icon', [0, '\0\0\x01\0']],
  ['image/x-icon', [0, '\0\0\x02\0']],
  ['image/bmp', [0, 'BM']],
  ['image/gif', [0, 'GIF87a']],
  ['image/gif', [0, 'GIF89a']],
  ['image/webp', [0, 'RIFF'], [8, 'WEBPVP']],
  ['image/png', [0, '\x89PNG\r\n\x1a\n']],
  ['image/jpeg', [0, '\xff\xd8\xff']],
]
const media: readonly Signature[] = [
  ['audio/aiff', [0, 'FORM'], [8, 'AIFF']],
  ['audio/mpeg', [0, 'ID3']],
  ['application/ogg', [0, 'OggS\0']],
  ['audio/midi', [0, 'MThd\0\0\0\x06']],
  ['video/avi', [0, 'RIFF'], [8, 'AVI ']],
  ['audio/wave', [0, 'RIFF'], [8, 'WAVE']],
]
const archives: readonly Signature[] = [
  ['application/x-gzip', [0, '\x1f\x8b\x08']],
  ['application/zip', [0, 'PK\x03\x04']],
  ['application/x-rar-compressed', [0, 'Rar!\x1a\x07\0']],
]

/** The image, if the bytes begin as one (6.1). */
export function imageType(start: Uint8Array): string | null {
  return match(images, start)
}

/** The sound or film, if the bytes begin as one (6.2). */
export function mediaType(start: Uint8Array): string | null {
  const type = match(media, start)
  if (type !== null) return type
  if (isMp4(start)) return 'video/mp4'
  if (isWebm(start)) return 'video/webm'
  return isMp3(start) ? 'audio/mpeg' : null
}

/** The archive, if the bytes begin as one (6.4). */
export function archiveType(start: Uint8Array): string | null {
  return match(archives, start)
}

function match(signatures: readonly Signature[], start: Uint8Array): string | null {
  const found = signatures.find(([, ...parts]) => parts.every(([at, bytes]) => hasBytes(start, at, bytes)))
  return found?.[0] ?? null
}

/** Whether these bytes, each a character, are at this place. */
export function hasBytes(start: Uint8Array, at: number, bytes: string): boolean {
  for (let index = 0; index < bytes.length; index++)
    if (start[at + index] !== bytes.charCodeAt(index)) return false
  return true
}

/** 6.2.1: a box `ftyp` that is there as a whole and names an mp4 brand. Bytes 12 to 15 are a version. */
function isMp4(start: Uint8Array): boolean {
  if (start.length < 12 || !hasBytes(start, 4, 'ftyp')) return false
  const size = new DataView(start.buffer, start.byteOffset).getUint32(0)
  if (start.length < size || size % 4 !== 0) return false
  if (hasBytes(start, 8, 'mp4')) return true
  for (let at = 16; at < size; at += 4) if (hasBytes(start, at, 'mp4')) return true
  return false
}

/** 6.2.2: an EBML header whose DocType (element 42 82) is webm, NUL before it or not. */
function isWebm(start: Uint8Array): boolean {
  if (!hasBytes(start, 0, '\x1a\x45\xdf\xa3')) return false
  for (let at = 4; at < start.length && at < 38; at++) {
    if (!hasBytes(start, at, '\x42\x82')) continue
    at += 2
    if (at >= start.length) return false
    at += Math.min(Math.clz32(start[at] ?? 0) - 24, 7) + 1
    let text = at
    while (start[text] === 0) text++
    if (hasBytes(start, text, 'webm')) return true
  }
  return false
}

const mpeg1Rates = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320]
const mpeg2Rates = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160]
const sampleRates = [44_100, 48_000, 32_000]

/**
 * 6.2.3: two headers of layer III frames, the second where the first frame ends. The text of the standard has slips here
 * (both sync bytes are needed; MPEG 1 is the version with the higher rates and 144 samples a byte): read as it is meant.
 */
function isMp3(start: Uint8Array): boolean {
  return isMp3Header(start, 0) && isMp3Header(start, mp3FrameSize(start))
}

function isMp3Header(start: Uint8Array, at: number): boolean {
  const [first = 0, second = 0, third = 0] = start.subarray(at, at + 3)
  if (start.length - at < 4 || first !== 0xff || (second & 0xe0) !== 0xe0) return false
  const isLayer3 = (second & 0x06) === 0x02
  return isLayer3 && third >> 4 !== 15 && (third & 0x0c) !== 0x0c
}

/** Bytes; as many as the whole start where the frame has no rate and so no end that could be told. */
function mp3FrameSize(start: Uint8Array): number {
  const [, second = 0, third = 0] = start.subarray(0, 3)
  const version = (second & 0x18) >> 3
  const isMpeg1 = version === 3
  const rate = ((isMpeg1 ? mpeg1Rates : mpeg2Rates)[third >> 4] ?? 0) * 1000
  const samples = (sampleRates[(third & 0x0c) >> 2] ?? 1) / (isMpeg1 ? 1 : version === 2 ? 2 : 4)
  const size = Math.floor((rate * (isMpeg1 ? 144 : 72)) / samples) + ((third & 0x02) >> 1)
  return size < 4 ? start.length : size
}
