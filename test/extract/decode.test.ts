import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decode } from '../../src/extract/decode.ts'

const bytes = (...parts: (string | number[])[]) =>
  Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))),
  )

const utf8 = (text: string) => Buffer.from(text, 'utf8')
const far = ' '.repeat(1100)

type Row = [name: string, body: Buffer, contentType: string | null, text: string, encoding: string]

/** By the Encoding Standard and the sniffing algorithm of the HTML Standard. */
const sources: Row[] = [
  ['nothing', Buffer.alloc(0), null, '', 'UTF-8'],
  ['the transport', bytes('\xe9'), 'text/html; charset=iso-8859-1', 'é', 'windows-1252'],
  ['the transport, quoted', bytes('\xe9'), 'text/html; charset="ISO-8859-1"', 'é', 'windows-1252'],
  ['the transport, in apostrophes', bytes('\xe9'), "text/html;charset='latin1'", 'é', 'windows-1252'],
  ['the transport, spaced', bytes('\xcf'), 'text/html ; charset = koi8-r', 'о', 'KOI8-R'],
  ['the first charset of two', bytes('\xcf'), 'text/html;charset=koi8-r;charset=utf-8', 'о', 'KOI8-R'],
  ['not an unknown label', utf8('é'), 'text/html; charset=nonsense', 'é', 'UTF-8'],
  ['a mark before the transport', bytes('\xef\xbb\xbfA\xc3\xa9'), 'text/html; charset=koi8-r', 'Aé', 'UTF-8'],
  ['a mark of UTF-16, little end first', bytes([0xff, 0xfe, 0x41, 0, 0xe9, 0]), null, 'Aé', 'UTF-16LE'],
  ['a mark of UTF-16, big end first', bytes([0xfe, 0xff, 0, 0x41, 0, 0xe9]), null, 'Aé', 'UTF-16BE'],
  [
    'a meta',
    bytes('<meta charset="windows-1251">\xcf'),
    null,
    '<meta charset="windows-1251">П',
    'windows-1251',
  ],
  [
    'a meta of the old form',
    bytes('<meta http-equiv=Content-Type content="text/html; charset=Shift_JIS">\x83\x41'),
    null,
    '<meta http-equiv=Content-Type content="text/html; charset=Shift_JIS">ア',
    'Shift_JIS',
  ],
  [
    'the transport before a meta',
    bytes('<meta charset=koi8-r>\xe9'),
    'text/html;charset=latin1',
    '<meta charset=koi8-r>é',
    'windows-1252',
  ],
  [
    'not a meta in a comment',
    bytes('<!-- <meta charset=koi8-r> -->\xe9'),
    null,
    '<!-- <meta charset=koi8-r> -->é',
    'windows-1252',
  ],
  [
    'not a meta beyond 1,024 bytes',
    bytes(`${far}<meta charset=koi8-r>\xe9`),
    null,
    `${far}<meta charset=koi8-r>é`,
    'windows-1252',
  ],
  ['UTF-8 where a meta says UTF-16', utf8('<meta charset=utf-16>é'), null, '<meta charset=utf-16>é', 'UTF-8'],
  [
    'windows-1252 where a meta says x-user-defined',
    bytes('<meta charset=x-user-defined>\xe9'),
    null,
    '<meta charset=x-user-defined>é',
    'windows-1252',
  ],
  ['what the bytes are: UTF-8', utf8('<p>é漢😀'), 'text/html', '<p>é漢😀', 'UTF-8'],
  ['what the bytes are: not UTF-8', bytes('<p>\xe9 \x93x\x94'), 'text/html', '<p>é “x”', 'windows-1252'],
  [
    'an XML declaration',
    bytes('<?xml version="1.0" encoding="koi8-r"?><a>\xcf'),
    'application/xml',
    '<?xml version="1.0" encoding="koi8-r"?><a>о',
    'KOI8-R',
  ],
  [
    'no meta in plain text',
    bytes('<meta charset=koi8-r>\xe9'),
    'text/plain',
    '<meta charset=koi8-r>é',
    'windows-1252',
  ],
]

const encodings: Row[] = [
  ['UTF-8 with broken bytes', bytes('A\xc3B\xff'), 'text/html;charset=utf-8', 'A\uFFFDB\uFFFD', 'UTF-8'],
  ['UTF-8 with a surrogate', bytes('\xed\xa0\x80'), 'text/html;charset=utf-8', '\uFFFD\uFFFD\uFFFD', 'UTF-8'],
  ['UTF-8 with NUL', bytes('A\0B'), 'text/html;charset=utf-8', 'A\uFFFDB', 'UTF-8'],
  ['UTF-16 with a lone surrogate', bytes([0xff, 0xfe, 0x00, 0xd8, 0x41, 0]), null, '\uFFFDA', 'UTF-16LE'],
  ['UTF-16 cut short', bytes([0xff, 0xfe, 0x41, 0, 0x42]), null, 'A\uFFFD', 'UTF-16LE'],
  ['windows-1252', bytes('\x80\x99\xa0'), 'text/html;charset=ascii', '€™\u00A0', 'windows-1252'],
  ['windows-1251', bytes('\xcf\xf0\xe8'), 'text/html;charset=cp1251', 'При', 'windows-1251'],
  ['KOI8-U', bytes('\xad\xb4'), 'text/html;charset=koi8-u', 'ґЄ', 'KOI8-U'],
  ['ISO-8859-2', bytes('\xb3\xf3d'), 'text/html;charset=latin2', 'łód', 'ISO-8859-2'],
  ['windows-1255', bytes('\xf9\xec'), 'text/html;charset=windows-1255', 'של', 'windows-1255'],
  ['GBK', bytes('\xc4\xe3'), 'text/html;charset=gb2312', '你', 'GBK'],
  ['gb18030 of four bytes', bytes('\x81\x30\x84\x36'), 'text/html;charset=gb18030', '\u00A5', 'gb18030'],
  ['Big5', bytes('\xa4\xa4'), 'text/html;charset=big5', '中', 'Big5'],
  ['Big5 of Hong Kong', bytes('\x87\x40'), 'text/html;charset=big5-hkscs', '\u43F0', 'Big5'],
  ['Big5 broken', bytes('\xa4 \xff'), 'text/html;charset=big5', '\uFFFD \uFFFD', 'Big5'],
  ['EUC-JP', bytes('\xc6\xfc'), 'text/html;charset=euc-jp', '日', 'EUC-JP'],
  ['Shift_JIS', bytes('\x93\xfa\xb1'), 'text/html;charset=sjis', '日ｱ', 'Shift_JIS'],
  ['ISO-2022-JP', bytes('\x1b$BF|\x1b(B'), 'text/html;charset=iso-2022-jp', '日', 'ISO-2022-JP'],
  ['EUC-KR', bytes('\xb0\xa1'), 'text/html;charset=ks_c_5601-1987', '가', 'EUC-KR'],
  ['replacement', bytes('<script>'), 'text/html;charset=iso-2022-kr', '\uFFFD', 'replacement'],
]

describe('the encoding of a page is that of', () => {
  for (const [name, body, contentType, text, encoding] of sources)
    test(name, () => assert.partialDeepStrictEqual(decode(body, contentType), { text, encoding }))
})

describe('a page decodes from', () => {
  for (const [name, body, contentType, text, encoding] of encodings)
    test(name, () => assert.partialDeepStrictEqual(decode(body, contentType), { text, encoding }))
})
