import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { headingsOf } from '../../src/extract/headings.ts'
import { parseTree } from '../../src/extract/tree.ts'

const headings = (html: string) => headingsOf(parseTree(html))

describe('the headings of a page', () => {
  test('have a level, their text on one line, and what a fragment names', () => {
    const html = '<h1>One\n <b>line</b></h1><h2 id=two>Two</h2><h3><a name=three></a>Three<br>lines</h3>'
    assert.deepEqual(headings(html), [
      { level: 1, text: 'One line' },
      { level: 2, text: 'Two', id: 'two' },
      { level: 3, text: 'Three lines', id: 'three' },
    ])
  })

  test('leave out those without text', () => {
    assert.deepEqual(headings('<h1></h1><h2> &nbsp;<script>x</script></h2>'), [])
    assert.deepEqual(headings('<h2>\u200b\u200b</h2><h3>a \u200b b</h3>'), [{ level: 3, text: 'a b' }])
    assert.deepEqual(headings('<h1><img src=x alt="Name"></h1>'), [{ level: 1, text: 'Name' }])
  })

  const drawn = '<svg><title>Link</title><path></path></svg>'
  for (const sign of ['#', '¶', '§', '🔗', '', '<span>#</span>', '<b><i>#</i></b>', drawn])
    test(`leave out the sign ${JSON.stringify(sign)} that links to the heading itself`, () => {
      assert.equal(headings(`<h2>Text <a href="#text">${sign}</a></h2>`)[0]?.text, 'Text')
    })

  for (const [place, words] of [
    ['#', 'top'],
    ['#top', '[Back to top]'],
    ['#top_of_page', '<span>nach oben</span>'],
  ])
    test(`leave out ${words}, which leads to ${place}`, () => {
      assert.equal(headings(`<h2>Text &nbsp; <a href="${place}">${words}</a></h2>`)[0]?.text, 'Text')
    })

  test('keep a link to the top that is the text, or says more', () => {
    assert.equal(headings('<h2><a href="#top">Top</a></h2>')[0]?.text, 'Top')
    assert.equal(headings('<h2>The <a href="#top">top of the hill</a></h2>')[0]?.text, 'The top of the hill')
    assert.equal(headings('<h2>Over the <a href="#hill">top</a></h2>')[0]?.text, 'Over the top')
  })

  test('keep a link that is the text', () => {
    for (const text of ['Text', '<span><b>Text</b></span>', '<i></i><i></i><i></i><i></i>Text'])
      assert.equal(headings(`<h2><a href="#text">${text}</a></h2>`)[0]?.text, 'Text')
  })

  test('are bounded where they nest and are long', () => {
    const found = headings(`${'<div><h1>'.repeat(200)}${'word '.repeat(100_000)}`)
    assert.ok(found.every(({ text }) => text.length <= 10_000))
  })
})
