import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** What an address is. `public` alone may be dialled without an allowance; every other word is a reason not to. */
export type Verdict =
  | 'public'
  | 'unparsable'
  | 'unspecified'
  | 'this_network'
  | 'loopback'
  | 'private'
  | 'cgnat'
  | 'link_local'
  | 'site_local'
  | 'unique_local'
  | 'ietf_protocol'
  | 'documentation'
  | 'benchmarking'
  | 'as112'
  | 'amt'
  | 'multicast'
  | 'broadcast'
  | 'reserved'
  | 'mapped_ipv4'
  | 'compatible_ipv4'
  | 'translated_ipv4'
  | 'nat64'
  | 'sixtofour'
  | 'teredo'
  | 'orchid'
  | 'discard'
  | 'dummy'
  | 'segment_routing'

/** What a host name means before any name server is asked. All but `public` are refused unasked. */
export type NameVerdict = 'public' | 'local' | 'single_label' | 'metadata' | 'cluster'

type Address = ipaddr.IPv4 | ipaddr.IPv6
type Range = readonly [verdict: Verdict, address: Address, bits: number]

const range = (verdict: Verdict, cidr: string): Range => [verdict, ...ipaddr.parseCIDR(cidr)]

// The IANA IPv4 Special-Purpose Address Registry, with multicast (RFC 5771). The first match names the reason.
const specialIPv4: readonly Range[] = [
  range('unspecified', '0.0.0.0/32'),
  range('this_network', '0.0.0.0/8'),
  range('private', '10.0.0.0/8'),
  range('cgnat', '100.64.0.0/10'),
  range('loopback', '127.0.0.0/8'),
  range('link_local', '169.254.0.0/16'),
  range('private', '172.16.0.0/12'),
  range('ietf_protocol', '192.0.0.0/24'),
  range('documentation', '192.0.2.0/24'),
  range('as112', '192.31.196.0/24'),
  range('amt', '192.52.193.0/24'),
  range('sixtofour', '192.88.99.0/24'),
  range('private', '192.168.0.0/16'),
  range('as112', '192.175.48.0/24'),
  range('benchmarking', '198.18.0.0/15'),
  range('documentation', '198.51.100.0/24'),
  range('documentation', '203.0.113.0/24'),
  range('multicast', '224.0.0.0/4'),
  range('broadcast', '255.255.255.255/32'),
  range('reserved', '240.0.0.0/4'),
]

// The IANA IPv6 registry. Whatever lies outside global unicast is refused with or without a row here: rows give reasons.
const specialIPv6: readonly Range[] = [
  range('unspecified', '::/128'),
  range('loopback', '::1/128'),
  range('mapped_ipv4', '::ffff:0:0/96'),
  range('translated_ipv4', '::ffff:0:0:0/96'),
  range('compatible_ipv4', '::/96'),
  range('nat64', '64:ff9b::/96'),
  range('nat64', '64:ff9b:1::/48'),
  range('discard', '100::/64'),
  range('dummy', '100:0:0:1::/64'),
  range('teredo', '2001::/32'),
  range('benchmarking', '2001:2::/48'),
  range('orchid', '2001:10::/28'),
  range('orchid', '2001:20::/28'),
  range('ietf_protocol', '2001::/23'),
  range('documentation', '2001:db8::/32'),
  range('sixtofour', '2002::/16'),
  range('as112', '2620:4f:8000::/48'),
  range('documentation', '3fff::/20'),
  range('segment_routing', '5f00::/16'),
  range('unique_local', 'fc00::/7'),
  range('link_local', 'fe80::/10'),
  range('site_local', 'fec0::/10'),
  range('multicast', 'ff00::/8'),
]

const [globalUnicast, globalUnicastBits] = ipaddr.IPv6.parseCIDR('2000::/3')

/**
 * Says what an address is, by the IANA special-purpose registries (RFC 6890). Pure; fails closed.
 * Only canonical text counts as an address: short, octal or hexadecimal IPv4 forms and zone ids are `unparsable`.
 */
export function classifyAddress(text: string): Verdict {
  const address = parseAddress(text)
  if (!address) return 'unparsable'
  if (address instanceof ipaddr.IPv4) return firstMatch(address, specialIPv4) ?? 'public'
  const special = firstMatch(address, specialIPv6)
  return special ?? (address.match(globalUnicast, globalUnicastBits) ? 'public' : 'reserved')
}

/** An address from its text, without brackets; null for anything else. */
export function parseAddress(text: string): Address | null {
  const version = isIP(text)
  if (version === 0 || text.includes('%')) return null
  return ipaddr.parse(version === 6 && text.includes('.') ? inHexadecimal(text) : text)
}

/** ipaddr.js 2.5 reads `::1.2.3.4` as `::ffff:1.2.3.4`, so the dotted end is rewritten as URLs do it. */
function inHexadecimal(text: string): string {
  return new URL(`http://[${text}]`).hostname.slice(1, -1)
}

function firstMatch(address: Address, ranges: readonly Range[]): Verdict | undefined {
  return ranges.find(([, network, bits]) => matches(address, network, bits))?.[0]
}

/** Whether an address lies in a network; never across the two families. */
export function matches(address: Address, network: Address, bits: number): boolean {
  return address.kind() === network.kind() && address.match(network, bits)
}

// Names that some resolver, hosts file or cluster gives an inside meaning. `.local` is mDNS (RFC 6762), `.home.arpa`
// RFC 8375, `.internal` kept private by ICANN; the last four are what routers and offices hand out.
const localSuffixes = [
  'localhost',
  'localdomain',
  'local',
  'internal',
  'home.arpa',
  'intranet',
  'lan',
  'home',
  'corp',
]
const clusterSuffixes = ['svc', 'cluster.local']
const metadataHosts = new Set(['metadata.google.internal', 'metadata.tencentyun.com'])

/**
 * Says whether a host name points inside by its form alone, so that no name server need be asked (RFC 6761, 6762).
 * @param host a name as `URL.hostname` gives it, a dot at its end or not; never an address
 */
export function classifyName(host: string): NameVerdict {
  const name = bareName(host)
  if (metadataHosts.has(name) || name.startsWith('instance-data.')) return 'metadata'
  if (clusterSuffixes.some((suffix) => name.endsWith(`.${suffix}`))) return 'cluster'
  if (localSuffixes.some((suffix) => name === suffix || name.endsWith(`.${suffix}`))) return 'local'
  return name.includes('.') ? 'public' : 'single_label'
}

/** A host name without the dot at its end, in lower case: the form in which names are compared. */
export function bareName(host: string): string {
  return (host.endsWith('.') ? host.slice(0, -1) : host).toLowerCase()
}
