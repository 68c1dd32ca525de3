import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, get as httpGet, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, describe, it } from 'node:test'
import { ServiceError } from '../../src/contract/errors.ts'
import {
  createRobots,
  type GetHop,
  isAllowed,
  MAX_ROBOTS_BYTES,
  type Robots,
  type Rules,
  readRobots,
} from '../../src/fetch/robots.ts'

const agent = 'Parsegate/1.0 (compatible; Otherbot/2.0)'
const read = (file: string | Uint8Array): Rules => readRobots(Buffer.from(file), agent)
const allows = (file: string | Uint8Array, path: string) =>
  isAllowed(read(file), new URL(`https://site.example${path}`))
const any = (...lines: string[]) => ['User-agent: *', ...lines].join('\n')

type Row = [name: string, file: string, path: string, allowed: boolean]
const table = (rows: Row[]) => {
  for (const [name, file, path, allowed] of rows)
    it(`${allowed ? 'allows' : 'refuses'} ${name}`, () => assert.equal(allows(file, path), allowed))
}

describe('the groups of a robots.txt', () => {
  table([
    ['all by an empty file', '', '/', true],
    ['all by a page of HTML', '<!doctype html>\n<p>Disallow: / they said</p>', '/', true],
    ['what its own group refuses', 'User-agent: Parsegate\nDisallow: /', '/a', false],
    ['its own group in any case', 'USER-AGENT: pARSEGATE\nDISALLOW: /', '/a', false],
    ['its own group named with a version', 'User-agent: parsegate/2.0\nDisallow: /', '/a', false],
    ['its own group named with more words', 'User-agent: Parsegate the bot\nDisallow: /', '/a', false],
    ['what a group of a longer name refuses', 'User-agent: parsegate-news\nDisallow: /', '/a', true],
    ['what a group of a part of the name refuses', 'User-agent: parse\nDisallow: /', '/a', true],
    ['what another product of the field is refused', 'User-agent: otherbot\nDisallow: /', '/a', true],
    ['what an empty name is refused', 'User-agent:\nDisallow: /', '/a', true],
    ['what a name without letters is refused', 'User-agent: 007\nDisallow: /', '/a', true],
    ['what everybody is refused', any('Disallow: /'), '/a', false],
    ['what everybody is refused, with a word behind', 'User-agent: * all\nDisallow: /', '/a', false],
    ['what a star with letters is refused', 'User-agent: *bot\nDisallow: /', '/a', true],
    [
      'what only everybody else is refused',
      'User-agent: *\nDisallow: /\n\nUser-agent: parsegate\nAllow: /',
      '/',
      true,
    ],
    [
      'what only everybody else is refused, named later',
      'User-agent: parsegate\nDisallow: /x\n\nUser-agent: *\nDisallow: /',
      '/a',
      true,
    ],
    [
      'all by its own group without a rule',
      'User-agent: *\nDisallow: /\n\nUser-agent: parsegate\n',
      '/',
      true,
    ],
    [
      'what the first of its groups refuses',
      'User-agent: parsegate\nDisallow: /a\n\nUser-agent: x\nDisallow: /\n\nUser-agent: parsegate\nDisallow: /b',
      '/a',
      false,
    ],
    [
      'what the second of its groups refuses',
      'User-agent: parsegate\nDisallow: /a\n\nUser-agent: x\nDisallow: /\n\nUser-agent: parsegate\nDisallow: /b',
      '/b',
      false,
    ],
    [
      'what the second group of everybody refuses',
      'User-agent: *\nDisallow: /a\nUser-agent: *\nDisallow: /b',
      '/b',
      false,
    ],
    [
      'what a group of several names refuses',
      'User-agent: x\nUser-agent: parsegate\nUser-agent: y\nDisallow: /',
      '/',
      false,
    ],
    [
      'what the group after its own refuses',
      'User-agent: parsegate\nDisallow:\nUser-agent: x\nDisallow: /',
      '/',
      true,
    ],
    ['a rule before any name', 'Disallow: /\nUser-agent: parsegate\nDisallow: /x', '/', true],
    ['a rule across blank lines', 'User-agent: parsegate\n\n\nDisallow: /', '/', false],
    [
      'a rule across a sitemap',
      'User-agent: parsegate\nSitemap: https://x.example/\nUser-agent: x\nDisallow: /',
      '/',
      false,
    ],
    [
      'a rule across a delay',
      'User-agent: parsegate\nCrawl-delay: 3\nUser-agent: x\nDisallow: /',
      '/',
      false,
    ],
    [
      'a rule across what nobody knows',
      'User-agent: parsegate\nNoindex: /\nUser-agent: x\nDisallow: /',
      '/',
      false,
    ],
    ['a rule after an unknown line', 'User-agent: parsegate\nHost: x\nDisallow: /', '/', false],
    ['a rule whose name is __proto__', 'User-agent: __proto__\nDisallow: /', '/', true],
  ])

  it('are those of everybody for a product without a token', () => {
    const file = Buffer.from('User-agent: 007\nAllow: /\n\nUser-agent: *\nDisallow: /')
    assert.equal(isAllowed(readRobots(file, '007/1.0'), new URL('https://site.example/a')), false)
  })
})

