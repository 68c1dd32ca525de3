import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyReply } from 'fastify'
import { detach, hangUp, ignore, isRead, reattach } from './connection.ts'

/**
 * Where clients wait of whom nothing is kept but their connection (`connection.ts` says why). Who waits is taken from the HTTP
 * server, and given back with the same request when there is something to see: it is routed and answered as any other.
 */
export interface Lobby {
  /**
   * Takes a client in. Its request comes again at the first news, as soon as the client says anything more, or hangs up unseen.
   * @returns whether it did; the answer is no concern of this reply's any more then
   */
  seat(reply: FastifyReply, visit: Visit): Promise<boolean>
  /** Looks for a client. @returns what `read` does */
  look<T>(read: () => Promise<T>): Promise<T>
  /** As many look as may at once: who comes now had better sit down first. */
  readonly isFull: boolean
  /** @returns until when a request waits that has been here, by performance.now(); undefined for a new one */
  back(request: IncomingMessage): number | undefined
  /** To be told of each answer that went out. */
  answered(request: IncomingMessage): void
  /** Takes nobody in any more. Resolves when all who were given back have come. */
  close(): Promise<void>
}

/** What a client waits for. */
export interface Visit {
  /** By performance.now(). */
  until: number
  news: Promise<void>
  /** Called once, when the client leaves its seat. */
  leave: () => void
}

/**
 * Clients that look at once. The store answers no faster were they more, and each is whole in memory as long as it does: of ten
 * thousand that come, or hear news, within a second, the others wait on their seats.
 */
const LOOK_AT_ONCE = 16

interface Seat {
  head: string
  until: number
  leave: () => void
}

export function createLobby(server: Server): Lobby {
  const seats = new Map<Socket, Seat>()
  /** Those who have heard news, and go as soon as there is room. */
  const called = new Set<Socket>()
  /** On their way back, and until when they wait. */
  const coming = new Map<Socket, number>()
  /** Bytes that had come on a connection when its last answer went out. */
  const answeredAt = new WeakMap<Socket, number>()
  let looking = 0
  let settle = () => {}
  let isOpen = true

  const arrive = (socket: Socket) => {
    const until = coming.get(socket)
    coming.delete(socket)
    if (coming.size + called.size === 0) settle()
    return until
  }
  const isFull = () => looking + coming.size >= LOOK_AT_ONCE
  const giveBack = (socket: Socket, more?: Buffer) => {
    const seat = seats.get(socket)
    if (!seat) return
    seats.delete(socket)
    called.delete(socket)
    coming.set(socket, seat.until)
    const head = Buffer.from(seat.head, 'latin1')
    reattach(server, socket, more ? Buffer.concat([head, more]) : head)
    socket.once('close', arrive.bind(undefined, socket))
    seat.leave()
  }
  const callNext = () => {
    for (const socket of called) {
      if (isFull()) return
      giveBack(socket)
    }
  }
  // One each for all: they know the client by `this`.
  function onData(this: Socket, bytes: Buffer) {
    giveBack(this, bytes)
  }
  function onClose(this: Socket) {
    const seat = seats.get(this)
    seats.delete(this)
    called.delete(this)
    seat?.leave()
  }
  const sit = (socket: Socket, seat: Seat, news: Promise<void>) => {
    seats.set(socket, seat)
    socket.on('data', onData).on('end', hangUp).on('close', onClose).on('error', ignore)
    socket.resume()
    void news.then(() => {
      if (seats.get(socket) === seat) called.add(socket)
      callNext()
    })
  }

  return {
    async seat(reply, { until, leave, news }) {
      const request = reply.request.raw
      if (!(await isRead(request))) return false
      const { socket } = request
      const head = headOf(request)
      // Whatever else has come, of a next request, is in the parser and would be lost.
      const isAll = socket.bytesRead - (answeredAt.get(socket) ?? 0) === head.length
      if (!isOpen || !isAll || socket.destroyed || reply.raw.socket !== socket) return false
      detach(socket, reply)
      sit(socket, { head, until, leave }, news)
      return true
    },
    async look(read) {
      looking += 1
      try {
        return await read()
      } finally {
        looking -= 1
        callNext()
      }
    },
    get isFull() {
      return isFull()
    },
    back: ({ socket }) => arrive(socket),
    answered({ socket }) {
      answeredAt.set(socket, socket.bytesRead)
    },
    close() {
      isOpen = false
      return new Promise((resolve) => {
        settle = resolve
        if (coming.size + called.size === 0) resolve()
      })
    },
  }
}

/** A request's head as it was sent (RFC 9112, 2.1), if it was sent without spaces that mean nothing. */
function headOf({ method, url, httpVersion, rawHeaders }: IncomingMessage): string {
  let head = `${method} ${url} HTTP/${httpVersion}\r\n`
  for (let at = 0; at < rawHeaders.length; at += 2) head += `${rawHeaders[at]}: ${rawHeaders[at + 1]}\r\n`
  // By way of bytes: one flat string, that holds none of its parts.
  return Buffer.from(`${head}\r\n`, 'latin1').toString('latin1')
}
