import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { metaRefresh } from '../../src/extract/refresh.ts'

const meta = '<meta http-equiv="refresh" content="0;url=/a">'

describe('the refresh of a page', () => {
  const cases: [name: string, html: string, content: string | null][] = [
    ['is found in the head', `<title>x</title>${meta}`, '0;url=/a'],
    ['is the first of several', `${meta}<meta http-equiv=refresh content="0;url=/b">`, '0;url=/a'],
    ['may be written in any case', '<META HTTP-EQUIV=Refresh CONTENT="1; URL=/B">', '1; URL=/B'],
    ['may have its content first', '<meta content="0;url=/a" http-equiv="refresh">', '0;url=/a'],
    ['may be without quotes', '<meta http-equiv=refresh content=0;url=/a>', '0;url=/a'],
    [
      'has its references decoded',
      `<meta http-equiv=refresh content='0;url=/?a=1&amp;b=2'>`,
      '0;url=/?a=1&b=2',
    ],
    ['keeps quotes within quotes', `<meta http-equiv="refresh" content='0;url="/a"'>`, '0;url="/a"'],
    ['is none in a noscript', `<noscript>${meta}</noscript>`, null],
    ['is none in a template', `<template>${meta}</template>`, null],
    ['is none in a comment', `<!--${meta}-->`, null],
    ['is none in a script', `<script>'${meta}'</script>`, null],
    ['is none in SVG', `<svg><desc></desc><title>${meta.replace('<', '&lt;')}</title></svg>`, null],
    ['is found after a noscript', `<noscript><p></noscript>${meta}`, '0;url=/a'],
    ['is none without a content', '<meta http-equiv=refresh>', null],
    ['is none under another name', '<meta name=refresh content="0;url=/a">', null],
    ['is not looked for far down', `<p>${'x'.repeat(70_000)}${meta}`, null],
    ['is none in a page without any', '<p>refresh', null],
  ]
  for (const [name, html, content] of cases) it(name, () => assert.equal(metaRefresh(html), content))
})
