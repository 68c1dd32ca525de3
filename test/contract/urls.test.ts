import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createScope, keyOf, resolveLink, type Scope } from '../../src/contract/urls.ts'

const key = (text: string) => keyOf(new URL(text).href)

describe('the key of a URL', () => {
  const same: [name: string, ...urls: string[]][] = [
    ['fragments', 'https://a.example/x', 'https://a.example/x#part', 'https://a.example/x#'],
    [
      'schemes and their ports',
      'https://a.example/x',
      'http://a.example/x',
      'http://a.example:80/x',
      'https://a.example:443/x',
    ],
    ['capitals of the host', 'https://a.example/', 'HTTPS://A.EXAMPLE'],
    ['dots in the path', 'https://a.example/b', 'https://a.example/a/../b', 'https://a.example/./b'],
    [
      'the order of parameters',
      'https://a.example/?a=1&b=2',
      'https://a.example/?b=2&a=1',
      'https://a.example/?&b=2&&a=1&',
    ],
    ['an empty query', 'https://a.example/x', 'https://a.example/x?', 'https://a.example/x?&'],
    [
      'what tracks',
      'https://a.example/?id=7',
      'https://a.example/?utm_source=x&id=7&utm_medium=y&UTM_TERM=z',
      'https://a.example/?gclid=1&fbclid=2&id=7&msclkid=3&mc_cid=4&_ga=5&srsltid=6',
    ],
    [
      'sessions',
      'https://a.example/x?id=7',
      'https://a.example/x;jsessionid=0A1B2C?id=7',
      'https://a.example/x?PHPSESSID=abc&id=7',
      'https://a.example/x?id=7&sid=0a1b2c3d4e5f60718293',
    ],
    [
      'percent-encoding',
      'https://a.example/~a%C3%BC',
      'https://a.example/%7ea%c3%bc',
      'https://a.example/~aü',
    ],
    ['spaces in a query', 'https://a.example/?q=a+b', 'https://a.example/?q=a%20b'],
  ]
  for (const [name, first = '', ...others] of same)
    test(`is the same whatever the ${name}`, () => {
      for (const other of others) assert.equal(key(other), key(first))
    })

  const other: [name: string, a: string, b: string][] = [
    ['a slash at the end', 'https://a.example/x', 'https://a.example/x/'],
    ['hosts', 'https://a.example/', 'https://www.a.example/'],
    ['ports', 'https://a.example/', 'https://a.example:8443/'],
    ['capitals of the path', 'https://a.example/x', 'https://a.example/X'],
    ['values', 'https://a.example/?a=1', 'https://a.example/?a=2'],
    ['the order of one name', 'https://a.example/?a=1&a=2', 'https://a.example/?a=2&a=1'],
    ['a slash that is encoded', 'https://a.example/a/b', 'https://a.example/a%2Fb'],
    ['a short name that is no session', 'https://a.example/?sid=17', 'https://a.example/?sid=18'],
    ['parameters that only begin alike', 'https://a.example/?utmost=1', 'https://a.example/'],
  ]
  for (const [name, a, b] of other)
    test(`is another for other ${name}`, () => assert.notEqual(key(a), key(b)))

  test('takes time in proportion to the URL', () => {
    const query = `?${'%41=&'.repeat(400)}`
    assert.match(key(`https://a.example/${query}`), /^a\.example\/\?A=&A=/)
  })
})

describe('a link', () => {
  const base = 'https://a.example/b/c?d=1'
  const rows: [text: string, resolved: string | null][] = [
    ['e', 'https://a.example/b/e'],
    [' /e#f\n', 'https://a.example/e'],
    ['//c.example/e', 'https://c.example/e'],
    ['?g=2', 'https://a.example/b/c?g=2'],
    ['', 'https://a.example/b/c?d=1'],
    ['#f', 'https://a.example/b/c?d=1'],
    ['javascript:alert(1)', null],
    ['mailto:a@a.example', null],
    ['data:text/html,a', null],
    ['https://user:password@a.example/', null],
    ['http://', null],
    ['https://a..example/', null],
    [`/${'x'.repeat(2048)}`, null],
  ]
  for (const [text, resolved] of rows)
    test(`is resolved, or is none: ${JSON.stringify(text.slice(0, 40))}`, () =>
      assert.equal(resolveLink(text, base), resolved))
})

describe('the scope of a site', () => {
  const rows: [scope: Scope, home: string, href: string, isIn: boolean][] = [
    ['host', 'https://a.example/', 'http://a.example/x', true],
    ['host', 'https://a.example/', 'https://www.a.example/x', true],
    ['host', 'https://www.a.example/', 'https://a.example/x', true],
    ['host', 'https://a.example/', 'https://blog.a.example/x', false],
    ['host', 'https://a.example/', 'https://a.example:8443/x', false],
    ['host', 'https://a.example/', 'https://a.example.evil.example/x', false],
    ['domain', 'https://shop.a.co.uk/', 'https://blog.a.co.uk/', true],
    ['domain', 'https://shop.a.co.uk/', 'https://b.co.uk/', false],
    ['domain', 'https://a.github.io/', 'https://b.github.io/', false],
    ['domain', 'http://127.0.0.1:8000/', 'http://127.0.0.1:9000/', true],
    ['domain', 'http://127.0.0.1/', 'http://127.0.0.2/', false],
    ['domain', 'http://localhost/', 'http://localhost/x', true],
    ['any', 'https://a.example/', 'https://b.example/', true],
  ]
  for (const [scope, home, href, isIn] of rows)
    test(`${scope} of ${home} ${isIn ? 'has' : 'has not'} ${href}`, () =>
      assert.equal(createScope(scope, [home])(href), isIn))

  test('may have several homes, as where one leads to another', () => {
    const isIn = createScope('host', ['https://a.example/', 'https://b.example/'])
    assert.ok(isIn('https://b.example/x') && !isIn('https://c.example/'))
  })
})
