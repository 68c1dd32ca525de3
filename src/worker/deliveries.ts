import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { type ErrorCode, ServiceError, toServiceError } from '../contract/errors.ts'
import type { Deliveries, DeliveryAttempt, DeliveryStatus, DueDelivery, Post } from '../contract/webhooks.ts'

export interface DeliveriesParts {
  deliveries: Deliveries
  post: Post
  /** Deliveries under way at once. */
  concurrency: number
  /** A number from 0 up to 1, for jitter. */
  random: () => number
  /** Milliseconds since 1970. */
  now: () => number
  log: Logger
}

export interface Deliverer {
  /** Looks for due deliveries at once. */
  wake(): void
  /** Begins none; waits for those under way, whose tries are bounded. */
  close(): Promise<void>
}

/** Time for one try, in ms; receivers are told to answer first and work later. */
const TRY_MS = 15_000

/** A delivery that its worker took to the grave is due again after this, in ms. */
const LEASE_MS = 60_000

/** How often due deliveries are looked for, in ms. */
const POLL_MS = 1000

/** Delivers what is due, a bounded number at once, until closed. */
export function startDeliverer(parts: DeliveriesParts): Deliverer {
  const closing = new AbortController()
  const underWay = new Set<Promise<void>>()
  let wake = () => {}
  const begin = (due: DueDelivery) => {
    const one = deliver(due, parts).finally(() => {
      underWay.delete(one)
      wake()
    })
    underWay.add(one)
  }
  const run = async () => {
    while (!closing.signal.aborted) {
      const woken = new Promise<void>((resolve) => {
        wake = resolve
      })
      for (const due of await claim(parts, parts.concurrency - underWay.size)) begin(due)
      await Promise.race([woken, sleep(POLL_MS, undefined, { ref: false })])
    }
  }
  const running = run()
  return {
    wake: () => wake(),
    async close() {
      closing.abort()
      wake()
      await running
      await Promise.all(underWay)
    },
  }
}

async function claim({ deliveries, log }: DeliveriesParts, room: number): Promise<DueDelivery[]> {
  if (room <= 0) return []
  try {
    return await deliveries.claim(room, LEASE_MS)
  } catch (err) {
    log.debug({ err }, 'deliveries could not be claimed')
    return []
  }
}

/** One try, and what is made of it. Never throws: what cannot be written is tried again when its lease is over. */
async function deliver(due: DueDelivery, parts: DeliveriesParts): Promise<void> {
  const begun = parts.now()
  const answer = await send(due, parts)
  const attempt: DeliveryAttempt = {
    at: new Date(begun).toISOString(),
    ms: Math.round(parts.now() - begun),
    status: answer instanceof ServiceError ? null : answer.status,
    error: answer instanceof ServiceError ? answer.code : null,
  }
  const outcome = judge(due, answer, parts)
  try {
    await parts.deliveries.tried(due.id, attempt, outcome)
  } catch (err) {
    parts.log.warn({ err, delivery: due.id }, 'what came of a delivery could not be stored')
  }
  const { status, error } = attempt
  parts.log.info({ delivery: due.id, url: due.url, outcome: outcome.status, status, code: error }, 'delivery')
}

interface Answer {
  status: number
  retryAfterMs: number | null
}

async function send(due: DueDelivery, { post, now }: DeliveriesParts): Promise<Answer | ServiceError> {
  const late = AbortSignal.timeout(TRY_MS)
  try {
    const headers = await signed(due, new Date(now()))
    return await post(due.url, due.payload, headers, late)
  } catch (thrown) {
    return late.aborted ? new ServiceError('fetch_timeout') : toServiceError(thrown)
  }
}

/** The header fields of Standard Webhooks. The id stays the same at each try, so that receivers can tell doubles. */
async function signed({ id, secrets, payload }: DueDelivery, at: Date): Promise<Record<string, string>> {
  const { Webhook } = await import('standardwebhooks')
  const message = `msg_${id}`
  const signatures = secrets.map((secret) => new Webhook(secret).sign(message, at, payload))
  return {
    'content-type': 'application/json',
    'user-agent': 'Parsegate webhooks',
    'webhook-id': message,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    ...(signatures.length > 0 ? { 'webhook-signature': signatures.join(' ') } : {}),
  }
}

/** Delays between tries, in ms; the last is kept to. */
const delays = [5, 30, 120, 600, 1800, 3600, 7200].map((seconds) => seconds * 1000)

/** How long a delivery is tried, in ms. */
const LIFETIME_MS = 24 * 3_600_000

/** A fault of the receiver's URL that will not pass, or a receiver that is gone for good. */
const hopeless = new Set<ErrorCode>(['blocked_address', 'blocked_port', 'invalid_url', 'unsupported_scheme'])
const GONE = 410

function judge(
  { tried, ageMs }: DueDelivery,
  answer: Answer | ServiceError,
  { random }: DeliveriesParts,
): { status: DeliveryStatus; retryMs: number | null } {
  const failed = answer instanceof ServiceError
  if (!failed && answer.status >= 200 && answer.status <= 299) return { status: 'delivered', retryMs: null }
  if (failed ? hopeless.has(answer.code) : answer.status === GONE) return { status: 'failed', retryMs: null }
  const full = delays[Math.min(tried, delays.length - 1)] ?? 0
  const pause = Math.round(full * (0.75 + random() / 4))
  const left = LIFETIME_MS - ageMs
  if (pause > left) return { status: 'failed', retryMs: null }
  // A receiver that asks for more time than there is has a last try at the end of it.
  const asked = failed ? 0 : Math.min(answer.retryAfterMs ?? 0, left)
  return { status: 'pending', retryMs: Math.max(asked, pause) }
}
