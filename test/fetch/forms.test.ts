import assert from 'node:assert/strict'
import { subscribe } from 'node:diagnostics_channel'
import { after, before, describe, it } from 'node:test'
import { type ErrorCode, ServiceError } from '../../src/contract/errors.ts'
import { readUrl, TargetUrl } from '../../src/contract/requests.ts'
import { parseAllowPrivate } from '../../src/fetch/allowance.ts'
import { createFetcher, type FetchSettings } from '../../src/fetch/page.ts'
import { defaultBlockedPorts } from '../../src/fetch/ports.ts'
import { type Origin, page, redirect, selfSigned, startOrigin } from '../support/origin.ts'

// Hosts that lead inside, by what they are; each is tried as it stands over http and https, then behind every redirect.
const inside: Record<string, string[]> = {
  'loopback in decimal': ['127.0.0.1', '127.1', '127.0.1', '127.127.127.127', '127.0x0.0.0x1', '2130706433'],
  'loopback in octal and hexadecimal': [
    '0x7f000001',
    '0x7f.1',
    '0177.0.0.1',
    '017700000001',
    '00000177.0.0.1',
  ],
  'this network': ['0', '0.0.0.0', '0.1.2.3', '[::]'],
  'a dot at the end': ['127.0.0.1.', '169.254.169.254.'],
  'dots and digits of other scripts': [
    '127。0。0。1',
    '127．0．0．1',
    '１２７.０.０.１',
    '①②⑦.⓪.⓪.①',
    '⑯⑨。②⑤④。⑯⑨｡②⑤④',
  ],
  'percent-encoding': ['%31%32%37.0.0.1', '%6c%6f%63%61%6c%68%6f%73%74'],
  'metadata by address': [
    '169.254.169.254',
    '2852039166',
    '0xA9FEA9FE',
    '0251.0376.0251.0376',
    '169.254.43518',
    '169.16689662',
  ],
  'metadata of other clouds': [
    '169.254.170.2',
    '169.254.170.23',
    '100.100.100.200',
    '192.0.0.192',
    '192.0.0.1',
  ],
  'carrier-grade NAT': ['100.64.0.1', '100.127.255.254'],
  'private networks': [
    '10.0.0.1',
    '10.1',
    '167772161',
    '192.168.257',
    '3232235777',
    '172.16.0.1',
    '172.17.0.1',
    '172.31.255.255',
  ],
  benchmarking: ['198.18.0.1', '198.19.255.255'],
  documentation: ['192.0.2.1', '198.51.100.1', '203.0.113.1'],
  'special servers': ['192.88.99.1', '192.31.196.1', '192.52.193.1', '192.175.48.1'],
  'multicast and reserved': ['224.0.0.1', '239.255.255.250', '240.0.0.1', '255.255.255.255'],
  'loopback in IPv6': ['[::1]', '[0:0:0:0:0:0:0:1]', '[::2]'],
  'mapped IPv4': [
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::ffff:169.254.169.254]',
    '[0:0:0:0:0:ffff:a9fe:a9fe]',
  ],
  'compatible IPv4': ['[::127.0.0.1]', '[::a9fe:a9fe]'],
  'translated IPv4': [
    '[::ffff:0:169.254.169.254]',
    '[64:ff9b::169.254.169.254]',
    '[64:ff9b::808:808]',
    '[64:ff9b:1::a9fe:a9fe]',
  ],
  'tunnels to IPv4': ['[2002:a9fe:a9fe::]', '[2002:7f00:1::1]', '[2001:0:4136:e378:8000:63bf:5601:5601]'],
  'link-local and site-local': ['[fe80::1]', '[fe80::5efe:a9fe:a9fe]', '[fec0::1]'],
  'unique local': ['[fc00::1]', '[fd00:ec2::254]', '[fd20:ce::254]'],
  'special IPv6': [
    '[ff02::1]',
    '[100::1]',
    '[100:0:0:1::1]',
    '[2001:2::1]',
    '[2001:db8::1]',
    '[2001:10::1]',
    '[2001:20::1]',
    '[3fff::1]',
    '[5f00::1]',
    '[4000::1]',
    '[2620:4f:8000::1]',
  ],
  'names of this machine': [
    'localhost',
    'LOCALHOST',
    'localhost.',
    'foo.localhost',
    'ⓛⓞⓒⓐⓛⓗⓞⓢⓣ',
    'ip6-localhost',
  ],
  'names inside': [
    'metadata',
    'metadata.google.internal',
    'metadata.google.internal.',
    'metadata.tencentyun.com',
    'instance-data',
    'kubernetes.default.svc',
    'host.docker.internal',
    'redis',
    'postgres',
    'a.internal',
    'printer.local',
    'router.home.arpa',
  ],
}

// Whole URLs that WHATWG's parser reads as 127.0.0.1, whatever they look like.
const twisted = [
  'http:127.0.0.1:PORT/',
  'http:///127.0.0.1:PORT/',
  'http:\\\\127.0.0.1:PORT\\',
  ' http://127.0.0.1:PORT/',
  '\thttp://127.0.0.1:PORT/',
  'ht\ntp://127.0.0.1:PORT/',
  'http://127.0.0.1:PORT\\@example.com/',
  'http://127.0.0.1:PORT#@example.com/',
]

