import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Bell } from '../contract/bell.ts'
import { throughCache } from '../contract/caching.ts'
import { ServiceError } from '../contract/errors.ts'
import type { ParseOptions } from '../contract/options.ts'
import type { Parser } from '../contract/parser.ts'
import type { Repository } from '../contract/repository.ts'
import { ParseAsyncCreate, ParseSyncQuery } from '../contract/requests.ts'
import {
  ParseAsyncResponse,
  Problem,
  StatusResponse,
  SyncResult,
  toStatus,
  toSyncResult,
} from '../contract/responses.ts'
import type { Extractor } from '../extract/extractor.ts'
import type { Authenticate } from './auth.ts'

export interface RouteParts {
  repository: Repository
  bell: Bell
  /** Answers /parse_sync. */
  parser: Parser
  /** Queues that requests may go to; the first is the default. */
  queues: string[]
  authenticate: Authenticate
  /** Throws for options that the operator does not allow. */
  permit: (options: ParseOptions) => void
  /** Makes formats of pages that come without: from the store, or from another's parser. */
  extractor: Extractor
}

export const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: Problem } },
})

export const invalid = problem('The input has faults: `errors` lists each with its path')
export const unauthorized = problem('A key is needed')
export const notFound = problem('No request has this id')
export const away = problem('The store does not answer; see Retry-After')

/** Adds the paths that clients use. */
export function addRoutes(server: FastifyInstance, parts: RouteParts): void {
  const { repository, bell, parser, queues, authenticate, permit, extractor } = parts
  const typed = server.withTypeProvider<ZodTypeProvider>()

  typed.post('/parse_async', { schema: parseAsync }, async (request, reply) => {
    const caller = authenticate(request)
    const { url, queue = queues[0] ?? 'api', priority, ...options } = request.body
    if (!queues.includes(queue)) throw unknownQueue(queues)
    permit(options)
    const { id, status } = await repository.create({ url, queue, priority, options, caller })
    // The row is the truth and this only a hint: were it lost, a worker's slow poll would find the row.
    bell.ring()
    return reply.code(202).header('location', `/status/${id}`).send({ request_id: id, status })
  })

  typed.get('/status/:id', { schema: status }, async (request) => {
    const found = await repository.status(readId(request.params.id), authenticate(request))
    if (!found) throw missing()
    return toStatus(found)
  })

  typed.get('/parse_sync', { schema: parseSync }, async (request) => {
    const caller = authenticate(request)
    const { url, ...options } = request.query
    permit(options)
    const gone = new AbortController()
    request.raw.once('close', () => gone.abort(new ServiceError('request_timeout')))
    const page = await throughCache(options, {
      find: () => repository.reusable({ url, options, caller }),
      ask: (asked) => parser.parse(url, asked, gone.signal),
      now: Date.now,
    })
    const text = { ...page, url: page.final_url ?? url, mediaType: page.media_type }
    const formats = await extractor.make(text, options, { there: page.formats, signal: gone.signal })
    return toSyncResult(url, { ...page, formats }, options)
  })
}

export const missing = () => new ServiceError('not_found', 'Not found')

function unknownQueue(queues: string[]): ServiceError {
  const message = `must be one of ${queues.join(', ')}`
  return new ServiceError('invalid_request', `queue ${message}`, { faults: [{ path: 'queue', message }] })
}

/** An id is a positive integer. Whatever else stands in its place names no request, which is a 404 and no 422. */
export function readId(text: string): number {
  const id = Number(text)
  if (!/^[1-9]\d*$/.test(text) || !Number.isSafeInteger(id)) throw missing()
  return id
}

export const Id = z.object({ id: z.string().meta({ description: 'A request_id', examples: ['17'] }) })

const parseAsync = {
  tags: ['parse'],
  summary: 'Take a URL and answer later',
  description:
    'The request is stored for good before this answers. Poll `/status/{id}`, then read `/result/{id}`.',
  body: ParseAsyncCreate,
  response: {
    202: ParseAsyncResponse,
    401: unauthorized,
    413: problem('The body is larger than 64 KiB'),
    415: problem('The body is not JSON'),
    422: invalid,
    503: away,
  },
}

const status = {
  tags: ['parse'],
  summary: 'How far a request is',
  params: Id,
  response: { 200: StatusResponse, 401: unauthorized, 404: notFound, 503: away },
}

const parseSync = {
  tags: ['parse'],
  summary: 'Take a URL and answer at once',
  description: 'Nothing is stored.',
  querystring: ParseSyncQuery,
  response: {
    200: SyncResult,
    401: unauthorized,
    422: invalid,
    502: problem('The page cannot be had: `code` and `detail` say why'),
    504: problem('It took longer than the time limit'),
  },
}
