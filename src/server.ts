import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
  LogController,
} from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import { z } from 'zod'
import { badInput, type ErrorCode, ServiceError, toServiceError } from './contract/errors.ts'
import { readInput } from './contract/input.ts'
import { Problem, toProblem } from './contract/responses.ts'
import { createSerializer, sendable } from './reply.ts'

/** A part the process needs: resolves when it answers. */
export type Probe = () => Promise<unknown>

export interface ProbeParts {
  metrics: Registry
  /** What /ready asks, by the name it gives them. */
  probes: Record<string, Probe>
}

export type Server = ReturnType<typeof createServer>

/** Largest body taken, in bytes. */
const BODY_LIMIT = 65_536

/** Errors bring it themselves: a path that cannot be decoded passes by the hooks. */
const NO_SNIFFING = ['x-content-type-options', 'nosniff'] as const

/** /ready waits so long for each part, in ms. */
const PROBE_MS = 2000

/** The HTTP server every role starts from, with its bounds and one form for all errors. Routes are added to it. */
export function createServer(log: Logger) {
  const loggerInstance: FastifyBaseLogger = log
  const server = fastify({
    loggerInstance,
    // What is worth a line is a request's outcome, which the worker logs.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT,
    // Time for a request to arrive whole; what holds a connection open without sending is cut off.
    requestTimeout: 10_000,
    connectionTimeout: 0,
    keepAliveTimeout: 72_000,
    // Node would refuse a request without Host in a form of its own.
    http: {
      requireHostHeader: false,
      headersTimeout: 5000,
      maxHeaderSize: 16_384,
      connectionsCheckingInterval: 1000,
    },
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    routerOptions: { maxParamLength: 16_384, ignoreTrailingSlash: true },
    frameworkErrors: (_error, _request, reply) => {
      void send(reply, new ServiceError('not_found', 'The path is not valid'))
    },
    clientErrorHandler,
  }).withTypeProvider<ZodTypeProvider>()
  server.server.maxConnections = 20_000
  // Node would answer 417 in a form of its own; an expectation that nobody knows may be passed over (RFC 9110, 10.1.1).
  server.server.on('checkExpectation', (request, response) =>
    server.server.emit('request', request, response),
  )
  // Fastify takes it by itself; a body here is JSON or nothing.
  server.removeContentTypeParser('text/plain')
  server.setValidatorCompiler<z.ZodType>(({ schema }) => (given: unknown) => {
    const read = readInput(schema, given)
    return 'faults' in read ? { error: badInput(read.faults) } : { value: read.data }
  })
  server.setSerializerCompiler(createSerializer())
  server.setErrorHandler((error, request, reply) => {
    const fault = fromFastify(error, request)
    if (fault.status === 500)
      log.error({ err: fault.cause ?? fault, method: request.method, path: pathOf(request) }, 'fault')
    return send(reply, fault)
  })
  const allowed = rememberMethods(server)
  server.addHook('onSend', async (_request, reply, payload) => {
    reply.header(...NO_SNIFFING)
    return sendable(payload)
  })
  server.addHook('onRequest', async (request) => {
    if (!hasFittingHost(request)) throw new ServiceError('malformed_request')
    // Judged before the body, which no path will read.
    if (request.is404) throw notFound(request, allowed)
  })
  server.addHook('preParsing', async (request) => {
    // A body that unfolds in our memory is refused before a byte of it is read.
    if (request.headers['content-encoding']) throw unsupportedType(request)
  })
  return server
}

/** The path of a request as the log tells it: without its query, and without the URL that is a part of some. */
function pathOf({ url, routeOptions }: FastifyRequest): string {
  const { url: route = '' } = routeOptions
  return route.includes('*') ? route : (url.split('?', 1)[0] ?? '')
}

function send(reply: FastifyReply, fault: ServiceError) {
  const problem = toProblem(fault, STATUS_CODES[fault.status] ?? 'Error')
  if (fault.status === 503) reply.header('retry-after', Math.ceil((fault.retryAfterMs ?? 1000) / 1000))
  return reply
    .code(fault.status)
    .headers(fault.headers)
    .header(...NO_SNIFFING)
    .type('application/problem+json')
    .serializer(JSON.stringify)
    .send(problem)
}

/** Fastify's own errors, by their code, as ours. */
const fromFastifyCode: Record<string, ErrorCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'payload_too_large',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'malformed_request',
}

function fromFastify(error: unknown, request: FastifyRequest): ServiceError {
  if (error instanceof ServiceError) return error
  const { code = '', statusCode = 500 } = error as { code?: string; statusCode?: number }
  const known = fromFastifyCode[code]
  if (known) return new ServiceError(known, undefined, { cause: error })
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return unsupportedType(request)
  if (statusCode === 400) return badInput([{ path: '', message: 'The body is not valid JSON' }])
  return toServiceError(error)
}

