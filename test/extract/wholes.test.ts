import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { outline } from '../../src/extract/layout.ts'
import { parseTree } from '../../src/extract/tree.ts'
import { settleWholes } from '../../src/extract/wholes.ts'

/** Of a page the texts in upper case are kept. All have one chance. @returns the texts that are kept in the end */
function keep(html: string, chance = 0.3): string[] {
  const { blocks, boxes } = outline(parseTree(html))
  const kept = Uint8Array.from(blocks, ({ text }) => Number(text === text.toUpperCase()))
  settleWholes({ blocks, boxes, chances: new Float32Array(blocks.length).fill(chance) }, kept)
  return blocks.flatMap(({ text }, at) => (kept[at] ? [text] : []))
}

const list = '<ul><li>rope</li><li>nails</li></ul>'

describe('a list', () => {
  test('stays with the text that announces it', () =>
    assert.deepEqual(keep(`<p>BRING:</p>${list}<ul><li>more</li></ul>`), ['BRING:', 'rope', 'nails']))

  test('stays within the item that announces it', () =>
    assert.deepEqual(keep(`<ul><li>BRING:${list}</li><li>else</li></ul>`), ['BRING:', 'rope', 'nails']))

  test('stays with all that nests in it', () =>
    assert.deepEqual(keep(`<p>BRING:</p><ol><li>a bag:${list}</li></ol>`), [
      'BRING:',
      'a bag:',
      'rope',
      'nails',
    ]))

  test('goes where nothing announces it', () => assert.deepEqual(keep(`<p>BRING</p>${list}`), ['BRING']))

  test('goes with the text that announces it', () => assert.deepEqual(keep(`<p>Bring:</p>${list}`), []))

  test('goes where the text stands elsewhere', () =>
    assert.deepEqual(keep(`<div><p>BRING:</p></div><div>${list}</div>`), ['BRING:']))

  test('goes where it is surely around the content', () =>
    assert.deepEqual(keep(`<p>SHARE:</p>${list}`, 0.01), ['SHARE:']))

  test('stays whole where a third of it is kept, and what is beside it', () => {
    assert.deepEqual(keep('<p>BRING</p><ul><li>ROPE</li><li>nails</li><li>tar</li></ul>'), [
      'BRING',
      'ROPE',
      'nails',
      'tar',
    ])
    assert.deepEqual(keep('<ul><li>ROPE</li><li>nails</li></ul><p>THEN GO</p>'), ['ROPE', 'nails', 'THEN GO'])
  })

  test('is left as it is where less is kept, nothing beside it, or where it is long', () => {
    assert.deepEqual(keep('<p>BRING</p><ul><li>ROPE</li><li>nails and tar to last</li></ul>'), [
      'BRING',
      'ROPE',
    ])
    assert.deepEqual(keep('<p>Bring</p><ul><li>ROPE</li><li>nails</li></ul><p>Then go</p>'), ['ROPE'])
    const long = '<li>NAILS</li>'.repeat(150)
    assert.equal(keep(`<p>BRING</p><ul>${long}<li>rope</li></ul>`).includes('rope'), false)
  })
})

describe('a table', () => {
  test('stays whole where a third of it is kept, and what is beside it', () =>
    assert.deepEqual(keep('<p>BRING</p><table><tr><th>WHAT<th>much<tr><td>ROPE<td>much</table>'), [
      'BRING',
      'WHAT',
      'much',
      'ROPE',
      'much',
    ]))
})
