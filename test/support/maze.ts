import { once } from 'node:events'
import { createServer } from 'node:http'

/** A site to be crawled, with all that leads crawlers astray. */
export interface Maze {
  base: string
  /** How often each address was asked for. */
  asked: Map<string, number>
  /** The addresses that a crawl is to fetch, each once. */
  pages: string[]
  close(): Promise<void>
}

/** Pages of the tree; each leads to the next two. */
const PAGES = 40

/** Starts one. @param delayMs how long each page takes */
export async function startMaze(delayMs = 0): Promise<Maze> {
  const asked = new Map<string, number>()
  const server = createServer((request, response) => {
    const path = request.url ?? '/'
    asked.set(path, (asked.get(path) ?? 0) + 1)
    const { status, type, body } = answer(path, `http://${request.headers.host}`)
    setTimeout(() => response.writeHead(status, { 'content-type': type }).end(body), delayMs)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  return {
    base: `http://127.0.0.1:${port}`,
    asked,
    pages: ['/', ...Array.from({ length: PAGES }, (_, index) => `/p/${index + 1}`), '/listed', '/alias'],
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function answer(path: string, base: string) {
  if (path === '/robots.txt')
    return {
      status: 200,
      type: 'text/plain',
      body: `User-agent: *\nDisallow: /private\nSitemap: ${base}/map.xml`,
    }
  if (path === '/map.xml')
    return { status: 200, type: 'text/xml', body: `<urlset><url><loc>${base}/listed</loc></url></urlset>` }
  if (path === '/gone') return { status: 404, type: 'text/html', body: 'gone' }
  return { status: 200, type: 'text/html', body: pageAt(path) }
}

const link = (href: string) => `<a href="${href.replaceAll('&', '&amp;')}">x</a>`

function pageAt(path: string): string {
  const title = `<title>Page ${path}</title>`
  if (path === '/alias') return `${title}<link rel=canonical href="/canonical">${link('/canonical')}`
  // Each leads to one more: only a bound ends it.
  if (path.startsWith('/trap')) return `${title}${link(`${path}/trap`)}`
  const number = path === '/' ? 0 : Number(path.slice('/p/'.length))
  const next = [2 * number + 1, 2 * number + 2].filter((one) => one <= PAGES)
  const links = next.flatMap((one) => [
    ...[
      `/p/${one}`,
      `/p/${one}#part`,
      `/p/${one}?utm_source=x`,
      `/p/${one}?sid=0a1b2c3d4e5f60718293${number}`,
    ],
    ...['/', '/alias', '/private/page', '/file.zip', 'http://127.0.0.2/other', 'mailto:a@b.example'],
  ])
  return `${title}${links.map(link).join('\n')}`
}
