import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { ServiceError } from '../../src/contract/errors.ts'
import { createDialer } from '../../src/fetch/dispatcher.ts'
import { createResolver, toDnsFault } from '../../src/fetch/resolver.ts'
import { type NameServer, startNameServer, type Zone } from '../support/dns.ts'

const servers: NameServer[] = []
after(async () => {
  for (const server of servers) await server.close()
})

/** A resolver that asks a name server of its own, by a clock that stands still until it is set forward. */
async function start(zone: Zone, waitMs = 2000) {
  const server = await startNameServer(zone)
  servers.push(server)
  let time = 1000
  const resolve = createResolver(waitMs, { servers: [server.server], now: () => time })
  return {
    resolve,
    asked: server.asked,
    /** The addresses of a name, or the code of the fault that a client is told. */
    get: (host: string) => resolve(host).catch((thrown: unknown) => toDnsFault(thrown).code),
    /** How many times both questions were asked since the last call. */
    rounds: () => server.asked.splice(0).length / 2,
    pass(seconds: number) {
      time += seconds * 1000
    },
  }
}

/** What may be dialled where nothing is opened. */
const closed = { allowPrivate: [], blockedPorts: new Set<number>() }

const only =
  (address: string, ttl: number): Zone =>
  (_, type) => ({ addresses: type === 'A' ? [address] : [], ttl })

describe('a name', () => {
  it('has the addresses of both kinds, IPv4 first', async () => {
    const { get, asked } = await start((_, type) => ({
      addresses: type === 'A' ? ['192.0.2.1', '192.0.2.2'] : ['2001:db8::1'],
      ttl: 60,
    }))
    assert.deepEqual(await get('both.test'), ['192.0.2.1', '192.0.2.2', '2001:db8::1'])
    assert.deepEqual(asked.toSorted(), ['A both.test', 'AAAA both.test'])
  })

  it('is unknown_host without addresses or without a domain, dns_error when a server cannot tell', async () => {
    const outcomes = { 'empty.test': { addresses: [], ttl: 60 }, 'gone.test': 'NXDOMAIN' } as const
    const { get } = await start((name) => outcomes[name as keyof typeof outcomes] ?? 'SERVFAIL')
    assert.equal(await get('empty.test'), 'unknown_host')
    assert.equal(await get('gone.test'), 'unknown_host')
    assert.equal(await get('broken.test'), 'dns_error')
  })

  it('is dns_error where one question finds nothing and the other fails', async () => {
    const { get } = await start((_, type) => (type === 'A' ? { addresses: [], ttl: 60 } : 'SERVFAIL'))
    assert.equal(await get('half.test'), 'dns_error')
  })

  it('has what one question found when the other gets no answer in time', async () => {
    const { get } = await start(
      (_, type) => (type === 'A' ? { addresses: ['192.0.2.1'], ttl: 60 } : 'silence'),
      50,
    )
    assert.deepEqual(await get('half.test'), ['192.0.2.1'])
  })
})

