import { ServiceError } from '../contract/errors.ts'
import { readUrl } from '../contract/requests.ts'
import type { Head } from './exchange.ts'

const redirectStatuses = new Set([301, 302, 303, 307, 308])

/** Whether an answer sends on to another place. One of these statuses without a Location does not. */
function isRedirect({ status, headers }: Head): boolean {
  return redirectStatuses.has(status) && headers.location !== undefined
}

/**
 * Where an answer sends on to (Fetch Standard, "location URL"), judged as a client's URL is; null if nowhere.
 * A fragment is kept through redirects that name none.
 * @throws ServiceError `unsupported_scheme`, `credentials_not_allowed`; `bad_response` for what is no URL, or for several
 */
export function redirectTarget(head: Head, base: URL): URL | null {
  if (!isRedirect(head)) return null
  const context = { targetStatus: head.status, finalUrl: base.href }
  const [location = '', ...others] = new Set([head.headers.location ?? []].flat())
  if (others.length > 0) throw new ServiceError('bad_response', undefined, context)
  const resolved = URL.parse(asUtf8(location), base.href)
  const target = resolved ? readUrl(resolved.href) : 'invalid_url'
  if (target === 'invalid_url') throw new ServiceError('bad_response', undefined, context)
  if (!(target instanceof URL)) throw new ServiceError(target, refusals[target], context)
  if (!target.href.includes('#')) target.hash = base.hash
  return target
}

const refusals = {
  unsupported_scheme: 'The site redirects to a URL that is neither http nor https.',
  credentials_not_allowed: 'The site redirects to a URL that carries user:password@.',
}

/** A Refresh that waits longer, in s, is for a reader of the page, not a way to another. */
const LONGEST_REFRESH = 5

const refreshForm =
  /^[\t\n\f\r ]*(?:(\d+)(?:\.[\d.]*)?|\.[\d.]*)(?=$|[;,\t\n\f\r ])[\t\n\f\r ]*[;,]?[\t\n\f\r ]*(.*)$/s
const refreshPlace = /^(?:url[\t\n\f\r ]*=[\t\n\f\r ]*)?(?:"([^"]*)|'([^']*)|(.*))/is

/**
 * Where a Refresh sends on to within 5 s (HTML Standard, "shared declarative refresh steps"). null if it waits longer,
 * reloads the same page, or names what is not to be fetched: a browser stays where it is then too.
 * @param value of the header field, or the `content` of `<meta http-equiv=refresh>`
 */
export function refreshTarget(value: string, base: URL): URL | null {
  const [, seconds = '0', rest = ''] = refreshForm.exec(value) ?? []
  const [, double, single, bare] = refreshPlace.exec(rest) ?? []
  const place = double ?? single ?? bare ?? ''
  if (place === '' || Number(seconds) > LONGEST_REFRESH) return null
  const target = readUrl(URL.parse(place, base.href)?.href ?? '')
  return target instanceof URL ? target : null
}

/** Where the Refresh field of a page sends on to. */
export function refreshFieldTarget({ status, headers }: Head, base: URL): URL | null {
  const [field] = [headers.refresh ?? []].flat()
  return field === undefined || status < 200 || status > 299 ? null : refreshTarget(asUtf8(field), base)
}

/** Fields arrive as Latin-1; browsers read a Location that is valid UTF-8 as that. */
function asUtf8(location: string): string {
  return Buffer.from(location, 'latin1').toString('utf8')
}
