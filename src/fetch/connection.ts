import type { Socket } from 'node:net'
import { type buildConnector, Client } from 'undici'

/** A connection that was judged and dialled, to one origin, with the HTTP client that speaks over it. */
export interface Connection {
  /** Equal for connections that may stand for each other. */
  readonly key: string
  readonly socket: Socket
  readonly client: Client
  /** What its socket died of, heard before undici hears it: undici takes a reset for the end of a body that has no length. */
  readonly fault: () => Error | undefined
}

/** How long a connection waits for the next page of its origin, in ms. */
const IDLE_MS = 2000

const lost = Object.assign(new Error('connection lost'), { code: 'ECONNRESET' })

interface Opening {
  key: string
  origin: string
  socket: Socket
  /** Largest head of an answer, in bytes: names and values of all fields together. */
  maxHeadBytes: number
}

export function openConnection({ key, origin, socket, maxHeadBytes }: Opening): Connection {
  // Gives undici the connection that was dialled. It asks again when that has died, and is then told so.
  const handOver: buildConnector.connector = (_options, callback) => {
    // Not at once: undici would not go on to write the request.
    queueMicrotask(() => (socket.destroyed ? callback(lost, null) : callback(null, socket)))
  }
  // Its own time limits are off (0): one deadline over everything is kept by the caller.
  const client = new Client(origin, {
    connect: handOver,
    maxHeaderSize: maxHeadBytes,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: IDLE_MS,
    keepAliveMaxTimeout: IDLE_MS,
    allowH2: false,
  })
  let fault: Error | undefined
  socket.prependListener('error', (error) => {
    fault ??= error
  })
  return { key, socket, client, fault: () => fault }
}

/** Connections on which an answer has ended well, for the next page of the same origin. */
export interface Idle {
  take(key: string): Connection | undefined
  /** Keeps a connection, or closes it where there are enough. */
  keep(connection: Connection): void
}

/** Most connections kept, of one origin and of all. */
const MOST_OF_ONE = 128
const MOST = 256

/**
 * Keeps connections for a moment. Within one origin alone: what a server may send ahead of a question (response
 * poisoning) can then only stand for a page that is its own. undici closes one that says anything while it is idle.
 */
export function createIdle(): Idle {
  const idle = new Map<string, Connection[]>()
  const watched = new WeakSet<Connection>()
  let count = 0
  const take = (key: string): Connection | undefined => {
    const kept = idle.get(key)
    const last = kept?.pop()
    if (kept?.length === 0) idle.delete(key)
    if (!last) return undefined
    count -= 1
    return last.socket.destroyed ? take(key) : last
  }
  const drop = (gone: Connection) => {
    const kept = idle.get(gone.key)
    const index = kept?.indexOf(gone) ?? -1
    if (index === -1) return
    kept?.splice(index, 1)
    count -= 1
    if (kept?.length === 0) idle.delete(gone.key)
  }
  return {
    take,
    keep(connection) {
      const { key, socket } = connection
      const kept = idle.get(key) ?? []
      if (socket.destroyed) return
      if (count >= MOST || kept.length >= MOST_OF_ONE) return void socket.destroy()
      kept.push(connection)
      idle.set(key, kept)
      count += 1
      if (watched.has(connection)) return
      watched.add(connection)
      socket.once('close', () => drop(connection))
    },
  }
}
