import type { FastifyInstance, FastifyReply } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Bell } from '../contract/bell.ts'
import { throughCache } from '../contract/caching.ts'
import { ServiceError } from '../contract/errors.ts'
import type { Parser } from '../contract/parser.ts'
import type { Repository } from '../contract/repository.ts'
import { ParseAsyncCreate, ParseSyncQuery } from '../contract/requests.ts'
import {
  ParseAsyncResponse,
  ResultResponse,
  StatusResponse,
  SyncResult,
  toResult,
  toStatus,
  toSyncResult,
} from '../contract/responses.ts'
import { hasEnded, type Status } from '../contract/status.ts'
import { WaitQuery } from '../contract/waiting.ts'
import type { Authenticate } from './auth.ts'
import { answerOnce } from './once.ts'
import type { Gate } from './pending.ts'
import { away, conflict, idOf, invalid, missing, notFound, problem, readId, unauthorized } from './problem.ts'
import { type TurnParts, toNewRequest } from './turn.ts'
import { untilEnded, type Waiting } from './waiting.ts'

export interface RouteParts extends TurnParts {
  repository: Repository
  bell: Bell
  /** Answers /parse_sync. */
  parser: Parser
  authenticate: Authenticate
  gate: Gate
  waiting: Waiting
}

/** Adds the paths that clients use. */
export function addRoutes(server: FastifyInstance, parts: RouteParts): void {
  const { repository, bell, parser, authenticate, permit, gate, waiting } = parts
  const typed = server.withTypeProvider<ZodTypeProvider>()

  typed.post('/parse_async', { schema: parseAsync }, async (request, reply) => {
    const caller = authenticate(request)
    const asked = toNewRequest(request.body, caller, parts)
    await answerOnce(request, reply, { repository, caller }, async (creator) => {
      await gate.admit(1)
      const { id, status } = await creator.create(asked)
      return { status: 202, location: `/status/${id}`, body: { request_id: id, status } }
    })
    // The row is the truth and this only a hint: were it lost, a worker's slow poll would find the row.
    bell.ring()
    return reply
  })

  /** Looks at a request, and again when it has ended where the client waits for that. */
  const look = async <T extends { status: Status }>(
    { id, wait }: { id: number; wait: number },
    reply: FastifyReply,
    read: () => Promise<T | undefined>,
  ): Promise<T> => {
    const wanted = { of: 'request', id, read, hasEnded: (one: T) => hasEnded(one.status) } as const
    const found = await untilEnded(waiting, wanted, wait, reply)
    if (!found) throw missing()
    return found
  }

  typed.get('/status/:id', { schema: status }, async (request, reply) => {
    const caller = authenticate(request)
    const asked = { id: readId(request.params.id), wait: request.query.wait }
    return toStatus(await look(asked, reply, () => repository.status(asked.id, caller)))
  })

  typed.get('/result/:id', { schema: result }, async (request, reply) => {
    const caller = authenticate(request)
    const asked = { id: readId(request.params.id), wait: request.query.wait }
    return toResult(await look(asked, reply, () => repository.result(asked.id, caller)))
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
    return toSyncResult(url, page)
  })
}

const Id = idOf('A request_id')

const parseAsync = {
  tags: ['parse'],
  summary: 'Take a URL and answer later',
  description:
    'The request is stored for good before this answers. Poll `/status/{id}`, then read `/result/{id}`.',
  body: ParseAsyncCreate,
  response: {
    202: ParseAsyncResponse,
    401: unauthorized,
    409: conflict,
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
  querystring: WaitQuery,
  response: { 200: StatusResponse, 401: unauthorized, 404: notFound, 422: invalid, 503: away },
}

const result = {
  tags: ['parse'],
  summary: 'What a request found',
  description: '`title` and `html` are null until there are any, and stay null where the request failed.',
  params: Id,
  querystring: WaitQuery,
  response: { 200: ResultResponse, 401: unauthorized, 404: notFound, 422: invalid, 503: away },
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
