import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { PageKind } from '../../src/contract/kind.ts'
import { featureNames } from '../../src/extract/blocks.ts'
import { judge } from '../../src/extract/judge.ts'
import stored from '../../src/extract/model.json' with { type: 'json' }
import { model } from '../../src/extract/model.ts'
import { profileNames } from '../../src/extract/profile.ts'
import { parseTree } from '../../src/extract/tree.ts'

describe('the model', () => {
  test('was learned from the features of blocks that there are', () =>
    assert.equal(stored.blockFeatures, featureNames.join(', ')))

  test('was learned from the features of pages that there are', () =>
    assert.equal(stored.pageFeatures, profileNames.join(', ')))

  test('knows no feature that is not there', () => {
    assert.ok(model.blocks.features.every((feature) => feature < featureNames.length))
    for (const [, forest] of model.kinds)
      assert.ok(forest.features.every((feature) => feature < profileNames.length))
  })

  test('knows every kind of page', () =>
    assert.deepEqual(model.kinds.map(([kind]) => kind).sort(), Object.values(PageKind).sort()))

  test('weighs words of the web', () => {
    assert.ok((model.lexicon.names.get('footer') ?? 0) < -0.5)
    assert.ok((model.lexicon.words.get('privacy') ?? 0) < -0.5)
  })
})

const story = [
  'The bridge over the river was closed on Monday, after engineers found a crack in one of its pillars.',
  'Nobody was hurt, the town said, but the repair will take until spring and cost some two million.',
  'Drivers have to take the old road through the valley, which adds half an hour to their way to work.',
  'A ferry is to carry those who walk or cycle, from six in the morning until late in the evening.',
]

const page = `<html><head><title>Bridge closed until spring - Valley News</title></head><body>
<header><nav class="menu"><ul><li><a href="/">Home</a><li><a href="/news">News</a><li><a href="/sport">Sport</a></ul></nav></header>
<main><article><h1>Bridge closed until spring</h1>${story.map((text) => `<p>${text}</p>`).join('')}</article>
<aside class="related"><h2>More news</h2><ul><li><a href="/1">School fair draws record crowd</a><li><a href="/2">New bakery opens</a></ul></aside></main>
<footer><p>© Valley News. <a href="/privacy">Privacy policy</a> <a href="/imprint">Imprint</a></p></footer></body></html>`

function chancesOf(html: string): Map<string, number> {
  const { blocks, chances } = judge(parseTree(html), 'https://news.example/2024/05/bridge-closed', model)
  return new Map(blocks.map(({ text }, at) => [text, chances[at] as number]))
}

describe('a judged page', () => {
  test('has its story taken for content, and what is around it not', () => {
    const chances = chancesOf(page)
    for (const text of story) assert.ok((chances.get(text) ?? 0) > 0.8, `${text} ${chances.get(text)}`)
    for (const text of [
      'Home',
      'News',
      'Sport',
      'School fair draws record crowd',
      '© Valley News. Privacy policy Imprint',
    ])
      assert.ok((chances.get(text) ?? 1) < 0.4, `${text} ${chances.get(text)}`)
  })

  test('is of a kind', () => {
    const { kinds } = judge(parseTree(page), 'https://news.example/2024/05/bridge-closed', model)
    assert.equal([...kinds].toSorted(([, a], [, b]) => b - a)[0]?.[0], 'article')
    assert.ok(Math.abs([...kinds.values()].reduce((sum, chance) => sum + chance, 0) - 1) < 1e-6)
  })

  test('is judged alike each time', () => assert.deepEqual(chancesOf(page), chancesOf(page)))

  const hostile: [name: string, html: string][] = [
    ['is empty', ''],
    ['has no words', '<p>*</p><img>'],
    ['nests 200,000 elements', '<div>word '.repeat(200_000)],
    ['has 100,000 siblings alike', '<li class="a">word one</li>'.repeat(100_000)],
    ['has one text of 5 MB', `<p>${'word. '.repeat(800_000)}</p>`],
    ['has a class of 5 MB', `<div class="${'word '.repeat(1_000_000)}">a b c</div>`],
    [
      'opens data that never ends',
      `<script type="application/ld+json">${'{"text": "a '.repeat(200_000)}</script><p>a b c</p>`,
    ],
    [
      'has white space in its data',
      `<script type="application/ld+json">"@type":${' '.repeat(1_000_000)}</script><p>a b</p>`,
    ],
  ]
  for (const [name, html] of hostile)
    test(`is judged, block by block, when it ${name}`, () => {
      const document = parseTree(html)
      const { blocks, chances } = judge(document, 'not an address', model)
      assert.equal(chances.length, blocks.length)
      assert.ok(chances.every((chance) => chance >= 0 && chance <= 1))
    })

  const kindsOf = (html: string) => [
    ...judge(parseTree(html), 'https://news.example/2024/05/bridge-closed', model).kinds,
  ]

  test('is of the kind that a shop made it as, whatever it looks like', () => {
    for (const name of ['single-product', 'catalog-product-view', 'template-product'])
      assert.deepEqual(kindsOf(page.replace('<body>', `<body class="lang-en ${name} page-7">`)), [
        [PageKind.product, 1],
      ])
    const archive = page.replace('<body>', '<body class="archive tax-product_cat">')
    assert.deepEqual(kindsOf(archive), [[PageKind.collection, 1]])
    for (const [type, kind] of [
      ['product', PageKind.product],
      ['product.group', PageKind.collection],
    ])
      assert.deepEqual(kindsOf(page.replace('<title>', `<meta property="og:type" content="${type}">$&`)), [
        [kind, 1],
      ])
  })

  test('is a thread where its data says so, as a script and in its elements', () => {
    const data = '<script type="application/ld+json">{"@type":"DiscussionForumPosting"}</script>'
    assert.deepEqual(kindsOf(page.replace('<title>', `${data}$&`)), [[PageKind.forum, 1]])
    const marked = page.replace('<body>', '<body itemscope itemtype="https://schema.org/QAPage">')
    assert.deepEqual(kindsOf(marked), [[PageKind.forum, 1]])
  })

  test('is of the kind that it looks like where nobody says so', () => {
    assert.equal(kindsOf(page.replace('<body>', '<body class="product products">')).length, 7)
  })
})
