import type { Socket } from 'node:net'
import { ServiceError } from '../contract/errors.ts'

/**
 * Waits for `work`, but no longer than `ms`, nor past the signal; what comes later goes unheard.
 * @throws what `work` throws, what `late` gives once the time is over, or the signal's reason
 */
export async function within<T>(
  ms: number,
  signal: AbortSignal,
  late: () => unknown,
  work: () => Promise<T>,
): Promise<T> {
  // A signal that has ended tells it nobody a second time.
  signal.throwIfAborted()
  const ending = Promise.withResolvers<never>()
  const timer = setTimeout(() => ending.reject(late()), ms)
  const abort = () => ending.reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([work(), ending.promise])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
  }
}

/** Waits for an event of a socket, or for its end. */
export function happens(socket: Socket, event: 'connect' | 'secureConnect'): Promise<void> {
  return new Promise((resolve, reject) => {
    const onClose = () => reject(new ServiceError('connection_reset'))
    socket.once('error', reject)
    socket.once('close', onClose)
    socket.once(event, () => {
      socket.off('error', reject)
      socket.off('close', onClose)
      resolve()
    })
  })
}

/** Hears the errors of a socket whose end is told in another way. */
export function ignore(): undefined {}
