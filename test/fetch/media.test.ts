import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isHopeless, kindOf, SNIFF_BYTES, sniffMedia } from '../../src/fetch/media.ts'

const octets = 'application/octet-stream'
const docx = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'

/** Each character is a byte. */
const bytes = (text: string) => Buffer.from(text, 'latin1')

function sniff(body: string, contentType: string | null = null, noSniff = false): string {
  return sniffMedia(bytes(body), contentType, { noSniff })
}

const nameOf = (body: string) =>
  JSON.stringify(body.length > 30 ? `${body.slice(0, 30)}…` : body).replaceAll('\u007f', '\\u007f')

/** Bytes that no text holds (MIME Sniffing Standard, 3). */
const binary = [...Array(0x20).keys()].filter((code) => ![0x09, 0x0a, 0x0c, 0x0d, 0x1b].includes(code))

describe('the type that a server names', () => {
  const token = "!#$%&'*+-.^_`|~09AZaz"
  const named: [field: string, essence: string][] = [
    ['application/x;charset=gbk', 'application/x'],
    ['APPLICATION/X;CHARSET=GBK', 'application/x'],
    ['application/x;p=(;charset=gbk', 'application/x'],
    ['application/x;charset =gbk', 'application/x'],
    ['application/x ;charset=gbk', 'application/x'],
    ['application/x\t\r\n ; charset=gbk', 'application/x'],
    [' \t\r\napplication/x', 'application/x'],
    ['application/x;', 'application/x'],
    ['application/x ; ; p', 'application/x'],
    ['application/x;p="', 'application/x'],
    ['application/x;p="\\', 'application/x'],
    ['application/x;p=\xff', 'application/x'],
    [`${token}/${token};p=1`, `${token}/${token}`.toLowerCase()],
    [`${'a'.repeat(200)}/${'b'.repeat(200)}`, `${'a'.repeat(200)}/${'b'.repeat(200)}`],
    ['text/css, application/x', 'application/x'],
    ['application/x, */*', 'application/x'],
    ['application/x, bogus', 'application/x'],
    ['application/x,', 'application/x'],
    ['application/x;p=",text/css"', 'application/x'],
    ['application/x;p="\\",text/css"', 'application/x'],
  ]
  for (const [field, essence] of named)
    test(`is taken: ${nameOf(field)}`, () => assert.equal(sniff('<p>', field), essence))

  const unnamed = [
    ...[
      '',
      '\t',
      ',',
      'bogus',
      'bogus/',
      'bogus/ ',
      '/bogus',
      'bogus/bogus/;',
      'a /b',
      'a/ b',
      '</>',
      '(/)',
      '{/}',
    ],
    ...[
      'text/css(;p=1',
      'text/css x',
      'te xt/css',
      '\xff/\xff',
      '\f text/css',
      ';text/css',
      '"text/css"',
      'text,css',
    ],
    ...['*/*', 'unknown/unknown', 'application/unknown', 'Application/UNKNOWN; charset=x'],
  ]
  for (const field of unnamed)
    test(`is none: ${nameOf(field)}`, () => {
      assert.equal(sniff('<p>', field), 'text/html')
      assert.equal(sniff('p', field), 'text/plain')
    })
})

