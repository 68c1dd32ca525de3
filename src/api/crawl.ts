import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { z } from 'zod'
import type { Bell } from '../contract/bell.ts'
import { CrawlCreate, CrawlCreated, type CrawlPlan, firstPage, scopeOf } from '../contract/crawl.ts'
import type { Repository } from '../contract/repository.ts'
import type { Authenticate } from './auth.ts'
import { answerOnce } from './once.ts'
import type { Gate } from './pending.ts'
import { away, conflict, invalid, problem, unauthorized } from './problem.ts'
import { type TurnParts, toNewRequest } from './turn.ts'

export interface CrawlParts extends TurnParts {
  repository: Repository
  bell: Bell
  authenticate: Authenticate
  gate: Gate
}

/** Adds `POST /crawl`; a crawl is a group, whose other paths are those of all groups. */
export function addCrawl(server: FastifyInstance, parts: CrawlParts): void {
  const { repository, bell, authenticate, gate } = parts
  const typed = server.withTypeProvider<ZodTypeProvider>()
  typed.post('/crawl', { schema: crawl }, async (request, reply) => {
    const caller = authenticate(request)
    const { webhook, ...body } = request.body
    const { url, sitemap } = body
    const plan = toPlan(body, caller, parts)
    const group = { kind: 'crawl', caller, options: plan, webhook, closed: false } as const
    await answerOnce(request, reply, { repository, gate, caller }, async (creator) => {
      gate.admit(1)
      const { id } = await creator.createGroup(group, [firstPage(plan, caller, url, sitemap)])
      return { status: 202, location: `/crawl/${id}`, body: { crawl_id: id } }
    })
    bell.ring()
    return reply
  })
}

/**
 * robots.txt is heeded unless the client says otherwise: many pages are asked for that nobody named.
 * @param path where in the body it stands, for its faults
 */
export function toPlan(
  body: Omit<z.output<typeof CrawlCreate>, 'webhook'>,
  caller: string | null,
  parts: TurnParts,
  path = '',
): CrawlPlan {
  const { limit, max_depth, include, exclude, same_host, same_domain, sitemap: _, delay, ...wish } = body
  const { queue, priority, options } = toNewRequest({ robots: true, ...wish }, caller, parts, path)
  const scope = scopeOf({ same_host, same_domain })
  return { limit, max_depth, include, exclude, scope, delay, homes: [body.url], queue, priority, options }
}

const crawl = {
  tags: ['sites'],
  summary: 'Take a site page by page, and answer later',
  description:
    'What a page leads to is stored together with the page: a crawl goes on after any crash, and fetches no page twice. Pages are told apart by their normalised URLs, without what only tracks, and by the URL that each says is its own. robots.txt and `nofollow` are heeded unless `robots` is false. Ask under `/crawl/{id}`.',
  body: CrawlCreate,
  response: {
    202: CrawlCreated,
    401: unauthorized,
    409: conflict,
    413: problem('The body is larger than 64 KiB'),
    415: problem('The body is not JSON'),
    422: invalid,
    503: away,
  },
}
