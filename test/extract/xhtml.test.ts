import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { makeFormats } from '../../src/extract/formats.ts'
import { metaRefresh } from '../../src/extract/refresh.ts'
import { titleOf } from '../../src/extract/title.ts'
import { toHtml } from '../../src/extract/xhtml.ts'
import { broken, xhtmls } from './xhtmls.ts'

const mediaType = 'application/xhtml+xml'
const url = 'https://site.example/'
const xmlns = 'xmlns="http://www.w3.org/1999/xhtml"'
const bodyOf = (inner: string) =>
  toHtml(`<html ${xmlns}><body>${inner}</body></html>`, mediaType).replace(
    /^<!DOCTYPE html><html><body>(.*)<\/body><\/html>$/s,
    '$1',
  )

describe('the title of an XHTML page', () => {
  for (const [name, xml, title] of xhtmls)
    test(`is as a browser has it: ${name}`, () => assert.equal(titleOf(toHtml(xml, mediaType)), title))

  for (const [name, text, title] of broken)
    test(`is that of HTML where it is no XML: ${name}`, () => {
      assert.equal(toHtml(text, mediaType), text)
      assert.equal(titleOf(text), title)
    })

  test('is that of HTML where it is sent as such', () => {
    const html = `<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "x"><html ${xmlns}><script/><title>A</title></html>`
    for (const type of ['text/html', null]) assert.equal(toHtml(html, type), html)
  })
})

describe('an XHTML page', () => {
  const bodies: [name: string, xml: string, html: string][] = [
    ['closes what closes itself', '<p/><a id="x"/><div/>', '<p></p><a id="x"></a><div></div>'],
    ['leaves open what HTML never closes', '<br/><hr></hr><img alt=""/>', '<br><hr><img alt="">'],
    ['has CDATA as text', '<p><![CDATA[<b>&amp;</b>]]></p>', '<p>&lt;b&gt;&amp;amp;&lt;/b&gt;</p>'],
    [
      'has the code of scripts as it is',
      '<script><![CDATA[a < b && c]]></script>',
      '<script>a < b && c</script>',
    ],
    [
      'keeps scripts from what would end or hide them',
      '<script>"&lt;/script>&lt;!--&lt;script>"</script>',
      '<script>"<\\/script><\\!--<script>"</script>',
    ],
    ['has no elements in scripts', '<script>a<b>c</b>d</script>', '<script>ad</script>'],
    ['has no text in frames', '<iframe>a<b>c</b></iframe>', '<iframe></iframe>'],
    ['has elements in xmp', '<xmp>a <b>c</b></xmp>', '<pre>a <b>c</b></pre>'],
    ['has values in one form', `<a href='?a=1&amp;b="2"'/>`, '<a href="?a=1&amp;b=&quot;2&quot;"></a>'],
    ['has spaces for line ends in values', '<a title="a\nb&#10;c"/>', '<a title="a b\nc"></a>'],
    ['tells the language twice', '<p xml:lang="de"/>', '<p xml:lang="de" lang="de"></p>'],
    ['has no attributes in capitals', '<a HREF="x" href="y"/>', '<a href="y"></a>'],
    ['has other names for elements in capitals', '<P>a</P>', '<x:P>a</x:P>'],
    [
      'has names without prefixes',
      '<h:p xmlns:h="http://www.w3.org/1999/xhtml"><m:math xmlns:m="http://www.w3.org/1998/Math/MathML"><m:mi>x</m:mi></m:math></h:p>',
      '<p><math><mi>x</mi></math></p>',
    ],
    [
      'has other names for elements of other namespaces',
      '<a:link xmlns:a="http://www.w3.org/2005/Atom" href="x"/><q:p>a</q:p>',
      '<x:link href="x"></x:link><x:p>a</x:p>',
    ],
  ]
  for (const [name, xml, html] of bodies) test(name, () => assert.equal(bodyOf(xml), html))

  test('has its formats as a browser reads it', () => {
    const words = 'some words that make a paragraph of the text, as there are many of them. '.repeat(3)
    const html = `<?xml version="1.0"?><html ${xmlns} xml:lang="en"><head><script src="a.js"/><title>A</title>
      <meta name="description" content="short"/><style><![CDATA[a > b {}]]></style></head>
      <body><h1>A</h1><p>${words}<a id="top"/><![CDATA[1 < 2 & 3]]></p><p>${words}<a href="/b"/></p></body></html>`
    const made = makeFormats({ html, title: 'A', url, mediaType }, { main: false }, [
      'text',
      'links',
      'metadata',
    ])
    assert.match(made.text ?? '', /some words.*1 < 2 & 3/)
    assert.deepEqual(
      made.links?.map((link) => [link.url, link.text]),
      [[`${url}b`, '']],
    )
    const { title, description, language } = made.metadata ?? {}
    assert.deepEqual([title, description, language], ['A', 'short', 'en'])
  })

  test('may lead on', () => {
    const xml = `<html ${xmlns}><head><script/><meta http-equiv="refresh" content="0; url=/?a&amp;b"/></head></html>`
    assert.equal(metaRefresh(toHtml(xml, mediaType)), '0; url=/?a&b')
  })
})

