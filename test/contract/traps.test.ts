import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { familiesOf, isTrap } from '../../src/contract/traps.ts'

const site = 'https://a.example'

describe('an address that knows no end', () => {
  const traps: [name: string, path: string][] = [
    ['a run of parts, thrice', '/a/b/a/b/a/b'],
    ['one part, thrice', '/x/a/a/a'],
    ['a longer run', '/a/b/c/a/b/c/a/b/c/d'],
    ['one part, five times', '/a/x/a/y/a/z/a/w/a'],
    ['many parts', `/${Array.from({ length: 21 }, (_, index) => `p${index}`).join('/')}`],
    ['a long path', `/${'x'.repeat(1024)}`],
    ['a long query', `/?q=${'x'.repeat(512)}`],
    ['many parameters', `/?${Array.from({ length: 13 }, (_, index) => `p${index}=1`).join('&')}`],
  ]
  for (const [name, path] of traps) test(`is a trap: ${name}`, () => assert.ok(isTrap(site + path)))

  const pages = [
    '/',
    '/a/b/c/d/e/f/g/h',
    '/2024/05/05/a',
    '/a/b/a/b',
    '/1/1/2',
    '/wiki/Talk:A/Archive/1?a=1&b=2&c=3',
    '/docs/v1/api/docs/v2/api',
  ]
  for (const path of pages) test(`is none: ${path}`, () => assert.ok(!isTrap(site + path)))
})

describe('the families of an address', () => {
  const most = (path: string) => familiesOf(site + path).map((family) => family.most)
  const names = (path: string) => familiesOf(site + path).map(({ name }) => name)

  const rows: [path: string, most: number[]][] = [
    ['/', []],
    ['/about', []],
    ['/about?utm_source=x', []],
    ['/list?page=2', [1000, 2000]],
    ['/list?colour=red', [1000]],
    ['/list?colour=red&size=l', [100]],
    ['/product/123456', [2000]],
    ['/calendar/2031/05', [200]],
    ['/calendar/2031-05-17', [200]],
    ['/calendar?month=5', [1000, 200]],
    ['/calendar?date=20310517', [1000, 200]],
    ['/events/2031', [200]],
    ['/2024/05/17/123456.html', [2000]],
    ['/page/2', [2000]],
  ]
  for (const [path, bounds] of rows) test(`bound it: ${path}`, () => assert.deepEqual(most(path), bounds))

  test('are the same for addresses that differ by a number, or by the query of one path', () => {
    assert.deepEqual(names('/calendar/2031/05'), names('/calendar/1999/12'))
    assert.equal(names('/list?a=1&b=2')[0], names('/list?b=3')[0])
    assert.notEqual(names('/list?a=x')[0], names('/other?a=x')[0])
  })

  test('are many for stories that have a name and a date', () =>
    assert.notDeepEqual(names('/2024/05/17/one'), names('/2024/05/17/two')))
})