const certificate = selfSigned(['IP:127.0.0.1', 'DNS:origin.test'])
let canary: Origin
let secureCanary: Origin
let canary6: Origin
const asked: string[] = []

// Every socket that this process opens to anywhere.
let dialled = 0
subscribe('net.client.socket', () => {
  dialled += 1
})

const settings: FetchSettings = {
  maxBytes: 1_000_000,
  timeoutMs: 20_000,
  allowPrivate: [],
  blockedPorts: defaultBlockedPorts,
  userAgent: 'test',
  ca: certificate.cert,
  resolve: async (host) => {
    asked.push(host)
    return ['127.0.0.1']
  },
}

before(async () => {
  canary = await startOrigin(() => page('inside'))
  secureCanary = await startOrigin(() => page('inside'), { certificate })
  canary6 = await startOrigin(() => page('inside'), { host: '::1' })
})
after(async () => {
  const accepted = [canary, secureCanary, canary6].map((origin) => origin.accepted())
  for (const origin of [canary, secureCanary, canary6]) await origin.close()
  assert.deepEqual(accepted, [0, 0, 0], 'a connection to an internal address was opened')
})

const fetcher = createFetcher(settings)
const codeOf = async (url: string, from = fetcher): Promise<ErrorCode | 'page'> => {
  try {
    await from.fetch(url)
    return 'page'
  } catch (thrown) {
    assert.ok(thrown instanceof ServiceError)
    return thrown.code
  }
}

describe('a URL that leads inside', () => {
  after(() => assert.equal(dialled, 0, 'a socket was opened'))

  for (const [what, hosts] of Object.entries(inside)) {
    it(`is refused unasked and unconnected: ${what}`, async () => {
      for (const host of hosts) {
        for (const url of [`http://${host}:${canary.port}/`, `https://${host}:${secureCanary.port}/`]) {
          assert.equal(await codeOf(url), 'blocked_address', url)
          assert.equal(await codeOf(url.replace(/:[0-9]+\/$/, '/')), 'blocked_address', url)
        }
      }
      assert.deepEqual(asked, [], 'a name server was asked')
    })
  }

  it('is refused however it is twisted', async () => {
    for (const form of twisted) {
      const url = form.replace('PORT', String(canary.port))
      assert.equal(await codeOf(url), 'blocked_address', url)
    }
  })

  it('gets the same words whatever the reason', async () => {
    const messages = new Set<string>()
    for (const url of [
      'http://10.0.0.1/',
      'https://[::1]/',
      'http://localhost/',
      'http://inside.test/',
      'https://a.local/',
    ]) {
      await fetcher.fetch(url).catch((error: Error) => messages.add(error.message))
    }
    assert.equal(messages.size, 1)
    assert.deepEqual(asked.splice(0), ['inside.test'])
  })
})

describe('a redirect that leads inside', () => {
  const statuses = ['301 Moved', '302 Found', '303 See Other', '307 Temporary', '308 Permanent']
  const hosts = Object.values(inside).flat()
  let outside: Origin
  let location = ''
  let status = ''
  let depth = 0
  before(async () => {
    outside = await startOrigin(({ path }) => {
      const hop = Number(path.slice(1) || 0)
      return hop < depth ? redirect(`/${hop + 1}`) : redirect(location, status)
    })
  })
  after(() => outside.close())
  const follow = (to: string, how = '302 Found', hops = 0) => {
    ;[location, status, depth] = [to, how, hops]
    const allowPrivate = parseAllowPrivate(`127.0.0.1:${outside.port}`)
    return codeOf(`${outside.base}/`, createFetcher({ ...settings, allowPrivate }))
  }

  it('is refused for every host and every status', async () => {
    for (const [index, host] of hosts.entries()) {
      // A Location is bytes: characters beyond ASCII go as UTF-8.
      const bytes = Buffer.from(host).toString('latin1')
      const to =
        index % 2 === 0 ? `http://${bytes}:${canary.port}/` : `https://${bytes}:${secureCanary.port}/`
      assert.equal(await follow(to, statuses[index % statuses.length]), 'blocked_address', host)
    }
  })

  it('is refused at every depth', async () => {
    for (let hops = 0; hops < 10; hops += 1) {
      assert.equal(await follow(`http://127.0.0.1:${canary.port}/`, '302 Found', hops), 'blocked_address')
    }
  })

  it('is refused when it is relative, twisted or leads by name', async () => {
    for (const to of [
      `//127.0.0.1:${canary.port}/`,
      `\\\\127.0.0.1:${canary.port}\\`,
      `http:\\\\[::1]:${canary6.port}`,
    ]) {
      assert.equal(await follow(to), 'blocked_address', to)
    }
    assert.equal(await follow(`http://rebound.test:${canary.port}/`), 'blocked_address')
  })

  it('is not followed for 300 and 305', async () => {
    for (const how of ['300 Multiple Choices', '305 Use Proxy', '304 Not Modified', '306 Unused']) {
      assert.equal(await follow(`http://127.0.0.1:${canary.port}/`, how), 'http_status')
    }
  })

  it('is refused for every other scheme', async () => {
    const places = [
      'file:///etc/passwd',
      'data:text/html,x',
      'javascript:alert(1)',
      'gopher://127.0.0.1:6379/_x',
      'ftp://127.0.0.1/',
      'blob:http://127.0.0.1/x',
      'jar:http://127.0.0.1!/',
      'ws://127.0.0.1/',
      'about:blank',
      'mailto:a@b.example',
    ]
    for (const place of places) assert.equal(await follow(place), 'unsupported_scheme', place)
  })

  it('is refused when it carries credentials, or is no URL', async () => {
    assert.equal(await follow('http://user:secret@example.com/'), 'credentials_not_allowed')
    for (const to of [
      'http://',
      'http://[::1',
      'http://a..b/',
      'http://127.0.0.1:99999/',
      `http://${'a'.repeat(64)}.example/`,
    ]) {
      assert.equal(await follow(to), 'bad_response', to)
    }
  })

  it('is refused when the Location is longer than a head may be', async () => {
    assert.equal(await follow(`/${'x'.repeat(100_000)}`), 'bad_response')
  })

  it('is refused for ports where stores listen', async () => {
    for (const port of [22, 25, 6379, 5432, 11211]) {
      assert.equal(await follow(`http://example.com:${port}/`), 'blocked_port')
    }
  })
})

