import { measureLoad } from '../contract/load.ts'

/** How many requests of groups a worker may have in hand, so that a single one finds room at once. */
export interface Share {
  readonly most: number
  stop(): void
}

export interface ShareParts {
  /** Requests that a worker has in hand at once. */
  concurrency: number
  /** Requests of groups in hand now. */
  inHand: () => number
  /** How much of their time the parsers are at work, lately: 0 to 1. */
  load: () => number
}

/** A part of a worker's places, one in so many, is not given to groups. */
const KEPT = 8

/** Where it begins, and how far it goes down. */
const FIRST = 16
const LEAST = 8

/** How often it is judged, in ms. */
const TICK_MS = 100

/** Below the one there is room for more, above the other too much is under way, as a part of the time of one event loop. */
const CALM = 0.6
const BUSY = 0.75

/**
 * Grows by a tenth while event loops have time left, and shrinks by as much when they have not. With pages that sites are slow to
 * send that ends at nearly all places; with pages that come at once, at as few as keep a processor busy. Each page more would
 * only wait, and make a single one that comes now wait as long.
 */
export function startShare({ concurrency, inHand, load }: ShareParts): Share {
  const highest = Math.max(1, concurrency - Math.ceil(concurrency / KEPT))
  const own = measureLoad()
  let most = Math.min(FIRST, highest)
  const timer = setInterval(() => {
    const busy = Math.max(own.now, load())
    if (busy > BUSY) most = Math.max(Math.min(LEAST, highest), Math.floor(most * 0.9))
    else if (busy < CALM && inHand() >= most * 0.8) most = Math.min(highest, Math.ceil(most * 1.1))
  }, TICK_MS)
  // Does not keep the process alive.
  timer.unref()
  return {
    get most() {
      return most
    },
    stop() {
      clearInterval(timer)
      own.stop()
    },
  }
}
