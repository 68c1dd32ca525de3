import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** RFC 6455, 1.3. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** A close frame with the code 1000: all went well (RFC 6455, 5.5.1 and 7.4.1). */
const CLOSE = Buffer.from([0x88, 0x02, 0x03, 0xe8])

export function asksForSocket({ headers }: FastifyRequest): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket' && typeof headers['sec-websocket-key'] === 'string'
}

/**
 * Opens a WebSocket and closes it at once, as one does who has nothing more to say: clients that can do without it then go on
 * by asking. One that is not opened is an error to them.
 */
export function closeSocket({ headers, raw }: FastifyRequest, reply: FastifyReply): FastifyReply {
  const key = String(headers['sec-websocket-key'])
  const protocol = headers['sec-websocket-protocol']?.split(',', 1)[0]?.trim()
  const head = [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${createHash('sha1')
      .update(key + GUID)
      .digest('base64')}`,
    // A client that names one takes no other answer.
    ...(protocol ? [`Sec-WebSocket-Protocol: ${protocol}`] : []),
  ]
  reply.hijack()
  raw.socket.end(Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), CLOSE]))
  return reply
}
