import { ServiceError } from '../contract/errors.ts'

export interface Deadline {
  /** Its reason is always a ServiceError. */
  signal: AbortSignal
  stop: () => void
}

/** A signal that ends after `ms`, or with the caller's own. */
export function startDeadline(ms: number, caller: AbortSignal | undefined): Deadline {
  const controller = new AbortController()
  const onCaller = () => controller.abort(toEnding(caller?.reason))
  const timer = setTimeout(() => controller.abort(new ServiceError('fetch_timeout')), ms)
  if (caller?.aborted) onCaller()
  caller?.addEventListener('abort', onCaller, { once: true })
  const stop = () => {
    clearTimeout(timer)
    caller?.removeEventListener('abort', onCaller)
  }
  return { signal: controller.signal, stop }
}

function toEnding(reason: unknown): ServiceError {
  return reason instanceof ServiceError
    ? reason
    : new ServiceError('fetch_timeout', undefined, { cause: reason })
}
