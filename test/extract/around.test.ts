import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Document, Element } from 'domhandler'
import { PageKind } from '../../src/contract/kind.ts'
import { findAround, Verdict } from '../../src/extract/around.ts'
import { parseTree } from '../../src/extract/tree.ts'
import { elementsOf, ownText } from '../../src/extract/walk.ts'
import { paragraphs } from './fixtures.ts'

const story = paragraphs.map((text) => `<p>${text}</p>`).join('')

/** What the rules say of each word in capitals with a number, as `A1`, by the element that it stands in. */
function verdicts(kind: PageKind, main: string): Record<string, Verdict> {
  const document = parseTree(`<body><nav><a href="/">Home</a></nav><main>${story}${main}</main></body>`)
  const elements = [...elementsOf(document)]
  const rules = findAround(document, kind, new Set<Element | Document>(elements))
  const marked = elements.flatMap((one) =>
    (ownText(one).match(/\b[A-Z]\d\b/g) ?? []).map((mark) => [mark, rules(one)]),
  )
  return Object.fromEntries(marked)
}

const { content, around } = Verdict

describe('around the content', () => {
  test('is nothing for how it looks on paper, or with a menu in it', () => {
    const main = `<div class="group/code print:hidden"><pre>A1</pre></div><div class="[&_nav]:mt-2 flex"><p>A2</p></div>
      <div class="print"><p>A3</p></div>`
    assert.deepEqual(verdicts(PageKind.documentation, main), { A1: content, A2: content, A3: around })
  })

  test('is what is hidden, but for tabs and what a heading opens', () => {
    const main = `<div role="tabpanel" hidden><pre>A1</pre></div>
      <div role="region" aria-labelledby="more" style="display: none"><table><tr><td>A2</td></tr></table></div>
      <div role="tabpanel" hidden><ul><li><a href="/b">A3</a></li><li><a href="/c">Rope</a></li></ul></div>
      <div hidden><pre>A4</pre></div>`
    assert.deepEqual(verdicts(PageKind.documentation, main), {
      A1: content,
      A2: content,
      A3: around,
      A4: around,
    })
  })
})
