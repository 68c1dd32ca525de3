import { z } from 'zod'
import { isErrorCode, ServiceError } from '../contract/errors.ts'
import { Page, storable, type Task } from '../contract/models.ts'

/** The Redis keys of one installation. The first two are settings that foreign parsers and gateways share. */
export interface Keys {
  /** List of tasks: pushed on the left, taken from the right. */
  tasks: string
  /** Prefix of the result keys; the id follows. */
  results: string
  /** List of tasks that could not be read, newest first. */
  dead: string
  /** Set of the parsers that have a list of taken tasks. */
  parsers: string
  /** Prefix of each parser's list of taken tasks; its id follows. */
  taken: string
  /** Hash of how often a task came back from a parser that died. */
  returns: string
  /** Hash of task id to the worker that waits for it. */
  owners: string
  /** Prefix of each worker's list of ids that have been answered; its name follows. */
  wake: string
  /** Prefix of each host's places and of when it may be asked next; the host follows. */
  hosts: string
  /** Set of the ids that parsers are to give up; it expires within seconds. */
  cancelled: string
  /** A value that vanishes when Redis is emptied. */
  epoch: string
}

/** All keys derive from the two settings, so that installations with different ones can share a Redis. */
export function wireKeys(taskQueue: string, resultPrefix: string): Keys {
  return {
    tasks: taskQueue,
    results: resultPrefix,
    dead: `${taskQueue}:dead`,
    parsers: `${taskQueue}:parsers`,
    taken: `${taskQueue}:taken:`,
    returns: `${taskQueue}:returns`,
    owners: `${taskQueue}:owners`,
    wake: `${taskQueue}:wake:`,
    hosts: `${taskQueue}:hosts:`,
    cancelled: `${taskQueue}:cancelled`,
    epoch: `${taskQueue}:epoch`,
  }
}

/** How long a result waits to be read, in ms. */
export const RESULT_TTL_MS = 3_600_000

/** How long it is known, in ms, which worker waits for a task: longer than any waits. What a crash leaves there goes too. */
export const OWNERS_TTL_MS = 86_400_000

/** How long parsers are told of what was cancelled, in ms: each looks several times meanwhile. */
export const CANCELLED_TTL_MS = 5000

/** Most bad tasks kept for inspection. */
export const DEAD_KEPT = 1000

/** Largest result read, in bytes: room for a page that grows as UTF-8 and with JSON's escapes. */
export const maxResultBytes = (maxBytes: number) => 2 * maxBytes + 65_536

/** A page without its formats where a result with them would be too large: they can be made of it later. */
export function fitting(page: Page, maxBytes: number): Page {
  if (!page.formats || Buffer.byteLength(JSON.stringify(page)) <= 2 * maxBytes) return page
  const { formats: _, ...rest } = page
  return rest
}

/** A task as it stands in the list. A foreign gateway may use other ids than integers. */
export const TaskMessage = z.object({
  id: z.union([z.int(), z.string().min(1).max(200)]),
  url: z.string(),
  options: z.unknown().optional(),
})
export type TaskMessage = z.infer<typeof TaskMessage>

const SuccessMessage = Page.extend({ status: z.literal('success'), title: Page.shape.title.nullish() })

const FailureMessage = z.object({
  status: z.literal('failure'),
  error: z.string().nullish(),
  error_code: z.string().nullish(),
  target_status: z.int().min(100).max(599).nullish(),
  final_url: z.string().transform(storable).nullish(),
  passes: z.boolean().nullish(),
  retry_after_ms: z.number().min(0).nullish(),
})

const ResultMessage = z.discriminatedUnion('status', [SuccessMessage, FailureMessage])

/** The JSON of a task; `options` only when there are any. */
export function encodeTask(task: { id: number; url: string; options: object }): string {
  const { id, url, options } = task
  return JSON.stringify(Object.keys(options).length > 0 ? { id, url, options } : { id, url })
}

export function encodePage(page: Page, timings: Record<string, number>): string {
  return JSON.stringify({ status: 'success', ...page, timings: { ...page.timings, ...timings } })
}

export function encodeFault(error: ServiceError): string {
  const { message, code, passes, targetStatus: target_status, finalUrl: final_url } = error
  const { retryAfterMs: retry_after_ms } = error
  return JSON.stringify({
    status: 'failure',
    error: message,
    error_code: code,
    passes,
    target_status,
    final_url,
    retry_after_ms,
  })
}

/**
 * How much of its time the parser that wrote a result is at work, 0 to 1; 0 where it does not say. It stands at the end of the
 * text, all of which is not read for it: pages are large.
 */
export function readLoad(json: string): number {
  return Number(/"load":(0(?:\.\d+)?|1)\}\}$/.exec(json.slice(-40))?.[1] ?? 0)
}

/**
 * Reads what stands under a result key.
 * @throws ServiceError the fault it reports, or `bad_parser_result`
 */
export function decodeResult(json: string): Page {
  const parsed = ResultMessage.safeParse(parseJson(json))
  if (!parsed.success) throw badResult()
  if (parsed.data.status === 'failure') throw reportedFault(parsed.data)
  const { status: _, title, ...page } = parsed.data
  return { ...page, title: title ?? '' }
}

/** Adds to a page what its parser did not say. What finds that is loaded by the first such page: most processes see none. */
export async function completed(page: Page, { url, options }: Pick<Task, 'url' | 'options'>): Promise<Page> {
  const { site } = options
  if (!site?.links || page.found) return page
  const { readLinks } = await import('./links.ts')
  return { ...page, found: await readLinks(url, page, options, site) }
}

export const badResult = () => new ServiceError('bad_parser_result')

/** A code of ours keeps its meaning; anything else a parser may say is `parser_error` with the parser's words. */
function reportedFault(message: z.infer<typeof FailureMessage>): ServiceError {
  const { error, error_code, target_status, final_url, passes, retry_after_ms } = message
  const known = isErrorCode(error_code)
  const words = typeof error === 'string' ? storable(error.slice(0, MAX_MESSAGE)) : undefined
  return new ServiceError(known ? error_code : 'parser_error', words, {
    targetStatus: target_status ?? undefined,
    finalUrl: final_url ?? undefined,
    retryAfterMs: retry_after_ms ?? undefined,
    ...(known && typeof passes === 'boolean' ? { passes } : {}),
  })
}

/** Longest error text kept, in UTF-16 code units. */
const MAX_MESSAGE = 2000

/** The value of a JSON text, or undefined. */
export function parseJson(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
