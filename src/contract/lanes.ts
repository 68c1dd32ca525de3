import { ServiceError } from './errors.ts'

interface Waiting<T, R> {
  item: T
  resolve: (result: R) => void
  reject: (error: unknown) => void
}

export interface BatchLimits<T> {
  /** Most items in one call. */
  items: number
  /** Most calls at once. */
  lanes: number
  /** Size of an item, and the sum at which a call is full. */
  weight?: { of: (item: T) => number; max: number }
}

/**
 * Group commit: calls made while others are under way are carried out together, in the order they came. One statement
 * and one disk flush then serve many requests, and a lone one waits for nobody.
 *
 * A batch that fails for a reason of its content is tried again item by item, so that one bad item fails alone.
 * @param run carries out the items, and gives a result for each in the same order
 */
export function batched<T, R>(
  run: (items: T[]) => Promise<R[]>,
  limits: BatchLimits<T>,
): (item: T) => Promise<R> {
  let waiting: Waiting<T, R>[] = []
  let busy = 0
  let scheduled = false

  const schedule = () => {
    if (scheduled || busy >= limits.lanes || waiting.length === 0) return
    scheduled = true
    // After the events of this turn of the loop, so that what they add comes along.
    setImmediate(() => {
      scheduled = false
      const [batch, rest] = split(waiting, limits)
      waiting = rest
      busy += 1
      void settleAll(batch, run).finally(() => {
        busy -= 1
        schedule()
      })
      schedule()
    })
  }

  return (item) =>
    new Promise<R>((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      schedule()
    })
}

function split<T, R>(waiting: Waiting<T, R>[], limits: BatchLimits<T>): [Waiting<T, R>[], Waiting<T, R>[]] {
  let weight = 0
  let count = 0
  for (const { item } of waiting) {
    weight += limits.weight?.of(item) ?? 0
    if (count > 0 && (count >= limits.items || weight > (limits.weight?.max ?? Infinity))) break
    count += 1
  }
  return [waiting.slice(0, count), waiting.slice(count)]
}

async function settleAll<T, R>(batch: Waiting<T, R>[], run: (items: T[]) => Promise<R[]>): Promise<void> {
  try {
    const results = await run(batch.map(({ item }) => item))
    for (const [index, { resolve }] of batch.entries()) resolve(results[index] as R)
  } catch (error) {
    if (batch.length === 1 || error instanceof ServiceError) for (const { reject } of batch) reject(error)
    else for (const one of batch) await settleAll([one], run)
  }
}
