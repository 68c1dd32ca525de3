import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { classifyAddress, classifyName, type NameVerdict, type Verdict } from '../../src/fetch/address.ts'

// Each range: its reason, the last address before it, its first and last, and the first address after it, with the verdict
// on the neighbours where they are not public.
const borders: [
  reason: Verdict,
  before: string,
  first: string,
  last: string,
  after: string,
  neighbours?: [Verdict, Verdict],
][] = [
  ['private', '9.255.255.255', '10.0.0.0', '10.255.255.255', '11.0.0.0'],
  ['cgnat', '100.63.255.255', '100.64.0.0', '100.127.255.255', '100.128.0.0'],
  ['loopback', '126.255.255.255', '127.0.0.0', '127.255.255.255', '128.0.0.0'],
  ['link_local', '169.253.255.255', '169.254.0.0', '169.254.255.255', '169.255.0.0'],
  ['private', '172.15.255.255', '172.16.0.0', '172.31.255.255', '172.32.0.0'],
  ['ietf_protocol', '191.255.255.255', '192.0.0.0', '192.0.0.255', '192.0.1.0'],
  ['documentation', '192.0.1.255', '192.0.2.0', '192.0.2.255', '192.0.3.0'],
  ['as112', '192.31.195.255', '192.31.196.0', '192.31.196.255', '192.31.197.0'],
  ['amt', '192.52.192.255', '192.52.193.0', '192.52.193.255', '192.52.194.0'],
  ['sixtofour', '192.88.98.255', '192.88.99.0', '192.88.99.255', '192.88.100.0'],
  ['private', '192.167.255.255', '192.168.0.0', '192.168.255.255', '192.169.0.0'],
  ['as112', '192.175.47.255', '192.175.48.0', '192.175.48.255', '192.175.49.0'],
  ['benchmarking', '198.17.255.255', '198.18.0.0', '198.19.255.255', '198.20.0.0'],
  ['documentation', '198.51.99.255', '198.51.100.0', '198.51.100.255', '198.51.101.0'],
  ['documentation', '203.0.112.255', '203.0.113.0', '203.0.113.255', '203.0.114.0'],
  ['multicast', '223.255.255.255', '224.0.0.0', '239.255.255.255', '240.0.0.0', ['public', 'reserved']],
  [
    'teredo',
    '2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
    '2001::',
    '2001:0:ffff:ffff:ffff:ffff:ffff:ffff',
    '2001:1::',
    ['public', 'ietf_protocol'],
  ],
  [
    'benchmarking',
    '2001:1:ffff:ffff:ffff:ffff:ffff:ffff',
    '2001:2::',
    '2001:2:0:ffff:ffff:ffff:ffff:ffff',
    '2001:2:1::',
    ['ietf_protocol', 'ietf_protocol'],
  ],
  [
    'orchid',
    '2001:f:ffff:ffff:ffff:ffff:ffff:ffff',
    '2001:10::',
    '2001:2f:ffff:ffff:ffff:ffff:ffff:ffff',
    '2001:30::',
    ['ietf_protocol', 'ietf_protocol'],
  ],
  [
    'ietf_protocol',
    '2001:2f:ffff:ffff:ffff:ffff:ffff:ffff',
    '2001:30::',
    '2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff',
    '2001:200::',
    ['orchid', 'public'],
  ],
  [
    'documentation',
    '2001:db7:ffff:ffff:ffff:ffff:ffff:ffff',
    '2001:db8::',
    '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff',
    '2001:db9::',
  ],
  [
    'sixtofour',
    '2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
    '2002::',
    '2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
    '2003::',
  ],
  [
    'as112',
    '2620:4f:7fff:ffff:ffff:ffff:ffff:ffff',
    '2620:4f:8000::',
    '2620:4f:8000:ffff:ffff:ffff:ffff:ffff',
    '2620:4f:8001::',
  ],
  [
    'documentation',
    '3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
    '3fff::',
    '3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff',
    '3fff:1000::',
  ],
  [
    'mapped_ipv4',
    '::fffe:ffff:ffff',
    '::ffff:0:0',
    '::ffff:255.255.255.255',
    '::1:0:0:0',
    ['reserved', 'reserved'],
  ],
  [
    'translated_ipv4',
    '::fffe:ffff:ffff:ffff',
    '::ffff:0:0:0',
    '::ffff:0:ffff:ffff',
    '::ffff:1:0:0',
    ['reserved', 'reserved'],
  ],
  ['compatible_ipv4', '::1', '::2', '::255.255.255.255', '::1:0:0', ['loopback', 'reserved']],
  [
    'nat64',
    '64:ff9a:ffff:ffff:ffff:ffff:ffff:ffff',
    '64:ff9b::',
    '64:ff9b::ffff:ffff',
    '64:ff9b::1:0:0',
    ['reserved', 'reserved'],
  ],
  [
    'nat64',
    '64:ff9b:0:ffff:ffff:ffff:ffff:ffff',
    '64:ff9b:1::',
    '64:ff9b:1:ffff:ffff:ffff:ffff:ffff',
    '64:ff9b:2::',
    ['reserved', 'reserved'],
  ],
  [
    'discard',
    'ff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
    '100::',
    '100::ffff:ffff:ffff:ffff',
    '100:0:0:1::',
    ['reserved', 'dummy'],
  ],
  [
    'dummy',
    '100::ffff:ffff:ffff:ffff',
    '100:0:0:1::',
    '100::1:ffff:ffff:ffff:ffff',
    '100:0:0:2::',
    ['discard', 'reserved'],
  ],
  [
    'segment_routing',
    '5eff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
    '5f00::',
    '5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
    '5f01::',
    ['reserved', 'reserved'],
  ],
  [
    'unique_local',
    'fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
    'fc00::',
    'fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
    'fe00::',
    ['reserved', 'reserved'],
  ],
  [
    'link_local',
    'fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
    'fe80::',
    'febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
    'fec0::',
    ['reserved', 'site_local'],
  ],
  [
    'site_local',
    'febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
    'fec0::',
    'feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
    'ff00::',
    ['link_local', 'multicast'],
  ],
]

