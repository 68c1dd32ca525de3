import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { chooseBlocks } from '../../src/extract/keep.ts'
import { outline } from '../../src/extract/layout.ts'
import { parseTree } from '../../src/extract/tree.ts'

/** Keeps what is likely of some paragraphs. @returns their texts */
function keep(paragraphs: [text: string, chance: number][]): string[] {
  const { blocks, boxes } = outline(parseTree(paragraphs.map(([text]) => `<p>${text}</p>`).join('')))
  const kept = chooseBlocks({ blocks, boxes, chances: Float32Array.from(paragraphs, ([, chance]) => chance) })
  return blocks.flatMap(({ text }, at) => (kept[at] ? [text] : []))
}

const sentence = 'It rained all night and the river rose over its banks.'

describe('what is kept of a page', () => {
  test('is what is likely', () =>
    assert.deepEqual(
      keep([
        ['Home', 0.02],
        [sentence, 0.97],
        ['Imprint', 0.03],
      ]),
      [sentence],
    ))

  test('is what is likeliest where nothing is likely', () =>
    assert.deepEqual(
      keep([
        ['Home', 0.01],
        [sentence, 0.3],
        ['Imprint', 0.01],
      ]),
      [sentence],
    ))

  test('is all of a list or nothing, where that is what is not certain', () => {
    const list = (chance: number): [string, number][] =>
      Array.from({ length: 40 }, (_, at) => [`Item ${at} of ten words that stands in a list here`, chance])
    assert.equal(keep([[sentence, 0.9], ...list(0.5)]).length, 41)
    assert.deepEqual(keep([[sentence.repeat(6), 0.9], ...list(0.2)]), [sentence.repeat(6)])
    const story = sentence.repeat(10)
    // Where each item were for itself, a third of them likely to be right would be worth more than none.
    assert.deepEqual(keep([[story, 0.98], ...list(0.35)]), [story])
  })

  test('is nothing of a page without text', () => assert.deepEqual(keep([]), []))

  test('is a heading rather than the same sentence before it', () => {
    const html = `<p>${sentence}</p><h1>${sentence}</h1><p>${sentence}</p><h2>${sentence}</h2><p>The end of it.</p>`
    const { blocks, boxes } = outline(parseTree(html))
    const kept = chooseBlocks({ blocks, boxes, chances: new Float32Array(blocks.length).fill(0.9) })
    assert.deepEqual([...kept], [0, 1, 0, 0, 1])
  })

  test('is a heading once, where it is said again with nothing between that is kept', () => {
    const card = (name: string) =>
      `<h3>${name}</h3><img src="a.jpg"><span>Sale</span><h3>${name}</h3><p>${sentence}</p>`
    const { blocks, boxes } = outline(
      parseTree(`${card('A kettle')}${card('A pan')}<h3>A kettle</h3><p>${sentence} Ends.</p>`),
    )
    const chances = Float32Array.from(blocks, ({ text }) => (text === 'Sale' ? 0.02 : 0.97))
    const kept = chooseBlocks({ blocks, boxes, chances })
    const headings = blocks.flatMap(({ text }, at) => (kept[at] && text.startsWith('A ') ? [text] : []))
    assert.deepEqual(headings, ['A kettle', 'A pan', 'A kettle'])
  })

  test('is a sentence once, however often it is said', () =>
    assert.deepEqual(
      keep([
        [sentence, 0.9],
        ['Quite so', 0.9],
        [sentence, 0.9],
        ['Quite so', 0.9],
      ]),
      [sentence, 'Quite so', 'Quite so'],
    ))

  test('is no heading of what was said before', () => {
    const html = `<h2>Flood</h2><p>${sentence}</p><h2>Again</h2><p>${sentence}</p>`
    const { blocks, boxes } = outline(parseTree(html))
    const kept = chooseBlocks({ blocks, boxes, chances: Float32Array.of(0.7, 0.9, 0.7, 0.9) })
    assert.deepEqual([...kept], [1, 1, 0, 0])
  })
})
