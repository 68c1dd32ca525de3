import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createTlsServer } from 'node:tls'

/** What a client asked. */
export interface Asked {
  /** Path and query as they were sent. */
  path: string
  /** The whole head, request line included. */
  head: string
  /** Ends the connection by a reset (RST), TLS or not. */
  reset(): void
}

/** Answers one request by writing to its socket whatever it likes, HTTP or not; a text or bytes are written, then ended. */
export type Answer = (asked: Asked, socket: Socket) => string | Uint8Array | undefined

export interface Certificate {
  cert: string
  key: string
}

export interface Origin {
  port: number
  /** `http://127.0.0.1:PORT` or https, to which a path is added. */
  base: string
  /** Every request so far. */
  asked: Asked[]
  /** How many connections were accepted so far. */
  accepted(): number
  /** How many of them are still open. */
  open(): number
  close(): Promise<void>
}

/** Starts a server of this machine, on a free port where none is wanted, that says exactly what it is told to say, byte by byte. */
export async function startOrigin(
  answer: Answer,
  options: { certificate?: Certificate; host?: string; port?: number } = {},
): Promise<Origin> {
  const { certificate, host = '127.0.0.1', port: wanted = 0 } = options
  const sockets = new Set<Socket>()
  const asked: Asked[] = []
  let accepted = 0
  const converse = (socket: Socket) => {
    socket.on('error', () => {})
    readHead(socket, (head) => {
      const tcp = [...sockets].find(({ remotePort }) => remotePort === socket.remotePort)
      const request = { head, path: head.split(' ', 2)[1] ?? '', reset: () => tcp?.resetAndDestroy() }
      asked.push(request)
      const reply = answer(request, socket)
      if (reply !== undefined) socket.end(reply)
    })
  }
  const server = certificate ? createTlsServer(certificate, converse) : createServer(converse)
  server.on('tlsClientError', () => {})
  server.on('connection', (socket: Socket) => {
    accepted += 1
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  })
  server.listen(wanted, host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    base: `${certificate ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`,
    asked,
    accepted: () => accepted,
    open: () => sockets.size,
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

function readHead(socket: Socket, onHead: (head: string) => void): void {
  let text = ''
  const onData = (chunk: Buffer) => {
    text += chunk.toString('latin1')
    if (!text.includes('\r\n\r\n')) return
    socket.off('data', onData)
    socket.resume()
    onHead(text)
  }
  socket.on('data', onData)
}

/** A whole answer with its length. Header fields are written as they are given. */
export function response(body: string | Uint8Array, fields: string[] = [], status = '200 OK'): Buffer {
  const bytes = Buffer.from(body)
  const head = [`HTTP/1.1 ${status}`, ...fields, `Content-Length: ${bytes.length}`, '', ''].join('\r\n')
  return Buffer.concat([Buffer.from(head, 'latin1'), bytes])
}

/** An HTML page with its length. */
export function page(html: string | Uint8Array, fields: string[] = []): Buffer {
  return response(html, ['Content-Type: text/html; charset=utf-8', ...fields])
}

/** A redirect without a body; the Location's characters go out as Latin-1. */
export function redirect(location: string, status = '302 Found'): Buffer {
  return response('', [`Location: ${location}`], status)
}

/** A certificate that signs itself, for names (`DNS:origin.test`) and addresses (`IP:127.0.0.1`). */
export function selfSigned(names: string[], days = 30): Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'certificate-'))
  try {
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
    const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
    const subject = [
      '-subj',
      '/CN=origin',
      '-addext',
      `subjectAltName=${names.join(',')}`,
      '-days',
      String(days),
    ]
    execFileSync('openssl', [...request, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' })
    return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