describe('the lines of a robots.txt', () => {
  table([
    ['by lines that end in CR', 'User-agent: *\rDisallow: /a\rDisallow: /b', '/b', false],
    ['by lines that end in CR LF', 'User-agent: *\r\nDisallow: /a\r\nDisallow: /b\r\n', '/a', false],
    [
      'no more than a line ending in CR LF says',
      'User-agent: *\r\nAllow: /a$\r\nDisallow: /a\r\n',
      '/a',
      true,
    ],
    ['after a byte order mark', '\ufeffUser-agent: *\nDisallow: /', '/', false],
    ['a commented rule', any('# Disallow: /'), '/', true],
    ['up to a comment', any('Disallow: /a # and no more'), '/a', false],
    ['up to a comment that touches', any('Disallow: /a#b'), '/a', false],
    ['by white space of all sorts', ' \t User-agent \t: \t * \t\n\t Disallow\t:\t/a \t ', '/a', false],
    ['without white space', 'user-agent:*\ndisallow:/a', '/a', false],
    ['without a colon', 'User-agent *\nDisallow /a', '/a', false],
    ['a line without a colon and with too many words', any('Disallow /a and /b'), '/a and /b', true],
    ['a line without a value or a colon', any('Disallow'), '/a', true],
    ['a line without a key', any(': /'), '/a', true],
    ['by a misspelt key', 'Useragent: *\nDisalow: /a', '/a', false],
    ['by no key that is merely like one', any('Disallowed: /a'), '/a', true],
    ['all where nothing is refused', any('Disallow:'), '/a', true],
    ['what one rule refuses beside an empty one', any('Disallow:', 'Disallow: /a'), '/a', false],
    ['what an empty rule would allow', any('Allow:', 'Disallow: /a'), '/a', false],
    ['a colon within a path', any('Disallow: /a:b'), '/a:b', false],
  ])
})

