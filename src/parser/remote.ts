import { Pool } from 'undici'
import { z } from 'zod'
import { isErrorCode, ServiceError } from '../contract/errors.ts'
import { Page } from '../contract/models.ts'
import { toQuery } from '../contract/options.ts'
import type { Parser } from '../contract/parser.ts'
import type { TaskOptions } from '../contract/site.ts'
import { completed, maxResultBytes, parseJson } from './wire.ts'

export interface RemoteParts {
  /** The parser's own URL, set by the operator: the one address that is dialled without the guard. */
  url: string
  /** Longest wait for its answer, in ms. */
  timeoutMs: number
  maxBytes: number
}

const Problem = z.object({
  detail: z.string(),
  code: z.string().nullish(),
  target_status: z.int().nullish(),
  final_url: z.string().nullish(),
  passes: z.boolean().nullish(),
  retry_after_ms: z.number().min(0).nullish(),
})

const RemotePage = Page.extend({ title: Page.shape.title.nullish().transform((title) => title ?? '') })

/** A parser in another process, asked over HTTP. */
export function createRemoteParser(parts: RemoteParts): Parser & { close: () => Promise<void> } {
  const pool = new Pool(new URL(parts.url).origin, { connections: 128, connect: { timeout: 2000 } })
  return {
    async parse(url, options, signal) {
      const late = AbortSignal.timeout(parts.timeoutMs)
      const { status, text } = await ask(pool, parts, target(parts.url, { url, ...options }), signal, late)
      return completed(read(status, text), { url, options })
    },
    close: () => pool.destroy(),
  }
}

function target(base: string, query: TaskOptions & { url: string }): string {
  const { pathname } = new URL(base)
  return `${pathname.replace(/\/$/, '')}/fetch?${new URLSearchParams(toQuery(query))}`
}

async function ask(
  pool: Pool,
  { maxBytes }: RemoteParts,
  path: string,
  gone: AbortSignal | undefined,
  late: AbortSignal,
) {
  try {
    const signal = gone ? AbortSignal.any([gone, late]) : late
    const { statusCode, body } = await pool.request({ method: 'GET', path, signal })
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of body) {
      size += chunk.length
      if (size > maxResultBytes(maxBytes)) throw new ServiceError('bad_parser_result')
      chunks.push(chunk)
    }
    return { status: statusCode, text: Buffer.concat(chunks).toString('utf8') }
  } catch (cause) {
    if (cause instanceof ServiceError) throw cause
    if (late.aborted) throw new ServiceError('timeout', 'The parser did not answer in time', { cause })
    throw new ServiceError('parser_unavailable', 'The parser could not be reached', { cause })
  }
}

function read(status: number, text: string): Page {
  const json = parseJson(text)
  if (status === 200) {
    const page = RemotePage.safeParse(json)
    if (page.success) return page.data
  } else {
    const problem = Problem.safeParse(json)
    if (problem.success) throw reported(problem.data)
  }
  throw new ServiceError('bad_parser_result')
}

function reported({ detail, code, passes, ...told }: z.infer<typeof Problem>): ServiceError {
  const isKnown = isErrorCode(code)
  return new ServiceError(isKnown ? code : 'parser_error', detail, {
    targetStatus: told.target_status ?? undefined,
    finalUrl: told.final_url ?? undefined,
    retryAfterMs: told.retry_after_ms ?? undefined,
    ...(isKnown && typeof passes === 'boolean' ? { passes } : {}),
  })
}
