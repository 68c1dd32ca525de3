import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { ServiceError, toServiceError } from '../contract/errors.ts'
import type { Parser } from '../contract/parser.ts'
import { ParserQuery } from '../contract/site.ts'
import { fitting } from './wire.ts'

/**
 * Adds the parser's own path: a page at once, for gateways that wait. /health is the server's.
 * @param authenticate throws for who may not use it
 * @param maxBytes largest page
 */
export function addFetch(
  server: FastifyInstance,
  parser: Parser,
  authenticate: (request: FastifyRequest) => unknown,
  maxBytes: number,
): FastifyInstance {
  const typed = server.withTypeProvider<ZodTypeProvider>()
  typed.get('/fetch', { schema: fetchSchema }, async (request, reply) => {
    authenticate(request)
    const { url, ...options } = request.query
    const gone = new AbortController()
    request.raw.once('close', () => gone.abort(new ServiceError('request_timeout')))
    try {
      return fitting(await parser.parse(url, options, gone.signal), maxBytes)
    } catch (fault) {
      const {
        code,
        message,
        targetStatus: target_status,
        finalUrl: final_url,
        retryAfterMs: retry_after_ms,
        passes,
      } = toServiceError(fault)
      const told = { detail: message, code, passes, target_status, final_url, retry_after_ms }
      const body = { title: 'Bad Gateway', status: 502, ...told }
      return reply.code(502).type('application/problem+json').serializer(JSON.stringify).send(body)
    }
  })
  return server
}

const fetchSchema = {
  tags: ['operation'],
  summary: 'A page at once, from this parser',
  querystring: ParserQuery,
  response: {
    200: z.unknown().meta({ description: 'The page, as it stands under a result key' }),
    502: z.unknown().meta({ description: 'There is no page: `code` and `detail` say why' }),
  },
}
