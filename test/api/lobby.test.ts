import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Server, ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { openClient } from '../support/client.ts'
import { postJson, readAnswer } from '../support/http.ts'
import { aPage } from '../support/link.ts'
import { eventually } from '../support/process.ts'
import { openShop, type Shop } from '../support/shop.ts'

let shop: Shop
let http: Server
/** Connections of the server, in the order they were made. */
const sockets: Socket[] = []
before(async () => {
  shop = await openShop()
  http = shop.server.server
  http.prependListener('connection', (socket: Socket) => {
    if (!sockets.includes(socket)) sockets.push(socket)
  })
})
after(() => shop.close())

const url = 'https://example.com/page'

async function create(): Promise<number> {
  return (await readAnswer(await postJson(`${shop.base}/parse_async`, { url }))).request_id
}

/** What Node's HTTP server keeps on a connection that it serves; undefined or null once it has let go. */
const parserOf = (socket: Socket | undefined) => (socket as { parser?: unknown } | undefined)?.parser ?? null

/** A client, and which of the server's connections is its own. */
async function open(path: string, more = '', to = shop.base) {
  const at = sockets.length
  return Object.assign(await openClient(to, `${head(path)}${more}`), { at })
}

const head = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\nX-Name: caf\xe9\r\n\r\n`

/** Resolves when the server has let go of all but the connection. */
const isSeated = (client: { at: number }) =>
  eventually('a seat', () => sockets.length > client.at && parserOf(sockets[client.at]) === null)

/** An answer's head and body, without what differs from one to the next. */
const plain = (told: string) => told.replace(/^Date:.*\r\n/im, '')

describe('a client that waits', () => {
  test('is a bare connection to Node, and is answered as one that need not wait, byte by byte', async () => {
    const id = await create()
    const client = await open(`/status/${id}?wait=60`)
    await isSeated(client)
    const kept = sockets[client.at] as Socket & { _httpMessage?: ServerResponse | null }
    assert.deepEqual([kept._httpMessage ?? null, kept.destroyed], [null, false])
    await shop.claim()
    await shop.succeed(id)
    await eventually('the answer', () => client.told.endsWith('}'))
    const other = await open(`/status/${id}`)
    await eventually('the other answer', () => other.told.endsWith('}'))
    assert.equal(plain(client.told), plain(other.told))
    assert.match(client.told, /^HTTP\/1\.1 200 OK\r\n/)
    client.socket.destroy()
    other.socket.destroy()
  })

  test('goes on with its connection, to wait again', async () => {
    const client = await open('/health')
    for (let count = 1; count <= 3; count += 1) {
      await eventually('an answer', () => client.told.endsWith('}'))
      const id = await create()
      client.told = ''
      client.socket.write(head(`/status/${id}?wait=60`))
      await isSeated(client)
      await shop.claim()
      await shop.fail(id)
    }
    await eventually('the last answer', () => /"status":"failure".*\}$/s.test(client.told))
    assert.equal(client.isClosed, false)
    client.socket.destroy()
  })

  test('is answered in order when it asks for more meanwhile', async () => {
    const id = await create()
    const client = await open(`/status/${id}?wait=60`)
    await isSeated(client)
    client.socket.write(head('/health').slice(0, 10))
    await eventually('its request again', () => parserOf(sockets[client.at]) !== null)
    client.socket.write(head('/health').slice(10))
    await shop.claim()
    await shop.succeed(id)
    await eventually('both answers', () => client.told.endsWith('{"status":"ok"}'))
    assert.match(client.told, /^HTTP\/1\.1 200 OK.*"status":"success".*HTTP\/1\.1 200 OK/s)
    client.socket.destroy()
  })

  test('loses nothing of what it sent along with its request', async () => {
    const id = await create()
    const client = await open(`/status/${id}?wait=60`, head('/health'))
    const half = await open(`/status/${id}?wait=60`, head('/health').slice(0, 20))
    await shop.claim()
    await eventually('both to be there', () => sockets.length > half.at)
    await shop.succeed(id)
    half.socket.write(head('/health').slice(20))
    for (const one of [client, half]) {
      await eventually('the second answer', () => one.told.endsWith('{"status":"ok"}'))
      one.socket.destroy()
    }
  })

  test('is closed as HTTP/1.0 asks for, and as one that ends its side', async () => {
    const id = await create()
    const old = connect(Number(new URL(shop.base).port), '127.0.0.1')
    let told = ''
    old.on('data', (bytes: Buffer) => {
      told += bytes.toString()
    })
    const at = sockets.length
    old.write(`GET /status/${id}?wait=60 HTTP/1.0\r\n\r\n`)
    await isSeated({ at })
    const leaver = await open(`/status/${id}?wait=60`)
    await isSeated(leaver)
    leaver.socket.end()
    await eventually('its end', () => leaver.isClosed)
    assert.equal(leaver.told, '')
    await shop.claim()
    await shop.succeed(id)
    await once(old, 'close')
    assert.match(told, /Connection: close.*"status":"success"/is)
  })

  test('is answered with the fault when what it waits for is gone', async () => {
    const id = await create()
    const client = await open(`/status/${id}?wait=60`)
    await isSeated(client)
    await shop.claim()
    await shop.repository.succeed(id, aPage())
    await fetch(`${shop.base}/requests/${id}`, { method: 'DELETE' })
    shop.bell.tell([{ of: 'request', id }])
    await eventually('the answer', () => client.told.endsWith('}'))
    assert.match(client.told, /^HTTP\/1\.1 404 Not Found.*"code":"not_found"/s)
    client.socket.destroy()
  })

  test('is answered like a thousand others that wait for the same', async () => {
    const id = await create()
    const clients = await Promise.all(Array.from({ length: 1000 }, () => open(`/status/${id}?wait=60`)))
    await eventually('their connections', () => sockets.filter((one) => !one.destroyed).length >= 1000)
    await shop.claim()
    await shop.succeed(id)
    for (const { socket } of clients) await eventually('the answer', () => socket.bytesRead > 0)
    await eventually('all of it', () => clients.every(({ told }) => told.includes('"status":"success"')))
    for (const { socket } of clients) socket.destroy()
  })

  test('is answered when the service stops, and its connection closed', async () => {
    const other = await openShop()
    const { request_id } = await readAnswer(await postJson(`${other.base}/parse_async`, { url }))
    const path = `/status/${request_id}?wait=60`
    const clients = await Promise.all(Array.from({ length: 200 }, () => open(path, '', other.base)))
    const count = () =>
      new Promise<number>((resolve) => other.server.server.getConnections((_, all) => resolve(all)))
    while ((await count()) < 200) await new Promise(setImmediate)
    await fetch(`${other.base}/health`)
    await other.close()
    await eventually('their ends', () => clients.every(({ isClosed }) => isClosed))
    for (const { told } of clients) assert.match(told, /^HTTP\/1\.1 200 OK.*"status":"pending"/s)
  })
})
