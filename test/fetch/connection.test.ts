import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, describe, it } from 'node:test'
import { errors } from 'undici'
import { ServiceError } from '../../src/contract/errors.ts'
import { parseAllowPrivate } from '../../src/fetch/allowance.ts'
import { openConnection } from '../../src/fetch/connection.ts'
import { exchange } from '../../src/fetch/exchange.ts'
import { createFetcher } from '../../src/fetch/page.ts'
import { defaultBlockedPorts } from '../../src/fetch/ports.ts'
import { type KeepingOrigin, startKeepingOrigin } from '../support/keeping.ts'
import { page, response } from '../support/origin.ts'
import { eventually } from '../support/process.ts'

const fetcher = createFetcher({
  maxBytes: 100_000,
  timeoutMs: 5000,
  allowPrivate: parseAllowPrivate('127.0.0.1'),
  blockedPorts: defaultBlockedPorts,
  userAgent: 'test',
})

const origins: KeepingOrigin[] = []
afterEach(async () => {
  for (const origin of origins.splice(0)) await origin.close()
})

/** Starts an origin that leaves its connections open, and fetches its paths one after the other. */
async function fetchAll(answer: (path: string, socket: Socket) => void, paths: string[]) {
  const origin = await startKeepingOrigin(answer)
  origins.push(origin)
  const bodies: string[] = []
  for (const path of paths) {
    const outcome = await fetcher.fetch(origin.base + path).then(
      ({ body }) => Buffer.from(body).toString(),
      (fault) => (fault as ServiceError).code,
    )
    bodies.push(outcome)
    // A connection is free a turn of the event loop after its answer.
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
  }
  return { bodies, accepted: origin.accepted(), origin }
}

const say = (path: string, socket: Socket) => void socket.write(page(`page ${path}`))

describe('a connection', () => {
  it('is used again for the next page of its origin', async () => {
    const { bodies, accepted } = await fetchAll(say, ['/a', '/b', '/c'])
    assert.deepEqual([bodies, accepted], [['page /a', 'page /b', 'page /c'], 1])
  })

  it('is not shared between origins', async () => {
    const first = await fetchAll(say, ['/a'])
    const second = await fetchAll(say, ['/b'])
    assert.deepEqual([first.accepted, second.accepted], [1, 1])
  })

  it('is closed when it has been idle for a while', async () => {
    const { origin } = await fetchAll(say, ['/a'])
    assert.equal(origin.open(), 1)
    await eventually('the connection to be closed', () => origin.open() === 0)
  })

  it('that undici closes as idle while it is used again is a reset, after which another is tried', async () => {
    const heard = Promise.withResolvers<void>()
    const origin = await startKeepingOrigin(() => heard.resolve())
    origins.push(origin)
    const socket = connect(Number(new URL(origin.base).port), '127.0.0.1')
    await once(socket, 'connect')
    const connection = openConnection({ key: '', origin: origin.base, socket, maxHeadBytes: 10_000 })
    const asked = exchange({
      url: new URL(origin.base),
      connection,
      headers: [],
      waits: { firstByteMs: 5000, chunkMs: 5000 },
      signal: new AbortController().signal,
      receive: () => null,
    })
    await heard.promise
    socket.destroy(new errors.InformationalError('socket idle timeout'))
    await assert.rejects(asked, { code: 'connection_reset' })
  })

  it('is not used again when the server says that it will close it', async () => {
    const closing = (path: string, socket: Socket) => void socket.write(page(path, ['Connection: close']))
    const { bodies, accepted } = await fetchAll(closing, ['/a', '/b'])
    assert.deepEqual([bodies, accepted], [['/a', '/b'], 2])
  })

  it('is not used again when more came on it than was asked for', async () => {
    const poison = (path: string, socket: Socket) =>
      void socket.write(Buffer.concat([page(path), page('poison')]))
    const { bodies, accepted } = await fetchAll(poison, ['/a', '/b', '/c'])
    assert.deepEqual([bodies, accepted], [['/a', '/b', '/c'], 3])
  })

  it('is closed when more comes on it than was asked for, while it is idle', async () => {
    const { origin } = await fetchAll(
      (path, socket) => {
        socket.write(page(path))
        setTimeout(() => socket.write(page('poison')), 5)
      },
      ['/a'],
    )
    await eventually('the connection to be closed', () => origin.open() === 0, 1000)
    const { body } = await fetcher.fetch(`${origin.base}/b`)
    assert.deepEqual([Buffer.from(body).toString(), origin.accepted()], ['/b', 2])
  })

  it('is not used again after a fault', async () => {
    const faulty = (path: string, socket: Socket) =>
      void socket.write(path === '/missing' ? response('none', [], '404 Not Found') : page(path))
    const { bodies, accepted } = await fetchAll(faulty, ['/missing', '/b'])
    assert.deepEqual([bodies, accepted], [['http_status', '/b'], 2])
  })

  it('is not used again after a redirect, whose body is left unread', async () => {
    const moving = (path: string, socket: Socket) =>
      void socket.write(path === '/old' ? response('moved', ['Location: /new'], '302 Found') : page(path))
    const { bodies, accepted } = await fetchAll(moving, ['/old'])
    assert.deepEqual([bodies, accepted], [['/new'], 2])
  })

  it('that the server closes instead of answering is replaced, once', async () => {
    const seen = new Map<Socket, number>()
    const closing = (path: string, socket: Socket) => {
      const count = (seen.get(socket) ?? 0) + 1
      seen.set(socket, count)
      if (count > 1) socket.destroy()
      else socket.write(page(path))
    }
    const { bodies, accepted } = await fetchAll(closing, ['/a', '/b'])
    assert.deepEqual([bodies, accepted], [['/a', '/b'], 2])
  })

  it('that cuts an answer short ends the fetch, which is not asked for twice', async () => {
    const cutting = (path: string, socket: Socket) => {
      if (path === '/a') socket.write(page(path))
      else socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nx')
    }
    const { bodies, accepted } = await fetchAll(cutting, ['/a', '/b'])
    assert.deepEqual([bodies, accepted], [['/a', 'connection_reset'], 1])
  })
})

it('a fetch that is given up closes its connection, used before or not', async () => {
  const { origin } = await fetchAll(
    (path, socket) => void (path === '/a' && socket.write(page(path))),
    ['/a'],
  )
  const controller = new AbortController()
  const fetching = fetcher.fetch(`${origin.base}/silent`, { signal: controller.signal })
  await eventually('the page to be asked for', () => origin.asked().includes('/silent'))
  controller.abort(new ServiceError('timeout'))
  await assert.rejects(fetching, { code: 'timeout' })
  await eventually('the connection to be closed', () => origin.open() === 0)
})
