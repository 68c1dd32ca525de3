/** What the log may say of what came from outside. */
export interface Redaction {
  url(given: unknown): string
  fault(thrown: unknown): ToldFault
}

/** A fault as the log has it. */
export interface ToldFault {
  type: string
  message: string
  code?: string | number
  stack?: string
  cause?: ToldFault
  /** The first few of many that came at once. */
  errors?: ToldFault[]
}

/**
 * Keeps secrets out of the log. Of a URL `user:password@` is never told, and its query and fragment only where `queries` says so.
 * Of a fault only what went wrong is told, in texts whose URLs are told likewise: errors of drivers carry the command or the
 * row that failed, passwords and pages included.
 */
export function createRedaction(queries: boolean): Redaction {
  return {
    url: (given) => redactUrl(String(given), queries),
    fault: (thrown) => toFault(thrown, queries, DEEPEST),
  }
}

/** What cannot be read as a URL of a host may be anything, so nothing of it is told. */
function redactUrl(text: string, queries: boolean): string {
  const url = URL.parse(text)
  if (!url?.host) return NO_URL
  url.username = ''
  url.password = ''
  if (queries) return url.href
  if (url.search !== '') url.search = '...'
  url.hash = ''
  return url.href
}

const NO_URL = '(no URL)'

/** URLs within a text, of the schemes that this service has to do with. */
const urls = /(?:https?|rediss?|postgres(?:ql)?|socks5h?|wss?):\/\/[^\s"'<>`]+/gi

const redactText = (text: string, queries: boolean) => text.replaceAll(urls, (url) => redactUrl(url, queries))

/** Causes of causes are told so deep. */
const DEEPEST = 5
const MOST_ERRORS = 10

function toFault(thrown: unknown, queries: boolean, depth: number): ToldFault {
  if (!(thrown instanceof Error)) return { type: typeof thrown, message: redactText(String(thrown), queries) }
  const { name, message, stack, cause, code, errors } = thrown as Error & { code?: unknown; errors?: unknown }
  const deeper = (one: unknown) => toFault(one, queries, depth - 1)
  return {
    type: name,
    message: redactText(message, queries),
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(stack === undefined ? {} : { stack: redactText(stack, queries) }),
    ...(cause === undefined || depth === 0 ? {} : { cause: deeper(cause) }),
    ...(Array.isArray(errors) && depth > 0 ? { errors: errors.slice(0, MOST_ERRORS).map(deeper) } : {}),
  }
}
