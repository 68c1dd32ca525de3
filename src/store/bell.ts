import type { Bell, News } from '../contract/bell.ts'
import { openSession } from './session.ts'

/** Who listens in this process. */
function createListeners<T>() {
  const listeners = new Set<(heard: T) => void>()
  return {
    add(listener: (heard: T) => void) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    call(heard: T) {
      for (const listener of listeners) listener(heard)
    },
    clear: () => listeners.clear(),
  }
}

/** The bell of one process. */
export function embeddedBell(): Bell {
  const rings = createListeners<void>()
  const news = createListeners<readonly News[] | null>()
  return {
    ring: () => rings.call(),
    listen: rings.add,
    tell: (told) => {
      if (told.length > 0) news.call(told)
    },
    hear: news.add,
    async close() {
      rings.clear()
      news.clear()
    },
  }
}

const RINGS = 'parsegate_requests'
const NEWS = 'parsegate_news'

/** Time between two NOTIFYs, in ms: each takes a lock on the whole database at its commit. */
const COALESCE_MS = 5

/** Postgres takes payloads of less than 8,000 bytes. */
const LONGEST_PAYLOAD = 7900

/** News that waits to be told, at most: what is beyond it counts as missed. */
const MOST_UNTOLD = 100_000

/** The bell across processes, by LISTEN/NOTIFY on a session of its own. */
export function postgresBell(url: string): Bell {
  const rings = createListeners<void>()
  const news = createListeners<readonly News[] | null>()
  const session = openSession({
    url,
    // A NOTIFY that a crash forgets is one that was lost: no need to wait for the disk.
    setUp: ['set synchronous_commit = off', `listen ${NEWS}`, `listen ${RINGS}`],
    // What was told while the connection was away is not told again.
    onOpen: () => {
      rings.call()
      news.call(null)
    },
    onNotification: (channel, payload) => {
      if (channel === RINGS) rings.call()
      else news.call(payload === '' ? null : decodeNews(payload))
    },
  })
  const send = async (statement: string, values: unknown[] = []) => {
    if (session.open) await session.query(statement, values).catch(() => {})
  }
  const untold: News[] = []
  const tellAll = coalesced(async () => {
    const batch = untold.splice(0)
    const payloads = batch.length > MOST_UNTOLD ? [''] : encodeNews(batch)
    await send('select pg_notify($1, payload) from unnest($2::text[]) as payload', [NEWS, payloads])
  })
  return {
    ring: coalesced(() => send(`notify ${RINGS}`)),
    listen: rings.add,
    tell(told) {
      if (told.length === 0 || !session.open) return
      if (untold.length <= MOST_UNTOLD) untold.push(...told)
      tellAll()
    },
    hear: news.add,
    async close() {
      rings.clear()
      news.clear()
      await session.close()
    },
  }
}

/** One letter and the id, with commas between them. */
const letters: Record<News['of'], string> = { request: 'r', progress: 'p', group: 'g', cancelled: 'c' }
const kinds = new Map(Object.entries(letters).map(([of, letter]) => [letter, of as News['of']]))

function encodeNews(news: readonly News[]): string[] {
  const words = new Set(news.map(({ of, id }) => letters[of] + id))
  const payloads: string[] = []
  let payload = ''
  for (const word of words) {
    if (payload.length + word.length >= LONGEST_PAYLOAD) {
      payloads.push(payload)
      payload = ''
    }
    payload += payload === '' ? word : `,${word}`
  }
  return payload === '' ? payloads : [...payloads, payload]
}

/** What another version may say is passed over. */
function decodeNews(payload: string): News[] {
  return payload.split(',').flatMap((word) => {
    const [of, id] = [kinds.get(word.charAt(0)), Number(word.slice(1))]
    return of && Number.isSafeInteger(id) ? [{ of, id }] : []
  })
}

/** Runs `step` at once for a lone call, and once for all calls that come within COALESCE_MS or while it runs. */
function coalesced(step: () => Promise<void>): () => void {
  let running = false
  let again = false
  const run = async () => {
    running = true
    await step()
    await new Promise((resolve) => setTimeout(resolve, COALESCE_MS))
    running = false
    if (again) {
      again = false
      void run()
    }
  }
  return () => {
    if (running) again = true
    else void run()
  }
}
