import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Element } from 'domhandler'
import { createAloudCheck } from '../../src/extract/aloud.ts'
import { createElement } from '../../src/extract/node.ts'
import { parseTree } from '../../src/extract/tree.ts'
import { elementsOf, ownText } from '../../src/extract/walk.ts'

const named = (names: string): Element => createElement('span', { class: names })

describe('a text is only read aloud', () => {
  const yes = [
    ...['sr-only', 'srOnly', 'u-sr-only', 'sr-only-focusable', 'visually-hidden', 'visuallyhidden'],
    ...['is-visually-hidden', 'hidden-visually', 'hide-visually', 'screen-reader-text', 'screenreader-only'],
    ...[
      'assistive-text',
      'x-assistive-text',
      'a-offscreen',
      'element-invisible',
      'show-for-sr',
      'a11y-hidden',
    ],
    ...['VisuallyHidden_root__a1', 'price sr-only', 'sr-only focus:not-sr-only'],
  ]
  for (const names of yes)
    test(`where it is named ${names}`, () => assert.equal(createAloudCheck()(named(names)), true))

  const no = [
    ...['', 'hidden', 'not-sr-only', 'md:sr-only', 'post tag-screen-reader-text', 'category-sr-only'],
    ...['screen-reader', 'offscreen-menu', 'offscreens', 'visible', 'assistive'],
  ]
  for (const names of no)
    test(`but not where it is named "${names}"`, () => assert.equal(createAloudCheck()(named(names)), false))

  test('but not where it has no names', () =>
    assert.equal(createAloudCheck()(createElement('span', {})), false))

  test('as told by the names that a page begins with, however many there are', () =>
    assert.equal(createAloudCheck()(named(`${'a-'.repeat(2_000_000)} sr-only`)), false))

  /** The texts in some HTML that are only read aloud. */
  const aloud = (html: string) => {
    const isReadAloud = createAloudCheck()
    return [...elementsOf(parseTree(html))].filter(isReadAloud).map(ownText)
  }

  test('where the element beside it shows the same and is not read', () => {
    const seen = '<span aria-hidden="true">EUR <b>20.99</b></span>'
    assert.deepEqual(aloud(`<p>${seen}<!-- --> <span class="clipped">EUR 20.99</span></p>`), ['EUR 20.99'])
    assert.deepEqual(aloud(`<p><span class="clipped">EUR 20.99</span> ${seen}</p>`), ['EUR 20.99'])
  })

  test('but not where that is another text, apart from it, or read too', () => {
    for (const html of [
      '<span aria-hidden="true">A</span><span>Anna</span>',
      '<span aria-hidden="true">Yes</span> or <span>Yes</span>',
      '<span>Yes</span><span>Yes</span>',
      '<span aria-hidden="true">Yes</span><span aria-hidden="true">Yes</span>',
      '<span aria-hidden="true"></span><span></span>',
      '<div aria-hidden="true">Yes</div><span>Yes</span>',
      `<span aria-hidden="true">${'a'.repeat(3000)}</span><span>${'a'.repeat(3000)}</span>`,
    ])
      assert.deepEqual(aloud(`<p>${html}</p>`), [])
  })
})
