import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { postJson, readAnswer } from '../support/http.ts'
import { kinds, pageOf } from './origin.ts'
import type { Random } from './random.ts'

/** What clients know: which requests were accepted, and which they cannot tell of. */
export interface History {
  /** URL by the id that a 202 named. */
  accepted: Map<number, string>
  /** URLs whose POST had no answer, or none of 202: their requests may exist or not. */
  unknown: Set<string>
}

/** A row as the store has it at the end. */
export interface Row {
  id: number
  url: string
  status: string
  attempt: number
  title: string | null
  html_content: string | null
  error_code: string | null
}

/** A change of a row's status, as a trigger in the database saw it. */
export interface Change {
  id: number
  was: string
  becomes: string
}

const POSTERS = 4

/** POSTs `count` different URLs of all kinds, a few at once, one every `everyMs` on the average. */
export async function postAll(
  bases: string[],
  site: string,
  { count, everyMs, random }: { count: number; everyMs: number; random: Random },
): Promise<History> {
  const history: History = { accepted: new Map(), unknown: new Set() }
  let next = 0
  const post = async () => {
    while (next < count) {
      const url = `${site}/${random.pick(kinds)}/${next}`
      next += 1
      await postOne(random.pick(bases), url, history)
      await sleep(random.next() * 2 * everyMs * POSTERS)
    }
  }
  await Promise.all(Array.from({ length: POSTERS }, post))
  return history
}

async function postOne(base: string, url: string, { accepted, unknown }: History): Promise<void> {
  try {
    const response = await postJson(`${base}/parse_async`, { url })
    const { request_id } = await readAnswer(response)
    if (response.status === 202) accepted.set(request_id, url)
    else unknown.add(url)
  } catch {
    unknown.add(url)
  }
}

/** Failures that kills explain: whoever had the task died of it too often, or too near to its last attempt. */
const givenUp = new Set(['poison', 'timeout', 'parser_unavailable', 'connection_reset'])

export interface Verdict {
  accepted: number
  /** Made by a POST whose client was not told so. */
  untold: number
  succeeded: number
  failed: number
  givenUp: number
}

/**
 * Holds what clients were told against the table and the log of its changes.
 * @throws AssertionError naming the ids that were lost, stuck, ended twice, wrong or never asked for
 */
export function judge({ accepted, unknown }: History, rows: Row[], changes: Change[]): Verdict {
  const byId = new Map(rows.map((row) => [row.id, row]))
  const lost = [...accepted].filter(([id, url]) => byId.get(id)?.url !== url)
  assert.deepEqual(lost, [], 'accepted requests that are not in the table')
  const stuck = rows.filter(({ status }) => status !== 'success' && status !== 'failure')
  assert.deepEqual(stuck, [], 'requests that did not end')
  const untold = rows.filter(({ id }) => !accepted.has(id))
  const strange = untold.filter(({ url }) => !unknown.has(url))
  assert.deepEqual(strange, [], 'requests that nobody made')
  assert.equal(new Set(untold.map(({ url }) => url)).size, untold.length, 'a POST made more than one request')
  assert.deepEqual(endedOtherThanOnce(rows, changes), [], 'ids that did not end exactly once')
  assert.deepEqual(
    rows.filter((row) => !isRight(row)),
    [],
    'requests with a wrong outcome',
  )
  const failed = rows.filter(({ status }) => status === 'failure')
  return {
    accepted: accepted.size,
    untold: untold.length,
    succeeded: rows.length - failed.length,
    failed: failed.length,
    givenUp: failed.filter(({ error_code }) => givenUp.has(error_code ?? '')).length,
  }
}

function endedOtherThanOnce(rows: Row[], changes: Change[]): number[] {
  const endings = new Map<number, number>()
  for (const { id, was, becomes } of changes) {
    const isEnding = becomes === 'success' || becomes === 'failure'
    const isReturn = was === 'success' || was === 'failure'
    if (isEnding || isReturn) endings.set(id, (endings.get(id) ?? 0) + 1)
  }
  return rows.filter(({ id }) => endings.get(id) !== 1).map(({ id }) => id)
}

function isRight({ url, status, title, html_content, error_code }: Row): boolean {
  const path = new URL(url).pathname
  if (status === 'success')
    return !path.startsWith('/missing') && title === path && html_content === pageOf(path)
  if (html_content !== null) return false
  return path.startsWith('/missing') && error_code === 'http_status' ? true : givenUp.has(error_code ?? '')
}
