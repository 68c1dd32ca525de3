import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { changeOf } from '../../src/worker/change.ts'

describe('the change of a page', () => {
  test('is none where it was not looked at before', () => {
    const { changed, diff, hash } = changeOf(null, 'a')
    assert.deepEqual({ changed, diff, length: hash.length }, { changed: false, diff: null, length: 64 })
  })

  test('is none where the text is the same', () => {
    assert.deepEqual(changeOf('a', 'a'), { ...changeOf(null, 'a'), changed: false })
  })

  test('is a unified diff of the lines', () => {
    const { changed, diff, hash } = changeOf('one\ntwo\nthree\n', 'one\n2\nthree\n')
    assert.equal(changed, true)
    assert.notEqual(hash, changeOf(null, 'one\ntwo\nthree\n').hash)
    assert.match(diff ?? '', /^@@ -1,3 \+1,3 @@\n one\n-two\n\+2\n three\n/m)
  })

  test('of texts that have nothing in common is told without a diff', () => {
    const lines = (name: string) =>
      Array.from({ length: 50_000 }, (_, index) => `${name} ${index}`).join('\n')
    const { changed, diff } = changeOf(lines('a'), lines('b'))
    assert.deepEqual({ changed, diff }, { changed: true, diff: null })
  })
})
