import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { kinds } from './origin.ts'
import type { Random } from './random.ts'

/** What clients know: which requests were accepted, and which they cannot tell of. */
export interface History {
  /** URL by the id that a 202 named. */
  accepted: Map<number, string>
  /** The ids of a batch's requests, by its own. */
  batches: Map<number, number[]>
  /** URLs whose POST had no answer or 503: their requests may exist or not. */
  unknown: Set<string>
  /** Those of them that were one batch: all of its requests exist, or none. */
  unknownBatches: string[][]
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

/** So many bursts are batches, as a part of all. */
const BATCHES = 0.3

/** A POST without an answer for so long has hung, which no outage excuses. In ms. */
const ANSWER_MS = 30_000

/** POSTs `count` different URLs of all kinds, in bursts at a steady rate. */
export async function postAll({ bases, site, count, everyMs, random, onPost }: Load): Promise<History> {
  const history: History = { accepted: new Map(), batches: new Map(), unknown: new Set(), unknownBatches: [] }
  const inFlight = new Set<Promise<void>>()
  for (let posted = 0; posted < count; ) {
    const burst = Math.min(random.whole(1, LARGEST_BURST), count - posted)
    const urls = Array.from({ length: burst }, (_, i) => `${site}/${random.pick(kinds)}/${posted + i}`)
    posted += burst
    const isBatch = burst > 1 && random.next() < BATCHES
    for (const part of isBatch ? [urls] : urls.map((url) => [url])) {
      const one = post(random.pick(bases), part, isBatch, history).finally(() => inFlight.delete(one))
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

interface Accepted {
  request_id?: number
  batch_id?: number
  request_ids?: number[]
}

async function post(base: string, urls: string[], isBatch: boolean, history: History): Promise<void> {
  const signal = AbortSignal.timeout(ANSWER_MS)
  const [path, sent] = isBatch ? ['/parse_batch', { urls }] : ['/parse_async', { url: urls[0] }]
  let response: Response
  try {
    const headers = { 'content-type': 'application/json' }
    response = await fetch(`${base}${path}`, { method: 'POST', headers, body: JSON.stringify(sent), signal })
    const answer = (await response.json()) as Accepted
    if (response.status === 202) return note(urls, answer, history)
  } catch (error) {
    assert.ok(!signal.aborted, `a POST had neither an answer nor a fault for ${ANSWER_MS} ms`)
    if (error instanceof assert.AssertionError) throw error
    return noteUnknown(urls, isBatch, history)
  }
  assert.equal(response.status, 503, 'the answer to a POST is 202, 503 or none')
  noteUnknown(urls, isBatch, history)
}

function note(urls: string[], { request_id = 0, batch_id, request_ids }: Accepted, history: History): void {
  const { accepted, batches } = history
  for (const [index, id] of (request_ids ?? [request_id]).entries()) {
    assert.ok(!accepted.has(id), `id ${id} was given twice`)
    accepted.set(id, urls[index] ?? '')
  }
  if (batch_id !== undefined) batches.set(batch_id, request_ids ?? [])
}

function noteUnknown(urls: string[], isBatch: boolean, { unknown, unknownBatches }: History): void {
  for (const url of urls) unknown.add(url)
  if (isBatch) unknownBatches.push(urls)
}
