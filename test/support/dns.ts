import { createSocket } from 'node:dgram'
import { once } from 'node:events'

/** What a name server says of a name and a type: addresses with a TTL in seconds, a response code, or nothing at all. */
export type Zone = (
  name: string,
  type: 'A' | 'AAAA',
) => { addresses: readonly string[]; ttl: number } | 'NXDOMAIN' | 'SERVFAIL' | 'silence'

export interface NameServer {
  /** `127.0.0.1:PORT`, as a resolver takes it. */
  server: string
  /** Every question so far, such as `A origin.test`. */
  asked: string[]
  close(): Promise<void>
}

const types: Record<number, 'A' | 'AAAA'> = { 1: 'A', 28: 'AAAA' }
const codes = { NXDOMAIN: 3, SERVFAIL: 2 }

/** Starts a name server on a free UDP port of this machine (RFC 1035, RFC 3596): one question, one answer. */
export async function startNameServer(zone: Zone): Promise<NameServer> {
  const socket = createSocket('udp4')
  const asked: string[] = []
  socket.on('message', (message, { address, port }) => {
    const question = readQuestion(message)
    asked.push(`${question.type} ${question.name}`)
    const said = zone(question.name, question.type)
    if (said !== 'silence') socket.send(answerTo(message, question, said), port, address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return {
    server: `127.0.0.1:${socket.address().port}`,
    asked,
    async close() {
      socket.close()
      await once(socket, 'close')
    },
  }
}

interface Question {
  name: string
  type: 'A' | 'AAAA'
  /** Where the question ends in its message. */
  end: number
}

function readQuestion(message: Buffer): Question {
  const labels: string[] = []
  let at = 12
  for (let length = message.readUInt8(at); length > 0; length = message.readUInt8(at)) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length))
    at += length + 1
  }
  return { name: labels.join('.'), type: types[message.readUInt16BE(at + 1)] ?? 'A', end: at + 5 }
}

function answerTo(
  asked: Buffer,
  { type, end }: Question,
  said: Exclude<ReturnType<Zone>, 'silence'>,
): Buffer {
  const isKnown = typeof said === 'object'
  const records = isKnown ? said.addresses.map((address) => recordOf(type, address, said.ttl)) : []
  const head = Buffer.from([0, 0, 0x81, 0x80, 0, 1, 0, records.length, 0, 0, 0, 0])
  asked.copy(head, 0, 0, 2)
  if (!isKnown) head.writeUInt8(0x80 + codes[said], 3)
  return Buffer.concat([head, asked.subarray(12, end), ...records])
}

/** A record of the name at byte 12, which is the question's. */
function recordOf(type: 'A' | 'AAAA', address: string, ttl: number): Buffer {
  const data = type === 'A' ? Buffer.from(address.split('.').map(Number)) : sixteenBytes(address)
  const head = Buffer.from([0xc0, 12, 0, type === 'A' ? 1 : 28, 0, 1, 0, 0, 0, 0, 0, data.length])
  head.writeUInt32BE(ttl, 6)
  return Buffer.concat([head, data])
}

function sixteenBytes(address: string): Buffer {
  const [front = '', back = ''] = address.split('::')
  const groups = (text: string) => text.split(':').filter((group) => group !== '')
  const zeros = Array<string>(8 - groups(front).length - groups(back).length).fill('0')
  const all = address.includes('::') ? [...groups(front), ...zeros, ...groups(back)] : groups(front)
  return Buffer.from(all.map((group) => group.padStart(4, '0')).join(''), 'hex')
}