describe('the paths of a robots.txt', () => {
  table([
    ['what begins with a path', any('Disallow: /a'), '/abc/d', false],
    ['what has a path elsewhere', any('Disallow: /a'), '/b/a', true],
    ['what is shorter than a path', any('Disallow: /a/'), '/a', true],
    ['a path in another case', any('Disallow: /a'), '/A', true],
    ['a path without its slash', any('Disallow: a'), '/a', true],
    ['an empty path as the root', any('Disallow: /$'), '', false],
    ['more than the root', any('Disallow: /$'), '/a', true],
    ['by the longer rule', any('Allow: /a', 'Disallow: /a/b'), '/a/b', false],
    ['by the longer rule that allows', any('Disallow: /a', 'Allow: /a/b'), '/a/b', true],
    ['by the longer rule whatever the order', any('Allow: /a/b', 'Disallow: /a'), '/a/b', true],
    ['where both are as long', any('Disallow: /a', 'Allow: /a'), '/a', true],
    ['where both are as long, a wildcard in one', any('Disallow: /a', 'Allow: /*'), '/a', true],
    ['by a longer rule with a wildcard', any('Allow: /page', 'Disallow: /*.html'), '/page.html', false],
    ['by a longer rule than one with a wildcard', any('Allow: /page.', 'Disallow: /*.ht'), '/page.htm', true],
    ['by the longest of three', any('Disallow: /a', 'Allow: /a/b', 'Disallow: /a/b/c'), '/a/b/c', false],
    ['what a wildcard spans', any('Disallow: /*/c'), '/a/b/c/d', false],
    ['what a wildcard spans of nothing', any('Disallow: /a*b'), '/ab', false],
    ['what a wildcard at the end adds', any('Disallow: /a*'), '/a', false],
    ['by wildcards in a row', any('Disallow: /a***b'), '/a-b', false],
    ['by a wildcard at the start', any('Disallow: *.gif'), '/a.gif', false],
    ['by a wildcard alone', any('Disallow: *'), '/', false],
    ['what lacks a later part', any('Disallow: /*a*b'), '/b/a', true],
    ['parts that would overlap', any('Disallow: /*ab*bc$'), '/abc', true],
    ['what ends as it must', any('Disallow: /*.pdf$'), '/a.pdf/b.pdf', false],
    ['what goes on after its end', any('Disallow: /*.pdf$'), '/a.pdf?x', true],
    ['what ends as it must after a wildcard', any('Disallow: /a*$'), '/ab', false],
    ['what is exactly that', any('Disallow: /a$'), '/a', false],
    ['a dollar within, which is none', any('Disallow: /a$b'), '/a$b', false],
    ['a dollar alone', any('Disallow: $'), '/', true],
    ['a dot for any other character', any('Disallow: /a.b'), '/axb', true],
    ['the query too', any('Disallow: /*?sort='), '/a?x&sort=1', true],
    ['the query at its start', any('Disallow: /*?sort='), '/a/b?sort=1', false],
    ['the path of a query', any('Disallow: /a$'), '/a?b', true],
    ['a path whose fragment differs', any('Disallow: /a$'), '/a#b', false],
    ['robots.txt itself', any('Disallow: /'), '/robots.txt', true],
    ['a robots.txt elsewhere', any('Disallow: /'), '/a/robots.txt', false],
  ])
})

describe('the spelling of paths in a robots.txt', () => {
  table([
    ['letters beyond ASCII', any('Disallow: /foo/bar/ツ'), '/foo/bar/ツ', false],
    ['letters beyond ASCII, encoded there', any('Disallow: /foo/bar/%E3%83%84'), '/foo/bar/ツ', false],
    ['letters beyond ASCII, encoded here', any('Disallow: /foo/bar/ツ'), '/foo/bar/%e3%83%84', false],
    ['a letter whose last octet is a space elsewhere', any('Disallow: /à'), '/%C3%A0', false],
    ['another letter that begins alike', any('Disallow: /à'), '/%C3%A1', true],
    ['hexadecimal digits in any case', any('Disallow: /a%3cd%3Ce'), '/a%3Cd%3ce', false],
    ['encoded letters there', any('Disallow: /foo/bar/%62%61%7A'), '/foo/bar/baz', false],
    ['encoded letters here', any('Disallow: /foo/bar/baz'), '/foo/bar/%62%61%7a', false],
    ['an encoded slash as no slash', any('Disallow: /a%2Fb'), '/a/b', true],
    ['a slash as no encoded slash', any('Disallow: /a/b'), '/a%2Fb', true],
    ['an encoded slash as itself', any('Disallow: /a%2fb'), '/a%2Fb', false],
    ['an encoded slash in a query', any('Disallow: /?q=https://a'), '/?q=https%3A%2F%2Fa', false],
    ['a slash in a query', any('Disallow: /*q=https%3A%2F%2Fa'), '/?q=https://a', false],
    ['an encoded question mark as none', any('Disallow: /a?b'), '/a%3Fb', true],
    ['an encoded star for a star', any('Disallow: /file-%2A.html'), '/file-*.html', false],
    ['an encoded star for nothing else', any('Disallow: /file-%2a.html'), '/file-x.html', true],
    ['a star by a wildcard', any('Disallow: /a*c'), '/a*c', false],
    ['an encoded dollar for a dollar', any('Disallow: /foo-%24'), '/foo-$/bar', false],
    ['an encoded dollar for no end', any('Disallow: /foo-%24'), '/foo-', true],
    ['a space', any('Disallow: /a b'), '/a%20b', false],
    ['brackets', any('Disallow: /a[b]|c'), '/a[b]|c', false],
    ['a quote in a query', any("Disallow: /?a='b'"), "/?a='b'", false],
    ['a per cent sign that encodes nothing', any('Disallow: /100%/x'), '/100%/x', false],
    ['an encoded per cent sign once only', any('Disallow: /a%2562'), '/a%62', true],
  ])

  it('refuses octets that are not UTF-8', () => {
    const file = Buffer.from(any('Disallow: /caf\xe9'), 'latin1')
    assert.equal(allows(file, '/caf%E9'), false)
    assert.equal(allows(file, '/café'), true)
  })
})

