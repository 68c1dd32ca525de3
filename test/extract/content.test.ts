import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isTag } from 'domhandler'
import { createBase } from '../../src/extract/base.ts'
import { findContent } from '../../src/extract/content.ts'
import { toText } from '../../src/extract/text.ts'
import { parseTree } from '../../src/extract/tree.ts'
import { elementsOf } from '../../src/extract/walk.ts'
import { article, collection, documentation, forum, page, paragraphs, product, service } from './fixtures.ts'

const contentOf = (html: string, url = 'https://example.com/some-page') =>
  findContent(parseTree(html), { url, base: createBase(url) })

const textOf = (html: string, url?: string) => toText(contentOf(html, url).root)

/** What is marked as content in a page, and what of that is in a text. */
const marks = (text: string) => new Set(text.match(/\bIN\w*/g))

const story = paragraphs.map((text) => `<p>${text}</p>`).join('\n')

describe('the main content', () => {
  const kinds: [kind: string, url: string, html: string][] = [
    ['article', 'https://example.com/culture/the-keeper-of-the-light', article],
    ['forum', 'https://forum.example.com/threads/brass-railings.71', forum],
    ['product', 'https://shop.example.com/products/harbour-lantern', product],
    ['collection', 'https://shop.example.com/collections/lamps', collection],
    ['documentation', 'https://docs.example.com/guide/tides', documentation],
    ['service', 'https://example.com/services/winter-storage', service],
  ]
  for (const [kind, url, html] of kinds) {
    test(`of a page of kind ${kind} is all of it`, () => {
      const content = contentOf(html, url)
      // A shop's list and another are told apart by little more than prices.
      assert.equal(content.kind.replace('listing', 'collection'), kind)
      assert.deepEqual(marks(toText(content.root)), marks(html))
    })
  }

  for (const [kind, url, html] of kinds.filter(([kind]) => kind !== 'forum')) {
    test(`of a page of kind ${kind} is without what is around it`, () => {
      assert.doesNotMatch(textOf(html, url), /OUT/)
    })
  }

  test('of a product is without what its buyers say', () => {
    const said =
      '<p>OUT It burns for as long as they say, and the glass has held so far. I would buy it again.</p>'
    const html = product.replace('<section class="recommendations">', `<div class="reviews">${said}</div>$&`)
    assert.match(html, /class="reviews"/)
    assert.doesNotMatch(textOf(html, kinds[2]?.[1]), /OUT/)
  })

  test('of a product is with its price, where that is told again when it changes', () => {
    const html = product.replace('class="price"', 'class="price" role="status"')
    assert.match(html, /role="status"/)
    assert.match(textOf(html, kinds[2]?.[1]), /€ 48.00/)
  })

  test('of a product is with what it runs best with, but without what else is recommended', () => {
    const column = (title: string, of: string) =>
      `<div class="column"><ul><strong>${title}</strong><br>${of}</ul></div>`
    const list = (items: string[]) => `<ul>${items.map((item) => `<li>${item}</li>`).join('')}</ul>`
    const best = ['INp Processor: 4 GHz', 'INq Memory: 16 GB', 'INr Storage: 70 GB available space']
    const others = ['OUT Deck lamp', 'OUT Masthead light'].map((name) => `<a href="/p/${name}">${name}</a>`)
    const needs = `${column('Minimum:', list(['INs Memory: 8 GB']))}${column('Recommended:', list(best))}`
    const html = product.replace(
      '<section class="rec',
      `${needs}<div>${column('Recommended:', list(others))}</div>$&`,
    )
    const text = textOf(html, kinds[2]?.[1])
    assert.deepEqual(marks(text), marks(html))
    assert.doesNotMatch(text, /OUT/)
  })

  test('of a collection is without links that only do something, but with the prices in their lines', () => {
    const view = '<div><a class="quick-view" href="#">OUT Aperçu rapide</a></div>'
    const add = '<a class="button add_to_cart_button" href="?add-to-cart=7">OUT Add to cart</a>'
    const html = collection
      .replaceAll('<p class="text">', `${view}$&`)
      .replaceAll('</span></li>', `</span> ${add}</li>`)
    const text = textOf(html, kinds[3]?.[1])
    assert.doesNotMatch(text, /OUT/)
    assert.equal(text.match(/€ \d/g)?.length, 6)
  })

  test('of a thread is without menus, similar threads and signatures', () => {
    assert.doesNotMatch(textOf(forum, kinds[1]?.[1]), /OUT (?!Joined)/)
  })

  test('of a thread is without signatures that read like posts', () => {
    const signed = (
      post: string,
      at: number,
    ) => `${post}<p>Said ${at} times before, as ${paragraphs[at % 4]}</p>
      <div class="signature"><p>OUT${at} I have kept lights and boats on this coast for thirty years, and I answer whoever
      asks me about either. If this was of use to you, please tell others of it as well.</p></div>`
    const html = forum.replaceAll(/<div class="post-body"><p>[^<]*<\/p>/g, signed)
    assert.match(html, /OUT\d+ I have kept/)
    assert.doesNotMatch(textOf(html, kinds[1]?.[1]), /OUT\d+ I have kept/)
  })

  test('keeps elements with their names and attributes, in their order', () => {
    const { root } = contentOf(article)
    const seen = [...elementsOf(root)].filter(isTag)
    const names = seen.map(({ name }) => name).filter((name) => /^(p|h2|ul|li|a)$/.test(name))
    assert.deepEqual(names, ['p', 'p', 'p', 'p', 'h2', 'p', 'a', 'ul', 'li', 'li'])
    assert.equal(seen.find(({ name }) => name === 'a')?.attribs.href, '/trust')
  })
})

