import { ServiceError } from '../contract/errors.ts'
import { readUrl } from '../contract/requests.ts'
import type { Post } from '../contract/webhooks.ts'
import { openConnection } from './connection.ts'
import { createDialer, type Guard } from './dispatcher.ts'
import { toExchangeFault } from './fault.ts'
import { readRetryAfter } from './pace.ts'

const MAX_HEAD_BYTES = 16_384

/**
 * Makes the one that tells others by POST. It dials as pages are fetched: judged, at the very address that was judged, over a
 * connection of its own. Redirects are not followed, and of the answer nothing but its head is read.
 * @param guard what may be dialled
 */
export function createPost(guard: Guard): Post {
  const dial = createDialer(guard)
  return async (target, body, headers, signal) => {
    const url = readUrl(target)
    if (!(url instanceof URL)) throw new ServiceError(url)
    const socket = await dial(url, signal)
    const { client } = openConnection({ key: '', origin: url.origin, socket, maxHeadBytes: MAX_HEAD_BYTES })
    try {
      const path = url.pathname + url.search
      const answer = await client.request({ method: 'POST', path, headers, body, signal })
      const [retryAfter] = [answer.headers['retry-after'] ?? []].flat()
      return { status: answer.statusCode, retryAfterMs: readRetryAfter(retryAfter, new Date()) }
    } catch (thrown) {
      throw signal.aborted ? signal.reason : toExchangeFault(thrown, socket)
    } finally {
      // The body, however long it may be, ends with its connection.
      client.destroy().catch(() => {})
      socket.destroy()
    }
  }
}