describe('the size of a robots.txt', () => {
  const filled = (start: string, end: string, bytes: number) =>
    `${start}${'#'.repeat(bytes - start.length - end.length - 1)}\n${end}`

  it('counts up to its bound', () => {
    const file = filled('', 'Disallow: /a\n', 512_000)
    assert.equal(allows(any(file), '/a'), false)
  })

  it('is cut beyond, and the rest still counts', () => {
    const file = `${filled(any('Disallow: /a\n'), '', MAX_ROBOTS_BYTES)}Disallow: /b\n`
    assert.equal(allows(file, '/a'), false)
    assert.equal(allows(file, '/b'), true)
  })

  it('does not make half a path of one that is cut', () => {
    const file = filled(any(''), 'Disallow: /', MAX_ROBOTS_BYTES)
    assert.equal(allows(`${file}private\n`, '/a'), true)
  })
})

describe('the delay of a robots.txt', () => {
  const rows: [name: string, file: string, ms: number | null][] = [
    ['is none where none is given', any('Disallow: /'), null],
    ['is given in seconds', any('Crawl-delay: 10'), 10_000],
    ['may have decimals', any('crawl-delay: 0.5'), 500],
    ['may begin with its point', any('Crawl-delay: .25'), 250],
    ['may be zero', any('Crawl-delay: 0'), 0],
    ['is no more than a minute', any('Crawl-delay: 86400'), 60_000],
    ['is no more than a minute, however many digits', any(`Crawl-delay: ${'9'.repeat(400)}`), 60_000],
    ['is not less than nothing', any('Crawl-delay: -1'), null],
    ['is a number', any('Crawl-delay: 10s', 'Crawl-delay: NaN', 'Crawl-delay: 1e3', 'Crawl-delay:'), null],
    ['is no number of half a megabyte', any(`Crawl-delay: ${'1'.repeat(400_000)}x`), null],
    ['is the longest of several', any('Crawl-delay: 2', 'Crawl-delay: 5', 'Crawl-delay: 1'), 5000],
    [
      'is that of its own group',
      'User-agent: *\nCrawl-delay: 9\nDisallow:\nUser-agent: parsegate\nCrawl-delay: 1',
      1000,
    ],
    [
      'is not that of another group',
      'User-agent: *\nCrawl-delay: 9\nDisallow:\nUser-agent: parsegate\nDisallow:',
      null,
    ],
    [
      'is not that of a name before',
      'User-agent: bingbot\nCrawl-delay: 9\n\nUser-agent: *\nDisallow: /a',
      null,
    ],
  ]
  for (const [name, file, ms] of rows) it(name, () => assert.equal(read(file).crawlDelayMs, ms))
})

