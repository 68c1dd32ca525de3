import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { readAnswer } from '../support/http.ts'
import { kinds } from './origin.ts'
import type { Random } from './random.ts'

/** What clients know: which requests were accepted, and which they cannot tell of. */
export interface History {
  /** URL by the id that a 202 named. */
  accepted: Map<number, string>
  /** URLs whose POST had no answer or 503: their requests may exist or not. */
  unknown: Set<string>
}

export interface Load {
  bases: string[]
  site: string
  count: number
  /** Mean time between two requests, in ms. */
  everyMs: number
  random: Random
  /** Told how many have been posted so far. */
  onPost: (posted: number) => void
}

const IN_FLIGHT = 32
const LARGEST_BURST = 12

/** A POST without an answer for so long has hung, which no outage excuses. In ms. */
const ANSWER_MS = 30_000

/** POSTs `count` different URLs of all kinds, in bursts at a steady rate. */
export async function postAll({ bases, site, count, everyMs, random, onPost }: Load): Promise<History> {
  const history: History = { accepted: new Map(), unknown: new Set() }
  const inFlight = new Set<Promise<void>>()
  for (let posted = 0; posted < count; ) {
    const burst = Math.min(random.whole(1, LARGEST_BURST), count - posted)
    for (let i = 0; i < burst; i += 1, posted += 1) {
      const url = `${site}/${random.pick(kinds)}/${posted}`
      const one = postOne(random.pick(bases), url, history).finally(() => inFlight.delete(one))
      inFlight.add(one)
    }
    onPost(posted)
    const pause = random.next() * 2 * everyMs * burst
    await sleep(pause)
    while (inFlight.size >= IN_FLIGHT) await Promise.race(inFlight)
  }
  await Promise.all(inFlight)
  return history
}

async function postOne(base: string, url: string, { accepted, unknown }: History): Promise<void> {
  const signal = AbortSignal.timeout(ANSWER_MS)
  let response: Response
  try {
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({ url })
    response = await fetch(`${base}/parse_async`, { method: 'POST', headers, body, signal })
    const { request_id } = await readAnswer(response)
    if (response.status === 202) {
      assert.ok(!accepted.has(request_id), `id ${request_id} was given twice`)
      accepted.set(request_id, url)
      return
    }
  } catch (error) {
    assert.ok(!signal.aborted, `a POST had neither an answer nor a fault for ${ANSWER_MS} ms`)
    if (error instanceof assert.AssertionError) throw error
    unknown.add(url)
    return
  }
  assert.equal(response.status, 503, 'the answer to a POST is 202, 503 or none')
  unknown.add(url)
}
