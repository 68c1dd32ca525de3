import type { FastifyReply } from 'fastify'
import type { Bell, News } from '../contract/bell.ts'
import type { Groups, Reader, State } from '../contract/repository.ts'
import { hasEnded, type Status } from '../contract/status.ts'
import type { Lobby, Visit } from './lobby.ts'
import { missing } from './problem.ts'

/** Someone's wait for news of one request or group. */
export interface Ticket {
  /** Resolves when there has been news since the ticket was opened, or since the last wait; or when `ms` are over. */
  news(ms: number): Promise<void>
  /** No news will come any more: this process stops. */
  readonly over: boolean
  close(): void
}

/** Everyone in this process who waits: one listener for all, and one slow query behind it, however many they are. */
export interface Waiting {
  open(of: Topic, id: number): Ticket
  /**
   * @param call called at news, and now and then with the `version` of what is watched, should news have been lost. News that a
   * request has ended are of its progress, too
   * @returns what ends that
   */
  watch(of: Topic, id: number, call: Call): () => void
  readonly lobby: Lobby | undefined
  /** Lets everyone go. */
  close(): void
}

export type Call = (version?: string) => void

export type Topic = Exclude<News['of'], 'cancelled'>

export interface WaitingParts {
  bell: Bell
  repository: Pick<Reader & Groups, 'states' | 'groupVersions'>
  /** How often the store is asked for what no news told of, in ms; 5,000 by default. */
  lookMs?: number
  /** Where clients wait; without one, each keeps its request. */
  lobby?: Lobby
}

/** Ids in one such question. */
const IDS_AT_ONCE = 5000

/** Differs as soon as there is more to tell of a request. */
export const versionOf = ({ status, attempt }: State) => `${attempt}-${status}`

interface Waiter {
  isNew: boolean
  wake: (() => void) | undefined
}

export function createWaiting({ bell, repository, lookMs = 5000, lobby }: WaitingParts): Waiting {
  const calls = new Map<string, Set<Call>>()
  /** As far as they were looked up. */
  let versions = new Map<number, string>()
  let over = false

  const callAll = (of: Topic, id: number, version?: string) => {
    for (const call of calls.get(of + id) ?? []) call(version)
  }
  const lookAtRequests = async () => {
    const ids = [...new Set([...idsOf(calls, 'request'), ...idsOf(calls, 'progress')])]
    for (let at = 0; at < ids.length; at += IDS_AT_ONCE) {
      const part = ids.slice(at, at + IDS_AT_ONCE)
      const states = await repository.states(part)
      for (const id of part) {
        const state = states.get(id)
        if (!state || hasEnded(state.status)) callAll('request', id)
        callAll('progress', id, state && versionOf(state))
      }
    }
  }
  const lookAtGroups = async () => {
    const known = versions
    const ids = idsOf(calls, 'group')
    versions = ids.length > 0 ? await repository.groupVersions(ids) : new Map()
    for (const id of ids) if (versions.get(id) !== known.get(id)) callAll('group', id)
  }
  const look = () => lookAtRequests().then(lookAtGroups)
  const stopHearing = bell.hear((news) => {
    for (const { of, id } of news ?? []) {
      if (of !== 'cancelled') callAll(of, id)
      if (of === 'request') callAll('progress', id)
    }
    if (news === null) look().catch(() => {})
  })
  // Does not keep the process alive. What fails is looked for the next time.
  const looking = setInterval(() => void look().catch(() => {}), lookMs).unref()

  const watch = (of: Topic, id: number, call: Call) => {
    const key = of + id
    const others = calls.get(key) ?? new Set()
    calls.set(key, others.add(call))
    return () => {
      others.delete(call)
      if (others.size === 0 && calls.get(key) === others) calls.delete(key)
    }
  }

  return {
    lobby,
    watch,
    open(of, id) {
      const waiter: Waiter = { isNew: false, wake: undefined }
      const leave = watch(of, id, () => {
        waiter.isNew = true
        waiter.wake?.()
      })
      return {
        get over() {
          return over
        },
        news: (ms) => (over ? Promise.resolve() : nextNews(waiter, ms)),
        close() {
          leave()
          waiter.wake?.()
        },
      }
    },
    close() {
      over = true
      clearInterval(looking)
      stopHearing()
      for (const all of calls.values()) for (const call of all) call()
    },
  }
}

