import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createBase } from '../../src/extract/base.ts'
import { imagesOf } from '../../src/extract/images.ts'
import { parseTree } from '../../src/extract/tree.ts'

const images = (html: string) => imagesOf(parseTree(html), createBase('https://site.example/dir/'))
const urls = (html: string) => images(html).map(({ url }) => url.replace('https://site.example/dir/', ''))

describe('the images of a page', () => {
  test('have an absolute address, their text and their size', () => {
    assert.deepEqual(images('<img src="/a.png" alt=" A\n picture " width="640" height="480px">'), [
      { url: 'https://site.example/a.png', alt: 'A picture', width: 640, height: 480 },
    ])
  })

  test('are given once, with the first text that one has', () => {
    const found = images('<img src=a.png><img src=a.png alt=first><img src=a.png alt=second>')
    assert.deepEqual(found, [{ url: 'https://site.example/dir/a.png', alt: 'first' }])
  })

  test('leave out dots that count readers, data and what is no address', () => {
    const html =
      '<img src=p.gif width=1 height=1><img src="data:image/gif;base64,R0"><img src="javascript:x"><img src=""><img>'
    assert.deepEqual(images(html), [])
  })

  test('leave out what only holds a place', () => {
    const names = ['lazy_placeholder.gif', 'loading-trans-ced157046184.gif', 'ajax-loader.gif', 'Spacer.png']
    assert.deepEqual(urls(names.map((name) => `<img src="${name}">`).join('')), [])
    const others = ['loading-dock.jpg', 'pixel-9.jpg', 'blank-space.png', 'placeholder']
    assert.deepEqual(urls(others.map((name) => `<img src="${name}">`).join('')), others)
  })

  const sources: [name: string, html: string, expected: string][] = [
    ['the largest by width', '<img src=s.png srcset="a.png 320w, b.png 1280w, c.png 640w">', 'b.png'],
    ['the largest by density', '<img src=s.png srcset="a.png, b.png 2x">', 'b.png'],
    ['the only one of a set', '<img srcset="a.png">', 'a.png'],
    ['an address that holds commas', '<img srcset="a,b.png 1x,c,d.png 2x">', 'c,d.png'],
    ['what is loaded late', '<img src="blank.gif" data-src="real.png">', 'real.png'],
    ['a set that is loaded late', '<img src=s.png data-srcset="a.png 1x, b.png 2x">', 'b.png'],
    ['the source if the late one is data', '<img src=s.png data-src="data:image/gif,x">', 's.png'],
    [
      'a picture’s sources',
      '<picture><source srcset="a.webp 9w, b.webp 99w"><img src=s.png></picture>',
      'b.webp',
    ],
    [
      'a picture’s late sources beside empty ones',
      '<picture><source srcset="" data-srcset="a.webp"><img src="img/placeholder.svg"></picture>',
      'a.webp',
    ],
    ['late under another name', '<img src=loading.gif data-big="x.jpg?w=9" data-title="a.b c">', 'x.jpg?w=9'],
    ['a late set under another name', '<img src=blank.gif data-my-srcset="a.png 1x, b.png 2x">', 'b.png'],
    ['the source though something else is an image', '<img src=s.png data-zoom="big.png">', 's.png'],
  ]
  for (const [name, html, expected] of sources)
    test(`are taken at their best: ${name}`, () => assert.deepEqual(urls(html), [expected]))

  test('take a flood of candidates', () => {
    assert.equal(images(`<img src=a.png srcset="${'x.png 1w, '.repeat(200_000)}">`).length, 1)
    const picture = `<picture>${'<source srcset=x.png><img src=a.png>'.repeat(20_000)}</picture>`
    assert.deepEqual(
      images(picture).map(({ url }) => url),
      ['https://site.example/dir/x.png', 'https://site.example/dir/a.png'],
    )
  })
})
