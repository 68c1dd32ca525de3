import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { toCursor } from '../contract/cursor.ts'
import { ServiceError } from '../contract/errors.ts'
import {
  type Deliveries,
  DeliveriesQuery,
  DeliveriesResponse,
  DeliveryResponse,
} from '../contract/webhooks.ts'
import type { Authenticate } from './auth.ts'
import { away, conflict, idOf, invalid, missing, notFound, readId, unauthorized } from './problem.ts'

export interface DeliveryParts {
  deliveries: Deliveries
  authenticate: Authenticate
}

/** Adds the paths that tell of webhooks' deliveries. */
export function addDeliveries(server: FastifyInstance, { deliveries, authenticate }: DeliveryParts): void {
  const typed = server.withTypeProvider<ZodTypeProvider>()

  typed.get('/webhooks', { schema: list }, async (request) => {
    const { group, cursor, limit, ...filter } = request.query
    const asked = { ...filter, group, before: cursor, limit: limit + 1, caller: authenticate(request) }
    // One more than is told says whether there are more.
    const found = await deliveries.list(asked)
    const told = found.slice(0, limit)
    const next = found.length > limit ? (told.at(-1)?.id ?? null) : null
    return { deliveries: told, next_cursor: toCursor(next) }
  })

  typed.get('/webhooks/:id', { schema: one }, async (request) => {
    const found = await deliveries.find(readId(request.params.id), authenticate(request))
    if (!found) throw missing()
    return found
  })

  typed.post('/webhooks/:id/replay', { schema: replay }, async (request, reply) => {
    const caller = authenticate(request)
    const id = readId(request.params.id)
    const moved = await deliveries.replay(id, caller)
    const found = await deliveries.find(id, caller)
    if (moved === undefined || !found) throw missing()
    if (!moved) throw new ServiceError('not_ended', 'The delivery is still under way.')
    return reply.code(202).send(found)
  })
}

const tags = ['webhooks']
const params = idOf('The id of a delivery: the number in its `webhook-id`')

const list = {
  tags,
  summary: 'Deliveries to webhooks, the youngest first',
  description: 'Each with the log of its tries. With keys in use, those of the caller alone.',
  querystring: DeliveriesQuery,
  response: { 200: DeliveriesResponse, 401: unauthorized, 422: invalid, 503: away },
}

const one = {
  tags,
  summary: 'A delivery, with the log of its tries',
  params,
  response: { 200: DeliveryResponse, 401: unauthorized, 404: notFound, 503: away },
}

const replay = {
  tags,
  summary: 'Deliver once more what was delivered, or could not be',
  params,
  response: { 202: DeliveryResponse, 401: unauthorized, 404: notFound, 409: conflict, 503: away },
}
