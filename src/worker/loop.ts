import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Bell, News } from '../contract/bell.ts'
import { ServiceError } from '../contract/errors.ts'
import type { Claimed } from '../contract/models.ts'
import type { ParserLink } from '../contract/parser.ts'
import type { HandedBack, Repository } from '../contract/repository.ts'
import type { WorkerMetrics } from './metrics.ts'
import { type Share, startShare } from './share.ts'
import { type Outcome, runTask, settle } from './tasks.ts'

/** Who this worker is to the store; see the store's owner. */
export interface Owner {
  readonly id: number
  readonly alive: boolean
}

export interface LoopParts {
  repository: Repository
  bell: Bell
  link: ParserLink
  owner: Owner
  queues: string[]
  /** Requests in hand at once. */
  concurrency: number
  maxAttempts: number
  random: () => number
  now: () => number
  log: Logger
  metrics: WorkerMetrics
}

export interface Loop {
  /** How many more requests may be taken over from a worker that died. */
  readonly room: number
  /** Works on a request that is already this worker's. */
  take(request: Claimed): void
  /** Claims no more, waits up to `graceMs` for what is in hand, and hands back the rest. */
  close(graceMs: number): Promise<void>
}

interface InHand {
  request: Claimed
  abort: AbortController
  done: Promise<void>
}

interface State extends LoopParts {
  inHand: Map<number, InHand>
  /** How many of these are of groups, and how many may be. */
  ofGroups: number
  share: Share
  closing: boolean
  /** The last claim brought all it asked for, so there may be more; of groups alone, or of any. */
  backlog: boolean
  groupBacklog: boolean
  /** Until then nothing of groups is claimed, by performance.now(). */
  heldUntil: number
  /** What was heard to be cancelled while a claim was under way, which may bring it. */
  cancelled: Set<number>
  wake: () => void
}

/** A slow poll stands behind the bell: for retries that fall due, rows put in by others, and rings that were lost. */
const POLL_MS = 500

/** How long groups are held up by a single request that comes, in ms. */
const HOLD_MS = 60

/** Most requests in one claim. */
const CLAIM_AT_ONCE = 100

/** Claims due requests and works on them, a bounded number at once, until closed. */
export function startLoop(parts: LoopParts): Loop {
  const state: State = {
    ...parts,
    inHand: new Map(),
    ofGroups: 0,
    share: startShare({
      concurrency: parts.concurrency,
      inHand: () => state.ofGroups,
      load: () => parts.link.load,
    }),
    closing: false,
    backlog: false,
    groupBacklog: false,
    heldUntil: 0,
    cancelled: new Set(),
    wake: () => {},
  }
  const stopListening = parts.bell.listen(() => state.wake())
  const stopHearing = parts.bell.hear((news) => heed(state, news))
  parts.metrics.inHand(() => state.inHand.size)
  const running = run(state)
  return {
    get room() {
      // Above the bound, because what is taken over is mostly at a parser already.
      return 2 * parts.concurrency - state.inHand.size
    },
    take: (request) => take(state, request),
    async close(graceMs) {
      state.closing = true
      stopListening()
      stopHearing()
      state.wake()
      await running
      state.share.stop()
      await Promise.race([settled(state), sleep(graceMs, undefined, { ref: false })])
      await handBack(state)
    },
  }
}

async function run(state: State): Promise<void> {
  while (!state.closing) {
    const woken = new Promise<void>((resolve) => {
      state.wake = resolve
    })
    try {
      await claim(state)
    } catch (err) {
      state.log.warn({ err }, 'requests could not be claimed')
      await sleep(POLL_MS)
    }
    if (!state.backlog || state.inHand.size >= state.concurrency) await Promise.race([woken, pause(POLL_MS)])
  }
}

async function claim(state: State): Promise<void> {
  const { repository, bell, owner, link, queues, concurrency, inHand, metrics, share } = state
  const limit = Math.min(concurrency - inHand.size, CLAIM_AT_ONCE)
  state.backlog = limit <= 0
  if (limit <= 0 || !link.ready || !owner.alive) return
  const room =
    performance.now() < state.heldUntil ? 0 : Math.max(0, Math.min(limit, share.most - state.ofGroups))
  state.cancelled.clear()
  const claimed = await repository.claim(owner.id, queues, limit, room)
  metrics.claimed()
  bell.tell(claimed.map(({ id }) => ({ of: 'progress', id })))
  if (state.ofGroups > 0 && claimed.some(({ group_id }) => group_id === null)) holdGroups(state)
  for (const request of claimed) if (!state.cancelled.has(request.id)) take(state, request)
  state.backlog = claimed.length === limit
  state.groupBacklog = claimed.filter(({ group_id }) => group_id !== null).length === room
}

/** For a moment nothing more of groups begins, so that what has just come need not share. No more than half of the time. */
function holdGroups(state: State): void {
  const now = performance.now()
  if (now < state.heldUntil + HOLD_MS) return
  state.heldUntil = now + HOLD_MS
  setTimeout(() => state.wake(), HOLD_MS).unref()
}

function take(state: State, request: Claimed): void {
  const { inHand } = state
  if (inHand.has(request.id)) return
  const abort = new AbortController()
  const ofGroups = request.group_id === null ? 0 : 1
  const done = work(state, request, abort.signal).finally(() => {
    inHand.delete(request.id)
    state.ofGroups -= ofGroups
    if (roomAgain(state)) state.wake()
  })
  state.ofGroups += ofGroups
  inHand.set(request.id, { request, abort, done })
}

