import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { invalid } from './problem.ts'

const nothing = z.strictObject({})

/**
 * Has each path that is added from now on refuse parameters in its query that it does not know: a slip in a name would else go
 * unnoticed. Of paths that end with anything, the query is a part of that.
 */
export function refuseUnknown(server: FastifyInstance): void {
  server.addHook('onRoute', (route) => {
    if (route.url.endsWith('*')) return
    const answers = (route.schema?.response ?? {}) as Record<number, unknown>
    // Where it is no 422, it is a 400.
    const response = 400 in answers ? answers : { 422: invalid, ...answers }
    route.schema = { querystring: nothing, ...route.schema, response }
  })
}
