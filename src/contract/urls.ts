import { createRequire } from 'node:module'
import { MAX_URL_LENGTH, readUrl } from './requests.ts'

/**
 * Parameters that say where a visitor comes from or who it is, and not which page is meant: those of campaigns, of
 * advertisers' clicks and of newsletters, and names of sessions.
 */
const trackers = new Set(
  [
    'gclid gclsrc dclid gbraid wbraid gad_source gad_campaignid srsltid _ga _gl fbclid fb_action_ids fb_source igshid igsh',
    'msclkid yclid ysclid ymclid _openstat twclid ttclid li_fat_id epik rdt_cid irclickid mc_cid mc_eid mkt_tok',
    '_hsenc _hsmi __hstc __hssc __hsfp hsctatracking vero_id vero_conv oly_anon_id oly_enc_id wickedid _ke _kx',
    'ref_src ref_url s_cid cmpid xtor spm trk trkcampaign sc_cid rb_clickid zanpid',
    'phpsessid jsessionid sessionid session_id sessid oscsid zenid cfid cftoken asp.net_sessionid _sid',
  ].flatMap((line) => line.split(' ')),
)

const trackerFamilies = /^(?:utm_|pk_|mtm_|matomo_|piwik_|aspsessionid)/

/** A short name that may stand for a session, if its value looks like one and not like a number or a word. */
const isSession = (name: string, value: string) =>
  (name === 'sid' || name === 's') && /^(?=.*\d)(?=.*[a-z])[a-z0-9]{16,64}$/i.test(value)

/**
 * What pages are told apart by: equal for URLs that lead to one page whatever they look like. Without scheme and fragment;
 * the query in order and without what only tracks; one spelling for each octet. A slash at the end counts.
 * @param href an absolute http(s) URL as WHATWG URL gives it
 */
export function keyOf(href: string): string {
  const { host, pathname, search } = new URL(href)
  const query = queryOf(search)
  const path = pathname.replace(/;jsessionid=[^/;]*/i, '')
  return `${host}${normalise(path)}${query === '' ? '' : `?${query}`}`
}

/** A query's parameters that say which page is meant, by name; those of one name stay as they are among themselves. */
export function queryOf(search: string): string {
  const pairs = search
    .slice(1)
    .split('&')
    .filter((pair) => pair !== '')
    .map(readPair)
  const kept = pairs.filter(({ name, value }) => !isTracker(name.toLowerCase(), value))
  return kept
    .toSorted((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)))
    .map(({ text }) => text)
    .join('&')
}

function readPair(pair: string): { name: string; value: string; text: string } {
  const text = normalise(pair.replaceAll('+', '%20'))
  const at = text.indexOf('=')
  return at === -1
    ? { name: text, value: '', text }
    : { name: text.slice(0, at), value: text.slice(at + 1), text }
}

function isTracker(name: string, value: string): boolean {
  return trackers.has(name) || trackerFamilies.test(name) || isSession(name, value)
}

/** Octets that need no percent-encoding are written as they are, the others in capitals (RFC 3986, 6.2.2). */
function normalise(text: string): string {
  if (!text.includes('%')) return text
  return text.replaceAll(/%[0-9a-f]{2}/gi, (octet) => {
    const character = String.fromCharCode(Number.parseInt(octet.slice(1), 16))
    return /[a-z0-9\-._~]/i.test(character) ? character : octet.toUpperCase()
  })
}

/** An address on a page as one that can be fetched: absolute, without fragment; null if it is none. */
export function resolveLink(text: string, base: string): string | null {
  const resolved = text.length <= 2 * MAX_URL_LENGTH ? URL.parse(text.trim(), base) : null
  if (!resolved || !(readUrl(resolved.href) instanceof URL)) return null
  resolved.hash = ''
  return resolved.href.length <= MAX_URL_LENGTH ? resolved.href : null
}

/** Which pages belong to a site: those of its host, `www` or not, those of all of its domain, or any. */
export type Scope = 'host' | 'domain' | 'any'

/** @returns whether a URL belongs to the site that any of `homes` (URLs) is of */
export function createScope(scope: Scope, homes: readonly string[]): (href: string) => boolean {
  if (scope === 'any') return () => true
  const siteOf = scope === 'host' ? hostOf : domainOf
  const sites = new Set(homes.map((home) => siteOf(new URL(home))))
  return (href) => sites.has(siteOf(new URL(href)))
}

const hostOf = ({ host }: URL) => host.replace(/^www\./, '')

/** The registrable domain, by the Public Suffix List; an address or a name without a dot stands for itself. */
function domainOf({ hostname }: URL): string {
  // The list takes megabytes, which only crawls of whole domains need.
  const { getDomain }: typeof import('tldts') = createRequire(import.meta.url)('tldts')
  return getDomain(hostname, { allowPrivateDomains: true }) ?? hostname
}
