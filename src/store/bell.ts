import type { Bell } from '../contract/bell.ts'
import { openSession } from './session.ts'

/** The bell of one process. */
export function embeddedBell(): Bell {
  const listeners = new Set<() => void>()
  return {
    ring: () => {
      for (const listener of listeners) listener()
    },
    listen: (onRing) => {
      listeners.add(onRing)
      return () => listeners.delete(onRing)
    },
    close: async () => listeners.clear(),
  }
}

const CHANNEL = 'parsegate_requests'

/** Time between two NOTIFYs, in ms: each takes a lock on the whole database at its commit. */
const COALESCE_MS = 5

/** The bell across processes, by LISTEN/NOTIFY on a session of its own. */
export function postgresBell(url: string): Bell {
  const listeners = new Set<() => void>()
  const ringAll = () => {
    for (const listener of listeners) listener()
  }
  const session = openSession({
    url,
    setUp: [`listen ${CHANNEL}`],
    // What was rung while the connection was away is not told again.
    onOpen: ringAll,
    onNotification: ringAll,
  })
  const ring = coalesced(async () => {
    if (session.open) await session.query(`notify ${CHANNEL}`).catch(() => {})
  })
  return {
    ring,
    listen: (onRing) => {
      listeners.add(onRing)
      return () => listeners.delete(onRing)
    },
    close: async () => {
      listeners.clear()
      await session.close()
    },
  }
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
