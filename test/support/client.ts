import { once } from 'node:events'
import { connect } from 'node:net'

/** A client that writes bytes to a server and remembers what it is told. @param base the server's URL */
export async function openClient(base: string, bytes: string) {
  const socket = connect(Number(new URL(base).port), '127.0.0.1')
  const client = { told: '', isClosed: false, socket }
  socket.setEncoding('latin1')
  socket.on('data', (text: string) => {
    client.told += text
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    client.isClosed = true
  })
  await once(socket, 'connect')
  socket.write(bytes)
  return client
}
