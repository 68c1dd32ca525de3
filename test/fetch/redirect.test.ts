import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { refreshTarget } from '../../src/fetch/redirect.ts'

const base = new URL('https://site.example/dir/page')

describe('where a Refresh leads', () => {
  const cases: [what: string, value: string, target: string | null][] = [
    ['a number and an address', '0;url=next', 'https://site.example/dir/next'],
    ['a number with decimals', '0.5; url=/a', 'https://site.example/a'],
    ['a number that begins with its point', '.5,/b', 'https://site.example/b'],
    ['a number of many points', '1.2.3 /c', 'https://site.example/c'],
    ['points alone', '...;/d', 'https://site.example/d'],
    ['a number that is none', '1x;/e', null],
    ['a number that is too large', '6;/f', null],
    ['a number of 64 KB that is none', `${'1'.repeat(65_000)}x`, null],
    ['points of 64 KB', `1${'.'.repeat(65_000)}x`, null],
    ['white space of 64 KB', `1${' '.repeat(65_000)}`, null],
  ]
  for (const [what, value, target] of cases)
    test(`is read from ${what}`, () => assert.equal(refreshTarget(value, base)?.href ?? null, target))
})