describe('a body without a type', () => {
  const tags = [
    ...[
      '<!DOCTYPE HTML',
      '<HTML',
      '<HEAD',
      '<SCRIPT',
      '<IFRAME',
      '<H1',
      '<DIV',
      '<FONT',
      '<TABLE',
      '<A',
      '<STYLE',
    ],
    ...['<TITLE', '<B', '<BODY', '<BR', '<P', '<!--'],
  ]
  const spaces = ['', '\t', '\n', '\f', '\r', ' ', '\t\n\f\r ', ' '.repeat(SNIFF_BYTES - 15)]
  const mixed = (tag: string) =>
    tag.replaceAll(/[A-Z]/g, (letter, at) => (at % 2 ? letter : letter.toLowerCase()))

  for (const tag of tags) {
    test(`is a page if it begins with ${tag}, in any case, after white space, ended by a space or >`, () => {
      for (const space of spaces)
        for (const spelt of [tag, tag.toLowerCase(), mixed(tag)])
          for (const end of [' ', '>']) assert.equal(sniff(`${space}${spelt}${end}`), 'text/html')
    })

    test(`is no page if it nearly begins with ${tag}`, () => {
      const ends = ['', '\t', '\n', '/', '?', '=', '<', '\x1f', '!', '_']
      for (const end of ends) {
        const type = end === '\x1f' ? octets : 'text/plain'
        assert.equal(sniff(tag + end), type, `${tag}${end}`)
      }
      for (const space of ['\v', '\0', '\xa0', 'x', '\xef\xbb\xbf'])
        assert.notEqual(sniff(`${space}${tag}>`), 'text/html')
      // Of letters, one bit does not count; of all else, each does.
      for (let at = 0; at < tag.length; at++) {
        if (/[A-Z]/.test(tag[at] ?? '')) continue
        const flipped = String.fromCharCode(tag.charCodeAt(at) ^ 0x20)
        assert.notEqual(sniff(`${tag.slice(0, at)}${flipped}${tag.slice(at + 1)}>`), 'text/html')
      }
    })

    test(`is no page by ${tag} where the server forbids to sniff`, () => {
      assert.equal(sniff(`${tag}>`, null, true), 'text/plain')
      assert.equal(sniff(`${tag}>`, '*/*', true), 'text/plain')
    })
  }

  test('is not looked at beyond the first 1,445 bytes', () => {
    assert.equal(sniff(`${' '.repeat(SNIFF_BYTES - 3)}<p>`), 'text/html')
    assert.equal(sniff(`${' '.repeat(SNIFF_BYTES - 2)}<p>`), 'text/plain')
    assert.equal(sniff(`${' '.repeat(SNIFF_BYTES)}\0`), 'text/plain')
    assert.equal(sniff(`${' '.repeat(SNIFF_BYTES - 1)}\0`), octets)
  })

  const begins: [body: string, type: string][] = [
    ['<?xml', 'text/xml'],
    ['\t\n\f\r <?xml version="1.0"?>', 'text/xml'],
    ['<?XML', 'text/plain'],
    ['<?xm', 'text/plain'],
    ['<? xml', 'text/plain'],
    ['%PDF-', 'application/pdf'],
    ['%PDF', 'text/plain'],
    ['%pdf-', 'text/plain'],
    [' %PDF-', 'text/plain'],
    ['%!PS-Adobe-', 'application/postscript'],
    ['%!PS-Adobe', 'text/plain'],
    ['%!PS-adobe-', 'text/plain'],
    [' %!PS-Adobe-', 'text/plain'],
    ['\xfe\xff\0a', 'text/plain'],
    ['\xff\xfea\0', 'text/plain'],
    ['\xef\xbb\xbf\0', 'text/plain'],
    ['\xef\xbb\xbe\0', octets],
    ['\xfe\xfe\0a', octets],
    ['\0\0\x01\0', 'image/x-icon'],
    ['\0\0\x02\0', 'image/x-icon'],
    ['\0\0\x03\0', octets],
    ['\0\0\x01', octets],
    ['BM', 'image/bmp'],
    ['bM', 'text/plain'],
    ['B', 'text/plain'],
    ['GIF87a', 'image/gif'],
    ['GIF89a', 'image/gif'],
    ['GIF88a', 'text/plain'],
    ['GIF89', 'text/plain'],
    ['RIFF\0\0\0\0WEBPVP', 'image/webp'],
    ['RIFFabcdWEBPVP', 'image/webp'],
    ['RIFF\0\0\0\0WEBPV', octets],
    ['RIFF\0\0\0WEBPVP', octets],
    ['\x89PNG\r\n\x1a\n', 'image/png'],
    ['\x89PNG\r\n\x1a', octets],
    ['\x88PNG\r\n\x1a\n', octets],
    ['\xff\xd8\xff', 'image/jpeg'],
    ['\xff\xd8', 'text/plain'],
    ['FORM\0\0\0\0AIFF', 'audio/aiff'],
    ['FORM\0\0\0\0AIFC', octets],
    ['ID3', 'audio/mpeg'],
    ['ID', 'text/plain'],
    ['OggS\0', 'application/ogg'],
    ['OggS', 'text/plain'],
    ['OggS\x01', octets],
    ['MThd\0\0\0\x06', 'audio/midi'],
    ['MThd\0\0\0\x05', octets],
    ['RIFF\0\0\0\0AVI ', 'video/avi'],
    ['RIFF\0\0\0\0AVI', octets],
    ['RIFF\0\0\0\0WAVE', 'audio/wave'],
    ['RIFF\0\0\0\0WAV', octets],
    ['\x1f\x8b\x08', 'application/x-gzip'],
    ['\x1f\x8b\x07', octets],
    ['PK\x03\x04', 'application/zip'],
    ['PK\x05\x06', octets],
    ['Rar!\x1a\x07\0', 'application/x-rar-compressed'],
    ['Rar!\x1a\x07', octets],
    ['.snd', 'text/plain'],
    ['', 'text/plain'],
  ]
  for (const [body, type] of begins)
    test(`is ${type} if it is ${nameOf(body)}`, () => assert.equal(sniff(body), type))

  for (const code of Array(0x100).keys())
    test(`is ${binary.includes(code) ? 'binary' : 'text'} by the byte ${code.toString(16)} alone`, () => {
      const type = binary.includes(code) ? octets : 'text/plain'
      assert.equal(sniff(`a${String.fromCharCode(code)}`), type)
    })
})

