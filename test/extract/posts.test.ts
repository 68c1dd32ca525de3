import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Document, Element } from 'domhandler'
import { PageKind } from '../../src/contract/kind.ts'
import { findAround, Verdict } from '../../src/extract/around.ts'
import { partWords } from '../../src/extract/seams.ts'
import { parseTree } from '../../src/extract/tree.ts'
import { elementsOf, ownText } from '../../src/extract/walk.ts'
import { paragraphs } from './fixtures.ts'

/** Texts that the rules say to be around a thread, of elements without others in them. */
function aroundIn(post: string): string[] {
  const posts = paragraphs.map((text) => `<article>${post}<p>${text}</p></article>`)
  const document = partWords(parseTree(`<body>${posts.join('')}</body>`))
  const elements = [...elementsOf(document)]
  const rules = findAround(document, PageKind.forum, new Set<Element | Document>(elements))
  const out = elements.filter((one) => rules(one) === Verdict.surelyAround).map((one) => ownText(one).trim())
  return [...new Set(out)].filter((text) => text !== '')
}

/** What the posts below say around them, each in a text of its own. */
const SAID_AROUND = /(?:OUT|Join Date|Posts: |Last edited|Registriert|Beiträge)[^<]*/g

describe('around the posts of a thread', () => {
  const posts: [what: string, post: string][] = [
    [
      'a table of who wrote each',
      `<dl class="postprofile" id="profile12"><dt>OUT Keeper</dt><dd class="profile-posts"><b>OUT Posts:</b>OUT 812</dd></dl>
        <div class="postbody"><ul class="post-buttons"><li><a href="#">OUT Quote</a></li></ul><div class="content">IN</div>
        <div class="notice">IN said in a box</div><div class="signature">OUT Fair winds</div></div>`,
    ],
    [
      'cells of who wrote each, but the name that heads it',
      `<div class="message-cell message-cell--user"><section class="message-user"><h4 class="message-name">IN Keeper</h4>
        <h5 class="userTitle">OUT Harbour master</h5><dl class="pairs"><dt>OUT Joined</dt><dd>OUT May 3, 2011</dd></dl></section>
        </div><div class="message-content">IN</div><footer class="message-footer"><div>OUT Like</div></footer>`,
    ],
    [
      'controls, marks and other threads',
      `<div class="b-post-control b-post-control--flag">OUT Flag</div><p>IN</p><div class="js-voting-container">OUT 12</div>
        <div class="reactionsBar"><a href="#">OUT Mast and 3 others</a></div><div id="quick_reply">OUT Reply</div>
        <div class="structItem structItem--thread">OUT Rust on the chain</div>`,
    ],
    [
      'cards and notes that only their texts tell of',
      `<table><tr><td><a href="/u/1">IN Keeper</a></td><td><div><div>OUT</div><div>Join Date: May 2006</div>
        <div>OUT Leeds</div><div>Posts: 1,214</div></div></td></tr><tr><td>IN</td></tr><tr><td>
        <div><em>Last edited by Keeper, OUT</em></div></td></tr></table>`,
    ],
    [
      'such in other languages',
      `<table><tr><td><b>IN Leuchtturm</b></td><td><span>Registriert: 12.03.2014</span><br><span>Beiträge: 88</span></td><td>IN</td></tr></table>`,
    ],
  ]
  for (const [what, post] of posts)
    test(`are ${what}`, () => {
      assert.deepEqual(aroundIn(post).toSorted(), [...new Set(post.match(SAID_AROUND))].toSorted())
    })

  test('is nothing that holds most of the page', () => {
    const document = parseTree(`<body class="posts"><div class="poster">${paragraphs.join('')}</div></body>`)
    const elements = new Set<Element | Document>(elementsOf(document))
    const rules = findAround(document, PageKind.forum, elements)
    assert.ok([...elements].every((one) => rules(one) === Verdict.none))
  })
})
