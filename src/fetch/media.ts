import { archiveType, hasBytes, imageType, mediaType } from './signature.ts'

/** How much of a body decides what it is (MIME Sniffing Standard, 5.2). */
export const SNIFF_BYTES = 1445

/** What can be done with a body. `other` is what no text is taken from. */
export type Kind = 'html' | 'xhtml' | 'xml' | 'feed' | 'json' | 'text' | 'pdf' | 'docx' | 'other'

const pdf = 'application/pdf'
const docx = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'
const nothingKnown = 'application/octet-stream'

const kinds = new Map<string, Kind>([
  ['text/html', 'html'],
  ['application/xhtml+xml', 'xhtml'],
  ...['application/rss+xml', 'application/atom+xml', 'application/rdf+xml'].map(
    (type) => [type, 'feed'] as const,
  ),
  ...['text/xml', 'application/xml'].map((type) => [type, 'xml'] as const),
  ...['text/json', 'application/json'].map((type) => [type, 'json'] as const),
  ...[
    'javascript',
    'x-javascript',
    'ecmascript',
    'x-ecmascript',
    'yaml',
    'x-yaml',
    'toml',
    'sql',
    'x-ndjson',
  ].map((name) => [`application/${name}`, 'text'] as const),
  ...[pdf, 'application/x-pdf'].map((type) => [type, 'pdf'] as const),
  ...[docx, docx.replace(/document$/, 'template')].map((type) => [type, 'docx'] as const),
])

/** @param essence `type/subtype` in lower case, as `sniffMedia` gives it */
export function kindOf(essence: string): Kind {
  const kind = kinds.get(essence)
  if (kind !== undefined) return kind
  if (essence.endsWith('+xml')) return 'xml'
  if (essence.endsWith('+json')) return 'json'
  return essence.startsWith('text/') ? 'text' : 'other'
}

/**
 * What a body is, as `type/subtype` in lower case: the computed MIME type of the MIME Sniffing Standard (7), then, as
 * nothing here runs what it reads and all of it is to be of use, our own judgement:
 *
 * - What begins as a PDF is one, unless it was sent as an image, a sound, a film or a font. What begins as an archive
 *   with Word's names in it is a DOCX, if it was sent as text, as an archive or as nothing in particular.
 * - Text that turns out to be an image, a film, an archive or other binary data is told by its bytes, where browsers
 *   would show it as the text it was sent as.
 * - What was sent as a document and is a page, such as the one to log in, is a page.
 * - XML whose root is an `html` of XHTML is XHTML, as which browsers show it.
 *
 * @param start the body's first SNIFF_BYTES, decompressed, or all of it
 * @param contentType the last Content-Type field as it was sent; null if there was none
 * @param options.noSniff whether `X-Content-Type-Options: nosniff` came along: then no bytes make a page of anything
 */
export function sniffMedia(
  start: Uint8Array,
  contentType: string | null,
  { noSniff }: { noSniff: boolean },
): string {
  const header = start.subarray(0, SNIFF_BYTES)
  const computed = computedType(header, contentType, noSniff)
  if (!isHopelessType(computed) && hasBytes(header, 0, '%PDF-')) return pdf
  const kind = kindOf(computed)
  if ((kind !== 'other' || opaque.has(computed)) && kind !== 'docx' && isWordPackage(header)) return docx
  if (kind === 'pdf' || kind === 'docx') return documentType(header, computed, noSniff)
  if (kind === 'other') return computed
  const isPage = kind === 'xml' && isXhtml(header)
  return binaryType(header, contentType) ?? (isPage ? 'application/xhtml+xml' : computed)
}

/** Whether a body of this Content-Type is of no use whatever its bytes are, so that it need not be read. */
export function isHopeless(contentType: string | null): boolean {
  return isHopelessType(essenceOf(contentType) ?? '')
}

const isHopelessType = (essence: string) =>
  /^(?:image|audio|video|font|multipart)\//.test(essence) && kindOf(essence) === 'other'

// Types that servers send where they know none, or wish to have a download.
const opaque = new Set([
  nothingKnown,
  'binary/octet-stream',
  'application/x-octet-stream',
  'application/download',
  'application/x-download',
  'application/force-download',
  'application/zip',
  'application/x-zip',
  'application/x-zip-compressed',
])

