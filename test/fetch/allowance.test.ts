import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type Door,
  isAddressAllowed,
  isNameAllowed,
  isPortNamed,
  parseAllowPrivate,
} from '../../src/fetch/allowance.ts'

const door = (port: number, blocked = false): Door => ({ port, blocked })

/** Whether a setting opens an address or a name at a port. */
const opens = (setting: string, host: string, at: Door) => {
  const allowances = parseAllowPrivate(setting)
  return isAddressAllowed(allowances, host, at) || isNameAllowed(allowances, host, at)
}

describe('parseAllowPrivate', () => {
  it('gives no allowance for an empty setting', () => {
    assert.deepEqual(parseAllowPrivate(''), [])
    assert.deepEqual(parseAllowPrivate(' , ,'), [])
  })

  it('reads every form that is documented', () => {
    const setting =
      '10.0.0.0/8, 192.168.1.5 ,192.168.1.6:8080,172.16.0.0/12:80,[::1]:8080,[fd00::/8]:80,[fd00::/8],[::1],' +
      'wiki,Wiki.Example.:8443,bücher.example,0.0.0.0/0'
    const read = parseAllowPrivate(setting).map((entry) =>
      entry.kind === 'name' ? [entry.name, entry.port] : [`${entry.network}/${entry.bits}`, entry.port],
    )
    assert.deepEqual(read, [
      ['10.0.0.0/8', null],
      ['192.168.1.5/32', null],
      ['192.168.1.6/32', 8080],
      ['172.16.0.0/12', 80],
      ['::1/128', 8080],
      ['fd00::/8', 80],
      ['fd00::/8', null],
      ['::1/128', null],
      ['wiki', null],
      ['wiki.example', 8443],
      ['xn--bcher-kva.example', null],
      ['0.0.0.0/0', null],
    ])
  })

  const wrong = [
    ...[
      '10.0.0.0/33',
      '10.0.0.1/8',
      '10.0.0.0/',
      '10.0.0.0/x',
      '10.0.0.0/8/8',
      '10/8',
      '127.1',
      '0x7f.1',
      '10.0.0.256',
    ],
    ...[
      '::1',
      'fd00::/8',
      '[::1',
      '::1]',
      '[::1%eth0]',
      '[10.0.0.1]',
      '[wiki]',
      '[fd00::1/8]',
      '[::/129]',
      '[::1]8080',
    ],
    ...[
      'wiki:',
      'wiki:0',
      'wiki:65536',
      'wiki:http',
      'wiki:80:80',
      '*.wiki',
      'http://wiki',
      'wiki/x',
      'a@wiki',
      'a b',
    ],
    ...['true', 'No', 'all', 'on:80', '*'],
  ]
  for (const entry of wrong) {
    it(`refuses ${entry}, naming it and what is accepted`, () => {
      assert.throws(
        () => parseAllowPrivate(`10.0.0.0/8, ${entry}`),
        (error: Error) => {
          assert.ok(error.message.includes(`"${entry}"`), error.message)
          assert.match(error.message, /10\.0\.0\.0\/8.*IPv6 in brackets/)
          return true
        },
      )
    })
  }
})

describe('an allowance', () => {
  it('opens the addresses of its network and none beside', () => {
    assert.ok(opens('172.16.0.0/12', '172.16.0.0', door(80)))
    assert.ok(opens('172.16.0.0/12', '172.31.255.255', door(80)))
    assert.ok(!opens('172.16.0.0/12', '172.32.0.0', door(80)))
    assert.ok(!opens('172.16.0.0/12', '172.15.255.255', door(80)))
    assert.ok(opens('[fd00::/8]', 'fd12::1', door(80)))
    assert.ok(!opens('[fd00::/8]', 'fc00::1', door(80)))
    assert.ok(opens('192.168.1.5', '192.168.1.5', door(80)))
    assert.ok(!opens('192.168.1.5', '192.168.1.4', door(80)))
  })

  it('does not open another family, nor IPv6 forms of its IPv4 addresses', () => {
    assert.ok(!opens('0.0.0.0/0', '::1', door(80)))
    assert.ok(!opens('127.0.0.1', '::ffff:127.0.0.1', door(80)))
    assert.ok(!opens('[::/0]', '127.0.0.1', door(80)))
  })

  it('opens its name, whatever the case and the last dot, and no name under it', () => {
    assert.ok(opens('wiki.example', 'wiki.example', door(80)))
    assert.ok(opens('Wiki.Example.', 'wiki.example', door(80)))
    assert.ok(opens('wiki.example', 'WIKI.example.', door(80)))
    assert.ok(!opens('wiki.example', 'a.wiki.example', door(80)))
    assert.ok(!opens('wiki.example', 'example', door(80)))
  })

  it('without a port opens every port that is not blocked', () => {
    assert.ok(opens('10.0.0.0/8', '10.0.0.1', door(8080)))
    assert.ok(!opens('10.0.0.0/8', '10.0.0.1', door(6379, true)))
    assert.ok(!opens('wiki', 'wiki', door(6379, true)))
  })

  it('with a port opens that port alone, blocked or not', () => {
    assert.ok(opens('10.0.0.0/8:6379', '10.0.0.1', door(6379, true)))
    assert.ok(!opens('10.0.0.0/8:6379', '10.0.0.1', door(80)))
    assert.ok(!opens('10.0.0.0/8:6379', '11.0.0.1', door(6379, true)))
    assert.ok(opens('wiki:25', 'wiki', door(25, true)))
    assert.ok(!opens('wiki:25', 'other', door(25, true)))
  })

  it('says which ports it names', () => {
    assert.ok(isPortNamed(parseAllowPrivate('wiki,10.0.0.0/8:25'), 25))
    assert.ok(!isPortNamed(parseAllowPrivate('wiki,10.0.0.0/8:25'), 26))
  })
})
