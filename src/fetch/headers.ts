import { acceptEncoding } from './coding.ts'

/** What a request may say of itself. */
export interface Wishes {
  userAgent: string
  acceptLanguage?: string | undefined
  /** Fields that the client gave. They come before our own of the same name. */
  headers?: Readonly<Record<string, string>> | undefined
}

const accept = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'

// These say who asks, in which form, and what is known already. Any other field that a client gave may be a key.
const harmless = new Set([
  'accept',
  'accept-language',
  'user-agent',
  'dnt',
  'sec-gpc',
  'if-none-match',
  'if-modified-since',
])

/**
 * The fields of a request, names and values in turn.
 * @param isHome whether the fetch is still at the origin that the client named: only there its own fields are sent whole
 */
export function requestHeaders({ userAgent, acceptLanguage, headers }: Wishes, isHome: boolean): string[] {
  const own = ['user-agent', userAgent, 'accept', accept]
  own.push('accept-language', acceptLanguage ?? 'en-US,en;q=0.9', 'accept-encoding', acceptEncoding)
  return headers === undefined ? own : withGiven(own, headers, isHome)
}

function withGiven(own: string[], given: Readonly<Record<string, string>>, isHome: boolean): string[] {
  const fields = new Map<string, string>()
  for (let at = 0; at < own.length; at += 2) fields.set(own[at] ?? '', own[at + 1] ?? '')
  for (const [name, value] of Object.entries(given)) {
    const key = name.toLowerCase()
    if (isHome || harmless.has(key)) fields.set(key, value)
  }
  fields.set('accept-encoding', acceptEncoding)
  return [...fields].flat()
}

/** Whether the client asks for a page only if it has changed. */
export function isConditional({ headers = {} }: Wishes): boolean {
  return Object.keys(headers).some((name) => /^if-(?:none-match|modified-since)$/i.test(name))
}
