import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

// A process of its own, so that neither side of a comparison pays for it in its own event loop. Prints its port.
// /SIZE answers with a page of so many bytes, with ?delay=MS after so long; /slow with a small one after a second.

const SLOW_MS = 1000

function makePage(bytes: number): Buffer {
  const head =
    '<!doctype html><html><head><meta charset="utf-8"><title>A page &amp; its title</title></head><body>\n'
  const line =
    '<p class="text">Lorem ipsum dolor sit amet, <a href="/consectetur">consectetur</a> adipisci.</p>\n'
  return Buffer.from((head + line.repeat(Math.ceil(bytes / line.length))).slice(0, bytes))
}

const pages = new Map<string, Buffer>()

function pageOf(path: string): Buffer {
  const known = pages.get(path)
  if (known) return known
  const page = makePage(Number(path.slice(1)) || 1000)
  pages.set(path, page)
  return page
}

const server = createServer((request, response) => {
  const path = (request.url ?? '').split('?', 1)[0] ?? ''
  const page = pageOf(path)
  const answer = () =>
    response.writeHead(200, { 'content-type': 'text/html', 'content-length': page.length }).end(page)
  const delay = /[?&]delay=(\d+)/.exec(request.url ?? '')?.[1]
  if (path === '/slow' || delay !== undefined) setTimeout(answer, Number(delay ?? SLOW_MS))
  else answer()
})
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () =>
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`),
)
