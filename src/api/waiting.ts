import type { FastifyReply } from 'fastify'
import type { Bell, News } from '../contract/bell.ts'
import type { Groups, Reader } from '../contract/repository.ts'
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
  readonly lobby: Lobby | undefined
  /** Lets everyone go. */
  close(): void
}

export type Topic = Exclude<News['of'], 'cancelled'>

export interface WaitingParts {
  bell: Bell
  repository: Pick<Reader & Groups, 'unended' | 'groupSeqs'>
  /** How often the store is asked for what no news told of, in ms; 5,000 by default. */
  lookMs?: number
  /** Where clients wait; without one, each keeps its request. */
  lobby?: Lobby
}

/** Ids in one such question. */
const IDS_AT_ONCE = 5000

interface Waiter {
  isNew: boolean
  wake: (() => void) | undefined
}

export function createWaiting({ bell, repository, lookMs = 5000, lobby }: WaitingParts): Waiting {
  const waiters = new Map<string, Set<Waiter>>()
  /** Numbers of groups' last events, as far as they were looked up. */
  let seqs = new Map<number, number>()
  let over = false

  const call = (of: Topic, id: number) => {
    for (const waiter of waiters.get(of + id) ?? []) {
      waiter.isNew = true
      waiter.wake?.()
    }
  }
  const look = async () => {
    const known = seqs
    const requests = idsOf(waiters, 'request')
    for (let at = 0; at < requests.length; at += IDS_AT_ONCE) {
      const part = requests.slice(at, at + IDS_AT_ONCE)
      const unended = await repository.unended(part)
      for (const id of part) if (!unended.has(id)) call('request', id)
    }
    const groups = idsOf(waiters, 'group')
    seqs = groups.length > 0 ? await repository.groupSeqs(groups) : new Map()
    for (const id of groups) if (seqs.get(id) !== known.get(id)) call('group', id)
  }
  const stopHearing = bell.hear((news) => {
    for (const { of, id } of news ?? []) if (of !== 'cancelled') call(of, id)
    if (news === null) look().catch(() => {})
  })
  // Does not keep the process alive. What fails is looked for the next time.
  const looking = setInterval(() => void look().catch(() => {}), lookMs).unref()

  return {
    lobby,
    open(of, id) {
      const key = of + id
      const waiter: Waiter = { isNew: false, wake: undefined }
      const others = waiters.get(key) ?? new Set()
      waiters.set(key, others.add(waiter))
      return {
        get over() {
          return over
        },
        news: (ms) => (over ? Promise.resolve() : nextNews(waiter, ms)),
        close() {
          others.delete(waiter)
          if (others.size === 0 && waiters.get(key) === others) waiters.delete(key)
          waiter.wake?.()
        },
      }
    },
    close() {
      over = true
      clearInterval(looking)
      stopHearing()
      for (const all of waiters.values()) for (const { wake } of all) wake?.()
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

function idsOf(waiters: Map<string, unknown>, of: Topic): number[] {
  return [...waiters.keys()].filter((key) => key.startsWith(of)).map((key) => Number(key.slice(of.length)))
}

/** Between two looks at the same group, in ms: it may have news more often than that. */
const LOOK_AGAIN_MS = 200

/** Waits for news of a group, and until it may be looked at again. @param looked when it last was, by performance.now() */
export async function groupNews(ticket: Ticket, looked: number, ms: number): Promise<void> {
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
  const left = lobby?.back(reply.request.raw)
  const until = left ?? performance.now() + seconds * 1000
  if (lobby?.isFull && left === undefined)
    await sit(lobby, reply, { until, news: Promise.resolve(), leave() {} })
  // Before the first look, or what happens after it would not be heard.
  const ticket = waiting.open(of, id)
  let isGone = false
  reply.raw.once('close', () => {
    isGone = true
    ticket.close()
  })
  /** What was seen, if that is the answer. Nothing of it is kept while it is waited on: a page may be large. */
  const look = async (now: number): Promise<{ found: T | undefined } | undefined> => {
    const found = await (lobby ? lobby.look(read) : read())
    const isLast = found === undefined || hasEnded(found) || ticket.over || isGone || now >= until
    return isLast ? { found } : undefined
  }
  try {
    for (;;) {
      const looked = performance.now()
      const answer = await look(looked)
      if (answer) return answer.found
      const news = of === 'group' ? groupNews(ticket, looked, until - looked) : ticket.news(until - looked)
      if (lobby) await sit(lobby, reply, { until, news, leave: ticket.close })
      await news
    }
  } finally {
    ticket.close()
  }
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
