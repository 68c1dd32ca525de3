import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import JSZip from 'jszip'
import { createDocuments } from '../../src/extract/document.ts'
import { createThreads } from '../../src/extract/threads.ts'

const threads = createThreads({ threads: 2, mostWaiting: 10 })
const documents = createDocuments(threads)
after(() => threads.close())

const bounds = { deadlineMs: 20_000, maxBytes: 1_000_000 }

/** A PDF with a page for each text, its lines one below the other. */
function pdf(pages: string[][], info = ''): Buffer {
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '',
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ]
  const kids: number[] = []
  for (const lines of pages) {
    const shown = lines.map((line) => `(${line.replaceAll(/[()\\]/g, '\\$&')}) Tj 0 -20 Td`).join(' ')
    const content = `BT /F1 12 Tf 50 700 Td ${shown} ET`
    objects.push(`<< /Length ${content.length} >>\nstream\n${content}\nendstream`)
    kids.push(
      objects.push(
        `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents ${objects.length} 0 R /Resources << /Font << /F1 3 0 R >> >> >>`,
      ),
    )
  }
  objects[1] = `<< /Type /Pages /Count ${kids.length} /Kids [${kids.map((kid) => `${kid} 0 R`).join(' ')}] >>`
  const infoAt = objects.push(`<< ${info} >>`)
  let file = '%PDF-1.4\n'
  const offsets = objects.map((object, index) => {
    const at = file.length
    file += `${index + 1} 0 obj\n${object}\nendobj\n`
    return `${String(at).padStart(10, '0')} 00000 n \n`
  })
  const start = file.length
  file += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${offsets.join('')}`
  return Buffer.from(
    `${file}trailer << /Size ${objects.length + 1} /Root 1 0 R /Info ${infoAt} 0 R >>\nstartxref\n${start}\n%%EOF`,
    'latin1',
  )
}

/** A DOCX of these paragraphs. @param core its title */
async function docx(paragraphs: string, core?: string, more: Record<string, string> = {}): Promise<Buffer> {
  const zip = new JSZip()
  const types = 'http://schemas.openxmlformats.org'
  zip.file(
    '[Content_Types].xml',
    `<Types xmlns="${types}/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>`,
  )
  zip.file(
    '_rels/.rels',
    `<Relationships xmlns="${types}/package/2006/relationships"><Relationship Id="a" Type="${types}/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`,
  )
  zip.file(
    'word/document.xml',
    `<w:document xmlns:w="${types}/wordprocessingml/2006/main"><w:body>${paragraphs}</w:body></w:document>`,
  )
  if (core !== undefined)
    zip.file(
      'docProps/core.xml',
      `<cp:coreProperties xmlns:cp="x" xmlns:dc="y"><dc:title>${core}</dc:title></cp:coreProperties>`,
    )
  for (const [name, content] of Object.entries(more)) zip.file(name, content)
  return zip.generateAsync({ type: 'nodebuffer', compression: 'DEFLATE' })
}

const paragraph = (text: string) => `<w:p><w:r><w:t>${text}</w:t></w:r></w:p>`

describe('a PDF', () => {
  test('gives its text, a section for each page, and its title', async () => {
    const read = await documents.read(
      'pdf',
      pdf([['First <line>', 'second'], ['third']], '/Title (A paper)'),
      bounds,
    )
    assert.equal(read.title, 'A paper')
    assert.equal(
      read.html,
      '<section><p>First &lt;line&gt;\nsecond</p></section>\n<section><p>third</p></section>',
    )
  })

  test('that has no title goes by its first line', async () => {
    assert.equal((await documents.read('pdf', pdf([['Heading', 'text']]), bounds)).title, 'Heading')
  })

  test('that is broken is told to be that', async () => {
    const whole = pdf([['text']])
    for (const bytes of [Buffer.from('%PDF-1.4\nnothing'), Buffer.alloc(0), whole.subarray(0, 60)])
      await assert.rejects(documents.read('pdf', bytes, bounds), { code: 'unreadable_document' })
  })

  test('whose text is too large is told to be that', async () => {
    const large = pdf([Array.from({ length: 200 }, () => 'x'.repeat(100))])
    await assert.rejects(documents.read('pdf', large, { ...bounds, maxBytes: 1000 }), {
      code: 'body_too_large',
    })
  })
})

describe('a DOCX', () => {
  test('gives its text as HTML, and its title', async () => {
    const read = await documents.read(
      'docx',
      await docx(paragraph('Hello &amp; &lt;you&gt;'), 'A &amp; letter'),
      bounds,
    )
    assert.deepEqual(read, { title: 'A & letter', html: '<p>Hello &amp; &lt;you&gt;</p>' })
  })

  test('that has no title goes by what stands first', async () => {
    assert.equal(
      (await documents.read('docx', await docx(paragraph('First') + paragraph('next')), bounds)).title,
      'First',
    )
  })

  test('that is broken, or another archive, is told to be that', async () => {
    const other = await new JSZip().file('a.txt', 'a').generateAsync({ type: 'nodebuffer' })
    for (const bytes of [
      Buffer.from('PK\x03\x04nothing'),
      other,
      (await docx(paragraph('x'))).subarray(0, 200),
    ])
      await assert.rejects(documents.read('docx', bytes, bounds), { code: 'unreadable_document' })
  })

  test('that unpacks to more than may be is not unpacked', async () => {
    const bomb = await docx(paragraph('x'), undefined, { 'word/media/a.xml': ' '.repeat(50_000_000) })
    assert.ok(bomb.length < 100_000)
    await assert.rejects(documents.read('docx', bomb, bounds), { code: 'body_too_large' })
  })

  test('that lies about what it unpacks to ends its thread alone', async () => {
    const bomb = await docx(paragraph('x'.repeat(200_000_000)))
    for (
      let at = bomb.indexOf('PK\x01\x02', 0, 'latin1');
      at !== -1;
      at = bomb.indexOf('PK\x01\x02', at + 4, 'latin1')
    )
      bomb.writeUInt32LE(100, at + 24)
    await assert.rejects(documents.read('docx', bomb, bounds), ({ code }: { code: string }) =>
      ['unreadable_document', 'body_too_large', 'fetch_timeout'].includes(code),
    )
    assert.equal((await documents.read('docx', await docx(paragraph('next')), bounds)).title, 'next')
  })
})

describe('the reading of a document', () => {
  test('ends at its deadline, and with its signal', async () => {
    const pages = Array.from({ length: 1500 }, () => Array.from({ length: 40 }, () => 'some words in a line'))
    const long = pdf(pages)
    await assert.rejects(documents.read('pdf', long, { ...bounds, maxBytes: 1e9, deadlineMs: 1 }), {
      code: 'fetch_timeout',
    })
    const signal = AbortSignal.abort(new Error('gone'))
    await assert.rejects(documents.read('pdf', long, { ...bounds, signal }), { message: 'gone' })
  })
})
