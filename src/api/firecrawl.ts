import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Bell } from '../contract/bell.ts'
import { firstPage } from '../contract/crawl.ts'
import { FirecrawlDocument, toDocument } from '../contract/document.ts'
import { badInput, type InputFault, ServiceError } from '../contract/errors.ts'
import {
  FirecrawlBatch,
  FirecrawlCrawl,
  FirecrawlError,
  FirecrawlMap,
  FirecrawlPart,
  FirecrawlScrape,
  toFirecrawlError,
} from '../contract/firecrawl.ts'
import type { Group, GroupEvent, GroupKind, NewGroup } from '../contract/groups.ts'
import type { NewRequest, Repository } from '../contract/repository.ts'
import type { Problem } from '../contract/responses.ts'
import { TargetUrl } from '../contract/target.ts'
import { permitAs, toCrawl, toMap, toOptions, toWebhook } from '../contract/translation.ts'
import type { Authenticate } from './auth.ts'
import { BATCH_BODY_LIMIT } from './batch.ts'
import { toPlan } from './crawl.ts'
import { cancelGroup } from './groups.ts'
import { distinct, mapSite } from './map.ts'
import { type NowParts, parseNow } from './now.ts'
import { answerOnce } from './once.ts'
import type { Gate } from './pending.ts'
import { idOf, missing, readId } from './problem.ts'
import { asksForSocket, closeSocket } from './socket.ts'
import { type TurnParts, toNewRequest } from './turn.ts'

export interface FirecrawlParts extends TurnParts, NowParts {
  repository: Repository
  bell: Bell
  authenticate: Authenticate
  gate: Gate
}

/** HTML read at once for an answer, in bytes. */
const RESULT_BYTES = 16 * 1024 * 1024

const EVENTS_AT_ONCE = 500
const MOST_CRAWLS = 100

/** Adds Firecrawl's paths, version 2, for what there is here of it. Errors have that API's form in this context alone. */
export async function addFirecrawl(server: FastifyInstance, parts: FirecrawlParts): Promise<void> {
  await server.register(async (context) => {
    context.addHook('onSend', async (_request, reply, payload) => {
      if (!String(reply.getHeader('content-type')).startsWith('application/problem+json')) return payload
      const { status, body } = toFirecrawlError(JSON.parse(String(payload)) as Problem)
      reply.code(status).type('application/json; charset=utf-8')
      return JSON.stringify(body)
    })
    const own = { ...parts, permit: permitAs(parts.permit) }
    addNow(context, own)
    addBatches(context, own)
    addCrawls(context, { ...parts, permit: permitAs(parts.permit, { path: 'scrapeOptions.' }) })
    for (const [kind, path] of kinds) addGroup(context, kind, path, parts)
    context.all('/v2/*', { schema: { hide: true } }, async ({ method, url }) => {
      throw new ServiceError(
        'not_found',
        `This service has no ${method} ${url.split('?', 1)[0]}: ${WHAT_THERE_IS}`,
      )
    })
  })
}

const kinds: [kind: GroupKind, path: string][] = [
  ['batch', '/v2/batch/scrape'],
  ['crawl', '/v2/crawl'],
]

const WHAT_THERE_IS = 'of Firecrawl’s API it has scrape, batch/scrape, crawl and map'

/** What answers at once. */
function addNow(context: FastifyInstance, parts: FirecrawlParts): void {
  const typed = context.withTypeProvider<ZodTypeProvider>()

  typed.post('/v2/scrape', { schema: schemas.scrape }, async (request, reply) => {
    const caller = parts.authenticate(request)
    const { url, ...wish } = request.body
    const options = toOptions(wish)
    const page = await parseNow({ url, options, caller }, reply, parts)
    return { success: true as const, data: toDocument({ ...page, url }, options) }
  })

  typed.post('/v2/map', { schema: schemas.map }, async (request, reply) => {
    parts.authenticate(request)
    const { limit, ignoreQueryParameters } = request.body
    const urls = await mapSite(toMap(request.body), reply, parts)
    const told = ignoreQueryParameters === false ? urls : distinct(urls.map(withoutQuery))
    return { success: true as const, links: told.slice(0, limit).map((url) => ({ url })) }
  })
}

const withoutQuery = (url: string) => url.split('?', 1)[0] ?? url

function addBatches(context: FastifyInstance, parts: FirecrawlParts): void {
  const typed = context.withTypeProvider<ZodTypeProvider>()
  const options = { schema: schemas.batch, bodyLimit: BATCH_BODY_LIMIT }
  typed.post('/v2/batch/scrape', options, async (request, reply) => {
    const caller = parts.authenticate(request)
    const { urls, ignoreInvalidURLs, webhook, ...wish } = request.body
    const { valid, invalid } = sortUrls(urls)
    if (invalid.length > 0 && (ignoreInvalidURLs === false || valid.length === 0)) throw badInput(invalid)
    // What is the same for all is judged once.
    const first = toNewRequest({ ...toOptions(wish), url: '' }, caller, parts)
    const requests = valid.map((url) => ({ ...first, url }))
    const shared = { options: first.options, webhook: toWebhook(webhook, 'batch'), closed: true }
    const more = { invalidURLs: invalid.map(({ url }) => url) }
    return create({ kind: 'batch', caller, ...shared }, requests, more, { request, reply, ...parts })
  })
}