/** Types that bodies may have: all paths that have one take the first. */
const bodyTypes = ['application/json', 'text/plain', 'text/csv']

function unsupportedType({ server }: FastifyRequest): ServiceError {
  const types = bodyTypes.filter((type) => server.hasContentTypeParser(type))
  return new ServiceError(
    'unsupported_media_type',
    `Send a body of type ${types.join(', ')}, not compressed.`,
  )
}

/** HTTP/1.1 asks for one Host, neither none nor two (RFC 9112, 3.2). */
function hasFittingHost({ raw }: FastifyRequest): boolean {
  const hosts = raw.rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === 'host')
  return hosts.length === 1 || (hosts.length === 0 && raw.httpVersion !== '1.1')
}

/** The methods of each path, for the Allow header (RFC 9110, 15.5.6), in the order the routes were added. */
function rememberMethods(server: FastifyInstance): (path: string) => string[] {
  const routes = new Map<string, { pattern: RegExp; methods: Set<string> }>()
  server.addHook('onRoute', ({ url, method }) => {
    const route = routes.get(url) ?? { pattern: toPattern(url), methods: new Set<string>() }
    for (const one of [method].flat()) route.methods.add(one)
    routes.set(url, route)
  })
  return (path) => {
    const fitting = [...routes.values()].filter(({ pattern }) => pattern.test(path))
    return [...new Set(fitting.flatMap(({ methods }) => [...methods]))]
  }
}

function toPattern(url: string): RegExp {
  const source = url
    .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
    .replace(/:\w+/g, '[^/]+')
    .replace('*', '.*')
  return new RegExp(`^${source}/?$`)
}

function notFound({ url }: FastifyRequest, allowed: (path: string) => string[]): ServiceError {
  const methods = allowed(url.split('?', 1)[0] ?? '')
  if (methods.length === 0) return new ServiceError('not_found', 'Not found')
  const allow = methods.join(', ')
  return new ServiceError('method_not_allowed', `This path takes ${allow}`, { headers: { allow } })
}

/** Adds /health, /ready and /metrics. They are open to all: what watches a service holds no key of its callers. */
export function addProbes(server: Server, { metrics, probes }: ProbeParts): void {
  const Up = z.object({ status: z.literal('ok') })
  server.get(
    '/health',
    { schema: { tags: ['operation'], summary: 'The process is up', response: { 200: Up } } },
    async () => ({ status: 'ok' as const }),
  )
  const Ready = z.object({ status: z.literal('ok'), parts: z.record(z.string(), z.literal('ok')) })
  const notReady = { content: { 'application/problem+json': { schema: Problem } } }
  server.get(
    '/ready',
    {
      schema: {
        tags: ['operation'],
        summary: 'The parts it needs answer',
        response: { 200: Ready, 503: { description: 'One does not; `detail` names it', ...notReady } },
      },
    },
    async () => {
      const missing = await findMissing(probes)
      if (missing.length > 0) throw new ServiceError('not_ready', `Does not answer: ${missing.join(', ')}`)
      return {
        status: 'ok' as const,
        parts: Object.fromEntries(Object.keys(probes).map((name) => [name, 'ok' as const])),
      }
    },
  )
  server.get(
    '/metrics',
    {
      schema: { tags: ['operation'], summary: 'Metrics in the form Prometheus reads' },
      serializerCompiler: () => String,
    },
    async (_request, reply) => reply.type(metrics.contentType).send(await metrics.metrics()),
  )
}

async function findMissing(probes: Record<string, Probe>): Promise<string[]> {
  const asked = Object.entries(probes).map(async ([name, probe]) => {
    const late = new Promise<never>((_resolve, reject) =>
      setTimeout(reject, PROBE_MS, new Error('late')).unref(),
    )
    return Promise.race([probe(), late]).then(
      () => undefined,
      () => name,
    )
  })
  return (await Promise.all(asked)).filter((name) => name !== undefined)
}

/** What node:http refuses before there is a request: answered on the bare socket, in the same form. */
function clientErrorHandler(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const fault = new ServiceError(clientErrors[error.code ?? ''] ?? 'malformed_request')
  const phrase = STATUS_CODES[fault.status] ?? 'Error'
  const body = JSON.stringify(toProblem(fault, phrase))
  socket.end(
    `HTTP/1.1 ${fault.status} ${phrase}\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
}

const clientErrors: Record<string, ErrorCode> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
}
