import type { FastifyReply } from 'fastify'
import { throughCache } from '../contract/caching.ts'
import { ServiceError } from '../contract/errors.ts'
import type { Page } from '../contract/models.ts'
import type { ParseOptions } from '../contract/options.ts'
import type { Parser } from '../contract/parser.ts'
import type { Repository } from '../contract/repository.ts'
import type { Extractor } from '../extract/extractor.ts'

export interface NowParts {
  repository: Pick<Repository, 'reusable'>
  parser: Parser
  /** Makes formats of pages that come without: from the store, or from another's parser. */
  extractor: Extractor
  /** Throws for options that the operator does not allow. */
  permit: (options: ParseOptions, path?: string) => void
}

/**
 * Parses a page while its client waits, with all formats that are asked for; nothing is stored.
 * @throws ServiceError the page's fault, what `permit` throws, and `request_timeout` once the client is gone
 */
export async function parseNow(
  asked: { url: string; options: ParseOptions; caller: string | null },
  reply: FastifyReply,
  { repository, parser, extractor, permit }: NowParts,
): Promise<Page> {
  const { url, options } = asked
  permit(options)
  const signal = whenGone(reply)
  const page = await throughCache(options, {
    find: () => repository.reusable(asked),
    ask: (conditional) => parser.parse(url, conditional, signal),
    now: Date.now,
  })
  const text = { ...page, url: page.final_url ?? url, mediaType: page.media_type }
  return { ...page, formats: await extractor.make(text, options, { there: page.formats, signal }) }
}

/** Ends when nobody waits for the answer any more. */
export function whenGone({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController()
  // The response's: a request with a body is closed as soon as that is read.
  raw.once('close', () => gone.abort(new ServiceError('request_timeout')))
  return gone.signal
}
