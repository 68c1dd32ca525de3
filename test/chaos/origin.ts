import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** The kinds of pages that requests are made for; the path is /KIND/NUMBER. */
export const kinds = ['quick', 'slow', 'missing', 'flaky'] as const

export type Kind = (typeof kinds)[number]

/** A page says which one it is, so that no result can be taken for another's. */
export const pageOf = (path: string) => `<!doctype html><title>${path}</title><p>The page of ${path}`

export interface ChaosOrigin {
  base: string
  /** How often the page was asked for that was asked for most. */
  mostAsked(): number
  close(): Promise<void>
}

/** Starts a site of quick pages, slow ones (100 to 1,500 ms), missing ones, and ones that fail once before they come. */
export async function startSite(): Promise<ChaosOrigin> {
  const failed = new Set<string>()
  const asked = new Map<string, number>()
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    asked.set(path, (asked.get(path) ?? 0) + 1)
    const [, kind, number = '0'] = path.split('/')
    const answer = (status: number) =>
      response.writeHead(status, { 'content-type': 'text/html' }).end(pageOf(path))
    if (kind === 'missing') answer(404)
    else if (kind === 'flaky' && !failed.has(path)) {
      failed.add(path)
      answer(503)
    } else if (kind === 'slow') setTimeout(answer, 100 + ((Number(number) * 37) % 1400), 200)
    else answer(200)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mostAsked: () => Math.max(0, ...asked.values()),
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