interface Invalid extends InputFault {
  url: string
}

function sortUrls(urls: string[]): { valid: string[]; invalid: Invalid[] } {
  const valid: string[] = []
  const invalid: Invalid[] = []
  for (const [index, url] of urls.entries()) {
    const read = TargetUrl.safeParse(url)
    if (read.success) valid.push(read.data)
    else invalid.push({ url, path: `urls.${index}`, message: read.error.issues[0]?.message ?? '' })
  }
  return { valid, invalid }
}

function addCrawls(context: FastifyInstance, parts: FirecrawlParts): void {
  const typed = context.withTypeProvider<ZodTypeProvider>()

  typed.post('/v2/crawl', { schema: schemas.crawl }, async (request, reply) => {
    const caller = parts.authenticate(request)
    const { create: asked, within } = toCrawl(request.body)
    const plan = { ...toPlan(asked, caller, parts), ...(within ? { within } : {}) }
    const group = { kind: 'crawl', caller, options: plan, webhook: asked.webhook, closed: false } as const
    const first = firstPage(plan, caller, asked.url, asked.sitemap)
    return create(group, [first], {}, { request, reply, ...parts })
  })

  typed.get('/v2/crawl/active', { schema: schemas.active }, async (request) => {
    const caller = parts.authenticate(request)
    const groups = await parts.repository.groupsUnderWay('crawl', caller, MOST_CRAWLS)
    const crawls = groups.map(({ id, options }) => {
      const { homes, ...plan } = options as { homes: string[] }
      return { id: String(id), teamId: caller ?? '', url: homes[0] ?? '', options: plan }
    })
    return { success: true as const, crawls }
  })
}

interface Creation extends FirecrawlParts {
  request: FastifyRequest
  reply: FastifyReply
}

/** Stores a group and answers where it is found. */
async function create(
  group: NewGroup,
  requests: NewRequest[],
  more: object,
  { request, reply, repository, gate, bell }: Creation,
): Promise<FastifyReply> {
  const path = group.kind === 'batch' ? '/v2/batch/scrape' : '/v2/crawl'
  await answerOnce(request, reply, { repository, gate, caller: group.caller }, async (creator) => {
    gate.admit(requests.length)
    const { id } = await creator.createGroup(group, requests)
    const url = `${originOf(request)}${path}/${id}`
    return { status: 200, location: null, body: { success: true, id: String(id), url, ...more } }
  })
  bell.ring()
  return reply
}

/** As the client reached us, which may be by a proxy that speaks TLS for us. */
function originOf({ headers, protocol, host }: FastifyRequest): string {
  return `${headers['x-forwarded-proto'] === 'https' ? 'https' : protocol}://${host}`
}

/** Adds what can be asked of, and done to, one kind of group. */
function addGroup(context: FastifyInstance, kind: GroupKind, path: string, parts: FirecrawlParts): void {
  const { repository, authenticate } = parts
  const typed = context.withTypeProvider<ZodTypeProvider>()
  const find = async (request: FastifyRequest<{ Params: { id: string } }>) => {
    const group = await repository.group(readId(request.params.id), kind, authenticate(request))
    if (!group) throw missing()
    return group
  }

  typed.get(`${path}/:id`, { schema: schemas.state(kind) }, async (request, reply) => {
    const { skip, limit } = request.query
    const group = await find(request)
    if (asksForSocket(request)) return closeSocket(request, reply)
    const rows = await repository.groupResults(group.id, skip, limit, RESULT_BYTES)
    const last = rows.at(-1)?.seq ?? group.seq
    const told = rows.filter(({ result }) => result.status === 'success')
    return {
      ...toState(group),
      next: last < group.seq ? `${path}/${group.id}?skip=${last}&limit=${limit}` : null,
      data: told.map(({ result }) => toDocument(result, result.options, result.id)),
    }
  })

  typed.delete(`${path}/:id`, { schema: schemas.cancel(kind) }, async (request) => {
    const { id, done, cancelled } = await find(request)
    if (done && !cancelled) throw new ServiceError('already_ended', 'All of its requests have ended already.')
    if (!cancelled) await cancelGroup(id, parts)
    return { success: true as const, status: 'cancelled' as const }
  })

  typed.get(`${path}/:id/errors`, { schema: schemas.errors(kind) }, async (request) => {
    const failed = await readFailed(repository, (await find(request)).id)
    const isDenied = ({ error }: GroupEvent) => error?.code === 'robots_denied'
    const errors = failed.filter((event) => !isDenied(event)).map(toError)
    return { success: true as const, errors, robotsBlocked: failed.filter(isDenied).map(({ url }) => url) }
  })
}

