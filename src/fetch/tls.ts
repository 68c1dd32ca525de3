import type { Socket } from 'node:net'
import { connect, type SecureContext, type TLSSocket } from 'node:tls'
import { ServiceError } from '../contract/errors.ts'
import { toTlsFault } from './fault.ts'
import { happens, ignore, within } from './phase.ts'

/** Whom TLS is spoken with, and on what terms. */
export interface Peer {
  /** A name without its last dot, or an address without brackets. */
  host: string
  isAddress: boolean
  secureContext: SecureContext
  /** Takes any certificate. */
  ignoreErrors: boolean
  /** Milliseconds for the handshake. */
  ms: number
}

/**
 * TLS over a connection that was judged; the certificate is verified whatever the environment says.
 * Whatever fails, the connection is closed.
 * @throws ServiceError `tls_error`, `connection_reset`, `connect_failed` for a handshake that takes too long, or the
 *   signal's reason
 */
export async function secure(socket: Socket, peer: Peer, signal: AbortSignal): Promise<TLSSocket> {
  const late = () =>
    new ServiceError('connect_failed', 'The TLS handshake took longer than allowed (CONNECT_TIMEOUT).')
  try {
    // Of a connection that has ended no event would come.
    if (socket.destroyed) throw new ServiceError('connection_reset')
    const tls = connect({
      socket,
      secureContext: peer.secureContext,
      rejectUnauthorized: !peer.ignoreErrors,
      ALPNProtocols: ['http/1.1'],
      // An address cannot be a server name (RFC 6066, 3): it is only held against the certificate.
      ...(peer.isAddress ? { host: peer.host } : { servername: peer.host }),
    })
    tls.on('error', ignore)
    await within(peer.ms, signal, late, () => happens(tls, 'secureConnect'))
    return tls
  } catch (thrown) {
    socket.destroy()
    throw signal.aborted ? signal.reason : toTlsFault(thrown, peer.host)
  }
}