/** One claim for several places: claiming for each would cost as much as the work. */
function roomAgain({ backlog, groupBacklog, concurrency, inHand, share, ofGroups }: State): boolean {
  const hasRoom = (most: number, taken: number) => most - taken >= Math.min(most / 4, 25)
  return (backlog && hasRoom(concurrency, inHand.size)) || (groupBacklog && hasRoom(share.most, ofGroups))
}

async function work(state: State, request: Claimed, signal: AbortSignal): Promise<void> {
  const begun = performance.now()
  const outcome = await runTask(request, state, signal)
  if (signal.aborted) return
  const stored = await store(state, request, outcome)
  if (stored === undefined) return
  if (stored.moved) {
    state.bell.tell(newsOf(request, stored.outcome))
    // A page of a crawl may have become many.
    if (request.options.site) state.bell.ring()
    tell(state, request, stored.outcome, performance.now() - begun)
  }
  await state.link.settled(request.id)
}

function newsOf({ id, group_id }: Claimed, { kind }: Outcome): News[] {
  if (kind === 'retry' || kind === 'postponed') return [{ of: 'progress', id }]
  return [{ of: 'request', id }, ...(group_id === null ? [] : [{ of: 'group', id: group_id } as const])]
}

/** Gives up what a client has cancelled. Where news was missed, the store is asked which of what is in hand has ended. */
function heed(state: State, news: readonly News[] | null): void {
  for (const { of, id } of news ?? []) {
    if (of !== 'cancelled') continue
    state.cancelled.add(id)
    void giveUp(state, id)
  }
  if (news !== null || state.inHand.size === 0) return
  const ids = [...state.inHand.keys()]
  state.repository.unended(ids).then(
    (unended) => {
      for (const id of ids) if (!unended.has(id)) void giveUp(state, id)
    },
    (err) => state.log.debug({ err }, 'looking for what was cancelled failed'),
  )
}

async function giveUp({ inHand, link, log, metrics }: State, id: number): Promise<void> {
  const held = inHand.get(id)
  if (!held) return
  held.abort.abort(new ServiceError('cancelled'))
  await link.cancel(held.request)
  await link.settled(id)
  metrics.ended('cancelled', undefined, 0)
  log.info({ request: id, url: held.request.url, outcome: 'cancelled' }, 'request')
}

/**
 * Writes an outcome, again and again until the store takes it. A worker that closes gives up: another one then adopts
 * the request. Content that the store refuses fails the request, or it would be tried for ever.
 * @returns what was written and whether it was this that moved the request; undefined when nothing could be written
 */
async function store(state: State, request: Claimed, outcome: Outcome): Promise<Stored | undefined> {
  let attempted = outcome
  for (;;) {
    try {
      const moved = await settle(request, attempted, state.owner.id, state.repository)
      return { moved, outcome: attempted }
    } catch (err) {
      if (err instanceof ServiceError) {
        if (state.closing) return undefined
        await sleep(200)
      } else {
        state.log.error({ err, request: request.id }, 'an outcome could not be stored')
        // Nothing that came from outside is in the failure that takes its place: it is refused for no content.
        if (attempted !== outcome) return undefined
        const error = new ServiceError('internal_error', undefined, { cause: err })
        attempted = { kind: 'failed', error }
      }
    }
  }
}

interface Stored {
  outcome: Outcome
  moved: boolean
}

/** One line per outcome. */
function tell({ log, metrics }: State, request: Claimed, outcome: Outcome, ms: number): void {
  const { id, url, attempt } = request
  const code = outcome.kind === 'done' ? undefined : outcome.error.code
  const cause = outcome.kind === 'done' ? undefined : outcome.error.cause
  metrics.ended(outcome.kind, code, ms / 1000)
  const level = code === 'internal_error' ? 'error' : 'info'
  log[level](
    { request: id, url, attempt, outcome: outcome.kind, code, err: cause, ms: Math.round(ms) },
    'request',
  )
}

async function settled({ inHand }: State): Promise<void> {
  while (inHand.size > 0) await Promise.all([...inHand.values()].map(({ done }) => done))
}

/** Rows go back to pending; what no parser has begun does not count as an attempt. */
async function handBack(state: State): Promise<void> {
  const { inHand, link, repository, owner, maxAttempts, log } = state
  const left = [...inHand.values()]
  if (left.length === 0) return
  for (const { abort } of left) abort.abort(new ServiceError('parser_unavailable'))
  const rows: HandedBack[] = await Promise.all(
    left.map(async ({ request: { id, url, options, attempt } }) => {
      const back = (await link.withdraw({ id, url, options })) || !link.outlivesWorker
      return { id, out: !back, attempt: back ? attempt - 1 : Math.min(attempt, maxAttempts - 1) }
    }),
  )
  await repository
    .release(owner.id, rows)
    .catch((err) => log.warn({ err }, 'requests could not be handed back'))
  log.info({ requests: rows.length }, 'handed back')
}

/** Does not keep the process alive. */
function pause(ms: number): Promise<void> {
  return sleep(ms, undefined, { ref: false })
}