describe('a film or a sound without a type', () => {
  const ftyp = (size: number, brands: string) =>
    `${String.fromCharCode(0, 0, size >> 8, size & 0xff)}ftyp${brands}`.padEnd(size, '\0')
  const films: [name: string, body: string, type: string][] = [
    ['is MP4 by its major brand', ftyp(16, 'mp42'), 'video/mp4'],
    ['is MP4 by the first three letters of a brand', ftyp(16, 'mp4\xff'), 'video/mp4'],
    ['is MP4 by a compatible brand', ftyp(28, 'isom\0\0\0\0avc1mp41'), 'video/mp4'],
    ['is MP4 by the last brand', ftyp(32, 'isom\0\0\0\0avc1iso2iso6mp41'), 'video/mp4'],
    ['is not MP4 by a version that looks like a brand', ftyp(16, 'isommp42'), octets],
    ['is not MP4 by a brand that is not in the box', `${ftyp(20, 'isom\0\0\0\0avc1')}mp42`, octets],
    ['is not MP4 without an MP4 brand', ftyp(20, 'isom\0\0\0\0avc1'), octets],
    ['is not MP4 if the box is no multiple of four', ftyp(17, 'mp42'), octets],
    ['is not MP4 if the box is cut off', ftyp(32, 'mp42').slice(0, 31), octets],
    ['is not MP4 if the box is larger than what is sniffed', ftyp(1448, 'mp42'), octets],
    ['is not MP4 if the box has another name', ftyp(16, 'mp42').replace('ftyp', 'moov'), octets],
    ['is not MP4 if there are but eleven bytes', '\0\0\0\x08ftypmp4', octets],
    ['is WebM by its document type', '\x1aE\xdf\xa3\x81\x42\x82\x84webm', 'video/webm'],
    ['is WebM if padded', '\x1aE\xdf\xa3\x81\x42\x82\x86\0\0webm', 'video/webm'],
    ['is WebM if its length takes two bytes', '\x1aE\xdf\xa3\x81\x42\x82\x40\x04webm', 'video/webm'],
    [
      'is WebM if its length takes eight bytes',
      '\x1aE\xdf\xa3\x42\x82\x01\0\0\0\0\0\0\x04webm',
      'video/webm',
    ],
    ['is not WebM but Matroska', '\x1aE\xdf\xa3\x81\x42\x82\x88matroska', octets],
    [
      'is WebM by an element at the last place looked at',
      `\x1aE\xdf\xa3${'x'.repeat(33)}\x42\x82\x84webm`,
      'video/webm',
    ],
    ['is not WebM by one beyond it', `\x1aE\xdf\xa3${'x'.repeat(34)}\x42\x82\x84webm`, octets],
    ['is not WebM if cut off', '\x1aE\xdf\xa3\x81\x42\x82', octets],
    ['is not WebM without EBML', '\x1aE\xdf\xa2\x81\x42\x82\x84webm', octets],
  ]
  for (const [name, body, type] of films) test(name, () => assert.equal(sniff(body), type))

  /** Two frames; `size` is where the second one begins. */
  const mp3 = (head: string, size: number, second = head) => `${head.padEnd(size, '\0')}${second}\0`
  const sounds: [name: string, body: string, type: string][] = [
    // 128,000 bit/s, 44,100 Hz: 144 * 128,000 / 44,100 = 417.96
    ['is MP3 by two frames of MPEG 1', mp3('\xff\xfb\x90', 417), 'audio/mpeg'],
    ['is MP3 if its first frame is padded', mp3('\xff\xfb\x92', 418), 'audio/mpeg'],
    ['is MP3 by the longest frame there is', mp3('\xff\xfb\xea', 1441), 'audio/mpeg'],
    // 64,000 bit/s, 22,050 Hz: 72 * 64,000 / 22,050 = 208.98
    ['is MP3 by two frames of MPEG 2', mp3('\xff\xf3\x80', 208), 'audio/mpeg'],
    // 8,000 bit/s, 11,025 Hz: 72 * 8,000 / 11,025 = 52.2
    ['is MP3 by two frames of MPEG 2.5', mp3('\xff\xe3\x10', 52), 'audio/mpeg'],
    ['is not MP3 by one frame', '\xff\xfb\x90\0'.padEnd(900, '\0'), octets],
    ['is not MP3 if the second frame is a byte late', mp3('\xff\xfb\x90', 418), octets],
    ['is not MP3 if the second frame is cut off', mp3('\xff\xfb\x90', 417).slice(0, -1), octets],
    ['is not MP3 of layer I', mp3('\xff\xff\x90', 417), octets],
    ['is not MP3 of layer II', mp3('\xff\xfd\x90', 417), octets],
    ['is not MP3 of no layer', mp3('\xff\xf9\x90', 417), octets],
    ['is not MP3 of a rate that is forbidden', mp3('\xff\xfb\xf0', 417), octets],
    ['is not MP3 of a frequency that is reserved', mp3('\xff\xfb\x9c', 417), octets],
    ['is not MP3 of a free rate', mp3('\xff\xfb\x00', 417), octets],
    ['is not MP3 without the sync of the first byte', mp3('\xfe\xfb\x90', 417), octets],
    ['is not MP3 without the sync of the second', mp3('\xff\xdb\x90', 417), octets],
  ]
  for (const [name, body, type] of sounds) test(name, () => assert.equal(sniff(body), type))
})

