import type { FastifyInstance, FastifyReply } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { z } from 'zod'
import { createSelector, MapCreate, MapResponse, scopeOf } from '../contract/crawl.ts'
import type { Page } from '../contract/models.ts'
import type { ParseOptions } from '../contract/options.ts'
import type { Parser } from '../contract/parser.ts'
import { MOST_FOUND } from '../contract/site.ts'
import { keyOf } from '../contract/urls.ts'
import type { Authenticate } from './auth.ts'
import { whenGone } from './now.ts'
import { invalid, problem, unauthorized } from './problem.ts'

export interface MapParts {
  parser: Parser
  authenticate: Authenticate
  /** Throws for options that the operator does not allow. */
  permit: (options: ParseOptions, path?: string) => void
}

/** Adds `POST /map`: the addresses of a site, at once. */
export function addMap(server: FastifyInstance, parts: MapParts): void {
  const typed = server.withTypeProvider<ZodTypeProvider>()
  typed.post('/map', { schema: map }, async (request, reply) => {
    parts.authenticate(request)
    const { url, limit } = request.body
    return { url, urls: (await mapSite(request.body, reply, parts)).slice(0, limit) }
  })
}

/** All addresses of a site that are wanted, each once. @throws ServiceError why neither page nor sitemaps can be had */
export async function mapSite(
  body: z.output<typeof MapCreate>,
  reply: FastifyReply,
  { parser, permit }: Pick<MapParts, 'parser' | 'permit'>,
): Promise<string[]> {
  const { url, limit: _, search, sitemap, include, exclude, same_host, same_domain, ...options } = body
  permit(options)
  const site = { page: false, links: sitemap !== 'only', sitemap: sitemap !== 'skip', most: MOST_FOUND }
  const page = await parser.parse(url, { ...options, site }, whenGone(reply))
  const homes = [url, page.final_url ?? url]
  const isWanted = createSelector({ scope: scopeOf({ same_host, same_domain }), homes, include, exclude })
  const urls = distinct(addressesOf(page).filter(isWanted))
  return search === undefined ? urls : bySearch(urls, search)
}

/** The page itself comes first, where it could be had: only then is there an address at which it was. */
function addressesOf({ final_url, found }: Page): string[] {
  return [...(final_url?.split('#', 1) ?? []), ...(found?.urls ?? [])]
}

/** Each page once, under the first of its addresses. */
export function distinct(urls: string[]): string[] {
  const first = new Map<string, string>()
  for (const url of urls) {
    const key = keyOf(url)
    if (!first.has(key)) first.set(key, url)
  }
  return [...first.values()]
}

/** Those that have any of the words; those with more of them first, else as they came. */
function bySearch(urls: string[], search: string): string[] {
  const words = [...new Set(search.toLowerCase().split(/\s+/))].filter((word) => word !== '')
  const scored = urls.map((url) => {
    const text = readable(url).toLowerCase()
    return { url, score: words.filter((word) => text.includes(word)).length }
  })
  const fitting = scored.filter(({ score }) => score > 0)
  return fitting.sort((a, b) => b.score - a.score).map(({ url }) => url)
}

function readable(url: string): string {
  try {
    return decodeURIComponent(url)
  } catch {
    return url
  }
}

const map = {
  tags: ['sites'],
  summary: 'The addresses of a site, at once',
  description:
    'What the page links to and what the sitemaps of its site list, found in the time that one page may take; nothing is stored.',
  body: MapCreate,
  response: {
    200: MapResponse,
    401: unauthorized,
    413: problem('The body is larger than 64 KiB'),
    415: problem('The body is not JSON'),
    422: invalid,
    502: problem('Neither the page nor a sitemap can be had: `code` and `detail` say why'),
    504: problem('It took longer than the time limit'),
  },
}
