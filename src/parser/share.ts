import { hash } from 'node:crypto'
import { ServiceError } from '../contract/errors.ts'
import type { Page } from '../contract/models.ts'
import type { Parser } from '../contract/parser.ts'

interface InFlight {
  page: Promise<Page>
  waiting: number
  abort: AbortController
}

/**
 * Lets equal requests that are in flight at once share one fetch: same URL, same options. It ends early only when none
 * of them waits for it any longer.
 */
export function shareInFlight(parser: Parser): Parser {
  const inFlight = new Map<string, InFlight>()
  const start = (key: string, parse: (signal: AbortSignal) => Promise<Page>): InFlight => {
    const abort = new AbortController()
    const one: InFlight = { page: parse(abort.signal), waiting: 0, abort }
    const forget = () => {
      if (inFlight.get(key) === one) inFlight.delete(key)
    }
    one.page.then(forget, forget)
    inFlight.set(key, one)
    return one
  }
  return {
    async parse(url, options, signal, handedOn) {
      signal?.throwIfAborted()
      const named = Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1))
      const key = hash('sha256', JSON.stringify([url, ...named]), 'base64')
      const one = inFlight.get(key) ?? start(key, (ended) => parser.parse(url, options, ended, handedOn))
      one.waiting += 1
      try {
        return await untilAborted(one.page, signal)
      } finally {
        one.waiting -= 1
        // What has ended is in flight no more.
        if (one.waiting === 0 && inFlight.get(key) === one) {
          inFlight.delete(key)
          one.abort.abort(signal?.reason ?? new ServiceError('fetch_timeout'))
        }
      }
    },
  }
}

/** A page, or the signal's reason if that comes first. */
async function untilAborted(page: Promise<Page>, signal: AbortSignal | undefined): Promise<Page> {
  if (!signal) return page
  const ended = Promise.withResolvers<never>()
  const onAbort = () => ended.reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([page, ended.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
