import type { FastifyInstance } from 'fastify'
import { z } from 'zod'

const nothing = z.strictObject({})

/**
 * Has each path that is added from now on refuse parameters in its query that it does not know: a slip in a name would else go
 * unnoticed. Of paths that end with anything, the query is a part of that.
 */
export function refuseUnknown(server: FastifyInstance): void {
  server.addHook('onRoute', (route) => {
    if (route.url.endsWith('*')) return
    route.schema = { querystring: nothing, ...route.schema }
  })
}
