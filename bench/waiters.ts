import { connect } from 'node:net'

// Clients that wait, each on a connection of its own, in a process of its own. Tells its parent when all of them wait, and, once
// all are answered, how many were not answered as they should be. Usage: waiters.ts BASE ID…

const [base = '', ...ids] = process.argv.slice(2)
const { hostname, port } = new URL(base)

/** Connections made at once: more would fill the backlog. */
const AT_ONCE = 200

let failed = 0
let left = ids.length

function wait(id: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname)
    let answer = ''
    socket.on('connect', () => {
      socket.write(`GET /status/${id}?wait=60 HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`, () => resolve())
    })
    const end = () => {
      if (!answer.startsWith('HTTP/1.1 200 ') || !answer.includes(`"status":"cancelled"`)) failed += 1
      left -= 1
      socket.destroy()
      if (left === 0) process.send?.(failed)
    }
    socket.on('data', (chunk) => {
      answer += chunk.toString()
      if (answer.endsWith('}')) end()
    })
    socket.on('error', resolve)
  })
}

for (let at = 0; at < ids.length; at += AT_ONCE) await Promise.all(ids.slice(at, at + AT_ONCE).map(wait))
process.send?.('waiting')
