import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { compilePattern, createFilter, Pattern, Patterns } from '../../src/contract/pattern.ts'

const site = 'https://a.example'

describe('a pattern', () => {
  const rows: [pattern: string, fitting: string[], others: string[]][] = [
    ['/blog', ['/blog', '/blog?page=2'], ['/blog/', '/blogs', '/a/blog']],
    ['/blog/*', ['/blog/', '/blog/a', '/blog/a?b=c'], ['/blog', '/blog/a/b', '/blog/a/']],
    ['/blog/**', ['/blog/', '/blog/a', '/blog/a/b/c'], ['/blog', '/other/blog/a']],
    ['**/edit', ['/edit', '/a/edit', '/a/b/edit'], ['/edit/a', '/edits']],
    ['/*/edit', ['/a/edit', '/a.b/edit?c'], ['/a/b/edit', '/edit']],
    ['**.pdf', ['/a.pdf', '/a/b.pdf'], ['/a.pdf.html', '/pdf']],
    ['/a*c/d', ['/ac/d', '/abc/d', '/aXXXc/d'], ['/a/c/d', '/ab/d']],
    ['/**/a/*/b', ['/x/a/y/b', '/x/y/a/z/b', '/a/a/a/b/a/c/b'], ['/x/a/y/z/b', '/a/b']],
    ['/list?page=*', ['/list?page=2', '/list?page=2&a=b'], ['/list', '/list?a=b', '/list?page=a/b']],
    ['**?**print=1**', ['/a?print=1', '/a/b?c=d&print=1&e'], ['/a', '/print=1']],
    ['/über/*', ['/über/a', '/%C3%BCber/a'], ['/uber/a']],
    ['/a%20b', ['/a b', '/a%20b'], ['/a+b']],
    ['/a.c[d](e)+$', ['/a.c[d](e)+$'], ['/abc[d](e)+$', '/a.cd']],
    ['**', ['/', '/a/b?c'], []],
    ['*', [], ['/', '/a']],
  ]
  for (const [pattern, fitting, others] of rows)
    test(`fits what it says and nothing else: ${pattern}`, () => {
      const fits = compilePattern(pattern)
      assert.deepEqual(
        fitting.filter((path) => !fits(new URL(path, site).href)),
        [],
      )
      assert.deepEqual(
        others.filter((path) => fits(new URL(path, site).href)),
        [],
      )
    })

  const bad: [pattern: unknown, message: RegExp][] = [
    ['', /empty/],
    ['blog', /begin with/],
    ['https://a.example/', /begin with/],
    ['/a b', /white space/],
    ['/a#b', /white space or #/],
    ['/a\u0000', /white space/],
    ['/***', /two \*/],
    [`/${'*a'.repeat(11)}`, /10 wildcards/],
    [`/${'a'.repeat(200)}`, /200 characters/],
    [17, /text/],
  ]
  for (const [pattern, message] of bad)
    test(`is refused with the reason: ${JSON.stringify(pattern).slice(0, 30)}`, () => {
      const { error } = Pattern.safeParse(pattern)
      assert.match(error?.issues[0]?.message ?? '', message)
    })

  test('comes with others in a list that has a bound', () => {
    assert.ok(Patterns.safeParse(['/a', '/b']).success)
    assert.match(
      Patterns.safeParse(Array.from({ length: 21 }, () => '/a')).error?.issues[0]?.message ?? '',
      /20 patterns/,
    )
  })

  test('takes time in proportion to the URL, whatever both are', () => {
    const fits = compilePattern(`${'**a'.repeat(9)}**b`)
    const href = `${site}/${'a'.repeat(2000)}`
    // Matched by going back, it would take longer than the Earth will last.
    assert.equal(fits(href), false)
  })
})

describe('a filter', () => {
  const wants = (include: string[], exclude: string[], path: string) =>
    createFilter(include, exclude)(site + path)

  test('wants everything without patterns', () => assert.ok(wants([], [], '/a')))
  test('wants what one pattern includes', () => {
    assert.ok(wants(['/a/**', '/b/**'], [], '/b/c'))
    assert.ok(!wants(['/a/**', '/b/**'], [], '/c'))
  })
  test('does not want what one pattern excludes, included or not', () => {
    assert.ok(!wants(['/a/**'], ['**.pdf'], '/a/b.pdf'))
    assert.ok(!wants([], ['/a'], '/a'))
  })
})
