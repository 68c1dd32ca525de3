import { type Origin, page, response, startOrigin } from './origin.ts'

/** A small site: a few pages that lead to each other, one that is gone, and one that is slow. */
export function startVillage(): Promise<Origin> {
  return startOrigin((asked) => {
    const path = asked.path.split('?', 1)[0] ?? ''
    if (path === '/robots.txt')
      return response('User-agent: *\nDisallow: /private', ['Content-Type: text/plain'])
    if (path === '/gone') return response('gone', ['Content-Type: text/html'], '404 Not Found')
    if (path === '/slow') return undefined
    if (path === '/wall')
      return page('<title>Just a moment...</title><div id="cf-challenge-running">Checking')
    if (path === '/echo') return page(`<title>Echo</title><pre>${asked.head}</pre>`)
    if (/^\/(?:|about|private|news(?:\/\w+)?)?$/.test(path)) return page(houseAt(path))
    return response('nothing', ['Content-Type: text/html'], '404 Not Found')
  })
}

const links = ['/', '/news', '/news/bridge', '/news/fair?from=home', '/about', '/private', '/gone']

const sentence =
  'The people of the village have met at the well since the old days, and they still do so every week.'

const houseAt = (path: string) => `<!doctype html><html lang="en"><head><title>House ${path}</title>
<meta name="description" content="What happens at ${path}"><meta property="og:title" content="At ${path}">
<meta property="og:locale:alternate" content="de_DE"><meta name="keywords" content="well, village">
</head><body><nav>${links.map((href) => `<a href="${href}">To ${href}</a>`).join(' ')}</nav>
<article><h1>House ${path}</h1>${`<p>${sentence}</p>`.repeat(4)}<p class="notice">Lost: a cat.</p>
<img src="/well.jpg" alt="The well" width="300" height="200"></article><footer>Nobody reads this</footer></body></html>`
