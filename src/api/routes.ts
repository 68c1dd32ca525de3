import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Bell } from '../contract/bell.ts'
import type { Repository } from '../contract/repository.ts'
import { ParseAsyncCreate, ParseSyncQuery } from '../contract/requests.ts'
import {
  ParseAsyncResponse,
  StatusResponse,
  SyncResult,
  toStatus,
  toSyncResult,
} from '../contract/responses.ts'
import { WaitQuery } from '../contract/waiting.ts'
import type { Authenticate } from './auth.ts'
import { type NowParts, parseNow } from './now.ts'
import { answerOnce } from './once.ts'
import type { Gate } from './pending.ts'
import { away, conflict, idOf, invalid, notFound, problem, readId, unauthorized } from './problem.ts'
import { type TurnParts, toNewRequest } from './turn.ts'
import { lookAt, type Waiting } from './waiting.ts'

export interface RouteParts extends TurnParts, NowParts {
  repository: Repository
  bell: Bell
  authenticate: Authenticate
  gate: Gate
  waiting: Waiting
}

/** Adds the paths that clients use. */
export function addRoutes(server: FastifyInstance, parts: RouteParts): void {
  const { repository, bell, authenticate, gate, waiting } = parts
  const typed = server.withTypeProvider<ZodTypeProvider>()

  typed.post('/parse_async', { schema: parseAsync }, async (request, reply) => {
    const caller = authenticate(request)
    const asked = toNewRequest(request.body, caller, parts)
    await answerOnce(request, reply, { repository, gate, caller }, async (creator) => {
      gate.admit(1)
      const { id, status } = await creator.create(asked)
      return { status: 202, location: `/status/${id}`, body: { request_id: id, status } }
    })
    // The row is the truth and this only a hint: were it lost, a worker's slow poll would find the row.
    bell.ring()
    return reply
  })

  typed.get('/status/:id', { schema: status }, async (request, reply) => {
    const caller = authenticate(request)
    const asked = { id: readId(request.params.id), wait: request.query.wait }
    return toStatus(await lookAt(asked, waiting, reply, () => repository.status(asked.id, caller)))
  })

  typed.get('/parse_sync', { schema: parseSync }, async (request, reply) => {
    const caller = authenticate(request)
    const { url, ...options } = request.query
    return toSyncResult(url, await parseNow({ url, options, caller }, reply, parts), options)
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
