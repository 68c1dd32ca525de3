import { request as requestHttp } from 'node:http'
import { connect, isIP, isIPv6, type Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import type { SecureContext } from 'node:tls'
import { ServiceError } from '../contract/errors.ts'
import { toProxyFault } from './fault.ts'
import { happens, ignore, within } from './phase.ts'
import type { ProxyServer } from './proxy.ts'
import { secure } from './tls.ts'

/** Where a way is to lead, and what it may take. */
export interface Way {
  /** An address that was judged, and never a name: what a proxy would find for a name nobody has judged. */
  address: string
  port: number
  /** Certificates that a proxy of https is held against. */
  secureContext: SecureContext
  /** Milliseconds for connecting to the proxy, and again for its opening of the way. */
  connectMs: number
  /** Milliseconds for TLS with the proxy. */
  tlsMs: number
}

/** Largest head of a proxy's answer, in bytes. */
const maxHeadBytes = 16_384

/**
 * Has a proxy open a way to an address. The proxy itself is the operator's: it is looked up by the system and dialled
 * unjudged. Whatever fails, the connection to it is closed.
 * @returns the connection, on which the site is heard from the first byte
 * @throws ServiceError `proxy_failed`, or the signal's reason
 */
export async function openTunnel(proxy: ProxyServer, way: Way, signal: AbortSignal): Promise<Socket> {
  const { host, port } = proxy
  const plain = connect({ host, port, noDelay: true, autoSelectFamily: true })
  plain.on('error', ignore)
  const late = () =>
    new ServiceError('proxy_failed', 'The proxy opened no way within the time allowed (CONNECT_TIMEOUT).')
  try {
    await within(way.connectMs, signal, late, () => happens(plain, 'connect'))
    const socket = proxy.kind === 'https' ? await secureProxy(plain, host, way, signal) : plain
    const ask = proxy.kind === 'socks5' ? askSocks : askHttp
    await within(way.connectMs, signal, late, () => ask(proxy, way, socket))
    if (socket.destroyed) throw new ServiceError('proxy_failed')
    return socket
  } catch (thrown) {
    plain.destroy()
    throw signal.aborted ? signal.reason : toProxyFault(thrown)
  }
}

/** Errors are never ignored here: a request speaks for its site, not for those who hear the proxy's password. */
function secureProxy(plain: Socket, host: string, way: Way, signal: AbortSignal): Promise<Socket> {
  const { secureContext, tlsMs: ms } = way
  return secure(plain, { host, isAddress: isIP(host) !== 0, secureContext, ignoreErrors: false, ms }, signal)
}

/** Asks by CONNECT (RFC 9110, 9.3.6). */
function askHttp({ credentials }: ProxyServer, { address, port }: Way, socket: Socket): Promise<void> {
  const authority = `${isIPv6(address) ? `[${address}]` : address}:${port}`
  const basic = credentials && Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64')
  return new Promise((resolve, reject) => {
    const request = requestHttp({
      method: 'CONNECT',
      path: authority,
      headers: { host: authority, ...(basic === null ? {} : { 'proxy-authorization': `Basic ${basic}` }) },
      createConnection: () => socket,
      maxHeaderSize: maxHeadBytes,
    })
    request.on('error', reject)
    request.on('connect', ({ statusCode = 0 }, _socket, head) => {
      if (statusCode < 200 || statusCode > 299) return reject(refusal(statusCode))
      if (head.length > 0) socket.unshift(head)
      resolve()
    })
    request.end()
  })
}

function refusal(status: number): ServiceError {
  return new ServiceError('proxy_failed', `The proxy did not open a way to the site: it answered ${status}.`)
}

/** Asks by SOCKS5 (RFC 1928), with user and password (RFC 1929) where there are any. */
async function askSocks(
  proxy: ProxyServer,
  { address, port, connectMs }: Way,
  socket: Socket,
): Promise<void> {
  // Loaded where it is needed: most operators have no such proxy.
  const { SocksClient } = await import('socks')
  if (socket.destroyed) throw new ServiceError('proxy_failed')
  const { host, port: proxyPort, credentials } = proxy
  const login = credentials ? { userId: credentials.user, password: credentials.password } : {}
  await SocksClient.createConnection({
    command: 'connect',
    proxy: { host, port: proxyPort, type: 5, ...login },
    destination: { host: address, port },
    existing_socket: socket,
    timeout: connectMs,
  })
  await takeBack(socket)
}

/**
 * `socks` (2.8) hands over what came after the proxy's answer as an event, one turn later, and sets the socket flowing
 * whether anybody listens or not. It is caught here and put back.
 */
async function takeBack(socket: Socket): Promise<void> {
  const early: Buffer[] = []
  const keep = (chunk: Buffer) => void early.push(chunk)
  socket.on('data', keep)
  await setImmediate()
  socket.off('data', keep)
  socket.pause()
  if (early.length > 0) socket.unshift(Buffer.concat(early))
}