describe('an XHTML page made to be slow or large', () => {
  const many = 200_000
  const root = (inner: string, doctype = '') => `${doctype}<html ${xmlns}><title>x</title>${inner}</html>`
  const prefixes = Array.from({ length: 4000 }, (_, at) => `<a xmlns:b${at}="urn:x">`)
  const attributes = Array.from({ length: many }, (_, at) => ` a${at}="1" xmlns:a${at}="urn:x"`)
  const lol = `<!DOCTYPE html [<!ENTITY a "${'lol'.repeat(1000)}">]>`
  const pages: [name: string, xml: string, isXml: boolean][] = [
    ['nested elements', '<b>'.repeat(4000) + '</b>'.repeat(4000), true],
    ['elements nested deeper than browsers go', '<b>'.repeat(many) + '</b>'.repeat(many), false],
    ['prefixes in one another', prefixes.join('') + '</a>'.repeat(4000), true],
    ['attributes', `<a${attributes.join('')}/>`, true],
    ['elements that close themselves', '<a/>'.repeat(many), true],
    ['references', '&amp;'.repeat(many), true],
    ['ampersands', '&'.repeat(many), false],
    ['less-than signs', '<'.repeat(many), false],
    ['white space in a tag', `<a${' '.repeat(many)}/>`, true],
    ['a name that does not end', `<${'a'.repeat(many)}`, false],
    ['an attribute without a value', `<a ${'b'.repeat(many)}>`, false],
    ['comments that do not end', '<!--'.repeat(many), false],
    ['CDATA that does not end', '<![CDATA['.repeat(many), false],
    ['pieces of CDATA', '<![CDATA[&]]>'.repeat(many), true],
    ['instructions that do not end', '<?a '.repeat(many), false],
    ['quotes', `<a ${`b="`.repeat(many)}`, false],
  ]
  // What takes time squared would not end within any patience.
  for (const [name, inner, isXml] of pages)
    test(`is read to its end: ${name}`, () => {
      const xml = root(inner)
      const html = toHtml(xml, mediaType)
      assert.equal(html !== xml, isXml)
      assert.equal(titleOf(html), 'x')
    })

  test('is not let grow by its own entities', () => {
    const few = root('&a;'.repeat(300), lol)
    assert.ok(toHtml(few, mediaType).length > 900_000)
    const xml = root('&a;'.repeat(many), lol)
    assert.equal(toHtml(xml, mediaType), xml)
  })

  test('has no entities made of entities', () => {
    const xml = root('&b;', '<!DOCTYPE html [<!ENTITY a "lol"><!ENTITY b "&a;&a;">]>')
    assert.equal(toHtml(xml, mediaType), xml)
  })
})
