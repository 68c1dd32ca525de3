import { ServiceError } from '../contract/errors.ts'

/** Keeps hosts from being asked by too many at once, or too often. */
export interface Pace {
  /**
   * Waits for a place at a host, first come, first served.
   * @returns what frees it
   * @throws ServiceError `host_busy`, with `retryAfterMs`, at once where the wait is longer than `waitMs`; the signal's reason
   */
  enter(host: string, terms: Terms): Promise<() => void>
  /** Lets nobody in for a while, in ms: a site's Retry-After. */
  rest(host: string, ms: number): void
}

export interface Terms {
  /** Places at the host; 0 is without limit. */
  concurrency: number
  /** Milliseconds between two entries. */
  gapMs: number
  /** Longest wait, in ms. */
  waitMs: number
  signal: AbortSignal
}

/** What is known of a host while anyone is there, or may not yet go there. */
interface Host {
  inside: number
  /** Nobody enters before, in ms of the clock. */
  opensAt: number
  waiting: Waiting[]
  timer: NodeJS.Timeout | undefined
  /** How long places were held of late, in ms; a running mean. */
  heldMs: number
  /** Callers were sent away until then: the next one is told to come later still. */
  bookedUntil: number
}

interface Waiting {
  terms: Terms
  admit: () => void
}

/** Most that may wait at one host: more are told to come back. */
const MOST_WAITING = 1000

/** What callers who are sent away are told, in ms. */
const SOONEST_MS = 50
const LATEST_MS = 60_000

/** Makes the pace of one process. @param now milliseconds that never go back */
export function createPace(now: () => number = () => performance.now()): Pace {
  const hosts = new Map<string, Host>()
  const known = (name: string): Host => {
    const found = hosts.get(name) ?? newHost()
    hosts.set(name, found)
    return found
  }
  const settle = (name: string, host: Host) => {
    clearTimeout(host.timer)
    host.timer = undefined
    const time = now()
    while (host.waiting[0] && mayEnter(host, host.waiting[0].terms, time)) host.waiting.shift()?.admit()
    const isIdle = host.inside === 0 && host.waiting.length === 0
    const later = Math.max(host.opensAt, host.bookedUntil) - time
    if (isIdle && later <= 0) hosts.delete(name)
    else if (isIdle || (host.waiting.length > 0 && host.opensAt > time)) {
      host.timer = setTimeout(() => settle(name, host), Math.max(1, isIdle ? later : host.opensAt - time))
      // Nobody waits for a host to be forgotten.
      if (isIdle) host.timer.unref()
    }
  }
  const admit = (name: string, host: Host, gapMs: number) => {
    const begun = now()
    host.inside += 1
    host.opensAt = Math.max(host.opensAt, begun + gapMs)
    let isOut = false
    return () => {
      if (isOut) return
      isOut = true
      host.inside -= 1
      host.heldMs += (now() - begun - host.heldMs) / 4
      settle(name, host)
    }
  }
  return {
    async enter(name, terms) {
      terms.signal.throwIfAborted()
      // A host without limits is known only while it rests.
      if (terms.concurrency === 0 && terms.gapMs === 0 && !hosts.has(name)) return noPlace
      const host = known(name)
      if (host.waiting.length === 0 && mayEnter(host, terms, now())) return admit(name, host, terms.gapMs)
      const wait = expectedWait(host, terms, now())
      if (wait > terms.waitMs || host.waiting.length >= MOST_WAITING) throw sendAway(host, terms, now())
      return queue(host, terms, {
        admit: () => admit(name, host, terms.gapMs),
        settle: () => settle(name, host),
        sendAway: () => sendAway(host, terms, now()),
      })
    },
    rest(name, ms) {
      const host = known(name)
      host.opensAt = Math.max(host.opensAt, now() + ms)
      settle(name, host)
    },
  }
}

const noPlace = () => {}

const newHost = (): Host => ({
  inside: 0,
  opensAt: 0,
  waiting: [],
  timer: undefined,
  heldMs: 0,
  bookedUntil: 0,
})

function mayEnter(host: Host, { concurrency }: Terms, time: number): boolean {
  return time >= host.opensAt && (concurrency === 0 || host.inside < concurrency)
}

/** Milliseconds between two entries, as far as places and gap make one wait. */
function stepMs({ heldMs }: Host, { concurrency, gapMs }: Terms): number {
  return Math.max(gapMs, concurrency === 0 ? 0 : heldMs / concurrency)
}

function expectedWait(host: Host, terms: Terms, time: number): number {
  return Math.max(0, host.opensAt - time) + host.waiting.length * stepMs(host, terms)
}

/** Each is told to come one step after the one before, so that they do not all come at once. */
function sendAway(host: Host, terms: Terms, time: number): ServiceError {
  const soonest = time + Math.max(SOONEST_MS, expectedWait(host, terms, time))
  host.bookedUntil = Math.min(Math.max(soonest, host.bookedUntil + stepMs(host, terms)), time + LATEST_MS)
  return new ServiceError('host_busy', undefined, { retryAfterMs: Math.round(host.bookedUntil - time) })
}

/** What becomes of one who waits. */
interface Ways {
  /** Takes a place. @returns what frees it */
  admit: () => () => void
  settle: () => void
  sendAway: () => ServiceError
}

/** Waits in line; gives up its place in it with the signal, or when it takes longer than was thought. */
function queue(host: Host, { signal, waitMs, ...terms }: Terms, ways: Ways): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const leave = (reason: unknown) => {
      host.waiting = host.waiting.filter((other) => other !== one)
      finish()
      reject(reason)
      ways.settle()
    }
    const onAbort = () => leave(signal.reason)
    const late = Number.isFinite(waitMs) ? setTimeout(() => leave(ways.sendAway()), waitMs) : undefined
    const finish = () => {
      clearTimeout(late)
      signal.removeEventListener('abort', onAbort)
    }
    const one: Waiting = {
      terms: { ...terms, signal, waitMs },
      admit: () => {
        finish()
        resolve(ways.admit())
      },
    }
    signal.addEventListener('abort', onAbort, { once: true })
    host.waiting.push(one)
    ways.settle()
  })
}

/**
 * Reads a Retry-After field (RFC 9110, 10.2.3): seconds, or a date in any of HTTP's three forms.
 * @returns milliseconds from `now`, 0 for what has passed; null for what is neither
 */
export function readRetryAfter(field: string | undefined, now: Date): number | null {
  const text = field?.trim() ?? ''
  if (/^\d+$/.test(text)) return Number(text) * 1000
  // The obsolete form of asctime names no zone: it is GMT as well.
  const date = /^[A-Z][a-z]{2,8},? /.test(text)
    ? Date.parse(text.endsWith('GMT') ? text : `${text} GMT`)
    : Number.NaN
  return Number.isNaN(date) ? null : Math.max(0, date - now.getTime())
}
