import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readJsonLd, textsOf } from '../../src/extract/jsonld.ts'
import { thingsOf } from '../../src/extract/thing.ts'

describe('a JSON-LD script', () => {
  const forgiven: [name: string, script: string][] = [
    ['as it should be', '{"@type":"Article","headline":"A"}'],
    ['in a list', '[{"@type":"Article","headline":"A"}]'],
    ['in an HTML comment', '<!-- {"@type":"Article","headline":"A"} -->'],
    ['in CDATA', '//<![CDATA[\n{"@type":"Article","headline":"A"}\n//]]>'],
    ['in CDATA without slashes', '<![CDATA[{"@type":"Article","headline":"A"}]]>'],
    ['with comments', '/* one */ {"@type":"Article", // two\n "headline":"A"}'],
    ['with commas too many', '{"@type":"Article","headline":"A",,}'],
    ['with a semicolon', '{"@type":"Article","headline":"A"};'],
    ['with its quotes escaped', '{&quot;@type&quot;:&quot;Article&quot;,&quot;headline&quot;:&quot;A&quot;}'],
  ]
  for (const [name, script] of forgiven)
    test(`is read: ${name}`, () =>
      assert.deepEqual(readJsonLd([script]), [{ '@type': 'Article', headline: 'A' }]))

  test('may break its lines within texts, and escape what needs no escape', () => {
    assert.deepEqual(readJsonLd(['{"text":"one\ntwo \\\' three"}']), [{ text: "one two ' three" }])
  })

  test('that is no JSON is left out, and the others are read', () => {
    assert.deepEqual(readJsonLd(['{"a":', 'null', '3', '"x"', '{"b":1}']), [{ b: 1 }])
  })

  test('cannot reach into JavaScript', () => {
    const [value] = readJsonLd(['{"__proto__":{"polluted":true},"name":"x"}'])
    assert.deepEqual(Object.keys(value ?? {}), ['name'])
    assert.equal((value as { polluted?: boolean }).polluted, undefined)
  })

  test('is well formed: a half of a surrogate pair is replaced', () => {
    assert.deepEqual(readJsonLd(['{"a":"x\\ud800"}']), [{ a: 'x\ufffd' }])
  })

  test('is kept no deeper and no larger than anyone needs', () => {
    const deep = JSON.stringify(readJsonLd([`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`]))
    assert.ok(deep.length < 500, `${deep.length}`)
    const wide = readJsonLd([JSON.stringify({ list: Array.from({ length: 100_000 }, (_, at) => at) })])
    assert.equal((wide as [{ list: unknown[] }])[0].list.length, 19_999)
    const long = readJsonLd([JSON.stringify({ text: 'x'.repeat(900_000) })])
    assert.equal((long as [{ text: string }])[0].text.length, 50_000)
  })
})

describe('the things of JSON-LD', () => {
  test('are told with their types, those at the top first', () => {
    const things = thingsOf(
      readJsonLd([
        '{"@graph":[{"@type":["Article","http://schema.org/NewsArticle"],"author":{"@type":"schema:Person"}},{"@type":"WebSite"}]}',
      ]),
    )
    assert.deepEqual(
      things.map(({ types, isTop }) => [[...types].join(' '), isTop]),
      [
        ['article newsarticle', true],
        ['website', true],
        ['person', false],
      ],
    )
  })

  test('name each other in many ways', () => {
    assert.deepEqual(textsOf(['A', { name: 'B' }, { '@value': 'C' }, { url: 'D' }, {}, null, 5]), [
      'A',
      'B',
      'C',
      'D',
      '5',
    ])
    assert.deepEqual(textsOf('Tom &amp; Jerry'), ['Tom & Jerry'])
  })
})
