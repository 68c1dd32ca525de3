import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createBase } from '../../src/extract/base.ts'
import { findContent } from '../../src/extract/content.ts'
import { outline } from '../../src/extract/layout.ts'
import { keepDescription } from '../../src/extract/offer.ts'
import { toText } from '../../src/extract/text.ts'
import { parseTree } from '../../src/extract/tree.ts'

const first = 'A kettle of brushed steel that holds two litres and boils them in four minutes.'
const second = 'Its handle stays cool, its lid locks, and its base turns all the way around.'

const offer = (description: string) =>
  `<script type="application/ld+json">${JSON.stringify({ '@type': 'Product', name: 'Kettle', description })}</script>`

/** What is kept of a page of which the blocks that say one of `chosen` were, and what is to be added. */
function keep(html: string, chosen: string[]) {
  const document = parseTree(html)
  const laid = outline(document)
  const kept = Uint8Array.from(laid.blocks, ({ text }) => (chosen.includes(text) ? 1 : 0))
  const added = keepDescription(document, laid, kept)
  return { texts: laid.blocks.filter((_, at) => kept[at] === 1).map(({ text }) => text), added }
}

const page = (description: string, body: string) =>
  `${offer(description)}<h1>Kettle</h1>${body}<p>Free returns</p>`

describe('the description that a page declares of its product', () => {
  test('is kept where the page shows it and nothing of it was chosen', () => {
    const html = page(`${first} ${second}`, `<div><p>${first}</p><p>${second}</p></div>`)
    assert.deepEqual(keep(html, ['Kettle']), { texts: ['Kettle', first, second], added: '' })
  })

  test('is added where the page does not show it, as it was before it was escaped', () => {
    const html = page(`&lt;p&gt;${first}&lt;/p&gt;&lt;p&gt;${second}&lt;/p&gt;`, '<p>Add to basket</p>')
    assert.deepEqual(keep(html, ['Kettle']), {
      texts: ['Kettle'],
      added: `<p>${first}</p><p>${second}</p>`,
    })
  })

  test('changes nothing where some of it was chosen', () => {
    const html = page(`${first} ${second}`, `<p>${first}</p><p>${second}</p>`)
    assert.deepEqual(keep(html, ['Kettle', first]), { texts: ['Kettle', first], added: '' })
  })

  test('is not looked for in what is short, of other things, or no JSON', () => {
    const other = JSON.stringify({ '@type': 'Organization', description: `${first} ${second}` })
    for (const script of [
      offer('A kettle.'),
      `<script type="application/ld+json">${other}</script>`,
      '<script type="application/ld+json">{</script>',
      `<script>${JSON.stringify({ '@type': 'Product', description: first + second })}</script>`,
    ])
      assert.deepEqual(keep(`${script}<h1>Kettle</h1><p>${first}</p>`, ['Kettle']), {
        texts: ['Kettle'],
        added: '',
      })
  })

  test('is part of the content of a product', () => {
    const shop = `<!doctype html><title>Kettle | Shop</title>${offer(`${first}\n${second}`)}
      <nav><a href="/">Home</a> <a href="/kitchen">Kitchen</a></nav>
      <main class="product"><h1 class="product-title">Kettle</h1><div class="price">$49.00</div>
      <form action="/cart/add"><label>Quantity <input name="quantity"></label><button>Add to cart</button></form>
      <p class="sku">SKU: 1234</p></main><footer>All rights reserved</footer>`
    const url = 'https://shop.example/products/kettle'
    const { kind, root } = findContent(parseTree(shop), { url, base: createBase(url) })
    assert.equal(kind, 'product')
    assert.deepEqual(toText(root).split('\n').slice(-2), [first, second])
  })
})
