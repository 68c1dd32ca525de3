import { connect } from 'node:net'

// Clients that wait, each on a connection of its own, in a process of its own. Tells its parent when all of them wait, and, once
// all are told of the end, how many were not told as they should be. Usage: waiters.ts BASE (wait | events) ID…

const [base = '', way = '', ...ids] = process.argv.slice(2)
const { hostname, port } = new URL(base)

/** Connections made at once: more would fill the backlog. */
const AT_ONCE = 200

const isStream = way === 'events'
let failed = 0
let left = ids.length

/** Resolves when it waits: as soon as it has asked, or is told how things stand. */
function wait(id: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname)
    let answer = ''
    const path = isStream ? `/status/${id}/events` : `/status/${id}?wait=60`
    const begin = isStream ? undefined : () => resolve()
    socket.on('connect', () => socket.write(`GET ${path} HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`, begin))
    socket.on('data', (chunk) => {
      answer += chunk.toString()
      if (answer.includes('"status":"pending"')) resolve()
      if (answer.includes('"status":"cancelled"')) socket.destroy()
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      if (!answer.startsWith('HTTP/1.1 200 ') || !answer.includes('"status":"cancelled"')) failed += 1
      left -= 1
      resolve()
      if (left === 0) process.send?.(failed)
    })
  })
}

for (let at = 0; at < ids.length; at += AT_ONCE) await Promise.all(ids.slice(at, at + AT_ONCE).map(wait))
process.send?.('waiting')
