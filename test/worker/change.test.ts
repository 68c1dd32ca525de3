import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { changeOf, withChange } from '../../src/worker/change.ts'
import { aPage } from '../support/link.ts'

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

  test('says nothing of how the last line ends', () => {
    assert.equal(changeOf('a\nb', 'a\nc').diff, '--- before\n+++ after\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n')
    assert.equal(changeOf('', 'c').diff, '--- before\n+++ after\n@@ -0,0 +1,1 @@\n+c\n')
  })

  test('of texts that have nothing in common, or are very long, is told without a diff', () => {
    const lines = (name: string) =>
      Array.from({ length: 50_000 }, (_, index) => `${name} ${index}`).join('\n')
    const long = '\n'.repeat(2_000_000)
    for (const [before, after] of [[lines('a'), lines('b')] as const, [long, `${long}a`] as const]) {
      const { changed, diff } = changeOf(before, after)
      assert.deepEqual({ changed, diff }, { changed: true, diff: null })
    }
  })
})

describe('the change of a page of a schedule', () => {
  const scheduled = { id: 9, schedule_id: 1 }
  const before = (more: object) => ({
    previous: async () => ({ id: 5, text: 'old', html: '<p>old', ...more }),
  })
  const never = { previous: () => assert.fail('not to be asked') }

  test('is told by its text, with the run that it was compared with', async () => {
    const { change } = await withChange(scheduled, aPage({ formats: { text: 'new' } }), before({}))
    assert.deepEqual([change?.changed, change?.previous_request_id], [true, 5])
    assert.equal(change?.hash, changeOf(null, 'new').hash)
    const same = await withChange(scheduled, aPage({ formats: { text: 'old' } }), before({}))
    assert.deepEqual([same.change?.changed, same.change?.diff], [false, null])
  })

  test('is none where there was no run before', async () => {
    const none = { previous: async () => undefined }
    const { change } = await withChange(scheduled, aPage({ formats: { text: 'new' } }), none)
    assert.deepEqual([change?.changed, change?.previous_request_id], [false, null])
  })

  test('is that of the HTML where one of the two has no text', async () => {
    const page = (html: string, text?: string) => aPage({ html, ...(text ? { formats: { text } } : {}) })
    const changes = [
      await withChange(scheduled, page('<p>old'), before({})),
      await withChange(scheduled, page('<p>new'), before({})),
      await withChange(scheduled, page('<p>old', 'new'), before({ text: null })),
    ]
    assert.deepEqual(
      changes.map(({ change }) => change?.changed),
      [false, true, false],
    )
  })

  test('is in a form that every store can hold', async () => {
    const page = aPage({ formats: { text: 'a \0 \ud800' } })
    const { change } = await withChange(scheduled, page, before({}))
    assert.match(change?.diff ?? '', /\+a \ufffd \ufffd/)
  })

  test('is not looked for where there is no schedule, nor of a page that stands for another', async () => {
    const plain = aPage()
    assert.equal(await withChange({ id: 9, schedule_id: null }, plain, never), plain)
    const wall = aPage({ page_flags: ['bot_check'] })
    assert.equal(await withChange(scheduled, wall, never), wall)
  })
})
