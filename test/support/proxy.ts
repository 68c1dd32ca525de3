import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import type { Certificate } from './origin.ts'

export type ProxyKind = 'http' | 'https' | 'socks5'

/** What a proxy does in place of what it should. */
export interface Conduct {
  /** Has a connection before anything was read from it. */
  onSocket?: (socket: Socket) => void
  /** Has a connection on which a way was asked for. */
  onAsked?: (socket: Socket, target: string) => void
}

export interface ProxyOptions extends Conduct {
  certificate?: Certificate
  /** `user:password`, without which it opens nothing. */
  login?: string
}

export interface RunningProxy {
  port: number
  /** `KIND://127.0.0.1:PORT` */
  href: string
  /** Where ways were asked to, as `address:port`. */
  asked: string[]
  /** `user:password` as they came, or none. */
  logins: (string | null)[]
  accepted: () => number
  open: () => number
  close: () => Promise<void>
}

/** Starts a proxy on a free port of this machine that opens ways as it is asked to, unless it is told otherwise. */
export async function startProxy(kind: ProxyKind, options: ProxyOptions = {}): Promise<RunningProxy> {
  const sockets = new Set<Socket>()
  const asked: string[] = []
  const logins: (string | null)[] = []
  let accepted = 0
  const converse = async (socket: Socket) => {
    socket.on('error', () => {})
    if (options.onSocket) return options.onSocket(socket)
    const asking = kind === 'socks5' ? readSocks(socket, options.login) : readConnect(socket)
    const { target, login } = await asking
    logins.push(login)
    if (options.login !== undefined && login !== options.login) return refuse(socket, kind)
    asked.push(target)
    if (options.onAsked) return options.onAsked(socket, target)
    relay(socket, target, kind)
  }
  const onClient = (socket: Socket) => void converse(socket).catch(() => socket.destroy())
  const server =
    kind === 'https' ? createTlsServer(options.certificate ?? {}, onClient) : createServer(onClient)
  server.on('tlsClientError', () => {})
  server.on('connection', (socket: Socket) => {
    accepted += 1
    sockets.add(socket.on('error', () => {}))
    socket.on('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    href: `${kind}://127.0.0.1:${port}`,
    asked,
    logins,
    accepted: () => accepted,
    open: () => sockets.size,
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

interface Asking {
  target: string
  login: string | null
}

/** Reads as many bytes as `count` finds in what is there, once it finds a number and they are there. */
async function read(socket: Socket, count: (bytes: Buffer) => number | undefined): Promise<Buffer> {
  let bytes = Buffer.alloc(0)
  for (;;) {
    const end = count(bytes)
    if (end !== undefined && bytes.length >= end) {
      socket.unshift(bytes.subarray(end))
      return bytes.subarray(0, end)
    }
    const chunk = socket.read() as Buffer | null
    if (chunk) bytes = Buffer.concat([bytes, chunk])
    else await once(socket, 'readable')
  }
}

async function readConnect(socket: Socket): Promise<Asking> {
  const whole = await read(socket, (bytes) => {
    const end = bytes.indexOf('\r\n\r\n')
    return end === -1 ? undefined : end + 4
  })
  const head = whole.toString('latin1')
  const basic = /^proxy-authorization: basic (\S+)/im.exec(head)?.[1]
  return {
    target: head.split(' ', 2)[1] ?? '',
    login: basic === undefined ? null : Buffer.from(basic, 'base64').toString(),
  }
}

/** RFC 1928, with RFC 1929 where a login is wanted. */
async function readSocks(socket: Socket, wanted: string | undefined): Promise<Asking> {
  const greeting = await read(socket, ([, methods]) => (methods === undefined ? undefined : 2 + methods))
  const method = wanted === undefined ? 0 : 2
  if (!greeting.subarray(2).includes(method)) {
    socket.end(Buffer.from([5, 0xff]))
    return { target: '', login: null }
  }
  socket.write(Buffer.from([5, method]))
  const login = method === 2 ? await readLogin(socket) : null
  if (wanted !== undefined && login !== wanted) return { target: '', login }
  if (login !== null) socket.write(Buffer.from([1, 0]))
  const kindOf = (await read(socket, () => 4))[3]
  const address = await read(socket, ([length]) =>
    kindOf === 1 ? 4 : kindOf === 4 ? 16 : length === undefined ? undefined : 1 + length,
  )
  const port = (await read(socket, () => 2)).readUInt16BE()
  return { target: `${readAddress(kindOf, address)}:${port}`, login }
}

function readAddress(kind: number | undefined, bytes: Buffer): string {
  if (kind === 1) return bytes.join('.')
  if (kind === 3) return bytes.subarray(1).toString()
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16))
  return new URL(`http://[${groups.join(':')}]`).hostname
}

async function readLogin(socket: Socket): Promise<string> {
  const [, length = 0] = await read(socket, () => 2)
  const user = await read(socket, () => length)
  const [size = 0] = await read(socket, () => 1)
  const password = await read(socket, () => size)
  return `${user}:${password}`
}

function refuse(socket: Socket, kind: ProxyKind): void {
  if (kind === 'socks5') socket.end(Buffer.from([1, 1]))
  else socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n')
}

/** What a proxy says when a way is open. */
export const opened = {
  http: Buffer.from('HTTP/1.1 200 Connection established\r\n\r\n'),
  https: Buffer.from('HTTP/1.1 200 Connection established\r\n\r\n'),
  socks5: Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
}

/** Opens the way, and passes on what either side says. */
export function relay(client: Socket, target: string, kind: ProxyKind): void {
  const at = target.lastIndexOf(':')
  const site = connect({
    host: target.slice(0, at).replace(/^\[|\]$/g, ''),
    port: Number(target.slice(at + 1)),
  })
  site.on('error', () => client.destroy())
  site.on('connect', () => {
    client.write(opened[kind])
    client.pipe(site).pipe(client)
  })
  client.on('close', () => site.destroy())
}
