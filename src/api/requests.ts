import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Bell, News } from '../contract/bell.ts'
import { toCursor } from '../contract/cursor.ts'
import { ServiceError } from '../contract/errors.ts'
import { ListQuery, ListResponse } from '../contract/listing.ts'
import type { Move, Repository } from '../contract/repository.ts'
import { ParseAsyncResponse, StatusResponse, toStatus, toSummary } from '../contract/responses.ts'
import { hasEnded, mayBeRenewed, type Status } from '../contract/status.ts'
import type { Authenticate } from './auth.ts'
import { streamRequest } from './events.ts'
import type { Gate } from './pending.ts'
import { away, conflict, idOf, invalid, missing, notFound, readId, unauthorized } from './problem.ts'
import type { Streams } from './stream.ts'
import type { Waiting } from './waiting.ts'

export interface RequestParts {
  repository: Repository
  bell: Bell
  authenticate: Authenticate
  gate: Gate
  waiting: Waiting
  streams: Streams
}

/** Adds what can be asked of, and done to, requests that there are. */
export function addRequests(server: FastifyInstance, parts: RequestParts): void {
  const { repository, bell, authenticate, gate } = parts
  const typed = server.withTypeProvider<ZodTypeProvider>()

  typed.get('/requests', { schema: list }, async (request) => {
    const { batch: group, cursor = null, limit, ...filter } = request.query
    const asked = { ...filter, group, caller: authenticate(request) }
    const { items, next } = await repository.list(asked, cursor, limit)
    return { requests: items.map(toSummary), next_cursor: toCursor(next) }
  })

  typed.get('/status/:id/events', { schema: events }, async (request, reply) => {
    const caller = authenticate(request)
    const id = readId(request.params.id)
    return streamRequest(request, reply, { id, read: () => repository.status(id, caller) }, parts)
  })

  typed.post('/requests/:id/cancel', { schema: cancel }, async (request) => {
    const caller = authenticate(request)
    const id = readId(request.params.id)
    const move = await repository.cancel(id, caller)
    if (!move) throw missing()
    if (!move.moved) throw new ServiceError('already_ended', 'The request has ended already.')
    bell.tell([{ of: 'cancelled', id }, ...newsOf(id, move)])
    const found = await repository.status(id, caller)
    if (!found) throw missing()
    return toStatus(found)
  })

  typed.post('/requests/:id/retry', { schema: retry }, async (request, reply) => {
    const caller = authenticate(request)
    const id = readId(request.params.id)
    const found = await repository.status(id, caller)
    if (!found) throw missing()
    if (!mayBeRenewed(found.status)) throw notRenewed(found.status)
    await gate.look()
    gate.admit(1)
    const move = await repository.renew(id, caller)
    if (!move) throw missing()
    if (!move.moved) throw notRenewed(move.from)
    bell.ring()
    bell.tell(newsOf(id, move))
    return reply.code(202).header('location', `/status/${id}`).send({ request_id: id, status: 'pending' })
  })

  typed.delete('/requests/:id', { schema: remove }, async (request, reply) => {
    const id = readId(request.params.id)
    const move = await repository.remove(id, authenticate(request))
    if (!move) throw missing()
    if (!move.moved) throw new ServiceError('not_ended')
    bell.tell([{ of: 'request', id }])
    return reply.code(204).send(null)
  })
}

function newsOf(id: number, { group_id }: Move): News[] {
  return [{ of: 'request', id }, ...(group_id === null ? [] : [{ of: 'group', id: group_id } as const])]
}

function notRenewed(from: Status): ServiceError {
  if (!hasEnded(from)) return new ServiceError('not_ended')
  return new ServiceError('already_ended', 'The request has succeeded: there is nothing to try anew.')
}

const params = idOf('A request_id')
const common = { tags: ['requests'], params }
const errors = { 401: unauthorized, 404: notFound, 503: away }

const list = {
  tags: ['requests'],
  summary: 'Requests, the youngest first',
  description: 'With keys in use, those of the caller alone.',
  querystring: ListQuery,
  response: { 200: ListResponse, 401: unauthorized, 422: invalid, 503: away },
}

const events = {
  ...common,
  summary: 'The changes of a request as they come',
  description:
    'Server-sent events: `status` with the state as `/status/{id}` tells it, now and at each change, until it has ended. With `Last-Event-ID` the state that was told last is left out; 204 when that was the end.',
  response: { ...errors },
}

const cancel = {
  ...common,
  summary: 'End a request that nobody needs any more',
  description: 'If it is being fetched, that ends within a second.',
  response: { 200: StatusResponse, ...errors, 409: conflict },
}

const retry = {
  ...common,
  summary: 'Try a request anew that failed or was cancelled',
  description: 'It waits like a new one, and is refused like one while as many requests wait as may.',
  response: { 202: ParseAsyncResponse, ...errors, 409: conflict },
}

const remove = {
  ...common,
  summary: 'Delete a request that has ended, with its page',
  response: { 204: z.null().meta({ description: 'It is gone' }), ...errors, 409: conflict },
}
