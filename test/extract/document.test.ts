import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import JSZip from 'jszip'
import { createDocuments } from '../../src/extract/document.ts'
import { createThreads } from '../../src/extract/threads.ts'
import { docx, paragraph, pdf } from '../support/documents.ts'

const threads = createThreads({ threads: 2, mostWaiting: 10 })
const documents = createDocuments(threads)
after(() => threads.close())

const bounds = { deadlineMs: 20_000, maxBytes: 1_000_000 }

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