describe('a hostile robots.txt', () => {
  it('never throws, whatever its bytes are', () => {
    const next = randomBytes(1)
    const words = [
      'User-agent:',
      'Disallow',
      'Allow: /',
      '*',
      '$',
      '%2',
      '%',
      '\r',
      '\n',
      ': ',
      '#',
      '\0',
      '\ufeff',
    ]
    for (let round = 0; round < 3000; round += 1) {
      const pieces = Array.from({ length: next() % 40 }, () =>
        next() % 2 === 0 ? Buffer.from([next(), next()]) : Buffer.from(words[next() % words.length] ?? ''),
      )
      const file = Buffer.concat([
        Buffer.from(round % 2 === 0 ? 'User-agent: *\nDisallow: /' : ''),
        ...pieces,
      ])
      const path = Buffer.from(Array.from({ length: next() % 30 }, next)).toString('latin1')
      const url = URL.parse(`https://site.example/${path}`)
      const rules = readRobots(file, agent)
      if (url) assert.equal(typeof isAllowed(rules, url), 'boolean')
    }
  })

  const size = MAX_ROBOTS_BYTES
  const long = `/${'a'.repeat(2000)}`
  const lines = (line: (index: number) => string) => {
    let text = 'User-agent: *\n'
    for (let index = 0; text.length < size - 64; index += 1) text += `${line(index)}\n`
    return text
  }
  const files: [name: string, file: () => string, path: string][] = [
    ['a pattern of many wildcards', () => any(`Disallow: /${'*a'.repeat(250_000)}*b$`), long],
    ['many patterns of many wildcards', () => lines((index) => `Disallow:/*a*a*a*a*a*a*ab${index}$`), long],
    ['many short patterns', () => lines((index) => `Disallow:*aaaab${index}`), long],
    [
      'many patterns and a long path',
      () => lines((index) => `Disallow:*aaaab${index}`),
      `/${'a'.repeat(16_000)}`,
    ],
    ['long patterns', () => lines((index) => `Disallow: /*${'a'.repeat(1000)}b${index}`), long],
    ['stars alone', () => any(`Disallow: /${'*'.repeat(500_000)}b`), long],
    ['blanks within a line', () => any(`Disallow: /${' '.repeat(500_000)}b`), long],
    ['blanks without a colon', () => any(`Disallow ${' '.repeat(500_000)}b c`), long],
    ['line ends', () => '\n\r'.repeat(260_000), long],
    ['names', () => lines(() => 'User-agent:*'), long],
    ['per cent signs', () => any(`Disallow: /${'%2'.repeat(250_000)}`), `/${'%2'.repeat(1000)}`],
  ]
  for (const [name, file, path] of files) {
    it(`takes no long time: ${name}`, () => {
      const began = process.cpuUsage()
      allows(file(), path)
      const { user, system } = process.cpuUsage(began)
      assert.ok(user + system < 3_000_000, `${(user + system) / 1000} ms`)
    })
  }
})

/** The same bytes each time, one by one (a linear congruential generator). */
function randomBytes(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state >>> 24
  }
}

type Say = (request: IncomingMessage, response: ServerResponse) => void

interface Site {
  url: (path: string) => URL
  asked: string[]
  say: Say
  close(): Promise<void>
}

async function startSite(): Promise<Site> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    site.say(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const site: Site = {
    url: (path) => new URL(path, `http://127.0.0.1:${port}`),
    asked,
    say: (_, response) => response.end(),
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return site
}

const answer =
  (status: number, body = '', headers: Record<string, string> = {}): Say =>
  (_, response) =>
    response.writeHead(status, headers).end(body)
const refuseAll = any('Disallow: /')

/** One hop over the loopback, to whichever address is not refused. */
const get: GetHop = (url, signal) => {
  if (url.hostname === 'inside.example') return Promise.reject(new ServiceError('blocked_address'))
  if (url.hostname === 'nowhere.example') return Promise.reject(new ServiceError('unknown_host'))
  return new Promise((resolve, reject) => {
    const request = httpGet(url, { signal, agent: false }, (incoming) => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('end', () =>
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(chunks) }),
      )
    })
    request.on('error', (cause) =>
      reject(signal.aborted ? signal.reason : new ServiceError('connect_failed', undefined, { cause })),
    )
  })
}