function toState({ total, counts, done, cancelled }: Group) {
  const status: 'cancelled' | 'completed' | 'scraping' = cancelled
    ? 'cancelled'
    : done
      ? 'completed'
      : 'scraping'
  // Nothing is counted that would have to be paid.
  return { success: true as const, status, total, completed: counts.success, creditsUsed: 0 }
}

async function readFailed(repository: Repository, id: number): Promise<GroupEvent[]> {
  const failed: GroupEvent[] = []
  for (let after = 0; ; ) {
    const events = await repository.groupEvents(id, after, EVENTS_AT_ONCE)
    failed.push(...events.filter(({ status }) => status === 'failure'))
    const last = events.at(-1)
    if (!last || events.length < EVENTS_AT_ONCE) return failed
    after = last.seq
  }
}

function toError({ id, url, error }: GroupEvent) {
  return { id: String(id), url, code: error?.code ?? 'internal_error', error: error?.message ?? '' }
}

const answered = z.literal(true)
const errorOf = (description: string) => ({
  description,
  content: { 'application/json': { schema: FirecrawlError } },
})
const common = {
  400: errorOf('The input has faults, or asks for what is not had here; `details` lists each with its path'),
  401: errorOf('A key is needed'),
}
const page = {
  ...common,
  408: errorOf('It took longer than the time limit'),
  500: errorOf('The page cannot be had: `code` and `error` say why'),
}
const stored = {
  ...common,
  409: errorOf('Its state does not let this happen'),
  503: errorOf('The store does not answer'),
}
const tags = ['firecrawl']
const idField = z.string().meta({ examples: ['3'] })
const paramsOf = (kind: GroupKind) => idOf(`The id of a ${kind}`)
const missed = { 404: errorOf('Nothing has this id') }

const schemas = {
  scrape: {
    tags,
    summary: 'Take a URL and answer at once, as Firecrawl does',
    body: FirecrawlScrape,
    response: { 200: z.object({ success: answered, data: FirecrawlDocument }), ...page },
  },
  map: {
    tags,
    summary: 'The addresses of a site, as Firecrawl tells them',
    body: FirecrawlMap,
    response: {
      200: z.object({ success: answered, links: z.array(z.object({ url: z.string() })) }),
      ...page,
    },
  },
  batch: {
    tags,
    summary: 'Take many URLs and answer later, as Firecrawl does',
    body: FirecrawlBatch,
    response: {
      200: z.object({ success: answered, id: idField, url: z.string(), invalidURLs: z.array(z.string()) }),
      ...stored,
    },
  },
  crawl: {
    tags,
    summary: 'Take a site page by page and answer later, as Firecrawl does',
    body: FirecrawlCrawl,
    response: { 200: z.object({ success: answered, id: idField, url: z.string() }), ...stored },
  },
  active: {
    tags,
    summary: 'Crawls that are under way, as Firecrawl tells them',
    response: {
      200: z.object({
        success: answered,
        crawls: z.array(
          z.object({
            id: idField,
            teamId: z.string(),
            url: z.string(),
            options: z.record(z.string(), z.unknown()),
          }),
        ),
      }),
      ...common,
    },
  },
  state: (kind: GroupKind) => ({
    tags,
    summary: `How far a ${kind} is and what it found, as Firecrawl tells it`,
    params: paramsOf(kind),
    querystring: FirecrawlPart,
    response: {
      200: z.object({
        success: answered,
        status: z.enum(['scraping', 'completed', 'cancelled']),
        total: z.int(),
        completed: z.int().meta({ description: 'Pages that were had' }),
        creditsUsed: z.int(),
        next: z
          .string()
          .nullable()
          .meta({ description: 'The path of the next part; null where there is none now' }),
        data: z.array(FirecrawlDocument),
      }),
      ...stored,
      ...missed,
    },
  }),
  cancel: (kind: GroupKind) => ({
    tags,
    summary: `End a ${kind}, as Firecrawl does`,
    params: paramsOf(kind),
    response: { 200: z.object({ success: answered, status: z.literal('cancelled') }), ...stored, ...missed },
  }),
  errors: (kind: GroupKind) => ({
    tags,
    summary: `What of a ${kind} failed, as Firecrawl tells it`,
    params: paramsOf(kind),
    response: {
      200: z.object({
        success: answered,
        errors: z.array(z.object({ id: idField, url: z.string(), code: z.string(), error: z.string() })),
        robotsBlocked: z.array(z.string()),
      }),
      ...stored,
      ...missed,
    },
  }),
}
