import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decode } from '../../src/extract/decode.ts'

/** The bytes of a text in an encoding, found by decoding every one and two bytes there are. */
function encoder(name: string): (text: string) => Buffer {
  const decoder = new TextDecoder(name)
  const bytes = new Map<string, number[]>()
  const add = (code: number[]) => {
    const character = decoder.decode(Uint8Array.from(code))
    if (Array.from(character).length === 1 && character !== '\uFFFD' && !bytes.has(character))
      bytes.set(character, code)
  }
  for (let one = 0; one < 256; one += 1) add([one])
  for (let one = 0x81; one < 255; one += 1) for (let two = 0x40; two < 255; two += 1) add([one, two])
  return (text) =>
    Buffer.from(
      Array.from(text).flatMap((character) => {
        const code = bytes.get(character)
        assert.ok(code, `${name} has no ${character}`)
        return code
      }),
    )
}

/** Ordinary sentences of pages that do not say their encoding; a sibling has the same bytes for all that is in them. */
const texts: [encoding: string, host: string, text: string, sibling?: string][] = [
  [
    'windows-1251',
    'a.ru',
    'Сегодня в городе открылась новая библиотека, и все желающие могут взять книги домой.',
  ],
  ['windows-1251', 'a.bg', 'Днес в града беше открита нова библиотека и всеки може да вземе книги за вкъщи.'],
  [
    'KOI8-R',
    'a.ru',
    'Сегодня в городе открылась новая библиотека, и все желающие могут взять книги домой.',
    'KOI8-U',
  ],
  [
    'KOI8-U',
    'a.ua',
    'Сьогодні у місті відкрилася нова бібліотека, і всі охочі можуть взяти книги додому, її ґанок гарний.',
  ],
  [
    'ISO-8859-2',
    'a.pl',
    'Dziś w mieście otwarto nową bibliotekę, każdy może pożyczyć książki i czytać je w domu, też później.',
  ],
  [
    'windows-1250',
    'a.cz',
    'Dnes byla ve městě otevřena nová knihovna, každý si může půjčit knihy domů a číst je šťastně.',
  ],
  [
    'windows-1250',
    'a.hu',
    'Ma új könyvtár nyílt a városban, mindenki kölcsönözhet könyveket, és otthon őrizheti őket hűségesen.',
    'ISO-8859-2',
  ],
  [
    'windows-1253',
    'a.gr',
    'Σήμερα άνοιξε στην πόλη μια νέα βιβλιοθήκη και όλοι μπορούν να πάρουν βιβλία στο σπίτι τους.',
    'ISO-8859-7',
  ],
  [
    'windows-1254',
    'a.tr',
    'Bugün şehirde yeni bir kütüphane açıldı, isteyen herkes kitapları evine götürebilir, ağaçlı bahçesi de güzel.',
  ],
  ['windows-1255', 'a.il', 'היום נפתחה בעיר ספרייה חדשה וכל אחד יכול לקחת ספרים הביתה ולקרוא אותם בשקט.'],
  [
    'windows-1256',
    'a.eg',
    'افتتحت اليوم في المدينة مكتبة جديدة ويمكن للجميع استعارة الكتب وقراءتها في البيت.',
  ],
  [
    'windows-1257',
    'a.lt',
    'Šiandien mieste atidaryta nauja biblioteka, kiekvienas gali pasiimti knygų į namus ir jas skaityti, kai tik užsinorės.',
  ],
  ['windows-874', 'a.th', 'วันนี้มีห้องสมุดใหม่เปิดในเมือง ทุกคนสามารถยืมหนังสือกลับบ้านได้'],
  ['Shift_JIS', 'a.jp', '今日、町に新しい図書館が開きました。だれでも本を家に持ち帰ることができます。'],
  ['EUC-JP', 'a.jp', '今日、町に新しい図書館が開きました。だれでも本を家に持ち帰ることができます。'],
  ['GBK', 'a.cn', '今天城里开了一座新图书馆，大家都可以把书借回家阅读。'],
  ['Big5', 'a.tw', '今天城裡開了一座新圖書館，大家都可以把書借回家閱讀。'],
  ['EUC-KR', 'a.kr', '오늘 도시에 새 도서관이 문을 열었습니다. 누구나 책을 집으로 빌려 갈 수 있습니다.'],
  [
    'windows-1252',
    'a.de',
    'Heute wurde in der Stadt eine neue Bücherei eröffnet; jeder darf Bücher für zu Hause ausleihen, auch größere.',
  ],
  [
    'windows-1252',
    'a.fr',
    'Une nouvelle bibliothèque a été ouverte en ville ; chacun peut emprunter des livres et les lire à la maison, même l’été.',
  ],
  [
    'windows-1252',
    'a.es',
    'Hoy se abrió en la ciudad una nueva biblioteca; mañana cualquier niño podrá llevarse los libros a casa también.',
  ],
  [
    'windows-1252',
    'a.br',
    'Hoje foi inaugurada na cidade uma nova biblioteca; as crianças poderão levar os livros para casa amanhã também.',
  ],
]