describe('the main content is found', () => {
  test('in a noscript, where scripts would bring it', () => {
    const html = page(`<div id="app"></div><noscript><main><h1>The keeper</h1>${story}</main></noscript>`)
    assert.deepEqual(marks(textOf(html)), marks(story))
  })

  test('in what was streamed to the end of the page', () => {
    const html = page('<main><template id="B:0"></template></main>', {
      after: `<div hidden id="S:0">${story}</div>`,
    })
    assert.deepEqual(marks(textOf(html)), marks(story))
  })

  test('in the data of a page that shows nothing else', () => {
    const data = JSON.stringify({ props: { post: { title: 'The keeper', body: paragraphs.join('\n') } } })
    const html = `<body><div id="app"></div><script type="application/json">${data}</script></body>`
    assert.deepEqual(marks(textOf(html)), marks(story))
  })

  test('without main, article or any name', () => {
    const html = page(`<table><tr><td><h1>The keeper</h1>${story}</td></tr></table>`)
    assert.deepEqual(marks(textOf(html)), marks(story))
  })

  test('in parts that are folded away within it', () => {
    const html = page(
      `<main><article><h1>The keeper</h1>${story}<h2>More</h2><div class="accordion" hidden><p>INfold ${story}</p></div></article></main>`,
    )
    assert.match(textOf(html), /IN4/)
  })

  test('in German, with what is around it in German', () => {
    const text =
      '<p>INde Der Wärter stieg zweimal am Tag die Treppe hinauf, abends um die Lampe zu entzünden und morgens um sie zu löschen, und hat es in vierzig Jahren nicht ein einziges Mal versäumt.</p>'
    const html = page(
      `<main><h1>Der Wärter</h1>${text.repeat(3)}<div><h3>Mehr zum Thema</h3><ul><li><a href="/a">OUTde Die Fähre</a></li></ul></div></main>`,
    )
    assert.match(textOf(html), /INde/)
    assert.doesNotMatch(textOf(html), /OUTde/)
  })

  test('to be without what only scripts read, and with code that looks like it', () => {
    const [data, place, shown] = [
      '{"widget": "shelf", "items": ["a"]}',
      '{{ errors[7].message }}',
      '{"shown": "as code"}',
    ]
    const text = textOf(
      page(`<main>${story}<div>${data}</div><p>${place}</p><pre>${shown}</pre>${story}</main>`),
    )
    assert.deepEqual(
      [data, place, shown].map((part) => text.includes(part)),
      [false, false, true],
    )
  })

  test('to be without what is only read aloud', () => {
    const aloud = '<span class="sr-only">OUT opens in a new tab</span>'
    const html = page(
      `<main><h2 class="visually-hidden">OUT Results</h2>${story}<p>INb the lamp${aloud}</p></main>`,
    )
    assert.match(textOf(html), /INb the lamp/)
    assert.doesNotMatch(textOf(html), /OUT/)
  })

  test('to be without what its maker wants no part of to be quoted', () => {
    const html = page(`<main>${story}<div data-nosnippet><p>OUT ${paragraphs[1]}</p></div></main>`)
    assert.match(textOf(html), /IN4/)
    assert.doesNotMatch(textOf(html), /OUT/)
  })

  test('to be nothing where a page is only a frame', () => {
    assert.equal(textOf(page('<div id="app"></div>')), '')
    assert.equal(textOf(''), '')
  })

  test('without a banner for consent that has more text than the page', () => {
    const html = page(`<main><h1>The keeper</h1><p>${paragraphs[0]}</p><p>${paragraphs[1]}</p></main>`, {
      after: `<div class="cookie-consent" role="dialog">${'<p>OUT We and our partners store and read what is on your device, and work with personal data, to show you advertising that fits.</p>'.repeat(12)}</div>`,
    })
    assert.doesNotMatch(textOf(html), /OUT/)
  })
})

