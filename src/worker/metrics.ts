import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { ErrorCode } from '../contract/errors.ts'
import type { Outcome } from './tasks.ts'

/** What a worker counts. */
export interface WorkerMetrics {
  claimed(): void
  adopted(requests: number): void
  /** @param seconds from the hand-out to the commit */
  ended(kind: Outcome['kind'] | 'cancelled', code: ErrorCode | undefined, seconds: number): void
  /** @param count gives the number of requests in hand, asked at each scrape */
  inHand(count: () => number): void
}

export function createWorkerMetrics(registry: Registry): WorkerMetrics {
  const registers = [registry]
  const attempts = new Counter({
    name: 'parsegate_attempts_total',
    help: 'Attempts ended, by outcome (done, retry, postponed, failed, cancelled) and error code',
    labelNames: ['outcome', 'code'] as const,
    registers,
  })
  const duration = new Histogram({
    name: 'parsegate_attempt_seconds',
    help: 'Time of an attempt, from the claim to the commit of its outcome',
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60],
    registers,
  })
  const adopted = new Counter({
    name: 'parsegate_adopted_total',
    help: 'Requests taken over from workers that died',
    registers,
  })
  const claimed = new Gauge({
    name: 'parsegate_last_claim_timestamp_seconds',
    help: 'When this worker last claimed from the store successfully, with or without finding work',
    registers,
  })
  return {
    claimed: () => claimed.setToCurrentTime(),
    adopted: (requests) => adopted.inc(requests),
    ended: (outcome, code, seconds) => {
      attempts.inc({ outcome, code: code ?? '' })
      if (outcome !== 'cancelled') duration.observe(seconds)
    },
    inHand: (count) => {
      new Gauge({
        name: 'parsegate_in_hand',
        help: 'Requests this worker has in hand',
        registers,
        collect() {
          this.set(count())
        },
      })
    },
  }
}
