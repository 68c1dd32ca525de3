import type ipaddr from 'ipaddr.js'
import { bareName, matches, parseAddress } from './address.ts'
import { portOf } from './ports.ts'

/**
 * One entry of ALLOW_PRIVATE. It opens exactly what it names:
 * - a network opens its addresses, written in a URL or found by DNS for a name that is not refused by its form;
 *   it never makes `localhost` or a single label into a name that is looked up;
 * - a name opens itself, with whatever addresses it has, asked of the system (its hosts file included);
 * - with a port, only that port is opened, and opened even when BLOCKED_PORTS lists it, on that target alone;
 * - without one, every port that is not blocked is.
 * IPv4 entries do not reach IPv6 forms of the same address (`::ffff:10.0.0.1`), nor a name's entry its subdomains.
 */
export type Allowance = NetworkAllowance | NameAllowance

interface NetworkAllowance {
  kind: 'network'
  network: ipaddr.IPv4 | ipaddr.IPv6
  bits: number
  port: number | null
}

interface NameAllowance {
  kind: 'name'
  name: string
  port: number | null
}

/** What is to be reached: a port, and whether BLOCKED_PORTS lists it. */
export interface Door {
  port: number
  blocked: boolean
}

const accepted =
  'an address, a network (10.0.0.0/8), or a host name, each with :port or without; IPv6 in brackets'

/**
 * Reads ALLOW_PRIVATE: entries divided by commas, white space around them ignored; none when there is no text.
 * @throws Error naming the first entry that cannot be read, with what is accepted
 */
export function parseAllowPrivate(text: string): Allowance[] {
  const entries = text.split(',').map((entry) => entry.trim())
  return entries.filter((entry) => entry !== '').map(parseEntry)
}

function parseEntry(entry: string): Allowance {
  const parts = /^(?:\[([^\]]*)\]|([^:[\]]+))(?::([0-9]{1,5}))?$/.exec(entry)
  const target = parts?.[1] ?? parts?.[2]
  if (target === undefined) throw refused(entry)
  const port = parts?.[3] === undefined ? null : Number(parts[3])
  if (port === 0 || (port !== null && port > 65_535)) throw refused(entry, 'a port is 1 to 65535')
  const isBracketed = parts?.[1] !== undefined
  const network = parseNetwork(entry, target)
  if (network && (network.network.kind() === 'ipv6') === isBracketed) return { ...network, port }
  if (network || isBracketed || target.includes('/')) throw refused(entry)
  // Else the switch that was meant would stay off, as a host of that name, without a word.
  if (/^(?:true|false|yes|no|on|off|all|any|none)$/i.test(target)) throw refused(entry, 'it is no switch')
  return { kind: 'name', name: parseName(entry, target), port }
}

/** A network or a single address; null for what may be a name. Bits beyond the prefix are taken for a mistake. */
function parseNetwork(entry: string, text: string): Omit<NetworkAllowance, 'port'> | null {
  const [start = '', prefix, ...rest] = text.split('/')
  const network = parseAddress(start)
  if (!network || rest.length > 0) return null
  const width = network.kind() === 'ipv4' ? 32 : 128
  if (prefix === undefined) return { kind: 'network', network, bits: width }
  const bits = /^[0-9]{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN
  if (!(bits <= width)) throw refused(entry, `a prefix is 0 to ${width}`)
  if (!isNetworkStart(network, bits)) throw refused(entry, `it has bits set beyond its /${bits}`)
  return { kind: 'network', network, bits }
}

function isNetworkStart(address: ipaddr.IPv4 | ipaddr.IPv6, bits: number): boolean {
  return address.toByteArray().every((byte, index) => {
    const kept = Math.min(8, Math.max(0, bits - index * 8))
    return (byte & (0xff >> kept)) === 0
  })
}

/** A host name as URLs spell it (lower case, punycode). What a URL would read as an address must be written as one. */
function parseName(entry: string, text: string): string {
  const url = /[\s/\\?#@%*]/.test(text) ? null : URL.parse(`http://${text}/`)
  if (!url || parseAddress(url.hostname)) throw refused(entry)
  return bareName(url.hostname)
}

function refused(entry: string, detail?: string): Error {
  return new Error(`cannot read "${entry}"${detail ? ` (${detail})` : ''}: each entry is ${accepted}`)
}

/** Whether the operator opened this host name, so that it is looked up and its addresses dialled unjudged. */
export function isNameAllowed(allowances: readonly Allowance[], host: string, door: Door): boolean {
  const name = bareName(host)
  return allowances.some((entry) => entry.kind === 'name' && entry.name === name && opens(entry, door))
}

/** Whether the operator opened this address (canonical text, as a resolver or a socket gives it). */
export function isAddressAllowed(allowances: readonly Allowance[], text: string, door: Door): boolean {
  if (allowances.length === 0) return false
  const address = parseAddress(text)
  if (!address) return false
  return allowances.some(
    (entry) => entry.kind === 'network' && matches(address, entry.network, entry.bits) && opens(entry, door),
  )
}

/** Whether any entry names this port, so that a blocked one may yet be open on the right target. */
export function isPortNamed(allowances: readonly Allowance[], port: number): boolean {
  return allowances.some((entry) => entry.port === port)
}

function opens(entry: Allowance, door: Door): boolean {
  return entry.port === null ? !door.blocked : entry.port === door.port
}

/** Whether the host and port of a URL are ones that the operator opened, as far as the URL alone tells. */
export function isOpened(allowances: readonly Allowance[], url: URL): boolean {
  const door = { port: portOf(url), blocked: false }
  const host = url.hostname.replace(/^\[|\]$/g, '')
  return isNameAllowed(allowances, host, door) || isAddressAllowed(allowances, host, door)
}
