import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { findProxy, parseProxies } from '../../src/fetch/proxy.ts'

describe('PROXIES', () => {
  const read: [text: string, kind: string, host: string, port: number, href: string][] = [
    ['http://proxy.test', 'http', 'proxy.test', 80, 'http://proxy.test:80'],
    ['https://proxy.test/', 'https', 'proxy.test', 443, 'https://proxy.test:443'],
    ['socks5://proxy.test', 'socks5', 'proxy.test', 1080, 'socks5://proxy.test:1080'],
    ['socks5h://proxy.test:9', 'socks5', 'proxy.test', 9, 'socks5://proxy.test:9'],
    ['HTTP://PROXY.test:3128', 'http', 'proxy.test', 3128, 'http://proxy.test:3128'],
    ['socks5://PROXY.test:1', 'socks5', 'proxy.test', 1, 'socks5://proxy.test:1'],
    ['http://10.0.0.1:3128', 'http', '10.0.0.1', 3128, 'http://10.0.0.1:3128'],
    ['socks5://10.1:1080', 'socks5', '10.0.0.1', 1080, 'socks5://10.0.0.1:1080'],
    ['socks5://[::1]:1080', 'socks5', '::1', 1080, 'socks5://[::1]:1080'],
    ['http://[FD00::0:7]:3128', 'http', 'fd00::7', 3128, 'http://[fd00::7]:3128'],
    ['http://prоxy.test', 'http', 'xn--prxy-65d.test', 80, 'http://xn--prxy-65d.test:80'],
  ]
  for (const [text, kind, host, port, href] of read) {
    test(`takes ${text}`, () =>
      assert.deepEqual(parseProxies(` ${text} ,`), [{ kind, host, port, href, credentials: null }]))
  }

  test('are none without a text', () => assert.deepEqual([...parseProxies(''), ...parseProxies(' , ')], []))

  const logins: [text: string, user: string, password: string][] = [
    ['http://me:secret@proxy.test', 'me', 'secret'],
    ['http://me@proxy.test', 'me', ''],
    ['http://me:a%3Ab%40c%2Fd%2Ce%25@proxy.test', 'me', 'a:b@c/d,e%'],
    ['socks5://m%3Ae:%C3%A9@proxy.test', 'm:e', 'é'],
  ]
  for (const [text, user, password] of logins) {
    test(`takes a login from ${text}, and shows none of it`, () => {
      const [proxy] = parseProxies(text)
      assert.deepEqual(proxy?.credentials, { user, password })
      assert.doesNotMatch(proxy?.href ?? '', /@/)
    })
  }

  const refused: [text: string, why: RegExp][] = [
    ['proxy.test:3128', /scheme/],
    ['proxy', /not a URL/],
    ['ftp://proxy.test', /scheme/],
    ['socks4://proxy.test', /scheme/],
    ['http://', /not a URL/],
    ['socks5://', /no host/],
    ['socks5://a b', /not a URL/],
    ['http://proxy.test:0', /1 to 65535/],
    ['http://proxy.test:65536', /not a URL/],
    ['http://proxy.test/path', /path/],
    ['http://proxy.test?query', /path/],
    ['socks5://proxy.test#x', /path/],
    ['http://:secret@proxy.test', /without a user/],
    ['http://a%3Ab:secret@proxy.test', /colon/],
    ['http://me:%zz@proxy.test', /percent-encoded/],
    ['http://me:a%0Ab@proxy.test', /control/],
    [`socks5://${'u'.repeat(256)}:x@proxy.test`, /255/],
    ['http://proxy.test,http://proxy.test:80', /second time/],
    ['socks5://proxy.test,socks5h://proxy.test', /second time/],
  ]
  for (const [text, why] of refused) {
    test(`refuses ${text.slice(0, 60)}, and says what it takes`, () =>
      assert.throws(
        () => parseProxies(text),
        (error: Error) => {
          assert.match(error.message, why)
          return true
        },
      ))
  }

  test('are told by their number where an entry may hold a password', () => {
    const faulty = () => parseProxies('http://a.test,http://me:pass%zz@b.test')
    assert.throws(faulty, (error: Error) => {
      assert.match(error.message, /entry 2/)
      assert.doesNotMatch(error.message, /pass%|me:/)
      return true
    })
  })
})

describe('a proxy that a request names', () => {
  const proxies = parseProxies('http://me:secret@proxy.test:3128,socks5://[::1]')
  const cases: [text: string, href: string | undefined][] = [
    ['http://proxy.test:3128', 'http://proxy.test:3128'],
    ['http://PROXY.TEST:3128/', 'http://proxy.test:3128'],
    ['socks5h://[0:0::1]:1080', 'socks5://[::1]:1080'],
    ['http://proxy.test', undefined],
    ['https://proxy.test:3128', undefined],
    ['socks5://proxy.test:3128', undefined],
    ['http://me:secret@proxy.test:3128', undefined],
    ['http://proxy.test.:3128', undefined],
    ['http://other.test:3128', undefined],
    ['http://proxy.test:3128/path', undefined],
    ['nothing', undefined],
    ['', undefined],
  ]
  for (const [text, href] of cases) {
    test(`is ${href ?? 'none'} for ${text || 'an empty text'}`, () =>
      assert.equal(findProxy(proxies, text)?.href, href))
  }
})