describe('classifyAddress', () => {
  for (const [reason, before, first, last, after, neighbours = ['public', 'public'] as const] of borders) {
    it(`says ${reason} from ${first} to ${last}, and something else on both sides`, () => {
      const verdicts = [before, first, last, after].map(classifyAddress)
      assert.deepEqual(verdicts, [neighbours[0], reason, reason, neighbours[1]])
    })
  }

  it('knows the ends of both address spaces', () => {
    const ends = [
      '0.0.0.0',
      '0.0.0.1',
      '0.255.255.255',
      '1.0.0.0',
      '240.0.0.0',
      '255.255.255.254',
      '255.255.255.255',
    ]
    const expected = [
      'unspecified',
      'this_network',
      'this_network',
      'public',
      'reserved',
      'reserved',
      'broadcast',
    ]
    assert.deepEqual(ends.map(classifyAddress), expected)
    const ends6 = ['::', '::1', 'ff00::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff']
    assert.deepEqual(ends6.map(classifyAddress), ['unspecified', 'loopback', 'multicast', 'multicast'])
  })

  it('takes IPv6 for public within 2000::/3 only', () => {
    const addresses = [
      '1fff:ffff::1',
      '2000::',
      '2606:4700::1111',
      '3fff:1000::1',
      '3fff:ffff::1',
      '4000::',
      '4000::1',
    ]
    const expected = ['reserved', 'public', 'public', 'public', 'public', 'reserved', 'reserved']
    assert.deepEqual(addresses.map(classifyAddress), expected)
  })

  it('does not let an IPv6 form of a public IPv4 address through', () => {
    const forms = ['::ffff:8.8.8.8', '::8.8.8.8', '::ffff:0:8.8.8.8', '64:ff9b::8.8.8.8', '2002:808:808::']
    const expected = ['mapped_ipv4', 'compatible_ipv4', 'translated_ipv4', 'nat64', 'sixtofour']
    assert.deepEqual(forms.map(classifyAddress), expected)
  })

  it('takes nothing but canonical text for an address', () => {
    const texts = [
      ...[
        '',
        'x',
        'localhost',
        '127.1',
        '0x7f.0.0.1',
        '0177.0.0.1',
        '2130706433',
        '8.8.8.8.',
        ' 8.8.8.8',
        '8.8.8',
      ],
      ...[
        '8.8.8.8:80',
        '256.1.1.1',
        '[2606::1]',
        '2606::1%eth0',
        'fe80::1%1',
        '::1%',
        '1::2::3',
        '8.8.8.8\0',
        '８.8.8.8',
      ],
    ]
    for (const text of texts) assert.equal(classifyAddress(text), 'unparsable', text)
  })
})

describe('classifyName', () => {
  const names: [name: string, verdict: NameVerdict][] = [
    ['localhost', 'local'],
    ['localhost.', 'local'],
    ['LOCALHOST', 'local'],
    ['a.localhost', 'local'],
    ['localhost.localdomain', 'local'],
    ['printer.local', 'local'],
    ['printer.local.', 'local'],
    ['db.internal', 'local'],
    ['host.docker.internal', 'local'],
    ['router.home.arpa', 'local'],
    ['home.arpa', 'local'],
    ['nas.lan', 'local'],
    ['wiki.corp', 'local'],
    ['metadata.google.internal', 'metadata'],
    ['metadata.google.internal.', 'metadata'],
    ['metadata.tencentyun.com', 'metadata'],
    ['instance-data.ec2.internal', 'metadata'],
    ['instance-data.example.com', 'metadata'],
    ['kubernetes.default.svc', 'cluster'],
    ['kubernetes.default.svc.cluster.local', 'cluster'],
    ['metadata', 'single_label'],
    ['instance-data', 'single_label'],
    ['ip6-localhost', 'single_label'],
    ['redis', 'single_label'],
    ['postgres.', 'single_label'],
    ['com', 'single_label'],
    ['example.com', 'public'],
    ['example.com.', 'public'],
    ['localhost.example.com', 'public'],
    ['notlocalhost.com', 'public'],
    ['internal.example.com', 'public'],
    ['mylocal.net', 'public'],
    ['xlocal.xinternal', 'public'],
    ['arpa.home', 'local'],
    ['x.arpa', 'public'],
    ['metadata.tencentyun.com.example.com', 'public'],
  ]
  for (const [name, verdict] of names) {
    it(`says ${verdict} of ${name}`, () => assert.equal(classifyName(name), verdict))
  }
})
