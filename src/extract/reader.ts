import type { ReadDocument } from './document.ts'

// What runs in a thread of its own (see document.ts).

export interface ReadTask {
  kind: 'pdf' | 'docx'
  bytes: Uint8Array
  /** Largest HTML, in bytes; twice as much is let out of a DOCX's archive. */
  maxBytes: number
}

/** Pages of a PDF that are read. */
const MOST_PAGES = 2000

/** Reads one document. @throws Error with the message `body_too_large` where it is that, any other where it is broken */
export default async function read({ kind, bytes, maxBytes }: ReadTask): Promise<ReadDocument> {
  const document = kind === 'pdf' ? await readPdf(bytes, maxBytes) : await readDocx(bytes, maxBytes)
  if (Buffer.byteLength(document.html) > maxBytes) throw tooLarge()
  return document
}

const tooLarge = () => new Error('body_too_large')

async function readPdf(bytes: Uint8Array, maxBytes: number): Promise<ReadDocument> {
  const { getDocumentProxy, getMeta } = await import('unpdf')
  const pdf = await getDocumentProxy(bytes, { disableFontFace: true, verbosity: 0 })
  const { info } = await getMeta(pdf)
  const pages: string[] = []
  let size = 0
  for (let number = 1; number <= Math.min(pdf.numPages, MOST_PAGES); number += 1) {
    const page = await pdf.getPage(number)
    const { items } = await page.getTextContent()
    const text = items.map((item) => ('str' in item ? item.str + (item.hasEOL ? '\n' : '') : '')).join('')
    size += text.length
    if (size > maxBytes) throw tooLarge()
    pages.push(text)
    page.cleanup()
  }
  const named: unknown = info?.Title
  const title = typeof named === 'string' && named.trim() !== '' ? named : (firstLine(pages.join('\n')) ?? '')
  return { title: clean(title), html: pages.map(toSection).join('\n') }
}

const clean = (text: string) => text.replaceAll(/\s+/g, ' ').trim()

const firstLine = (text: string) => text.split('\n').find((line) => line.trim() !== '')

/** A page of a PDF: its lines, a paragraph for each run of them. */
function toSection(text: string): string {
  const paragraphs = text.split(/\n[ \t]*\n/).filter((paragraph) => paragraph.trim() !== '')
  return `<section>${paragraphs.map((lines) => `<p>${escaped(lines.trim())}</p>`).join('\n')}</section>`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** Bytes that an archive may unpack to, for each byte that a page may have: styles and fonts are in it too. */
const ARCHIVE_SHARE = 4

async function readDocx(bytes: Uint8Array, maxBytes: number): Promise<ReadDocument> {
  if (unpackedSize(bytes) > ARCHIVE_SHARE * maxBytes) throw tooLarge()
  const { default: mammoth } = await import('mammoth')
  const options = { convertImage: mammoth.images.imgElement(async () => ({ src: '' })) }
  const { value } = await mammoth.convertToHtml({ buffer: Buffer.from(bytes) }, options)
  const html = value.replaceAll(/<img[^>]*>/g, '')
  return { title: (await coreTitle(bytes)) || headingOf(html), html }
}

/**
 * The bytes that the members of an archive say they unpack to (APPNOTE, 4.3.12). One that says less than it holds is
 * stopped by the heap of the thread.
 */
function unpackedSize(bytes: Uint8Array): number {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  let sum = 0
  for (let at = view.indexOf('PK\x01\x02', 0, 'latin1'); at !== -1 && at + 28 <= view.length; ) {
    sum += view.readUInt32LE(at + 24)
    at = view.indexOf('PK\x01\x02', at + 4, 'latin1')
  }
  return sum
}

/** The title in a document's properties. */
async function coreTitle(bytes: Uint8Array): Promise<string> {
  const { default: JSZip } = await import('jszip')
  const archive = await JSZip.loadAsync(bytes)
  const xml = await archive.file('docProps/core.xml')?.async('string')
  const [, title = ''] = /<dc:title[^>]*>([^<]*)</.exec(xml ?? '') ?? []
  return clean(unescaped(title))
}

/** The first heading, or else the first paragraph that has a text. */
function headingOf(html: string): string {
  const [, heading] = /<h[1-6][^>]*>(.*?)<\/h[1-6]>/s.exec(html) ?? []
  const texts = [heading ?? '', ...html.slice(0, 10_000).split('</p>')].map((part) =>
    clean(unescaped(part.replaceAll(/<[^>]*>/g, ''))),
  )
  return (texts.find((text) => text !== '') ?? '').slice(0, 500)
}

function unescaped(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&')
}
