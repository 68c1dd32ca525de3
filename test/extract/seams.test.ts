import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { partWords } from '../../src/extract/seams.ts'
import { toText } from '../../src/extract/text.ts'
import { parseTree } from '../../src/extract/tree.ts'

const textOf = (html: string) => toText(partWords(parseTree(`<body>${html}`)))

describe('words in different elements', () => {
  const cases: [name: string, html: string, text: string][] = [
    ['are two where a capital letter follows a small one', '<span>Acme</span><b>Kettle</b>', 'Acme Kettle'],
    ['are two so beside plain text', 'in stock<strong>Cons</strong>', 'in stock Cons'],
    ['are two so in any script', '<a>Книги</a><a>Журналы</a>', 'Книги Журналы'],
    ['are two where a word follows capitals', '<span>ACME</span><span>Kettle</span>', 'ACME Kettle'],
    ['are two where a word follows a number', '<span>1</span><span>Kettle</span>', '1 Kettle'],
    ['are two where a number follows a word', '<label>Kettles</label><span>12</span>', 'Kettles 12'],
    ['are two where an icon stands between', '<i>new</i><svg></svg><i>Kettle</i>', 'new Kettle'],
    ['are two in links to different places', '<a href=/a>new</a><a href=/b>kettles</a>', 'new kettles'],
    ['are two in links of which the first ends its words', '<a href=/a>B (c)</a><a href=/b>d</a>', 'B (c) d'],
    ['are one in links to one place', '<a href=/a>k</a><a href=/a>ettles</a>', 'kettles'],
    ['are one where small letters meet', '<b>k</b><i>ettle</i>', 'kettle'],
    ['are one where a number meets plain text', '5<b>G</b> and <b>H</b>2', '5G and H2'],
    ['are one where a number meets a single letter', '<b>x</b><b>2</b>', 'x2'],
    ['are one where digits meet', '<b>1</b><b>2</b>', '12'],
    ['are left as they are in code', '<code><b>get</b><b>Name</b></code>', 'getName'],
    ['are left as they are in what is preformatted', '<pre><b>get</b><b>Name</b></pre>', 'getName'],
    ['are left as they are beside what is raised', 'Kettles<sup>TM</sup><b>A</b>', 'KettlesTMA'],
    ['are left as they are where a space parts them', '<b>new </b><i>Kettle</i>', 'new Kettle'],
    ['are left as they are where a line parts them', '<p>new</p>Kettle', 'new\nKettle'],
  ]
  for (const [name, html, text] of cases) test(name, () => assert.equal(textOf(html), text))

  test('are parted however many there are', () => {
    assert.equal(textOf('<b>a</b><b>B</b>'.repeat(60_000)), 'a B'.repeat(60_000))
  })
})