describe('the main content of a page of few words', () => {
  const rest = `<p>INprice <span class="price">$19.99</span></p>
    <table><tr><th>INname</th><th>INcount</th></tr><tr><td>INfruit</td><td>INthree</td></tr></table>
    <ul><li>INone</li><li>INtwo</li></ul>`
  const around = `<header><nav><ul><li><a href="/a">OUT Lamps</a></li><li><a href="/b">OUT Ropes</a></li></ul></nav></header>`
  const pages: [where: string, html: string][] = [
    [
      'an article',
      `<article><h1>INhead</h1><p>INtext A box of pine, made by hand in a yard.</p>${rest}</article>`,
    ],
    [
      'boxes within an article',
      `<main><article><h1>INhead</h1><div class="intro"><p>INtext A box of pine, made by hand in a yard.</p></div>
        <div class="details">${rest}</div></article><aside><h2>OUT Related</h2><ul><li><a href="/c">OUT Oars</a></li></ul></aside></main>`,
    ],
    [
      'the page itself',
      `<h1>INhead</h1><p>INtext A box of pine.</p>${rest}<h2>INmore</h2><p>INlast Oiled twice.</p>`,
    ],
  ]
  for (const [where, content] of pages)
    test(`is all of it, in ${where}`, () => {
      const html = `<html><body>${around}${content}<footer><p>OUT Imprint</p></footer></body></html>`
      assert.deepEqual(marks(textOf(html)), marks(html))
      assert.doesNotMatch(textOf(html), /OUT/)
    })
})

describe('the main content of a page too long to be judged block by block', () => {
  test('is all but what the rules know to be around it', () => {
    const rows = Array.from({ length: 40_000 }, (_, at) => `<li>item ${at} of the list</li>`).join('')
    const text = textOf(
      `<nav><a href=/a>Home</a> <a href=/b>About</a></nav><main><h1>The list</h1><ul>${rows}</ul></main><footer>The foot</footer>`,
    )
    assert.match(text, /^The list\nitem 0 of the list\n/)
    assert.match(text, /\nitem 39999 of the list$/)
  })
})

describe('the main content of a hostile page', () => {
  const shapes: [what: string, html: string][] = [
    ['100,000 nested elements', `${'<div>'.repeat(100_000)}deep`],
    ['100,000 paragraphs', '<p>All of these paragraphs are alike, and so nobody reads them.'.repeat(100_000)],
    ['100,000 links', '<a href=x>link</a> '.repeat(100_000)],
    ['100,000 headings that say what follows is around', '<h2>Related</h2><p>x</p>'.repeat(50_000)],
    ['100,000 lists nested in each other', '<ul><li>x'.repeat(100_000)],
    ['50,000 hidden parts', '<div hidden><p>x</p></div>'.repeat(50_000)],
    ['100,000 different names', Array.from({ length: 100_000 }, (_, n) => `<b class="c${n}">x</b>`).join('')],
    ['a class of a megabyte', `<div class="${'nav '.repeat(250_000)}">x</div>`],
    ['a text of five megabytes', `<p>${'word '.repeat(1_000_000)}`],
    ['a word of five megabytes', `<p>${'a'.repeat(5_000_000)}`],
    ['tables in tables', '<table><tr><td>'.repeat(50_000)],
  ]
  for (const [what, html] of shapes) {
    test(`of ${what} is no more than it has`, () => {
      const { root } = contentOf(html)
      assert.ok([...elementsOf(root)].length <= 400_000)
      assert.ok(toText(root).length <= html.length)
    })
  }
})