function nextNews(waiter: Waiter, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      clearTimeout(timer)
      waiter.isNew = false
      waiter.wake = undefined
      resolve()
    }
    const timer = setTimeout(wake, ms)
    waiter.wake = wake
    if (waiter.isNew) wake()
  })
}

function idsOf(calls: Map<string, unknown>, of: Topic): number[] {
  return [...calls.keys()].filter((key) => key.startsWith(of)).map((key) => Number(key.slice(of.length)))
}

/** Between two looks at the same group, in ms: it may have news more often than that. */
export const LOOK_AGAIN_MS = 200

/** Waits for news of a group, and until it may be looked at again. @param looked when it last was, by performance.now() */
async function groupNews(ticket: Ticket, looked: number, ms: number): Promise<void> {
  await ticket.news(ms)
  const pause = Math.min(ms, LOOK_AGAIN_MS) - (performance.now() - looked)
  if (pause > 0 && !ticket.over) await new Promise((resolve) => setTimeout(resolve, pause))
}

/** What is waited for, and how it is looked at. */
export interface Wanted<T> {
  of: Topic
  id: number
  /** Undefined where there is no such thing, which ends the wait too. */
  read: () => Promise<T | undefined>
  hasEnded: (found: T) => boolean
}

/**
 * Looks until something has ended, at most for `seconds`, and no longer than the client is there.
 * @returns what was seen last
 */
export async function untilEnded<T>(
  waiting: Waiting,
  { of, id, read, hasEnded }: Wanted<T>,
  seconds: number,
  reply: FastifyReply,
): Promise<T | undefined> {
  if (seconds === 0) return read()
  const { lobby } = waiting
  const until = await admit(waiting, reply, seconds * 1000)
  // Before the first look, or what happens after it would not be heard.
  const ticket = waiting.open(of, id)
  let isGone = false
  reply.raw.once('close', () => {
    isGone = true
    ticket.close()
  })
  /** What was seen, if that is the answer. Nothing of it is kept while it is waited on: a page may be large. */
  const lookAt = async (now: number): Promise<{ found: T | undefined } | undefined> => {
    const found = await look(waiting, read)
    const isLast = found === undefined || hasEnded(found) || ticket.over || isGone || now >= until
    return isLast ? { found } : undefined
  }
  try {
    for (;;) {
      const looked = performance.now()
      const answer = await lookAt(looked)
      if (answer) return answer.found
      const news = of === 'group' ? groupNews(ticket, looked, until - looked) : ticket.news(until - looked)
      if (lobby) await sit(lobby, reply, { until, news, leave: ticket.close })
      await news
    }
  } finally {
    ticket.close()
  }
}

/**
 * Has a client that is new sit down for a moment where too many look.
 * @param ms how long it waits for what it looks for
 * @returns until when it does, by performance.now()
 */
export async function admit({ lobby }: Waiting, reply: FastifyReply, ms = 0): Promise<number> {
  const left = lobby?.back(reply.request.raw)
  const until = left ?? performance.now() + ms
  if (lobby?.isFull && left === undefined)
    await sit(lobby, reply, { until, news: Promise.resolve(), leave() {} })
  return until
}

/** Looks for a client. @returns what `read` does */
export function look<T>({ lobby }: Waiting, read: () => Promise<T>): Promise<T> {
  return lobby ? lobby.look(read) : read()
}

/** Does not go on where the lobby has taken the client in. Nothing holds that, so all it knows of the request is collected. */
async function sit(lobby: Lobby, reply: FastifyReply, visit: Visit): Promise<void> {
  if (await lobby.seat(reply, visit)) await new Promise(() => {})
}

/**
 * Looks at a request, and again when it has ended where the client waits for that.
 * @param asked which one, and for how many seconds its end is waited for
 * @throws ServiceError `not_found`
 */
export async function lookAt<T extends { status: Status }>(
  asked: { id: number; wait: number },
  waiting: Waiting,
  reply: FastifyReply,
  read: () => Promise<T | undefined>,
): Promise<T> {
  const wanted = { of: 'request', id: asked.id, read, hasEnded: (one: T) => hasEnded(one.status) } as const
  const found = await untilEnded(waiting, wanted, asked.wait, reply)
  if (!found) throw missing()
  return found
}
