import { z } from 'zod'

/** Longest URL accepted, in UTF-16 code units as sent. */
export const MAX_URL_LENGTH = 2048

/** Faults of a URL that a client can mend, by error code. */
const urlFaults = {
  invalid_url: 'is not a URL with a host; give an absolute one such as https://example.com/page',
  unsupported_scheme: 'must begin with http:// or https://',
  credentials_not_allowed: 'must not carry user:password@',
} as const

export type UrlFault = keyof typeof urlFaults

/**
 * Parses as browsers do (WHATWG URL) and judges what can be judged without asking the network.
 * @returns the URL, or the code of its fault
 */
export function readUrl(text: string): URL | UrlFault {
  const url = URL.parse(text)
  if (!url) return 'invalid_url'
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'unsupported_scheme'
  if (url.username !== '' || url.password !== '') return 'credentials_not_allowed'
  return hasValidHost(url.hostname) ? url : 'invalid_url'
}

/** Labels of 1 to 63 characters, 253 in all (RFC 1035, 2.3.4), one dot at the end allowed; IPv6 in brackets as it is. */
function hasValidHost(host: string): boolean {
  if (host.startsWith('[')) return true
  const name = host.endsWith('.') ? host.slice(0, -1) : host
  return name.length <= 253 && name.split('.').every((label) => label.length >= 1 && label.length <= 63)
}

/** An http(s) URL, normalised to its WHATWG href: what is stored is what will be fetched. */
export const TargetUrl = z
  .string('is needed once, as a text such as https://example.com/page')
  .transform((text, context) => {
    if (text.length > MAX_URL_LENGTH) {
      const message = `must not be longer than ${MAX_URL_LENGTH} characters`
      context.addIssue({ code: 'custom', message, params: { code: 'invalid_url' }, input: text })
      return z.NEVER
    }
    const url = readUrl(text)
    if (url instanceof URL) return url.href
    context.addIssue({ code: 'custom', message: urlFaults[url], params: { code: url }, input: text })
    return z.NEVER
  })
  .meta({
    format: 'uri',
    maxLength: MAX_URL_LENGTH,
    examples: ['https://example.com/'],
    description: 'An http or https URL',
  })
