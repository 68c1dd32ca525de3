import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { createSecureContext, type SecureContext } from 'node:tls'
import { ServiceError } from '../contract/errors.ts'
import type { Timings } from '../contract/models.ts'
import { bareName, classifyAddress, classifyName } from './address.ts'
import {
  type Allowance,
  type Door,
  isAddressAllowed,
  isNameAllowed,
  isOpened,
  isPortNamed,
} from './allowance.ts'
import { toConnectFault } from './fault.ts'
import { happens, ignore, within } from './phase.ts'
import { portOf } from './ports.ts'
import type { ProxyServer } from './proxy.ts'
import { createResolver, type Resolve, resolveBySystem, toDnsFault } from './resolver.ts'
import { addTime } from './timings.ts'
import { secure } from './tls.ts'
import { openTunnel, type Way } from './tunnel.ts'

/** What may be dialled, and how. */
export interface Guard {
  allowPrivate: readonly Allowance[]
  blockedPorts: ReadonlySet<number>
  /** Finds a name's addresses in place of DNS and the hosts file. Called once for each connection. */
  resolve?: Resolve
  /** Name servers, `address[:port]`; those of the system by default. Names that `allowPrivate` opens are not asked of them. */
  dnsServers?: readonly string[]
  /** Certificates to trust in place of Node's own, PEM. */
  ca?: string | Buffer
  /** Milliseconds for looking a name up; 3,000 by default. */
  dnsMs?: number
  /** Milliseconds for connecting, TLS not included; through a proxy once more for its opening of the way. 3,000 by default. */
  connectMs?: number
  /** Milliseconds for each TLS handshake; 5,000 by default. */
  tlsMs?: number
}

/** How one connection differs from others. What was dialled on other terms must not be used in its place. */
export interface DialOptions {
  /** Goes through this proxy. The site is looked up and judged here all the same. */
  proxy?: ProxyServer | undefined
  /** Takes whatever certificate the site shows: the operator permits it, and the caller has made sure of that. */
  ignoreTlsErrors?: boolean | undefined
  /** Where it is noted how long each stage took. */
  timings?: Timings
}

/**
 * Opens a connection to where a URL leads, or refuses to. Once it has thrown, every connection it began is closed.
 * @throws ServiceError `blocked_port`, `blocked_address`, `unknown_host`, `dns_error`, `connect_failed`, `proxy_failed`,
 *   `tls_error`, `connection_reset`, or the signal's reason
 */
export type Dial = (url: URL, signal: AbortSignal, options?: DialOptions) => Promise<Socket>

const defaultPhaseMs = 3000
const defaultTlsMs = 5000

/**
 * Makes the one way out to strangers. A name is resolved once, refused whole if any of its addresses may not be dialled,
 * and dialled at those very addresses, through a proxy or not: nothing can change between the verdict and the connection.
 * Proxies that the environment names are not used: nobody would have judged what they dial.
 */
export function createDialer(guard: Guard): Dial {
  const { dnsMs = defaultPhaseMs, connectMs = defaultPhaseMs, tlsMs = defaultTlsMs } = guard
  const parts: Parts = {
    ...guard,
    dnsMs,
    connectMs,
    tlsMs,
    byDns: guard.resolve ?? createResolver(dnsMs * answerShare, serversOf(guard)),
    bySystem: guard.resolve ?? resolveBySystem,
    // Made once: reading the certificates for every connection would cost more than the handshake.
    secureContext: createSecureContext(guard.ca === undefined ? {} : { ca: guard.ca }),
  }
  return async (url, signal, { proxy, ignoreTlsErrors: ignoreErrors = false, timings = {} } = {}) => {
    signal.throwIfAborted()
    const target = judgeName(url, parts)
    const began = performance.now()
    const addresses = await findAddresses(target, parts, signal)
    addTime(timings, 'dns', began)
    const found = performance.now()
    const socket = await (proxy
      ? openTunnel(proxy, wayTo(target, addresses, parts), signal)
      : open(target, addresses, parts, signal))
    addTime(timings, 'connect', found)
    if (url.protocol !== 'https:') return socket
    const { host, isAddress } = target
    const peer = { host, isAddress, secureContext: parts.secureContext, ignoreErrors, ms: tlsMs }
    const connected = performance.now()
    const secured = await secure(socket, peer, signal)
    addTime(timings, 'tls', connected)
    return secured
  }
}

const serversOf = ({ dnsServers = [] }: Guard) => (dnsServers.length > 0 ? { servers: dnsServers } : {})

/** Origins whose verdict is kept. A site is asked for many pages in a row. */
const MOST_KNOWN = 1000

