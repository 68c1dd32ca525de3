import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import render from 'dom-serializer'
import { isTag, type ParentNode } from 'domhandler'
import { MAX_DEPTH } from '../../src/extract/builder.ts'
import { joinStreamed } from '../../src/extract/stream.ts'
import { parseTree } from '../../src/extract/tree.ts'

function joined(body: string): string {
  const document = parseTree(`<body>${body}</body>`)
  joinStreamed(document)
  return render(document.children[0] as never).replaceAll(/<\/?(?:html|head|body)>/g, '')
}

describe('parts that were streamed', () => {
  test('stand where their place was held', () => {
    const page = '<main>a<template id="B:0"></template>c</main><div hidden id="S:0"><p>b</p></div>'
    assert.equal(joined(page), '<main>a<div><p>b</p></div>c</main><div hidden id="S:0"></div>')
  })

  test('may hold the place of others', () => {
    const page =
      '<template id="B:0"></template><div hidden id="S:0">a<template id="P:1"></template></div>' +
      '<div hidden id="S:1">b</div>'
    assert.match(joined(page), /^<div>a<div>b<\/div><\/div>/)
  })

  test('stay where they are without a place, or with one in themselves', () => {
    for (const page of [
      '<div hidden id="S:0">a</div>',
      '<div hidden id="S:0"><template id="B:0"></template>a</div>',
      '<div hidden id="menu">a</div>',
    ])
      assert.equal(joined(page), page)
  })

  test('stay where they are where they would nest without end', () => {
    const parts = Array.from(
      { length: 5000 },
      (_, at) => `<div hidden id="S:${at}"><template id="B:${at + 1}"></template></div>`,
    )
    const document = parseTree(`<template id="B:0"></template>${parts.join('')}`)
    joinStreamed(document)
    let [node, depth]: [ParentNode | null, number] = [document, 0]
    for (; node; node = (node.children.find(isTag) as ParentNode | undefined) ?? null) depth += 1
    assert.ok(depth < 2 * MAX_DEPTH, String(depth))
  })

  test('are joined in a page of many thousands of them', () => {
    const numbers = Array.from({ length: 20_000 }, (_, number) => number)
    const places = numbers.map((number) => `<template id="B:${number}"></template>`)
    const parts = numbers.map((number) => `<div hidden id="S:${number}">x</div>`)
    assert.equal(joined([...places, ...parts].join('')).match(/<div>x<\/div>/g)?.length, 20_000)
  })
})
