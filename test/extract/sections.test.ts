import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { outline } from '../../src/extract/layout.ts'
import { settleHeadings } from '../../src/extract/sections.ts'
import { parseTree } from '../../src/extract/tree.ts'

type Line = [name: string, text: string, chance: number, isKept: boolean]

/** Settles the headings of a page of such lines. @returns the texts that are kept */
function settle(lines: Line[]): string[] {
  const html = lines.map(([name, text]) => `<${name}>${text}</${name}>`).join('')
  const { blocks, boxes } = outline(parseTree(html))
  const chances = Float32Array.from(lines, ([, , chance]) => chance)
  const kept = Uint8Array.from(lines, ([, , , isKept]) => Number(isKept))
  settleHeadings({ blocks, boxes, chances }, kept)
  return blocks.flatMap(({ text }, at) => (kept[at] ? [text] : []))
}

const soil: Line[] = [
  ['h2', 'The soil', 0.9, true],
  ['p', 'It drains too fast for beans.', 0.9, true],
]

describe('a heading', () => {
  test('goes when nothing of its section is kept', () =>
    assert.deepEqual(
      settle([...soil, ['h2', 'More gardens', 0.6, true], ['p', 'Three of them.', 0.1, false]]),
      ['The soil', 'It drains too fast for beans.'],
    ))

  test('goes with the headings within its section', () =>
    assert.deepEqual(
      settle([
        ...soil,
        ['h2', 'More gardens', 0.6, true],
        ['h3', 'Roses', 0.6, true],
        ['p', 'A short walk.', 0.1, false],
        ['h3', 'Ferns', 0.6, true],
        ['p', 'A longer one.', 0.1, false],
      ]),
      ['The soil', 'It drains too fast for beans.'],
    ))

  test('goes when it is unlikely and little of its section is kept', () =>
    assert.deepEqual(
      settle([
        ['h2', 'The seeds', 0.4, true],
        ['p', 'Sown in May.', 0.5, true],
        ['p', 'Order now and we send you a bag of them for free.', 0.1, false],
      ]),
      ['Sown in May.'],
    ))

  test('stays when it is all but certain, whatever is kept', () =>
    assert.deepEqual(
      settle([
        ['h2', 'The beds', 0.9, true],
        ['p', 'Sign in.', 0, false],
      ]),
      ['The beds'],
    ))

  test('comes back when most of its section is kept', () =>
    assert.deepEqual(
      settle([
        ['h2', 'The water', 0.15, false],
        ['p', 'It comes from the roof.', 0.8, true],
        ['p', 'Ad', 0, false],
      ]),
      ['The water', 'It comes from the roof.'],
    ))

  test('stays out when it is surely around the content', () =>
    assert.deepEqual(
      settle([
        ['h2', 'Sponsored', 0.05, false],
        ['p', 'It comes from the roof.', 0.8, true],
      ]),
      ['It comes from the roof.'],
    ))

  test('of the first level is left as it is', () =>
    assert.deepEqual(
      settle([
        ['h1', 'The garden', 0.3, true],
        ['p', 'Sign in.', 0, false],
      ]),
      ['The garden'],
    ))

  test('does not count what stands under the next one of its level', () =>
    assert.deepEqual(settle([['h3', 'Offers', 0.4, true], ['p', 'A spade.', 0.1, false], ...soil]), [
      'The soil',
      'It drains too fast for beans.',
    ]))
})

test('headings are settled in time that grows with the page', () => {
  const html = '<h3>One</h3><h2>Two</h2>'.repeat(50_000)
  const { blocks, boxes } = outline(parseTree(html))
  const kept = new Uint8Array(blocks.length).fill(1)
  settleHeadings({ blocks, boxes, chances: new Float32Array(blocks.length).fill(0.4) }, kept)
  assert.equal(kept.indexOf(1), -1)
})