describe('a robots.txt that is fetched', () => {
  let site: Site
  let other: Site
  let clock = 0
  let robots: Robots
  const never = new AbortController().signal
  const minute = 60_000
  const hour = 60 * minute

  before(async () => {
    site = await startSite()
    other = await startSite()
  })
  after(() => Promise.all([site.close(), other.close()]))
  beforeEach(() => {
    clock = 1_000_000
    site.asked.length = 0
    other.asked.length = 0
    robots = createRobots({ get, agent, now: () => clock })
  })

  const judge = async (path = '/a') => (await robots.judge(site.url(path), never)).allowed
  const fault = async (url = site.url('/a'), judging = robots): Promise<ServiceError> => {
    const thrown: unknown = await judging.judge(url, never).then(
      () => undefined,
      (error: unknown) => error,
    )
    assert.ok(thrown instanceof ServiceError, `${thrown}`)
    return thrown
  }

  it('is asked for once, at the root of the origin, and judges every page of it', async () => {
    site.say = answer(200, any('Disallow: /a', 'Crawl-delay: 2'))
    assert.deepEqual(await robots.judge(site.url('/a?b'), never), { allowed: false, crawlDelayMs: 2000 })
    assert.deepEqual(await robots.judge(site.url('/b'), never), { allowed: true, crawlDelayMs: 2000 })
    assert.deepEqual(site.asked, ['/robots.txt'])
  })

  it('is one of each origin', async () => {
    site.say = answer(200, refuseAll)
    other.say = answer(404)
    assert.equal(await judge(), false)
    assert.equal((await robots.judge(other.url('/a'), never)).allowed, true)
  })

  it('is not asked for where it is the page itself', async () => {
    site.say = answer(503)
    assert.deepEqual(await robots.judge(site.url('/robots.txt'), never), {
      allowed: true,
      crawlDelayMs: null,
    })
    assert.deepEqual(site.asked, [])
  })

  it('allows all where there is none', async () => {
    for (const status of [400, 401, 403, 404, 410, 451, 300, 304]) {
      site.say = answer(status, refuseAll)
      robots = createRobots({ get, agent })
      assert.equal(await judge(), true, String(status))
    }
  })

  it('refuses all, for now, where the site is in no state to give it', async () => {
    for (const status of [429, 500, 502, 503, 504]) {
      site.say = answer(status)
      robots = createRobots({ get, agent })
      const { code, passes, targetStatus, message } = await fault()
      assert.deepEqual([code, passes, targetStatus], ['robots_denied', true, status])
      assert.match(message, new RegExp(`answered ${status}`))
    }
  })

  it('is followed through five redirects, across hosts, for the first origin', async () => {
    const places = [other.url('/1'), site.url('/2'), other.url('/3'), site.url('/4'), other.url('/5')]
    const say: Say = (request, response) => {
      const next = places[request.url === '/robots.txt' ? 0 : Number(request.url?.slice(1))]
      if (next) answer(302, '', { location: next.href })(request, response)
      else answer(200, refuseAll)(request, response)
    }
    site.say = say
    other.say = say
    assert.equal(await judge(), false)
    assert.deepEqual([...site.asked, ...other.asked], ['/robots.txt', '/2', '/4', '/1', '/3', '/5'])
    assert.equal((await robots.judge(other.url('/robots.txt'), never)).allowed, true)
  })

  it('is given up after more than five redirects, which allows all', async () => {
    site.say = answer(301, refuseAll, { location: '/robots.txt?' })
    assert.equal(await judge(), true)
    assert.equal(site.asked.length, 6)
  })

  it('is not there where a redirect leads to nothing that is fetched', async () => {
    for (const location of ['ftp://site.example/', 'http://u:p@site.example/', 'http://[']) {
      site.say = answer(302, refuseAll, { location })
      robots = createRobots({ get, agent })
      assert.equal(await judge(), true, location)
    }
  })

  it('refuses all where a redirect leads to where nobody may go or nobody is', async () => {
    for (const host of ['inside.example', 'nowhere.example']) {
      site.say = answer(302, '', { location: `http://${host}/robots.txt` })
      robots = createRobots({ get, agent })
      const { code, passes, message } = await fault()
      assert.deepEqual([code, passes], ['robots_denied', false])
      assert.doesNotMatch(message, /inside|nowhere/)
    }
  })

  it('leaves to the page what the way to its own origin does, and asks again each time', async () => {
    assert.equal((await fault(new URL('http://nowhere.example/a'))).code, 'unknown_host')
    assert.equal((await fault(new URL('http://inside.example/a'))).code, 'blocked_address')
    const gone = await startSite()
    await gone.close()
    let tries = 0
    const counting = createRobots({
      agent,
      get(url, signal) {
        tries += 1
        return get(url, signal)
      },
    })
    for (const round of [1, 2]) {
      assert.equal((await fault(gone.url('/a'), counting)).code, 'connect_failed')
      assert.equal(tries, round)
    }
  })

  it('refuses all, for now, where it does not come in time or is no answer', async () => {
    site.say = () => {}
    const hasty = createRobots({ get, agent, timeoutMs: 30 })
    const late = await fault(site.url('/a'), hasty)
    assert.deepEqual([late.code, late.passes], ['robots_denied', true])
    const broken = createRobots({ agent, get: () => Promise.reject(new ServiceError('bad_response')) })
    assert.equal((await fault(site.url('/a'), broken)).code, 'robots_denied')
  })

  it('stands for a day', async () => {
    site.say = answer(200, refuseAll)
    assert.equal(await judge(), false)
    site.say = answer(200, '')
    clock += 24 * hour - 1
    assert.equal(await judge(), false)
    clock += 1
    assert.equal(await judge(), true)
    assert.equal(site.asked.length, 2)
  })

  const lifetimes: [control: string, status: number, ms: number][] = [
    ['max-age=3600', 200, hour],
    ['public, MAX-AGE="3600", x', 200, hour],
    ['s-maxage=60', 200, 24 * hour],
    ['max-age=0', 200, 5 * minute],
    ['no-cache', 200, 5 * minute],
    ['max-age=9000, no-store', 200, 5 * minute],
    ['max-age=99999999999', 200, 24 * hour],
    ['max-age=x', 200, 24 * hour],
    ['', 404, hour],
    ['max-age=600', 404, 10 * minute],
  ]
  for (const [control, status, ms] of lifetimes) {
    it(`stands for ${ms / minute} min under "${control}" with ${status}`, async () => {
      site.say = answer(status, '', control === '' ? {} : { 'cache-control': control })
      await judge()
      clock += ms - 1
      await judge()
      assert.equal(site.asked.length, 1)
      clock += 1
      await judge()
      assert.equal(site.asked.length, 2)
    })
  }

  it('is not asked for again within a minute of a failure', async () => {
    site.say = answer(503)
    await fault()
    clock += minute - 1
    site.say = answer(200, '')
    await fault()
    assert.equal(site.asked.length, 1)
    clock += 1
    assert.equal(await judge(), true)
  })

  it('is replaced by its last copy while it cannot be had', async () => {
    site.say = answer(200, any('Disallow: /a'))
    assert.equal(await judge('/a'), false)
    site.say = answer(503)
    clock += 30 * hour
    assert.equal(await judge('/a'), false)
    assert.equal(await judge('/b'), true)
    assert.equal(site.asked.length, 2)
    clock += 100 * hour
    assert.equal(await judge('/b'), true)
    assert.equal(site.asked.length, 3)
  })

  it('is asked for once by many at once, and a caller that leaves takes it from nobody', async () => {
    const { promise, resolve } = Promise.withResolvers<ServerResponse>()
    site.say = (_, response) => resolve(response)
    const leaving = new AbortController()
    const first = robots.judge(site.url('/a'), leaving.signal)
    const others = Array.from({ length: 50 }, (_, index) => robots.judge(site.url(`/${index}`), never))
    const response = await promise
    const reason = new ServiceError('fetch_timeout')
    leaving.abort(reason)
    await assert.rejects(first, reason)
    response.end(refuseAll)
    assert.deepEqual(new Set((await Promise.all(others)).map(({ allowed }) => allowed)), new Set([false]))
    assert.equal(site.asked.length, 1)
  })

  it('is not asked for by a caller that has left', async () => {
    const reason = new ServiceError('fetch_timeout')
    await assert.rejects(robots.judge(site.url('/a'), AbortSignal.abort(reason)), reason)
    assert.deepEqual(site.asked, [])
  })
})

