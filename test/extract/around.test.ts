import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Document, Element } from 'domhandler'
import { PageKind } from '../../src/contract/kind.ts'
import { findAround, Verdict } from '../../src/extract/around.ts'
import { parseTree } from '../../src/extract/tree.ts'
import { elementsOf, ownText } from '../../src/extract/walk.ts'
import { paragraphs } from './fixtures.ts'

const story = paragraphs.map((text) => `<p>${text}</p>`).join('')

/** What the rules say of each word in capitals with a number, as `A1`, by the element that it stands in. */
function verdicts(kind: PageKind, main: string): Record<string, Verdict> {
  const document = parseTree(`<body><nav><a href="/">Home</a></nav><main>${story}${main}</main></body>`)
  const elements = [...elementsOf(document)]
  const rules = findAround(document, kind, new Set<Element | Document>(elements))
  const marked = elements.flatMap((one) =>
    (ownText(one).match(/\b[A-Z]\d\b/g) ?? []).map((mark) => [mark, rules(one)]),
  )
  return Object.fromEntries(marked)
}

const { content, around, surelyAround } = Verdict

describe('around the content', () => {
  test('is nothing for how it looks on paper, or with a menu in it', () => {
    const main = `<div class="group/code print:hidden"><pre>A1</pre></div><div class="[&_nav]:mt-2 flex"><p>A2</p></div>
      <div class="print"><p>A3</p></div>`
    assert.deepEqual(verdicts(PageKind.documentation, main), { A1: content, A2: content, A3: around })
  })

  test('is what is hidden, but for tabs and what a heading opens', () => {
    const main = `<div role="tabpanel" hidden><pre>A1</pre></div>
      <div role="region" aria-labelledby="more" style="display: none"><table><tr><td>A2</td></tr></table></div>
      <div role="tabpanel" hidden><ul><li><a href="/b">A3</a></li><li><a href="/c">Rope</a></li></ul></div>
      <div hidden><pre>A4</pre></div>`
    assert.deepEqual(verdicts(PageKind.documentation, main), {
      A1: content,
      A2: content,
      A3: around,
      A4: around,
    })
  })

  test('is what lies over all of the window, but no page that is made so', () => {
    const main = `<div class="z-50 fixed md:p-4 inset-0"><p>A1 Tell me when it is back</p></div>
      <div class="fixed inset-x-0"><p>A2</p></div><div class="inset-0 fixed">${story}<p>A3</p>${story}</div>`
    assert.deepEqual(verdicts(PageKind.product, main), { A1: surelyAround, A2: content, A3: content })
  })

  test('is what tips say that are opened beside words', () => {
    const main = `<h4>A1 Sound <tool-tip class="tool-tip"><div class="tool-tip__content"><p>A2</p></div></tool-tip></h4>
      <p class="tooltip">A3 Range <span class="tooltiptext">A4</span></p><div class="tooltip-trigger">A5</div>`
    const found = { A1: content, A2: surelyAround, A3: content, A4: surelyAround, A5: around }
    assert.deepEqual(verdicts(PageKind.product, main), found)
  })

  test('is what its maker keeps from search', () => {
    const main =
      '<div class="page-end nocontent"><p>A1</p></div><div class="robots-nocontent">A2</div><div>A3</div>'
    assert.deepEqual(verdicts(PageKind.documentation, main), { A1: around, A2: around, A3: content })
  })

  const things = (marks: string[], price: string) =>
    marks
      .map((mark) => `<li><a href="/p/${mark}"><img src="/${mark}.jpg"><b>${mark}</b></a>${price}</li>`)
      .join('')

  test('of a product is what else is for sale beside it, with its title', () => {
    const main = `<section><p>A1</p><div><ul>${things(['A2', 'A3', 'A4'], '<span>12,50 €</span>')}</ul></div></section>
      <p>A5</p><ul>${things(['A6', 'A7', 'A8'], '')}</ul><ul>${things(['B1', 'B2'], '<i class="price">9</i>')}</ul>`
    const out = { A1: surelyAround, A2: surelyAround, A3: surelyAround, A4: surelyAround }
    const rest = { A5: content, A6: content, A7: content, A8: content, B1: content, B2: content }
    assert.deepEqual(verdicts(PageKind.product, main), { ...out, ...rest })
  })

  test('of a product is no row of its sellers, and nothing that most of the page is', () => {
    const row = (mark: string) =>
      `<tr><td><a href="/${mark}"><img src="/a.png">${mark}</a></td><td>$4</td></tr>`
    const long = paragraphs.join(' ').slice(0, 380)
    const thing = (mark: string) =>
      `<div><a href="/${mark}"><img src="/a.png"></a><p>${mark} ${long}</p>£3</div>`
    const main = `<table>${['A1', 'A2', 'A3'].map(row).join('')}</table><div>${'A4 A5 A6 A7 A8'.split(' ').map(thing).join('')}</div>`
    const found = verdicts(PageKind.product, main)
    assert.deepEqual(Object.keys(found).length, 8)
    assert.ok(Object.values(found).every((verdict) => verdict === content))
  })

  test('of a product are fields that have the names programs know them by', () => {
    const main = `<dl><dt>size_chart-2:</dt><dd>A1</dd><dt>cert_CE:</dt><dd>A2</dd><dt>Material:</dt><dd>A3</dd></dl>`
    assert.deepEqual(verdicts(PageKind.product, main), { A1: surelyAround, A2: surelyAround, A3: content })
  })

  test('of a shop is the one of two prices that is not seen, and the title that is not', () => {
    const prices = (names: string, [one, other]: string[]) =>
      `<div class="${names}"><div class="price__container"><div class="price__regular"><b>${one}</b></div>
        <div class="price__sale"><s>${other}</s></div></div></div>`
    const card = (names: string, [above, below]: string[]) =>
      `<div class="card ${names}"><div class="card__inner"><div class="card__content"><div class="card__information">${above}</div></div></div>
        <div class="card__content"><div class="card__information">${below}</div></div></div>`
    const main = `${prices('price price--large', ['A1', 'A2'])}${prices('price price--on-sale', ['A3', 'A4'])}
      ${card('card--standard card--media', ['B1', 'B2'])}${card('card--card', ['B3', 'B4'])}`
    const found = verdicts(PageKind.collection, main)
    assert.deepEqual(
      Object.keys(found).filter((mark) => found[mark] === surelyAround),
      ['A2', 'A3', 'B1'],
    )
  })
})
