import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { z } from 'zod'
import { ParseOptions, queryOptions, toQuery } from '../../src/contract/options.ts'

const Query = z.strictObject(queryOptions)

const whole: ParseOptions = {
  timeout: 2.5,
  max_bytes: 4096,
  user_agent: 'Someone/1.0 (+https://example.com/)',
  accept_language: 'de-CH, de;q=0.9',
  headers: { 'X-Key': 'a: b', Accept: 'text/html' },
  cookies: { session: 'abc=' },
  proxy: 'socks5://proxy.example:1080',
  ignore_tls_errors: true,
  robots: false,
  max_age: 60,
  formats: ['markdown', 'links'],
  main: false,
  select: 'article, main > p',
  remove: '.advertisement',
  extract: { price: { selector: '.price', type: 'number' } },
}

const path = (value: object) => {
  const { error } = ParseOptions.safeParse(value)
  return error?.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`).join('; ')
}

describe('options', () => {
  test('are the same from a body and from a query', () => {
    assert.deepEqual(ParseOptions.parse(whole), whole)
    assert.deepEqual(Query.parse(toQuery(whole)), whole)
    assert.deepEqual(Object.keys(queryOptions), Object.keys(ParseOptions.shape))
  })

  test('that are maps may stand in a query as curl has them', () => {
    assert.deepEqual(Query.parse({ headers: 'X-Key: a: b', cookies: ['a=1', 'b=2='] }), {
      headers: { 'X-Key': 'a: b' },
      cookies: { a: '1', b: '2=' },
    })
  })

  test('that are yes or no may be 1 or 0 in a query', () => {
    assert.deepEqual(Query.parse({ robots: '1', ignore_tls_errors: 'FALSE' }), {
      robots: true,
      ignore_tls_errors: false,
    })
    assert.equal(Query.safeParse({ robots: 'perhaps' }).success, false)
  })

  test('that are lists may stand in a query with commas, or each for itself', () => {
    for (const formats of ['text, links', ['text', 'links'], ['text,links']])
      assert.deepEqual(Query.parse({ formats }), { formats: ['text', 'links'] })
  })

  const refused: [name: string, value: object, fault: RegExp][] = [
    [
      'an unknown format',
      { formats: ['text', 'pdf'] },
      /^formats\.1 knows no "pdf"; takes title, html, markdown, /,
    ],
    ['no format at all', { formats: [] }, /^formats must name a format$/],
    ['formats that are no list', { formats: 'text' }, /^formats must be a list of title, html/],
    [
      'more formats than there are',
      { formats: Array(13).fill('text') },
      /^formats must not name more than 12/,
    ],
    ['a wrong selector', { select: 'p >' }, /^select "p >" is no CSS selector/],
    ['another wrong selector', { remove: 'p:colour(red)' }, /^remove "p:colour\(red\)" is no CSS selector/],
    ['no selector', { select: '' }, /^select must not be empty$/],
    ['main that is no truth', { main: 'yes' }, /^main must be true or false$/],
    ['fields without selectors', { extract: { a: {} } }, /^extract\.a\.selector must be a CSS selector$/],
    ['a field with a wrong selector', { extract: { a: { selector: '[' } } }, /^extract\.a\.selector "\["/],
  ]
  for (const [name, value, fault] of refused)
    test(`refuse ${name}`, () => assert.match(path(value) ?? '', fault))

  const ours = [
    'Host',
    'connection',
    'Keep-Alive',
    'Proxy-Authorization',
    'TE',
    'Trailer',
    'Transfer-Encoding',
  ]
  for (const name of [...ours, 'Upgrade', 'Content-Length', 'Expect', 'Cookie', 'Accept-Encoding', 'Range']) {
    test(`refuse the header field ${name} by its name`, () => {
      assert.match(path({ headers: { [name]: 'x' } }) ?? '', new RegExp(`^headers\\.${name} `))
    })
  }

  const bad: [string, object, RegExp][] = [
    ['a field with a line break', { headers: { 'X-A': 'a\r\nX-B: b' } }, /^headers\.X-A must be printable/],
    ['a field with a space in its name', { headers: { 'X A': 'a' } }, /^headers\.X A is not a name/],
    ['a field that is a number', { headers: { 'X-A': 1 } }, /^headers\.X-A must be a text/],
    ['a list of fields', { headers: ['X-A: 1'] }, /^headers must be an object/],
    [
      '51 fields',
      { headers: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`x-${i}`, ''])) },
      /^headers must not have more than 50/,
    ],
    [
      '9,000 characters',
      { cookies: { a: 'x'.repeat(4000), b: 'x'.repeat(4000), c: 'x'.repeat(1000) } },
      /^cookies must not be longer than 8192/,
    ],
    ['a cookie with a semicolon', { cookies: { a: 'b; c=d' } }, /^cookies\.a must be a cookie/],
    ['a proxy that is none', { proxy: 'ftp://proxy.example/' }, /^proxy must be a URL such as/],
    ['a proxy with a password', { proxy: 'http://a:b@proxy.example/' }, /^proxy must be a URL such as/],
    ['a negative age', { max_age: -1 }, /^max_age must be 0 or more/],
  ]
  for (const [what, value, message] of bad) {
    test(`refuse ${what}`, () => assert.match(path(value) ?? '', message))
  }
})
