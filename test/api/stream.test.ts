import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { createWaiting } from '../../src/api/waiting.ts'
import { embeddedBell } from '../../src/store/bell.ts'
import { openClient } from '../support/client.ts'
import { readEvents } from '../support/events.ts'
import { postJson, readAnswer } from '../support/http.ts'
import { eventually } from '../support/process.ts'
import { openShop, type Shop } from '../support/shop.ts'

let shop: Shop
/** Connections of the server, in the order they were made. */
const sockets: Socket[] = []
before(async () => {
  shop = await openShop()
  shop.server.server.on('connection', (socket: Socket) => sockets.push(socket))
})
after(() => shop.close())

const url = 'https://example.com/page'

async function create(): Promise<number> {
  return (await readAnswer(await postJson(`${shop.base}/parse_async`, { url }))).request_id
}

async function createBatch(count: number, more = ''): Promise<{ batch: number; ids: number[] }> {
  const urls = Array.from({ length: count }, (_, index) => `${url}/${index}${more}`)
  const response = await postJson(`${shop.base}/parse_batch`, { urls })
  const { batch_id, request_ids } = (await response.json()) as { batch_id: number; request_ids: number[] }
  return { batch: batch_id, ids: request_ids }
}

/** A client, and which of the server's connections is its own. */
async function open(bytes: string) {
  const at = sockets.length
  return Object.assign(await openClient(shop.base, bytes), { at })
}

/** The body of an answer that came in chunks (RFC 9112, 7.1), held against their sizes. */
function unchunk(body: string): string {
  let text = ''
  for (let rest = body; ; ) {
    const size = Number.parseInt(rest, 16)
    const begin = rest.indexOf('\r\n') + 2
    assert.equal(rest.slice(begin + size, begin + size + 2), '\r\n')
    if (size === 0) {
      assert.equal(rest.length, begin + 2)
      return text
    }
    text += rest.slice(begin, begin + size)
    rest = rest.slice(begin + size + 2)
  }
}

const idsIn = (text: string) => [...text.matchAll(/^id: (.+)$/gm)].map(([, id]) => id)

