import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { eventually, run } from './process.ts'

/** A port whose queue of connections is full: whoever connects to it gets no answer. */
export interface DeafPort {
  port: number
  /** How many connections to it are being tried. */
  tried: () => number
  close: () => Promise<void>
}

/** Has a process listen and then stands it still, with as many connections waiting as it has room for. */
export async function openDeafPort(): Promise<DeafPort> {
  const program =
    "const s = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(s.address().port))"
  const listener = run(process.execPath, ['-e', program])
  const port = Number(await eventually('a port', () => listener.output().trim() || undefined))
  listener.child.kill('SIGSTOP')
  const fillers = Array.from({ length: 4 }, () => connect(port, '127.0.0.1').on('error', () => {}))
  await eventually('the queue to be full', () => triedAt(port) > 0 && isStill(fillers))
  for (const filler of fillers) if (filler.connecting) filler.destroy()
  await eventually('nobody to try', () => triedAt(port) === 0)
  return {
    port,
    tried: () => triedAt(port),
    async close() {
      for (const filler of fillers) filler.destroy()
      await listener.stop('SIGKILL')
    },
  }
}

const isStill = (sockets: Socket[]) => sockets.some(({ connecting }) => !connecting)

/** Connections in the state SYN_SENT (02) to a port of IPv4, as Linux lists them. */
function triedAt(port: number): number {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  const lines = readFileSync('/proc/net/tcp', 'utf8').split('\n')
  return lines.filter(
    (line) => line.trim().split(/\s+/)[2]?.endsWith(`:${hex}`) && line.trim().split(/\s+/)[3] === '02',
  ).length
}
