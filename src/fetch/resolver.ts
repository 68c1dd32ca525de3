import { lookup, Resolver } from 'node:dns/promises'
import { ServiceError } from '../contract/errors.ts'

/** Finds the addresses of a host name; rejects with an error of node:dns (its `code` is read), or gives none. */
export type Resolve = (host: string) => Promise<string[]>

// One try of a second and another of two: an answer lost once is still in time for the bound of three seconds.
const tryMs = 1000
const tries = 2

/**
 * Resolves by c-ares, which needs none of the four threads that getaddrinfo shares with the file system: name servers
 * that stay silent hold up nobody else. The hosts file is not read.
 * @param waitMs once this has passed, what one of the two questions has brought is taken without the other
 */
export function createResolver(waitMs: number): Resolve {
  const resolver = new Resolver({ timeout: tryMs, tries })
  return async (host) => {
    const questions = [resolver.resolve4(host), resolver.resolve6(host)]
    const [v4, v6] = await Promise.all(questions.map((question) => settleWithin(question, waitMs)))
    // IPv4 goes first: a container with half an IPv6 set-up is commoner than a site that only answers by IPv6.
    const found = [...(v4?.value ?? []), ...(v6?.value ?? [])]
    const faults = [v4?.fault, v6?.fault]
    if (found.length === 0) throw faults.find((fault) => !meansUnknown(fault)) ?? faults[0]
    return found
  }
}

/** Resolves as the system does, hosts file included: for names that the operator vouches for. */
export const resolveBySystem: Resolve = async (host) => {
  const answers = await lookup(host, { all: true, order: 'ipv4first' })
  return answers.map(({ address }) => address)
}

interface Settled {
  value?: string[]
  fault?: unknown
}

/** What a question has brought by the end of the wait; a late answer goes unheard. */
function settleWithin(question: Promise<string[]>, waitMs: number): Promise<Settled> {
  return new Promise((resolve) => {
    const late = setTimeout(() => resolve({ fault: { code: 'ETIMEOUT' } }), waitMs)
    const settle = (outcome: Settled) => {
      clearTimeout(late)
      resolve(outcome)
    }
    question.then(
      (value) => settle({ value }),
      (fault: unknown) => settle({ fault }),
    )
  })
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