describe('a page that does not say its encoding', () => {
  for (const [encoding, host, text, sibling = encoding] of texts) {
    test(`in ${encoding} from ${host} is read as ${sibling}`, () => {
      const html = `<title>${text}</title><p>${text}`
      const found = decode(encoder(encoding)(html), 'text/html', host)
      assert.deepEqual([found.text, found.encoding], [html, sibling])
      assert.ok(['detected', 'domain', 'default'].includes(found.source), found.source)
    })
  }

  test('is told by its text alone where there is enough of it', () => {
    const russian = encoder('windows-1251')(texts[0]?.[2] ?? '')
    for (const host of [null, 'a.com', '192.0.2.1', 'a.jp'])
      assert.deepEqual(decode(russian, 'text/html', host).source, 'detected', String(host))
  })

  test('goes by its domain where the text says little', () => {
    const few = Buffer.from('a \xb9 b \xa4', 'latin1')
    const found = Object.fromEntries(
      ['a.ru', 'a.gr', 'a.pl', 'a.tr', 'a.il', 'a.th'].map((host) => [host, decode(few, 'text/html', host)]),
    )
    const named = Object.entries(found).map(([host, { encoding, source }]) => [host, encoding, source])
    assert.equal(new Set(named.map(([, encoding]) => encoding)).size, 6, JSON.stringify(named))
    assert.ok(named.filter(([, , source]) => source === 'domain').length >= 5, JSON.stringify(named))
  })

  test('is UTF-8 where it is valid as that, and ISO-2022-JP by its escapes', () => {
    assert.partialDeepStrictEqual(decode(Buffer.from('é'), null, 'a.ru'), {
      encoding: 'UTF-8',
      source: 'utf-8',
    })
    const japanese = decode(Buffer.from('\x1b$B$3$l\x1b(B'), 'text/html', 'a.jp')
    assert.deepEqual(japanese, { text: 'これ', encoding: 'ISO-2022-JP', source: 'detected' })
    assert.equal(decode(Buffer.from('\x1b[1mbold'), 'text/plain', null).encoding, 'UTF-8')
  })

  test('says why it was read as it was', () => {
    const rows: [body: string, contentType: string | null, source: string][] = [
      ['\xef\xbb\xbfa', 'text/html; charset=koi8-r', 'bom'],
      ['\xe9', 'text/html; charset=koi8-r', 'transport'],
      ['<meta charset=koi8-r>\xe9', 'text/html', 'meta'],
      ['<?xml version="1.0" encoding="koi8-r"?>\xe9', 'application/xml', 'xml'],
      ['a', 'text/plain', 'utf-8'],
      ['\xe9', 'text/html', 'default'],
    ]
    for (const [body, contentType, source] of rows)
      assert.equal(decode(Buffer.from(body, 'latin1'), contentType).source, source, body)
  })

  test('may be any bytes at all', () => {
    let seed = 1
    const next = () => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed & 255
    }
    const noise = Buffer.from(Array.from({ length: 300_000 }, next))
    for (const bytes of [noise, Buffer.alloc(300_000, 0xff), Buffer.alloc(1, 0x80)])
      for (const host of ['a.jp', 'xn--p1ai', '.', ''])
        assert.ok(decode(bytes, 'text/html', host).text.isWellFormed())
  })
})