describe('a body sent as text/plain', () => {
  const apache = [
    'text/plain',
    'text/plain; charset=ISO-8859-1',
    'text/plain; charset=iso-8859-1',
    'text/plain; charset=UTF-8',
  ]
  const others = [
    'text/plain;charset=UTF-8',
    'text/plain; charset=utf-8',
    'Text/plain',
    'text/plain ',
    ' text/plain',
  ]

  for (const code of binary)
    test(`is binary by the byte ${code.toString(16)} in the four ways in which old Apaches send it, and no other`, () => {
      const body = `a page of text${String.fromCharCode(code)}`
      for (const field of apache) assert.equal(sniff(body, field), octets, field)
      for (const field of apache) assert.equal(sniff(body, field, true), 'text/plain', field)
      for (const field of others) assert.equal(sniff(body, field), 'text/plain', field)
    })

  test('is text with a byte order mark or without binary bytes, and never a page', () => {
    for (const body of ['\xfe\xff\0a', '\xff\xfea\0', '\xef\xbb\xbf\0', '\xfe\xff', '<html>', '\x1b$B', ''])
      for (const field of [...apache, ...others]) assert.equal(sniff(body, field), 'text/plain')
  })
})

describe('a body sent as text/html', () => {
  const rdf = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
  const rss1 = 'xmlns="http://purl.org/rss/1.0/"'
  const feeds: [body: string, type: string][] = [
    ['<rss', 'application/rss+xml'],
    ['<rss version="2.0">', 'application/rss+xml'],
    ['<feed xmlns="http://www.w3.org/2005/Atom">', 'application/atom+xml'],
    ['\xef\xbb\xbf \t\r\n\f<?xml version="1.0"?>\n<!-- a > b --><!DOCTYPE rss><rss>', 'application/rss+xml'],
    ['<?a?><?b > ?><!-- <html> --><feed>', 'application/atom+xml'],
    [`<rdf:RDF ${rdf} ${rss1}>`, 'application/rss+xml'],
    [`<rdf:RDF ${rss1} ${rdf}>`, 'application/rss+xml'],
    [`<rdf:RDF ${rdf}>`, 'text/html'],
    [`<rdf:RDF ${rss1}>`, 'text/html'],
    [`<rdf:rdf ${rss1} ${rdf}>`, 'text/html'],
    ['<RSS>', 'text/html'],
    ['<Feed>', 'text/html'],
    ['<rs', 'text/html'],
    ['rss', 'text/html'],
    ['x<rss>', 'text/html'],
    ['<html><rss>', 'text/html'],
    ['<!-- <rss>', 'text/html'],
    ['<!-- --<rss>', 'text/html'],
    ['<? <rss>', 'text/html'],
    ['<! <rss', 'text/html'],
    ['< rss>', 'text/html'],
    [`${' '.repeat(SNIFF_BYTES - 4)}<rss>`, 'application/rss+xml'],
    [`${' '.repeat(SNIFF_BYTES - 3)}<rss>`, 'text/html'],
    ['', 'text/html'],
    ['<?xml version="1.0"?><html>', 'text/html'],
    ['plain text', 'text/html'],
  ]
  for (const [body, type] of feeds)
    test(`is ${type} if it is ${nameOf(body)}`, () => assert.equal(sniff(body, 'text/html; charset=x'), type))

  test('is not taken for a feed where the server forbids to sniff', () => {
    assert.equal(sniff('<rss>', 'text/html', true), 'text/html')
  })
})

