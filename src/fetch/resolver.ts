import type { RecordWithTtl } from 'node:dns'
import { lookup, Resolver } from 'node:dns/promises'
import { ServiceError } from '../contract/errors.ts'

/** Finds the addresses of a host name; rejects with an error of node:dns (its `code` is read), or gives none. */
export type Resolve = (host: string) => Promise<string[]>

/** What a resolver may be given in place of the system's own. */
export interface ResolverOptions {
  /** Name servers, `address` or `address:port`; those of the system by default. */
  servers?: readonly string[]
  /** Milliseconds of a clock that never goes back. */
  now?: () => number
}

/** Whether a text names a server for `ResolverOptions`. */
export function isNameServer(text: string): boolean {
  try {
    new Resolver().setServers([text])
    return true
  } catch {
    return false
  }
}

// One try of a second and another of two: an answer lost once is still in time for the bound of three seconds.
const tryMs = 1000
const tries = 2

/** Longest time for which an answer is kept, in seconds, whatever its TTL. */
const mostSeconds = 300
/** Seconds for which it is kept that a name is unknown, and at most what only one of two questions has brought. */
const fewSeconds = 5

/**
 * Resolves by c-ares, which needs none of the four threads that getaddrinfo shares with the file system: name servers
 * that stay silent hold up nobody else. The hosts file is not read. Answers are kept for their TTL; c-ares keeps none
 * itself, as Node builds it. Who asks for a name that is being asked for waits for the same answer, and nobody's going
 * away ends the question for the others.
 * @param waitMs once this has passed, what one of the two questions has brought is taken without the other
 */
export function createResolver(waitMs: number, options: ResolverOptions = {}): Resolve {
  const { servers, now = () => performance.now() } = options
  const resolver = new Resolver({ timeout: tryMs, tries })
  if (servers) resolver.setServers(servers)
  const cache = createCache(now)
  const asked = new Map<string, Promise<Outcome>>()
  return async (host) => {
    const kept = cache.get(host)
    if (kept) return unfold(kept)
    const question = asked.get(host) ?? begin(host)
    asked.set(host, question)
    return unfold(await question)
  }

  async function begin(host: string): Promise<Outcome> {
    try {
      const outcome = await ask(resolver, host, waitMs)
      cache.keep(host, outcome)
      return outcome
    } finally {
      asked.delete(host)
    }
  }
}

/** How a name was resolved: addresses or a fault, and the seconds for which that holds. */
type Outcome = { addresses: string[]; seconds: number } | { fault: unknown; seconds: number }

function unfold(outcome: Outcome): string[] {
  if ('fault' in outcome) throw outcome.fault
  return outcome.addresses
}

async function ask(resolver: Resolver, host: string, waitMs: number): Promise<Outcome> {
  const questions = [resolver.resolve4(host, { ttl: true }), resolver.resolve6(host, { ttl: true })]
  const settled = await Promise.all(questions.map((question) => settleWithin(question, waitMs)))
  // IPv4 goes first: a container with half an IPv6 set-up is commoner than a site that only answers by IPv6.
  const found = settled.flatMap(({ records }) => records ?? [])
  const faults = settled.flatMap(({ fault }) => (fault === undefined ? [] : [fault]))
  const failure = faults.find((fault) => !meansUnknown(fault))
  const most = failure === undefined ? mostSeconds : fewSeconds
  if (found.length > 0) {
    const seconds = Math.min(most, ...found.map(({ ttl }) => ttl))
    return { addresses: found.map(({ address }) => address), seconds }
  }
  return failure === undefined ? { fault: faults[0], seconds: fewSeconds } : { fault: failure, seconds: 0 }
}

interface Settled {
  records?: RecordWithTtl[]
  fault?: unknown
}

/** What a question has brought by the end of the wait; a late answer goes unheard. */
function settleWithin(question: Promise<RecordWithTtl[]>, waitMs: number): Promise<Settled> {
  return new Promise((resolve) => {
    const late = setTimeout(() => resolve({ fault: { code: 'ETIMEOUT' } }), waitMs)
    const settle = (outcome: Settled) => {
      clearTimeout(late)
      resolve(outcome)
    }
    question.then(
      (records) => settle({ records }),
      (fault: unknown) => settle({ fault }),
    )
  })
}

/** Names kept at once. With an address or two each, they take some 5 MB. */
const mostNames = 10_000

/** Keeps outcomes for their time, and of too many those that were asked for last. */
function createCache(now: () => number) {
  const kept = new Map<string, { outcome: Outcome; until: number }>()
  return {
    get(host: string): Outcome | undefined {
      const entry = kept.get(host)
      if (!entry) return undefined
      kept.delete(host)
      if (entry.until <= now()) return undefined
      // A Map is in the order of its insertions: the first has gone unused for longest.
      kept.set(host, entry)
      return entry.outcome
    },
    keep(host: string, outcome: Outcome): void {
      // Not for a TTL of 0, nor for none.
      if (!(outcome.seconds > 0)) return
      const [oldest] = kept.size >= mostNames ? kept.keys() : []
      if (oldest !== undefined) kept.delete(oldest)
      kept.set(host, { outcome, until: now() + outcome.seconds * 1000 })
    },
  }
}

/** Resolves as the system does, hosts file included: for names that the operator vouches for. */
export const resolveBySystem: Resolve = async (host) => {
  const answers = await lookup(host, { all: true, order: 'ipv4first' })
  return answers.map(({ address }) => address)
}

/** The fault of a name that was not found, or was not found just now. Neither names a server or an address. */
export function toDnsFault(thrown: unknown): ServiceError {
  if (thrown instanceof ServiceError) return thrown
  return new ServiceError(meansUnknown(thrown) ? 'unknown_host' : 'dns_error', undefined, { cause: thrown })
}

/** NXDOMAIN, or a name that has no addresses (NODATA); getaddrinfo has one code for both. */
function meansUnknown(fault: unknown): boolean {
  const code = codeOf(fault)
  return code === 'ENOTFOUND' || code === 'ENODATA'
}

function codeOf(fault: unknown): unknown {
  return typeof fault === 'object' && fault !== null && 'code' in fault ? fault.code : undefined
}