describe('the copies that are kept', () => {
  const never = new AbortController().signal
  const counted = (body: Uint8Array) => {
    const tries = new Map<string, number>()
    const robots = createRobots({
      agent,
      now: () => 0,
      get: async ({ origin }) => {
        tries.set(origin, (tries.get(origin) ?? 0) + 1)
        return { status: 200, headers: {}, body }
      },
    })
    const visit = (index: number) => robots.judge(new URL(`http://site${index}.example/`), never)
    return { visit, triesOf: (index: number) => tries.get(`http://site${index}.example`) }
  }

  it('are no more than 5,000, those used last', async () => {
    const { visit, triesOf } = counted(Buffer.from(refuseAll))
    for (let index = 0; index < 5000; index += 1) await visit(index)
    await visit(0)
    await visit(5000)
    await visit(0)
    await visit(1)
    assert.deepEqual([triesOf(0), triesOf(1)], [1, 2])
  })

  it('take no more than 32 MiB', async () => {
    const rules = Array.from({ length: 20_000 }, (_, index) => `Disallow: /${index}`)
    const { visit, triesOf } = counted(Buffer.from(any(...rules)))
    for (let index = 0; index < 40; index += 1) await visit(index)
    await visit(39)
    await visit(0)
    assert.deepEqual([triesOf(39), triesOf(0)], [1, 2])
  })
})

