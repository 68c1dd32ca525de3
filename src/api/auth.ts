import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { ServiceError } from '../contract/errors.ts'

/** @returns whose request it is, or null where no keys are in use. @throws ServiceError `unauthorized` */
export type Authenticate = (request: FastifyRequest) => string | null

/**
 * Checks `Authorization: Bearer KEY`, or `X-API-Key: KEY`, against the keys. Without keys everyone is let in. Who opens a WebSocket
 * can send no such field and has the key in the name of a protocol.
 */
export function createAuthenticate(keys: string[]): Authenticate {
  if (keys.length === 0) return () => null
  const known = keys.map(digest)
  return (request) => {
    const given = digest(readKey(request))
    // All are compared, each in constant time, so that the answer's time tells nothing.
    const fitting = known.filter((one) => timingSafeEqual(one, given))
    if (fitting.length === 0)
      throw new ServiceError('unauthorized', undefined, { headers: { 'www-authenticate': 'Bearer' } })
    return given.toString('hex').slice(0, 32)
  }
}

const digest = (key: string) => createHash('sha256').update(key).digest()

function readKey({ headers }: FastifyRequest): string {
  const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
  return bearer ?? String(headers['x-api-key'] ?? headers['sec-websocket-protocol'] ?? '')
}