// MIME Sniffing Standard, 5.1: what old Apaches send for files that they do not know.
const apacheBug = /^text\/plain(?:; charset=(?:ISO-8859-1|iso-8859-1|UTF-8))?$/
const unknown = new Set(['unknown/unknown', 'application/unknown', '*/*'])

/** MIME Sniffing Standard, 7. */
function computedType(header: Uint8Array, contentType: string | null, noSniff: boolean): string {
  const supplied = essenceOf(contentType)
  if (supplied === null || unknown.has(supplied)) return unknownType(header, !noSniff)
  if (noSniff) return supplied
  if (apacheBug.test(contentType ?? '')) return textOrBinary(header)
  if (supplied === 'text/html') return feedOrHtml(header)
  if (supplied.endsWith('+xml')) return supplied
  if (supplied.startsWith('image/')) return imageType(header) ?? supplied
  return isMedia(supplied) ? (mediaType(header) ?? supplied) : supplied
}

const isMedia = (essence: string) => /^(?:audio|video)\/|^application\/ogg$/.test(essence)

const essence = /^[\t\n\r ]*([!#$%&'*+.^_`|~0-9a-z-]+\/[!#$%&'*+.^_`|~0-9a-z-]+)[\t\n\r ]*(?:;|$)/i

/** The last of those in the field that is one (Fetch Standard, "extract a MIME type"), without parameters. */
function essenceOf(contentType: string | null): string | null {
  // Most have one, and take the short way.
  const isOne = contentType !== null && !contentType.includes(',')
  const members = isOne ? [contentType] : (contentType?.match(/(?:[^",]|"(?:[^"\\]|\\.)*"?)+/gs) ?? [])
  const found = members.map((member) => essence.exec(member)?.[1]?.toLowerCase())
  return found.findLast((type) => type !== undefined && type !== '*/*') ?? null
}

const pageTags =
  /^[\t\n\f\r ]*<(?:!DOCTYPE HTML|HTML|HEAD|SCRIPT|IFRAME|H1|DIV|FONT|TABLE|A|STYLE|TITLE|B|BODY|BR|P|!--)[ >]/i

/** Rules for identifying an unknown MIME type (7.1). */
function unknownType(header: Uint8Array, mayRun: boolean): string {
  const text = latin1(header)
  if (mayRun && pageTags.test(text)) return 'text/html'
  if (mayRun && /^[\t\n\f\r ]*<\?xml/.test(text)) return 'text/xml'
  if (mayRun && text.startsWith('%PDF-')) return pdf
  if (text.startsWith('%!PS-Adobe-')) return 'application/postscript'
  // In the standard a byte order mark counts here if four bytes are there; with fewer, the last rule says the same.
  if (byteOrderMark.test(text)) return 'text/plain'
  return imageType(header) ?? mediaType(header) ?? archiveType(header) ?? textOrBinary(header)
}

const byteOrderMark = /^(?:\xfe\xff|\xff\xfe|\xef\xbb\xbf)/

/** "Binary data byte" (3): ESC is none, as ISO-2022-JP needs it. */
const isBinary = (byte: number) =>
  byte <= 0x08 || byte === 0x0b || (byte >= 0x0e && byte <= 0x1a) || (byte >= 0x1c && byte <= 0x1f)

/** Counted by hand, as iterating over bytes takes three times as long on every page. */
function holdsBinary(header: Uint8Array): boolean {
  for (let at = 0; at < header.length; at += 1) if (isBinary(header[at] ?? 0)) return true
  return false
}

/** Rules for distinguishing if a resource is text or binary (7.2). */
function textOrBinary(header: Uint8Array): string {
  return byteOrderMark.test(latin1(header)) || !holdsBinary(header) ? 'text/plain' : nothingKnown
}

const beforeRoot = /(?:[\t\n\f\r ]|<!--.*?-->|<(?!!--)!.*?>|<\?.*?\?>)*/sy
const rdfNamespaces = ['http://purl.org/rss/1.0/', 'http://www.w3.org/1999/02/22-rdf-syntax-ns#']

/** Rules for distinguishing a feed from HTML (7.3), which looks at the first tag alone. */
function feedOrHtml(header: Uint8Array): string {
  const root = fromRoot(header)
  if (root.startsWith('<rss')) return 'application/rss+xml'
  if (root.startsWith('<feed')) return 'application/atom+xml'
  const isRss1 = root.startsWith('<rdf:RDF') && rdfNamespaces.every((name) => root.includes(name))
  return isRss1 ? 'application/rss+xml' : 'text/html'
}

/** A text from its first tag on. */
function fromRoot(header: Uint8Array): string {
  const text = latin1(header).replace(/^\xef\xbb\xbf/, '')
  beforeRoot.lastIndex = 0
  beforeRoot.exec(text)
  return text.slice(beforeRoot.lastIndex)
}

/** Whether the root of an XML text, which says so itself, is that of XHTML. */
function isXhtml(header: Uint8Array): boolean {
  const [tag = '', prefix] = /^<(?:([\w.-]+):)?html[\t\n\r ][^>]*/.exec(fromRoot(header)) ?? []
  const name = prefix === undefined ? 'xmlns' : `xmlns:${prefix}`
  return [...tag.matchAll(namespace)].some(([, found]) => found === name)
}

const namespace =
  /[\t\n\r ](xmlns(?::[\w.-]+)?)[\t\n\r ]*=[\t\n\r ]*["']http:\/\/www\.w3\.org\/1999\/xhtml["']/g

/** A page, an image and the like in place of a document; bytes that say nothing leave it to the reader to find out. */
function documentType(header: Uint8Array, computed: string, noSniff: boolean): string {
  const type = unknownType(header, !noSniff)
  const isNoNews = type === 'text/plain' || type === nothingKnown
  return isNoNews || (type === 'application/zip' && kindOf(computed) === 'docx') ? computed : type
}

/**
 * What a body sent as text is, if that is not text. A signature counts if a byte that no text holds is there too: BM and
 * ID3 may well begin a text.
 */
function binaryType(header: Uint8Array, contentType: string | null): string | null {
  if (!holdsBinary(header)) return null
  const signed = imageType(header) ?? mediaType(header) ?? archiveType(header)
  if (signed !== null) return signed
  return !isWide(latin1(header), contentType) && isDense(header) ? nothingKnown : null
}

/** UTF-16, by its label, its mark, or by every other of the first bytes being NUL. It holds any byte at all. */
function isWide(text: string, contentType: string | null): boolean {
  const isLabelled = /charset=["' ]*(?:utf-?16|ucs-?2|unicode|iso-10646-ucs-2|csunicode)/i.test(
    contentType ?? '',
  )
  return isLabelled || /^(?:\xfe\xff|\xff\xfe|\0[^\0]\0[^\0]|[^\0]\0[^\0]\0)/.test(text)
}

/**
 * Whether more than 4 bytes, and more than 1 in 16, are controls that no text holds. Of compressed or encrypted bytes 1
 * in 10 is. NUL is left out on both sides: pages do hold some, if only as padding, and so does UTF-16.
 */
function isDense(header: Uint8Array): boolean {
  const others = header.filter((byte) => byte !== 0)
  const controls = others.filter(isBinary).length
  return controls > 4 && controls * 16 > others.length
}

const wordParts = /^(?:word\/|docProps\/|customXml\/|_rels\/|\[Content_Types\]\.xml$|mimetype$)/

/**
 * Whether an archive may be a DOCX. Its kind is written in parts that are compressed; the names of its first members are
 * not: one of Word's own, or those that all of Office has and none that is of something else.
 */
function isWordPackage(header: Uint8Array): boolean {
  if (!hasBytes(header, 0, 'PK\x03\x04')) return false
  const names = memberNames(header)
  if (names.some((name) => name.startsWith('word/'))) return true
  return (
    names.some((name) => /^(?:\[Content_Types\]\.xml|_rels\/\.rels)$/.test(name)) &&
    names.every((name) => wordParts.test(name))
  )
}

/** The names in an archive's local headers, as far as they are whole (APPNOTE, 4.3.7). */
function memberNames(header: Uint8Array): string[] {
  const [, ...members] = latin1(header).split('PK\x03\x04')
  return members.flatMap((member) => {
    const length = member.charCodeAt(22) + member.charCodeAt(23) * 256
    const name = member.slice(26, 26 + length)
    return length > 0 && name.length === length ? [name] : []
  })
}

const latin1 = (bytes: Uint8Array) =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
