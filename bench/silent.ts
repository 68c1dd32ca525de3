import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

// What Node's own HTTP server takes for requests that it leaves unanswered, in a process of its own. Tells its port, and its
// resident memory in bytes whenever it is asked.

const server = createServer(() => {})
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () =>
  process.send?.((server.address() as AddressInfo).port),
)
process.on('message', () => process.send?.(process.memoryUsage().rss))
process.on('disconnect', () => process.exit())