describe('a body sent as an image, a sound or a film', () => {
  const rows: [field: string, body: string, type: string][] = [
    ['image/jpeg', '\x89PNG\r\n\x1a\n', 'image/png'],
    ['image/anything', 'GIF89a', 'image/gif'],
    ['image/png', 'ID3', 'image/png'],
    ['image/png', '<html>', 'image/png'],
    ['image/svg+xml', 'GIF89a', 'image/svg+xml'],
    ['audio/x', 'OggS\0', 'application/ogg'],
    ['video/x', 'ID3', 'audio/mpeg'],
    ['application/ogg', 'RIFF\0\0\0\0WAVE', 'audio/wave'],
    ['video/mp4', '<html>', 'video/mp4'],
  ]
  for (const [field, body, type] of rows)
    test(`is ${type} if it is ${nameOf(body)} under ${field}`, () => assert.equal(sniff(body, field), type))

  test('is what the server says where that forbids to sniff', () => {
    assert.equal(sniff('GIF89a', 'image/png', true), 'image/png')
    assert.equal(sniff('ID3', 'video/mp4', true), 'video/mp4')
  })
})

describe('a body of any other type', () => {
  const fields = [
    'application/xml',
    'text/xml',
    'application/xhtml+xml',
    'application/json',
    'text/css',
    'font/woff',
  ]
  for (const field of [...fields, 'application/x', 'application/octet-stream'])
    test(`is what the server says if it looks like a page: ${field}`, () => {
      for (const body of ['<html>', '<rss>', '<?xml', 'text', ''])
        for (const noSniff of [false, true]) assert.equal(sniff(body, field, noSniff), field)
    })
})

describe('XML', () => {
  const xhtml = 'http://www.w3.org/1999/xhtml'
  const bodies: [name: string, body: string, type: string][] = [
    ['is XHTML by its root', `<html xmlns="${xhtml}">`, 'application/xhtml+xml'],
    ['is XHTML by the prefix of its root', `<h:html lang='a' xmlns:h = '${xhtml}'>`, 'application/xhtml+xml'],
    [
      'is XHTML after what may stand before a root',
      `\xef\xbb\xbf<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "a" "b"><!-- <svg> -->\n<html xmlns="${xhtml}" lang="en">`,
      'application/xhtml+xml',
    ],
    ['is none by another namespace', '<html xmlns="urn:x">', 'application/xml'],
    ['is none by a namespace that is not of its root', `<html xmlns:h="${xhtml}">`, 'application/xml'],
    ['is none by what its root holds', `<doc><html xmlns="${xhtml}">`, 'application/xml'],
    ['is none by a name that only begins so', `<htmlx xmlns="${xhtml}">`, 'application/xml'],
    ['is none by its root if it is a feed', `<rss xmlns="${xhtml}">`, 'application/xml'],
  ]
  for (const [name, body, type] of bodies)
    test(name, () => {
      for (const noSniff of [false, true]) assert.equal(sniff(body, 'application/xml', noSniff), type)
    })

  test('of any name may be XHTML, HTML may not', () => {
    const body = `<html xmlns="${xhtml}">`
    assert.equal(sniff(body, 'text/xml'), 'application/xhtml+xml')
    assert.equal(sniff(body, 'application/x+xml'), 'application/xhtml+xml')
    assert.equal(sniff(body, 'text/html'), 'text/html')
    assert.equal(sniff(body, 'text/plain'), 'text/plain')
  })
})

