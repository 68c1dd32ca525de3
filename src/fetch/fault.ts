import type { Socket } from 'node:net'
import { errors } from 'undici'
import { type ErrorCode, ServiceError } from '../contract/errors.ts'

// All of these say that the peer, or something on the way to it, went away. By code: messages change between versions.
const resetCodes = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ETIMEDOUT'])

/** The fault of a connection that did not come about. The address stays in the cause, which is not for clients. */
export function toConnectFault(thrown: unknown): ServiceError {
  if (thrown instanceof ServiceError) return thrown
  return new ServiceError('connect_failed', undefined, { cause: thrown })
}

/**
 * The fault of a way through a proxy. Of what other code threw, the text alone is kept: the errors of `socks` carry its
 * options, password included, and causes go into the log.
 */
export function toProxyFault(thrown: unknown): ServiceError {
  if (thrown instanceof ServiceError && thrown.code === 'proxy_failed') return thrown
  const text = thrown instanceof Error ? thrown.message : String(thrown)
  const code = codeOf(thrown)
  const cause = Object.assign(new Error(text), code === '' ? {} : { code })
  return new ServiceError('proxy_failed', undefined, { cause })
}

/** The fault of a TLS handshake: with OpenSSL's or Node's code, and the host as the client wrote it. */
export function toTlsFault(thrown: unknown, host: string): ServiceError {
  if (thrown instanceof ServiceError) return thrown
  const code = codeOf(thrown)
  if (resetCodes.has(code)) return new ServiceError('connection_reset', undefined, { cause: thrown })
  const detail = code === '' ? '' : ` (${code})`
  return new ServiceError('tls_error', `No trusted TLS connection to ${host} could be made${detail}.`, {
    cause: thrown,
  })
}

/**
 * The fault of an exchange over a connection, from undici, llhttp, OpenSSL or the system. undici speaks alike of a peer
 * that closed too early and of one that broke the protocol: whether its end had been read tells which.
 */
export function toExchangeFault(thrown: unknown, socket: Socket): ServiceError {
  if (thrown instanceof ServiceError) return thrown
  const code = isBrokenAnswer(thrown) ? brokenAnswerCode(socket) : exchangeCode(codeOf(thrown))
  return new ServiceError(code, undefined, { cause: thrown })
}

/** By class where there is one: llhttp's own codes are not passed on. */
function isBrokenAnswer(thrown: unknown): boolean {
  return (
    thrown instanceof errors.HTTPParserError ||
    thrown instanceof errors.SocketError ||
    thrown instanceof errors.ResponseContentLengthMismatchError
  )
}

function brokenAnswerCode(socket: Socket): ErrorCode {
  return socket.readableEnded ? 'connection_reset' : 'bad_response'
}

function exchangeCode(code: string): ErrorCode {
  // The last is undici's own: it closes what was idle for too long, be it at the very moment that it is used again.
  if (resetCodes.has(code) || code === 'UND_ERR_INFO') return 'connection_reset'
  if (code === 'UND_ERR_HEADERS_OVERFLOW' || code === 'ERR_ASSERTION') return 'bad_response'
  return code.startsWith('ERR_SSL_') ? 'tls_error' : 'internal_error'
}

function codeOf(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return ''
  return typeof thrown.code === 'string' ? thrown.code : ''
}
