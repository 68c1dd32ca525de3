import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readEmbedded } from '../../src/extract/embedded.ts'
import { toText } from '../../src/extract/text.ts'
import { parseTree } from '../../src/extract/tree.ts'

const textIn = (html: string) => toText(readEmbedded(parseTree(html)))

const story =
  'The ferry left the harbour before dawn, and nobody on the quay had seen who stood at its wheel that morning.'
const sequel =
  'By noon the whole island knew of it, and the harbour master had written three letters to the owner.'

describe('text that a page holds as data', () => {
  test('is taken from JSON, with the title of its object', () => {
    const data = JSON.stringify([{ text: story, title: 'The ferry', more: 'x'.repeat(100) }])
    assert.equal(textIn(`<script type="application/json">${data}</script>`), `The ferry\n${story}`)
  })

  test('is taken from JSON-LD, from what a script assigns and from attributes', () => {
    const data = JSON.stringify({ '@type': 'Article', articleBody: story, padding: 'x'.repeat(200) })
    for (const page of [
      `<script type="application/ld+json">${data}</script>`,
      `<script>window.__STATE__ = ${data};</script>`,
      `<div data-state='${data}'></div>`,
    ])
      assert.equal(textIn(page), story)
  })

  test('is taken from JSON within JSON, and from HTML in it', () => {
    const inner = JSON.stringify({ post: { cooked: `<p>${story}</p><p>${sequel}</p>` } })
    const data = JSON.stringify({ topic: inner })
    assert.equal(textIn(`<script type="application/json">${data}</script>`), `${story}\n${sequel}`)
  })

  test('is said once, and is neither addresses nor words for machines', () => {
    const data = JSON.stringify({
      text: story,
      again: story,
      url: `https://example.com/${'a/'.repeat(80)}`,
      privacyNotice: sequel,
      code: `function run(a, b) { return a + b } ${'if (a) { b } '.repeat(20)}`,
    })
    assert.equal(textIn(`<script type="application/json">${data}</script>`), story)
  })

  test('is nothing where data is broken or says nothing', () => {
    assert.equal(textIn(`<script type="application/json">{"text": "${story}${sequel}</script>`), '')
    assert.equal(textIn(`<script>const add = (a, b) => { return a + b } // ${story} ${sequel}</script>`), '')
    assert.equal(textIn(`<p>${story}</p>`), '')
  })

  test('is found in data that is nested without end', () => {
    const data = `${'{"a":['.repeat(20_000)}"${story}"${']}'.repeat(20_000)}`
    assert.ok(['', story].includes(textIn(`<script type="application/json">${data}</script>`)))
  })

  test('ends with a million characters', () => {
    const texts = Array.from({ length: 20_000 }, (_, number) => `${number}: ${story}`)
    const data = JSON.stringify({ texts })
    assert.ok(textIn(`<script type="application/json">${data}</script>`).length <= 1_100_000)
  })
})