/** A member's local header, as far as it matters here. */
const member = (name: string) =>
  `PK\x03\x04${'\x14\0'.padEnd(22, '\0')}${String.fromCharCode(name.length, 0)}\0\0${name}data`

describe('a document', () => {
  const anything = [null, 'text/html', 'text/plain', 'application/json', octets, 'application/x']
  for (const field of anything)
    test(`is a PDF by its bytes under ${field}`, () => {
      assert.equal(sniff('%PDF-1.7\n', field), 'application/pdf')
      assert.equal(sniff('%PDF-1.7\n', field, true), 'application/pdf')
      assert.notEqual(sniff('x%PDF-1.7\n', field), 'application/pdf')
    })

  const vague = [
    ...[
      'application/octet-stream',
      'binary/octet-stream',
      'application/x-download',
      'application/force-download',
    ],
    ...[
      'application/zip',
      'application/x-zip-compressed',
      'text/html',
      'text/plain',
      'application/pdf',
      docx,
    ],
  ]
  for (const field of [null, ...vague])
    test(`is a DOCX by the names within it under ${field}`, () => {
      const packages = [
        member('word/document.xml'),
        member('other.bin') + member('word/document.xml'),
        member('[Content_Types].xml') + member('_rels/.rels'),
        member('_rels/.rels') + member('docProps/core.xml'),
      ]
      for (const body of packages) assert.equal(sniff(body, field), docx)
    })

  test('is none if the archive is another one', () => {
    const archives = [
      member('[Content_Types].xml') + member('xl/workbook.xml'),
      member('_rels/.rels') + member('thing.nuspec'),
      member('password/a.txt'),
      member('a.txt'),
      member('mimetype'),
      'PK\x03\x04word/',
    ]
    for (const body of archives)
      for (const field of [null, 'application/zip', 'text/html'])
        assert.equal(sniff(body, field), 'application/zip')
    assert.equal(sniff(member('word/a.xml'), 'application/epub+zip'), 'application/epub+zip')
    assert.equal(sniff(`x${member('word/a.xml')}`, 'application/zip'), 'application/zip')
  })

  test('is what the server says if the bytes do not say otherwise', () => {
    assert.equal(sniff('\n\n%PDF-1.4', 'application/pdf'), 'application/pdf')
    assert.equal(sniff('\x01\x02\x03', 'application/pdf'), 'application/pdf')
    assert.equal(sniff(member('odd.bin'), docx), docx)
    assert.equal(sniff('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', docx), docx)
  })

  test('is none if a page, an image or an archive came in its place', () => {
    assert.equal(sniff('<!doctype html><title>Log in', 'application/pdf'), 'text/html')
    assert.equal(sniff('<!doctype html><title>Log in', docx), 'text/html')
    assert.equal(sniff('<!doctype html><title>Log in', 'application/pdf', true), 'application/pdf')
    assert.equal(sniff('GIF89a', 'application/pdf'), 'image/gif')
    assert.equal(sniff(member('a.txt'), 'application/pdf'), 'application/zip')
  })
})