describe('the examples of RFC 9309', () => {
  const simple = [
    ...['User-Agent: *', 'Disallow: *.gif$', 'Disallow: /example/', 'Allow: /publications/', ''],
    ...['User-Agent: foobot', 'Disallow:/', 'Allow:/example/page.html', 'Allow:/example/allowed.gif', ''],
    ...['User-Agent: barbot', 'User-Agent: bazbot', 'Disallow: /example/page.html', ''],
    ...['User-Agent: quxbot', ''],
  ].join('\n')
  const longest = [
    'User-Agent: foobot',
    'Allow: /example/page/',
    'Disallow: /example/page/disallowed.gif',
  ].join('\n')
  const cases: [section: string, file: string, agent: string, path: string, allowed: boolean][] = [
    ['5.1', simple, 'otherbot', '/a.gif', false],
    ['5.1', simple, 'otherbot', '/a.gif?x', true],
    ['5.1', simple, 'otherbot', '/example/a', false],
    ['5.1', simple, 'otherbot', '/publications/', true],
    ['5.1', simple, 'otherbot', '/publications/a.gif', true],
    ['5.1', simple, 'otherbot', '/', true],
    ['5.1', simple, 'foobot', '/', false],
    ['5.1', simple, 'FooBot/2.1', '/publications/', false],
    ['5.1', simple, 'foobot', '/example/page.html', true],
    ['5.1', simple, 'foobot', '/example/allowed.gif', true],
    ['5.1', simple, 'foobot', '/example/other.gif', false],
    ['5.1', simple, 'barbot', '/example/page.html', false],
    ['5.1', simple, 'bazbot', '/example/page.html', false],
    ['5.1', simple, 'bazbot', '/example/allowed.gif', true],
    ['5.1', simple, 'quxbot', '/example/page.html', true],
    ['5.1', simple, 'quxbot', '/a.gif', true],
    ['5.2', longest, 'foobot', '/example/page/disallowed.gif', false],
    ['5.2', longest, 'foobot', '/example/page/allowed.gif', true],
    ['5.2', longest, 'otherbot', '/example/page/disallowed.gif', true],
  ]
  for (const [section, file, agent, path, allowed] of cases) {
    it(`${allowed ? 'allow' : 'refuse'} ${path} to ${agent} (${section})`, () => {
      const rules = readRobots(Buffer.from(file), agent)
      assert.equal(isAllowed(rules, new URL(path, 'http://example.test')), allowed)
    })
  }
})