describe('an answer', () => {
  it('is kept for its TTL, the shortest of them all', async () => {
    const ttls = { A: 120, AAAA: 30 }
    const { get, pass, rounds } = await start((_, type) => ({
      addresses: [type === 'A' ? '192.0.2.1' : '2001:db8::1'],
      ttl: ttls[type],
    }))
    const first = await get('kept.test')
    pass(29.9)
    assert.deepEqual(await get('kept.test'), first)
    assert.equal(rounds(), 1)
    pass(0.2)
    assert.deepEqual(await get('kept.test'), first)
    assert.equal(rounds(), 1)
  })

  it('is kept for 300 seconds at most', async () => {
    const { get, pass, rounds } = await start(only('192.0.2.1', 86_400))
    await get('long.test')
    pass(299)
    await get('long.test')
    assert.equal(rounds(), 1)
    pass(2)
    await get('long.test')
    assert.equal(rounds(), 1)
  })

  it('with a TTL of 0 is asked for each time: c-ares keeps none either', async () => {
    const { get, rounds } = await start(only('192.0.2.1', 0))
    for (let times = 0; times < 3; times += 1) await get('changing.test')
    assert.equal(rounds(), 3)
  })

  it('that there is no such name is kept for five seconds', async () => {
    const { get, pass, rounds } = await start(() => 'NXDOMAIN')
    await get('gone.test')
    pass(4.9)
    assert.equal(await get('gone.test'), 'unknown_host')
    assert.equal(rounds(), 1)
    pass(0.2)
    assert.equal(await get('gone.test'), 'unknown_host')
    assert.equal(rounds(), 1)
  })

  it('that is none is not kept', async () => {
    let isBroken = true
    const { get } = await start((name, type) => (isBroken ? 'SERVFAIL' : only('192.0.2.1', 60)(name, type)))
    assert.equal(await get('mended.test'), 'dns_error')
    isBroken = false
    assert.deepEqual(await get('mended.test'), ['192.0.2.1'])
  })

  it('of one question alone is kept for five seconds at most', async () => {
    let isBroken = true
    const { get, pass } = await start((_, type) => {
      if (type === 'A') return { addresses: ['192.0.2.1'], ttl: 300 }
      return isBroken ? 'SERVFAIL' : { addresses: ['2001:db8::1'], ttl: 300 }
    })
    assert.deepEqual(await get('half.test'), ['192.0.2.1'])
    isBroken = false
    pass(4.9)
    assert.deepEqual(await get('half.test'), ['192.0.2.1'])
    pass(0.2)
    assert.deepEqual(await get('half.test'), ['192.0.2.1', '2001:db8::1'])
  })

  it('is one for all who ask at the same time', async () => {
    const { get, rounds } = await start(only('192.0.2.1', 0))
    const all = await Promise.all(Array.from({ length: 100 }, () => get('busy.test')))
    assert.equal(all.filter(([address]) => address === '192.0.2.1').length, 100)
    assert.equal(rounds(), 1)
  })

  it('gives way to newer ones when there are 10,000', async () => {
    const { get, rounds } = await start(only('192.0.2.1', 300))
    await get('oldest.test')
    await get('used.test')
    for (let name = 0; name < 9998; name += 100) {
      const batch = Array.from({ length: Math.min(100, 9998 - name) }, (_, index) => `n${name + index}.test`)
      await Promise.all(batch.map(get))
    }
    rounds()
    await get('used.test')
    assert.equal(rounds(), 0)
    await get('one-more.test')
    await get('used.test')
    assert.equal(rounds(), 1)
    await get('oldest.test')
    assert.equal(rounds(), 1)
  })
})

describe('a dial that is ended while its name is looked up', () => {
  it('spoils nothing for others who wait for the same name', async () => {
    const { resolve, rounds } = await start(only('10.0.0.5', 60))
    const dial = createDialer({ ...closed, resolve })
    const reason = new ServiceError('timeout')
    const controller = new AbortController()
    const ended = dial(new URL('http://shared.test/'), controller.signal)
    const other = dial(new URL('http://shared.test/'), AbortSignal.timeout(10_000))
    controller.abort(reason)
    await assert.rejects(ended, reason)
    await assert.rejects(other, { code: 'blocked_address' })
    assert.equal(rounds(), 1)
  })
})

describe('a name whose answer changes', () => {
  it('is judged at every dial by the addresses that would be dialled, kept or not', async () => {
    let address = '10.0.0.5'
    const { resolve, pass } = await start((name, type) => only(address, 10)(name, type))
    const dial = createDialer({ ...closed, resolve })
    const get = () => dial(new URL('http://rebinding.test/'), AbortSignal.timeout(10_000))
    await assert.rejects(get, { code: 'blocked_address' })
    await assert.rejects(get, { code: 'blocked_address' })
    address = '127.0.0.1'
    pass(11)
    await assert.rejects(get, { code: 'blocked_address' })
  })
})
