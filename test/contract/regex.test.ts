import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { compilePattern, Pattern } from '../../src/contract/pattern.ts'
import { toPatterns } from '../../src/contract/regex.ts'

const paths = [
  ...['/', '/blog', '/blog/', '/blog/a', '/blog/a/b', '/a/blog/b', '/blog/a.pdf', '/blog/axpdf', '/blog-2'],
  ...['/docs', '/docs/en/a', '/docs/de/a', '/a+b', '/a_b', '/tag/x', '/news/2024/01', '/b'],
]

/** Expressions that have patterns of their own. */
const understood: [regex: string, patterns: string[]][] = [
  ['blog/.*', ['**blog/**']],
  ['^/blog/.*$', ['/blog/**']],
  ['^/blog$', ['/blog']],
  ['^/blog', ['/blog**']],
  ['\\.pdf$', ['**.pdf']],
  ['^/docs/[^/]*/a$', ['/docs/*/a']],
  ['^/docs/[^\\/]*[^/]*$', ['/docs/*']],
  ['^\\/docs\\/.*[^/]*$', ['/docs/**']],
  ['.*', ['**']],
  ['^/(blog|docs)/', ['/blog/**', '/docs/**']],
  ['^/(?:blog|docs)$', ['/blog', '/docs']],
  ['^/blog$|tag', ['/blog', '**tag**']],
  ['a\\+b', ['**a+b**']],
  ['blog-2', ['**blog-2**']],
]

const refused = [
  ...[
    '.+',
    'a?',
    '/blog.pdf',
    '\\d',
    '[a-z]',
    'a{2}',
    '(a',
    'a)',
    '(a(b|c))',
    '(a|b)*',
    '(?!a)',
    '(a|b)|c',
    '(a)(b)',
  ],
  ...['a^b', 'a$b', '\\', '\\*', '\\?', 'a b', '.*+', '*', `(${'a|'.repeat(20)}b)`],
]

describe('a regular expression', () => {
  for (const [regex, patterns] of understood)
    test(`becomes patterns that fit the same paths: ${regex}`, () => {
      assert.deepEqual(toPatterns(regex), patterns)
      for (const pattern of patterns) assert.ok(Pattern.safeParse(pattern).success, pattern)
      const fits = patterns.map(compilePattern)
      for (const path of paths) {
        const isFitting = fits.some((fit) => fit(`https://a.example${path}`))
        assert.equal(isFitting, new RegExp(regex).test(path), path)
      }
    })

  for (const regex of refused)
    test(`is refused in words where no pattern says the same: ${regex}`, () => {
      const answer = toPatterns(regex)
      assert.ok('fault' in answer, JSON.stringify(answer))
    })

  test('may be as long as a body lets it', () => {
    for (const part of ['(', '|', 'a', '.*', '\\.', '[^/]*']) assert.ok(toPatterns(part.repeat(1_000_000)))
  })
})