describe('text that is none', () => {
  const textual = [
    'text/html',
    'application/xhtml+xml',
    'text/xml',
    'application/json',
    'text/css',
    'text/markdown',
  ]
  const noise = Array.from({ length: 1500 }, (_, at) =>
    String.fromCharCode((at * 167 + (at >> 4) * 31) % 256),
  ).join('')
  const files: [name: string, body: string, type: string][] = [
    ['an image', '\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'image/png'],
    ['an animation', 'GIF89a\x40\x01', 'image/gif'],
    ['a film', '\0\0\0\x10ftypmp42\0\0\0\0', 'video/mp4'],
    ['a sound', 'ID3\x03\0', 'audio/mpeg'],
    ['an archive', '\x1f\x8b\x08\0\0', 'application/x-gzip'],
    ['compressed data', noise, octets],
    ['a program', '\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0\x01\0\0\0', octets],
  ]
  for (const [name, body, type] of files)
    test(`is told by its bytes: ${name}`, () => {
      for (const field of textual) assert.equal(sniff(body, field), type, field)
    })

  const wide = (text: string, swap = false) => {
    const utf16 = Buffer.from(text, 'utf16le')
    return (swap ? utf16.swap16() : utf16).toString('latin1')
  }
  const russian = `<title>${'АБВГДЕЖЗИЙКЛМНОП'.repeat(40)}</title>`
  const pages: [name: string, body: string, field?: string][] = [
    ['NUL here and there', `<p>a\0b</p>${'\0'.repeat(1000)}`],
    ['controls here and there', `<p>\x01\x02\x0b\x1f</p>`],
    ['controls in a long text', `${'words and more '.repeat(20)}\x01\x02\x03\x04\x05\x06`],
    ['the first letters of an image', 'BMW builds cars'],
    ['the first letters of a sound', 'ID3 is a format'],
    ['UTF-16, the smaller byte first', wide(russian)],
    ['UTF-16, the larger byte first', wide(russian, true)],
    ['UTF-16 with a mark', `\xff\xfe${wide(russian.slice(7))}`],
    ['UTF-16 with a label', wide(russian.slice(7)), 'text/html; charset="utf-16le"'],
    ['ISO-2022-JP', '\x1b$B%F%9%H\x1b(B '.repeat(50), 'text/html; charset=iso-2022-jp'],
    ['Shift_JIS', '\x83e\x83X\x83g'.repeat(50)],
    ['windows-1251', '\xff\xfb\xc0\xd0\xe0'.repeat(200)],
  ]
  for (const [name, body, field = 'text/html'] of pages)
    test(`is text all the same with ${name}`, () => assert.equal(sniff(body, field), 'text/html'))
})

describe('the kind of a body', () => {
  const rows: [essence: string, kind: string][] = [
    ['text/html', 'html'],
    ['application/xhtml+xml', 'xhtml'],
    ['text/xml', 'xml'],
    ['application/xml', 'xml'],
    ['image/svg+xml', 'xml'],
    ['application/mathml+xml', 'xml'],
    ['application/rss+xml', 'feed'],
    ['application/atom+xml', 'feed'],
    ['application/rdf+xml', 'feed'],
    ['application/json', 'json'],
    ['text/json', 'json'],
    ['application/ld+json', 'json'],
    ['application/feed+json', 'json'],
    ['text/plain', 'text'],
    ['text/javascript', 'text'],
    ['application/javascript', 'text'],
    ['text/css', 'text'],
    ['text/csv', 'text'],
    ['text/markdown', 'text'],
    ['application/pdf', 'pdf'],
    ['application/x-pdf', 'pdf'],
    [docx, 'docx'],
    ['application/zip', 'other'],
    [octets, 'other'],
    ['image/png', 'other'],
    ['video/mp4', 'other'],
    ['application/postscript', 'other'],
    ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'other'],
    ['constructor', 'other'],
  ]
  for (const [essence, kind] of rows)
    test(`of ${essence} is ${kind}`, () => assert.equal(kindOf(essence), kind))
})

describe('a type', () => {
  test('is hopeless if it is of images, sounds, films or fonts', () => {
    const fields = [
      'image/png',
      'Image/X; a=b',
      'audio/mpeg',
      'video/mp4',
      'font/woff2',
      'text/html, image/gif',
    ]
    for (const field of fields) assert.equal(isHopeless(field), true, field)
  })

  test('is not hopeless if it is of text, or may be wrong', () => {
    const fields = [
      null,
      '',
      'image/svg+xml',
      'text/html',
      octets,
      'application/x',
      'image',
      'image/gif, text/html',
    ]
    for (const field of fields) assert.equal(isHopeless(field), false, String(field))
  })

  test('that is hopeless makes no document of anything', () => {
    for (const field of ['image/png', 'video/mp4', 'font/woff'])
      for (const body of ['%PDF-1.7', member('word/document.xml')]) assert.equal(sniff(body, field), field)
  })
})
