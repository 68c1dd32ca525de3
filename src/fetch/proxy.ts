/** A proxy that the operator listed in PROXIES. */
export interface ProxyServer {
  /** `http://host:port`, always with its port and never with credentials: what it is known by. */
  href: string
  kind: ProxyKind
  /** A name, or an address without brackets. */
  host: string
  port: number
  credentials: Credentials | null
}

// Under this name it hides the global one, which the linter minds where it is imported.
export type { ProxyServer as Proxy }

type ProxyKind = 'http' | 'https' | 'socks5'

interface Credentials {
  user: string
  password: string
}

// `socks5h` only says who looks names up. That is always done here, so both mean the same.
const kinds: ReadonlyMap<string, readonly [kind: ProxyKind, port: number]> = new Map([
  ['http:', ['http', 80]],
  ['https:', ['https', 443]],
  ['socks5:', ['socks5', 1080]],
  ['socks5h:', ['socks5', 1080]],
])

const accepted =
  'http://, https:// or socks5:// with a host, :port and user:password@ if need be, and no path; @ : / , % in a password are written as %40 %3A %2F %2C %25'

/**
 * Reads PROXIES: URLs divided by commas, white space around them ignored; none when there is no text.
 * @throws Error naming the first entry that cannot be read, by its number where it may hold a password
 */
export function parseProxies(text: string): ProxyServer[] {
  const entries = text.split(',').map((entry) => entry.trim())
  const proxies: ProxyServer[] = []
  for (const [index, entry] of entries.entries()) {
    if (entry === '') continue
    const proxy = readProxy(entry)
    // A password may hold what divides entries, so one @ anywhere makes all of them unfit to be shown.
    const shown = text.includes('@') ? `entry ${index + 1}` : `"${entry}"`
    if (typeof proxy === 'string')
      throw new Error(`cannot read ${shown} (${proxy}): each entry is ${accepted}`)
    if (proxies.some(({ href }) => href === proxy.href))
      throw new Error(`${shown} names a proxy a second time`)
    proxies.push(proxy)
  }
  return proxies
}

/**
 * Finds the listed proxy that a request names.
 * @param text its URL without credentials; an absent port is that of the scheme (80, 443, 1080 for socks5)
 * @returns undefined where it is not listed, has credentials, or is no URL of a proxy
 */
export function findProxy(proxies: readonly ProxyServer[], text: string): ProxyServer | undefined {
  const named = readProxy(text)
  if (typeof named === 'string' || named.credentials) return undefined
  return proxies.find(({ href }) => href === named.href)
}

/** @returns what is wrong with it, in words that repeat none of it, if it cannot be read */
function readProxy(text: string): ProxyServer | string {
  const url = URL.parse(text)
  if (!url) return 'it is not a URL'
  const scheme = kinds.get(url.protocol)
  if (!scheme) return 'its scheme is none of a proxy'
  // Only special schemes have their hosts put into one spelling, and `http:` is one.
  const hostname = URL.parse(`http://${url.hostname}/`)?.hostname
  if (!hostname) return 'it has no host'
  if (!/^\/?$/.test(url.pathname + url.search + url.hash)) return 'it has a path'
  const [kind, defaultPort] = scheme
  const port = url.port === '' ? defaultPort : Number(url.port)
  if (port === 0) return 'a port is 1 to 65535'
  const credentials = readCredentials(url, kind)
  if (typeof credentials === 'string') return credentials
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  return { href: `${kind}://${hostname}:${port}`, kind, host, port, credentials }
}

function readCredentials({ username, password }: URL, kind: ProxyKind): Credentials | string | null {
  if (username === '' && password === '') return null
  const [user, secret] = [decode(username), decode(password)]
  if (user === null || secret === null) return 'its user or password is not percent-encoded'
  if (user === '') return 'it has a password without a user'
  if (/\p{Cc}/u.test(user + secret)) return 'its user or password has control characters'
  // RFC 7617, 2: the first colon ends the user.
  if (kind !== 'socks5' && user.includes(':')) return 'its user has a colon'
  // RFC 1929, 2: each length is one octet.
  if (kind === 'socks5' && Math.max(Buffer.byteLength(user), Buffer.byteLength(secret)) > 255)
    return 'SOCKS5 takes 255 bytes of each, user and password'
  return { user, password: secret }
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}