describe('a stream of events', () => {
  test('is a bare connection to Node, is answered in chunks, and closed at its end', async () => {
    const id = await create()
    const client = await open(`GET /status/${id}/events HTTP/1.1\r\nHost: x\r\n\r\n`)
    await eventually('the first event', () => client.told.includes('0-pending'))
    assert.equal((sockets[client.at] as Socket & { parser?: unknown }).parser ?? null, null)
    await shop.claim()
    await eventually('the second', () => client.told.includes('1-processing'))
    await shop.succeed(id)
    await eventually('its end', () => client.isClosed)
    const [head = '', body = ''] = client.told.split(/\r\n\r\n(.*)/s)
    assert.match(
      head,
      /^HTTP\/1\.1 200 OK\r\n(?=.*content-type: text\/event-stream)(?=.*transfer-encoding: chunked)/is,
    )
    assert.deepEqual(idsIn(unchunk(body)), ['0-pending', '1-processing', '1-success'])
  })

  test('is plain text to a client of HTTP/1.0', async () => {
    const id = await create()
    const client = await open(`GET /status/${id}/events HTTP/1.0\r\n\r\n`)
    await eventually('the first event', () => client.told.includes('0-pending'))
    await shop.claim()
    await shop.succeed(id)
    await eventually('its end', () => client.isClosed)
    assert.match(client.told, /\r\n\r\nretry: 1000\n\nid: 0-pending\nevent: status\n.*\n\n$/s)
    assert.equal(idsIn(client.told).at(-1), '1-success')
  })

  test('comes to a client that sends a body with its question', async () => {
    const id = await create()
    const head = `GET /status/${id}/events HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n`
    const client = await open(`${head}hel`)
    await eventually('the first event', () => client.told.includes('0-pending'))
    client.socket.write('lo')
    await shop.claim()
    await shop.succeed(id)
    await eventually('its end', () => client.isClosed)
    assert.equal(idsIn(client.told).at(-1), '1-success')
  })

  test('has a head alone for HEAD', async () => {
    const id = await create()
    const client = await open(`HEAD /status/${id}/events HTTP/1.1\r\nHost: x\r\n\r\n`)
    await eventually('its end', () => client.isClosed)
    assert.match(client.told, /^HTTP\/1\.1 200 OK\r\n.*\r\n\r\n$/s)
  })

  test('ends when its client ends its side, and leaves nothing behind', async () => {
    const id = await create()
    const client = await open(`GET /status/${id}/events HTTP/1.1\r\nHost: x\r\n\r\n`)
    await eventually('the first event', () => client.told.includes('0-pending'))
    client.socket.end()
    await eventually('its end', () => client.isClosed)
    assert.ok(sockets[client.at]?.destroyed)
  })

  test('is held up by no other whose client does not read', async () => {
    const { batch } = await createBatch(3800, '/'.padEnd(2000, 'x'))
    await fetch(`${shop.base}/batch/${batch}/cancel`, { method: 'POST' })
    const path = `/batch/${batch}/events`
    const deaf = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const client = await open('')
        client.socket.pause()
        client.socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`)
        return client
      }),
    )
    await eventually('all of them to be stuck', () => deaf.every(({ at }) => sockets[at]?.writableNeedDrain))
    const reader = await readEvents(`${shop.base}${path}`)
    await reader.ended
    assert.deepEqual([reader.events.length, reader.events.at(-1)?.id], [3801, '3800-done'])
    for (const { socket } of deaf) socket.destroy()
  })

  test('misses nothing for hundreds of clients that are cut off and come back', async () => {
    const { batch, ids } = await createBatch(20)
    await shop.claim()
    const path = `/batch/${batch}/events`
    const ask = (last: string) =>
      open(`GET ${path} HTTP/1.1\r\nHost: x\r\nLast-Event-ID: ${last}\r\nAccept: text/event-stream\r\n\r\n`)
    const join = (last: string) => Promise.all(Array.from({ length: 500 }, () => ask(last)))
    const first = await join('0')
    for (const id of ids.slice(0, 10)) await shop.succeed(id)
    await eventually('ten events each', () => first.every(({ told }) => told.includes('\nid: 10\n')), 60_000)
    for (const { socket } of first) socket.destroy()
    for (const id of ids.slice(10, 15)) await shop.succeed(id)
    const second = await join('10')
    for (const id of ids.slice(15)) await shop.succeed(id)
    await eventually('all ends', () => second.every(({ isClosed }) => isClosed), 60_000)
    const wanted = [...Array.from({ length: 10 }, (_, index) => String(index + 11)), '20-done']
    for (const { told } of second) assert.deepEqual(idsIn(told), wanted)
    await eventually('all to be let go', () => sockets.slice(-1000).every(({ destroyed }) => destroyed))
  })
})

describe('what no news told of', () => {
  test('is found for streams by one question for all: a change of state, and that a group was closed', async (t) => {
    let [version, state] = ['3-0', { status: 'pending', attempt: 0 } as const satisfies object as object]
    const repository = {
      states: async (ids: number[]) => new Map(ids.map((id) => [id, state as never])),
      groupVersions: async (ids: number[]) => new Map(ids.map((id) => [id, version])),
    }
    const waiting = createWaiting({ bell: embeddedBell(), repository, lookMs: 10 })
    t.after(() => waiting.close())
    const heard: (string | undefined)[] = []
    let groups = 0
    waiting.watch('progress', 1, (told) => heard.push(told))
    waiting.watch('group', 2, () => {
      groups += 1
    })
    await eventually('the first look', () => groups === 1 && heard.at(-1) === '0-pending')
    state = { status: 'processing', attempt: 1 }
    version = '3-1'
    await eventually('the change', () => groups === 2 && heard.at(-1) === '1-processing')
  })
})