describe('a URL that a client may send', () => {
  const faults: [code: string, urls: string[]][] = [
    [
      'credentials_not_allowed',
      [
        'http://example.com@127.0.0.1/',
        'http://127.0.0.1@example.com/',
        'http://127.0.0.1%2f@example.com/',
        'http://1.1.1.1 &@2.2.2.2# @3.3.3.3/',
        'http://:p@example.com/',
      ],
    ],
    [
      'unsupported_scheme',
      [
        'file:///etc/passwd',
        'gopher://127.0.0.1:6379/_x',
        'ftp://example.com/',
        'data:text/html,x',
        'jar:http://example.com!/',
        'javascript:1',
      ],
    ],
    [
      'invalid_url',
      [
        'http://127.0.0.1../',
        'http://127.0.0.1%00.example.com/',
        'http://[::1%25lo]/',
        'http://[fe80::1%25eth0]/',
        'http://425.510.425.510/',
        'http://7147006462/',
        'http://0x41414141A9FEA9FE/',
        'http://0o177.0.0.1/',
        'http://example.com:65536/',
        'http://example.com: 80/',
        '//127.0.0.1/',
        'http://',
        'http://.',
        'http://..',
        `http://${'a'.repeat(64)}.com/`,
        `http://${'a.'.repeat(127)}aa/`,
        '',
        'example.com',
      ],
    ],
  ]
  for (const [code, urls] of faults) {
    it(`is refused as ${code}, when sent and when fetched`, async () => {
      for (const url of urls) {
        assert.equal(readUrl(url), code, url)
        assert.ok(!TargetUrl.safeParse(url).success, url)
        assert.equal(await codeOf(url), code, url)
      }
    })
  }

  it('is read as browsers read it, and leads where they would go', () => {
    const hosts: [url: string, host: string][] = [
      ['http://example.com:80\\@127.0.0.1/', 'example.com'],
      ['http://example.com#@127.0.0.1/', 'example.com'],
      ['http://exa\u00admple.com/', 'example.com'],
      ['http://exa\u200bmple.com/', 'example.com'],
      ['http://172.15.255.255/', '172.15.255.255'],
      ['http://EXAMPLE.com./', 'example.com.'],
    ]
    for (const [url, host] of hosts) {
      const read = readUrl(url)
      assert.ok(read instanceof URL, url)
      assert.equal(read.hostname, host)
    }
  })

  it('leads to its own host, not to what stands beside it', async () => {
    const unknown = Object.assign(new Error('unknown'), { code: 'ENOTFOUND' })
    const resolve = (host: string) => {
      asked.push(host)
      return Promise.reject(unknown)
    }
    asked.length = 0
    for (const url of [
      'http://example.com:80\\@127.0.0.1/',
      'http://example.com#@127.0.0.1/',
      'https://Example.COM./',
    ]) {
      assert.equal(await codeOf(url, createFetcher({ ...settings, resolve })), 'unknown_host')
    }
    assert.deepEqual(asked, ['example.com', 'example.com', 'example.com'])
  })

  it('is refused for blocked ports before its name is looked up', async () => {
    asked.length = 0
    for (const port of [0, 22, 25, 6379, 5432, 11211, 27017, 9200, 2375]) {
      for (const scheme of ['http', 'https']) {
        assert.equal(await codeOf(`${scheme}://example.com:${port}/`), 'blocked_port')
        assert.equal(await codeOf(`${scheme}://127.0.0.1:${port}/`), 'blocked_port')
      }
    }
    assert.deepEqual(asked, [])
  })
})
