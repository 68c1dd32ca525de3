import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { lowerWords, readFacts } from '../../src/extract/about.ts'
import { parseTree } from '../../src/extract/tree.ts'
import { wordsOf } from '../../src/extract/words.ts'

describe('the words of a text', () => {
  for (const read of [wordsOf, lowerWords]) {
    test(`are its runs of letters and digits in small letters (${read.name})`, () =>
      assert.deepEqual(read('Ein Übel, 2 Äpfel & a1'), ['ein', 'übel', '2', 'äpfel', 'a1']))

    for (const letter of ['a', 'ж', '𝒜'])
      test(`come in pieces where one of ${letter} goes on for 10 million (${read.name})`, () =>
        assert.equal(read(letter.repeat(10_000_000)).join('').length, 10_000_000 * letter.length))
  }

  test('are those of a title too, however long a word of it is', () => {
    const { title } = readFacts(parseTree(`<title>${'a'.repeat(10_000_000)} end`), 'https://a.example/')
    assert.ok(title.has('end'))
  })
})