/**
 * Makes the judge of what can be judged of a URL without asking anyone: its port, its name, or its address.
 * @returns a function that throws ServiceError `blocked_port`, `blocked_address`, and gives whether the operator opened
 *   the URL's very host, as far as the URL alone tells
 */
export function createJudge(guard: Guard): (url: URL) => boolean {
  const known = new Map<string, boolean>()
  return (url) => {
    const { origin } = url
    const kept = known.get(origin)
    if (kept !== undefined) return kept
    const target = judgeName(url, guard)
    if (target.isAddress && !mayDial(target.host, target, guard)) throw refusal(target.door)
    const isOpen = isOpened(guard.allowPrivate, url)
    if (known.size >= MOST_KNOWN) known.clear()
    known.set(origin, isOpen)
    return isOpen
  }
}

// Before the time for a lookup is over, what one of the two questions has brought is taken without the other.
const answerShare = 0.8

interface Parts extends Guard {
  dnsMs: number
  connectMs: number
  tlsMs: number
  byDns: Resolve
  bySystem: Resolve
  secureContext: SecureContext
}

/** Where a URL leads. `host` is a name without its last dot, or an address without brackets. */
interface Target {
  host: string
  door: Door
  isAddress: boolean
  /** The operator opened this very name: its addresses are not judged. */
  isOpen: boolean
}

/** Judges all that can be judged before a name server is asked. */
function judgeName(url: URL, guard: Guard): Target {
  const port = portOf(url)
  const door = { port, blocked: guard.blockedPorts.has(port) }
  if (door.blocked && !isPortNamed(guard.allowPrivate, port)) throw refusal(door)
  const host = bareName(url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname)
  if (isIP(host) !== 0) return { host, door, isAddress: true, isOpen: false }
  const isOpen = isNameAllowed(guard.allowPrivate, host, door)
  if (!isOpen && classifyName(host) !== 'public') throw refusal(door)
  return { host, door, isAddress: false, isOpen }
}

/** The addresses to dial, each of them judged. */
async function findAddresses(target: Target, parts: Parts, signal: AbortSignal): Promise<string[]> {
  const addresses = target.isAddress ? [target.host] : await resolveName(target, parts, signal)
  if (addresses.some((address) => !mayDial(address, target, parts))) throw refusal(target.door)
  return addresses
}

function mayDial(address: string, { door, isOpen }: Target, { allowPrivate }: Guard): boolean {
  if (isOpen) return isIP(address) !== 0
  if (classifyAddress(address) === 'public' && !door.blocked) return true
  return isAddressAllowed(allowPrivate, address, door)
}

/** One refusal for every reason, so that nobody learns from it what an inside name resolves to. */
function refusal(door: Door): ServiceError {
  return new ServiceError(door.blocked ? 'blocked_port' : 'blocked_address')
}

async function resolveName(target: Target, parts: Parts, signal: AbortSignal): Promise<string[]> {
  const resolve = target.isOpen ? parts.bySystem : parts.byDns
  const late = () =>
    new ServiceError(
      'dns_error',
      'The host name was not looked up within the time allowed (CONNECT_TIMEOUT).',
    )
  try {
    const found = await within(parts.dnsMs, signal, late, () => resolve(target.host))
    if (found.length === 0) throw new ServiceError('unknown_host')
    return found
  } catch (thrown) {
    throw signal.aborted ? signal.reason : toDnsFault(thrown)
  }
}

/** A proxy is asked for one address: each further one would take a connection to it and its time. */
function wayTo({ door }: Target, [address]: string[], { secureContext, connectMs, tlsMs }: Parts): Way {
  return { address: address as string, port: door.port, secureContext, connectMs, tlsMs }
}

/** Connects to one of the addresses, in their order, the next one tried when one is slow to answer (RFC 8305). */
async function open(target: Target, addresses: string[], parts: Parts, signal: AbortSignal): Promise<Socket> {
  const { host, door } = target
  const pinned = addresses.map((address) => ({ address, family: isIP(address) }))
  const socket = connectTcp({
    host: addresses.length === 1 ? (addresses[0] as string) : host,
    port: door.port,
    noDelay: true,
    autoSelectFamily: true,
    lookup: (_host, _options, answer) => answer(null, pinned),
  })
  socket.on('error', ignore)
  const late = () =>
    new ServiceError(
      'connect_failed',
      'The site took no connection within the time allowed (CONNECT_TIMEOUT).',
    )
  try {
    await within(parts.connectMs, signal, late, () => happens(socket, 'connect'))
    if (!mayDial(socket.remoteAddress ?? '', target, parts)) throw refusal(door)
    return socket
  } catch (thrown) {
    socket.destroy()
    throw signal.aborted ? signal.reason : toConnectFault(thrown)
  }
}
