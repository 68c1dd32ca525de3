import assert from 'node:assert/strict'
import type { History } from './history.ts'
import { pageOf } from './origin.ts'

/** A row as the store has it at the end. */
export interface Row {
  id: number
  url: string
  status: string
  attempt: number
  title: string | null
  html_content: string | null
  error_code: string | null
  group_id: number | null
  group_seq: number | null
}

/** A group as the store has it at the end. */
export interface GroupRow {
  id: number
  total: number
  success: number
  failure: number
  seq: number
}

/** A change of a row's status, as a trigger in the database saw it. */
export interface Change {
  id: number
  was: string
  becomes: string
  /** As the change left it. */
  attempt: number
  error_code: string | null
  /** ms since 1970. */
  at: number
}

export interface Bounds {
  maxAttempts: number
  /** Whether enough parsers were killed for a task to be given up as poison. */
  poisonPossible: boolean
}

export interface Verdict {
  accepted: number
  /** Batches that were accepted. */
  batches: number
  /** Made by a POST whose client was not told so. */
  untold: number
  succeeded: number
  failed: number
  /** Failed because whoever had it was killed every time. */
  poisoned: number
  mostAttempts: number
}

/**
 * Holds what clients were told against the table and the log of its changes.
 * @throws AssertionError naming the requests that were lost, stuck, ended twice, wrong or never asked for
 */
export function judge(
  history: History,
  { rows, groups, changes }: { rows: Row[]; groups: GroupRow[]; changes: Change[] },
  bounds: Bounds,
): Verdict {
  const { accepted, unknown } = history
  const byId = new Map(rows.map((row) => [row.id, row]))
  const lost = [...accepted].filter(([id, url]) => byId.get(id)?.url !== url)
  assert.deepEqual(lost, [], 'accepted requests that are not in the table')
  const stuck = rows.filter(({ status }) => status !== 'success' && status !== 'failure')
  assert.deepEqual(stuck, [], 'requests that did not end')
  const untold = rows.filter(({ id }) => !accepted.has(id))
  const strange = untold.filter(({ url }) => !unknown.has(url))
  assert.deepEqual(strange, [], 'requests that nobody made')
  assert.equal(new Set(rows.map(({ url }) => url)).size, rows.length, 'a POST made more than one request')
  const lives = Map.groupBy(changes, ({ id }) => id)
  const odd = rows.flatMap((row) => {
    const life = lives.get(row.id) ?? []
    const fault = oddity(row, life, bounds)
    return fault ? [{ fault, row, life }] : []
  })
  assert.deepEqual(odd, [], 'requests with a life that should not be')
  judgeGroups(history, rows, groups)
  const failed = rows.filter(({ status }) => status === 'failure')
  return {
    accepted: accepted.size,
    batches: history.batches.size,
    untold: untold.length,
    succeeded: rows.length - failed.length,
    failed: failed.length,
    poisoned: failed.filter(({ error_code }) => error_code === 'poison').length,
    mostAttempts: Math.max(0, ...rows.map(({ attempt }) => attempt)),
  }
}

/** A batch is there whole or not at all, and numbers the endings of its requests without a gap. */
function judgeGroups({ batches, unknownBatches }: History, rows: Row[], groups: GroupRow[]): void {
  const ofGroup = Map.groupBy(rows, ({ group_id }) => group_id)
  for (const [batch, ids] of batches) {
    const found = (ofGroup.get(batch) ?? []).map(({ id }) => id)
    assert.deepEqual(found, ids, `the requests of batch ${batch}`)
  }
  const urls = new Set(rows.map(({ url }) => url))
  const torn = unknownBatches.filter((all) => new Set(all.map((url) => urls.has(url))).size > 1)
  assert.deepEqual(torn, [], 'batches of which a part is there')
  for (const { id, total, success, failure, seq } of groups) {
    const mine = ofGroup.get(id) ?? []
    const numbers = mine.map(({ group_seq }) => group_seq ?? 0).sort((a, b) => a - b)
    const wanted = mine.map((_, index) => index + 1)
    assert.deepEqual(numbers, wanted, `the numbers of endings in batch ${id}`)
    const succeeded = mine.filter(({ status }) => status === 'success').length
    const counted = { total, success, failure, seq }
    const counts = {
      total: mine.length,
      success: succeeded,
      failure: mine.length - succeeded,
      seq: mine.length,
    }
    assert.deepEqual(counted, counts, `the counts of batch ${id}`)
  }
}

const moves: Record<string, string[]> = {
  pending: ['processing'],
  processing: ['pending', 'success', 'failure'],
}

/** What is wrong with a request that has ended, if anything is. */
function oddity(row: Row, life: Change[], { maxAttempts, poisonPossible }: Bounds): string | undefined {
  let status = 'pending'
  let attempt = 0
  for (const change of life) {
    if (change.was !== status || !moves[status]?.includes(change.becomes))
      return `moved from ${change.was} to ${change.becomes} while ${status}`
    status = change.becomes
    if (status === 'processing') attempt += 1
    if (change.attempt !== attempt) return `attempt ${change.attempt} where it was the ${attempt}th`
    if (!isExplained(row, change)) return `an attempt ended with ${change.error_code}`
  }
  if (status !== row.status) return `ended as ${status}, is ${row.status}`
  const isPoison = row.error_code === 'poison'
  if (isPoison && !poisonPossible) return 'given up as poison without as many deaths'
  if (attempt > maxAttempts + (isPoison ? 1 : 0)) return 'too many attempts'
  return isRight(row) ? undefined : 'a wrong outcome'
}

/** The site is never away, so nothing but its own answers, and the deaths of parsers, ends an attempt with a fault. */
function isExplained({ url }: Row, { error_code }: Change): boolean {
  const mayFail = /^\/(missing|flaky)/.test(new URL(url).pathname)
  return error_code === null || error_code === 'poison' || (error_code === 'http_status' && mayFail)
}

function isRight({ url, status, title, html_content, error_code }: Row): boolean {
  const path = new URL(url).pathname
  const isMissing = path.startsWith('/missing')
  if (status === 'success') return !isMissing && title === path && html_content === pageOf(path)
  return html_content === null && (error_code === 'poison' || (isMissing && error_code === 'http_status'))
}
