import { once } from 'node:events'
import type { IncomingMessage, Server } from 'node:http'
import { Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { FastifyReply } from 'fastify'

// Clients wait as bare connections. What Node's HTTP server and the framework hold for a request until it is answered (parser,
// request, answer) takes 15 KB, a connection 3 KB.

/** Whether all of a request is there, so that its connection can be taken: one without a body, over a real connection. */
export async function isRead(request: IncomingMessage): Promise<boolean> {
  const { socket, headers } = request
  if (!(socket instanceof Socket) || headers.expect !== undefined) return false
  if (!request.complete) return false
  if (!request.readableEnded) await once(request.resume(), 'end')
  // Not while the parser that is to go is still at work.
  await nextTurn()
  return true
}

/**
 * Takes a connection from Node's HTTP server, which has no call for that but for requests that ask for it (`upgrade`). It lets go
 * of all that it holds when a connection closes; so it is told that, while the connection stays. `test/api/lobby.test.ts` finds out
 * should a release of Node do otherwise.
 */
export function detach(socket: Socket, reply: FastifyReply): void {
  reply.raw.detachSocket(socket)
  socket.emit('close')
  socket.removeAllListeners()
}

/** Gives a connection to the server, as if it were new and brought `bytes` first (`connection` in Node's docs of http.Server). */
export function reattach(server: Server, socket: Socket, bytes: Buffer): void {
  socket.pause()
  socket.removeAllListeners()
  socket.unshift(bytes)
  server.emit('connection', socket)
  socket.resume()
}

/** For `end`: as Node's HTTP server does when a client ends its side. */
export function hangUp(this: Socket): void {
  this.end()
}

/** For `error`: `close` follows. */
export function ignore(): void {}
