import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'

/** A server that leaves its connections open, as most do. */
export interface KeepingOrigin {
  base: string
  /** The paths asked for so far. */
  asked(): string[]
  accepted(): number
  open(): number
  close(): Promise<void>
}

/** Starts one on a free port. @param answer writes to the socket what it likes, for each request in turn */
export async function startKeepingOrigin(
  answer: (path: string, socket: Socket) => void,
): Promise<KeepingOrigin> {
  const sockets = new Set<Socket>()
  const paths: string[] = []
  let accepted = 0
  const server = createServer((socket) => {
    accepted += 1
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => {})
    let text = ''
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      for (let end = text.indexOf('\r\n\r\n'); end !== -1; end = text.indexOf('\r\n\r\n')) {
        const path = text.split(' ', 2)[1] ?? ''
        text = text.slice(end + 4)
        paths.push(path)
        answer(path, socket)
      }
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: () => paths,
    accepted: () => accepted,
    open: () => sockets.size,
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
