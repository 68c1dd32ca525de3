import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { ServiceError } from '../contract/errors.ts'
import { type FormatOptions, type Formats, ownFormats, reusableFormats } from '../contract/formats.ts'
import type { StoredResult } from '../contract/models.ts'
import type { Repository } from '../contract/repository.ts'
import { BareQuery, ResultQuery } from '../contract/requests.ts'
import { ResultResponse, toResult } from '../contract/responses.ts'
import { hasEnded } from '../contract/status.ts'
import type { Extractor } from '../extract/extractor.ts'
import type { Authenticate } from './auth.ts'
import { away, idOf, invalid, missing, notFound, problem, readId, unauthorized } from './problem.ts'
import { lookAt, type Waiting } from './waiting.ts'

export interface ResultParts {
  repository: Pick<Repository, 'result'>
  /** Makes the formats that are asked for after the page was stored. */
  extractor: Extractor
  waiting: Waiting
  authenticate: Authenticate
}

/** Adds the paths that tell what requests found. */
export function addResults(server: FastifyInstance, parts: ResultParts): void {
  const { repository, waiting, authenticate } = parts
  const typed = server.withTypeProvider<ZodTypeProvider>()
  typed.get('/result/:id', { schema: result }, async (request, reply) => {
    const caller = authenticate(request)
    const { wait, ...asked } = request.query
    const id = readId(request.params.id)
    const found = await lookAt({ id, wait }, waiting, reply, () => repository.result(id, caller))
    const wanted = { ...found.options, ...asked }
    return toResult({ ...found, formats: await formatsOf(found, wanted, request, parts) }, wanted)
  })
  for (const [path, name] of barePaths) {
    typed.get(path, { schema: bare(name) }, async (request, reply) => {
      const id = readId(request.params.id)
      const found = await repository.result(id, authenticate(request))
      if (!found) throw missing()
      const text = await readBare(name, found, request.query, request, parts)
      return sendBare(reply, `${id}.${bareKinds[name].ending}`, name, text)
    })
  }
}

/** What is wanted of a page that is there: from the store, and what that lacks made now. */
async function formatsOf(
  found: StoredResult,
  wanted: FormatOptions,
  { raw }: FastifyRequest,
  { extractor }: ResultParts,
): Promise<Formats | null> {
  if (found.html === null) return null
  const gone = new AbortController()
  raw.once('close', () => gone.abort(new ServiceError('request_timeout')))
  const page = {
    html: found.html,
    title: found.title ?? '',
    url: found.final_url ?? found.url,
    mediaType: found.media_type,
  }
  const there = reusableFormats(found.formats, found.options, wanted)
  return extractor.make(page, wanted, { there, signal: gone.signal })
}

/** The formats that can be had by themselves, as files. */
const bareKinds = {
  markdown: { ending: 'md', type: 'text/markdown' },
  text: { ending: 'txt', type: 'text/plain' },
  html: { ending: 'html', type: 'text/html' },
  content: { ending: 'html', type: 'text/html' },
} as const

type BareName = keyof typeof bareKinds

const barePaths: [path: string, name: BareName][] = [
  ['/result/:id/markdown', 'markdown'],
  ['/result/:id/text', 'text'],
  ['/result/:id/html', 'html'],
  ['/result/:id/content', 'content'],
  ['/result/:id.md', 'markdown'],
  ['/result/:id.txt', 'text'],
  ['/result/:id.html', 'html'],
]

async function readBare(
  name: BareName,
  found: StoredResult,
  query: z.infer<typeof BareQuery>,
  request: FastifyRequest,
  parts: ResultParts,
): Promise<string> {
  if (found.html === null) throw withoutPage(found)
  if (name === 'html') return found.html
  const { extract: _, ...options } = found.options
  const wanted = { ...options, ...query, formats: [name] }
  const formats = await formatsOf(found, wanted, request, parts)
  return ownFormats(formats, wanted, found.page_flags)[name] ?? ''
}

function withoutPage({ status, error }: StoredResult): ServiceError {
  if (!hasEnded(status)) return new ServiceError('not_ended')
  return new ServiceError('no_page', error ? `The request ended without a page: ${error.message}` : undefined)
}

/**
 * HTML of a stranger's, on this service's own origin: it must not run there, load anything, or be taken for something
 * else (RFC 6266; Content Security Policy, `sandbox`).
 */
function sendBare(reply: FastifyReply, file: string, name: BareName, text: string) {
  const { type } = bareKinds[name]
  if (type === 'text/html') reply.header('content-disposition', `attachment; filename="${file}"`)
  return reply
    .header('content-security-policy', "sandbox; default-src 'none'")
    .type(`${type}; charset=utf-8`)
    .send(text)
}

const Id = idOf('A request_id')

const result = {
  tags: ['parse'],
  summary: 'What a request found',
  description:
    'Members that were asked for are null until there are any, and stay null where the request failed. What was not asked for at the time can be asked for here: it is made from the stored page.',
  params: Id,
  querystring: ResultQuery,
  response: {
    200: ResultResponse,
    401: unauthorized,
    404: notFound,
    422: invalid,
    502: problem('The page cannot be given so: `code` and `detail` say why'),
    503: away,
  },
}

const bare = (name: BareName) => ({
  tags: ['parse'],
  summary: `The ${name} of a page, by itself`,
  params: Id,
  querystring: BareQuery,
  response: {
    200: { description: 'As a file', content: { [bareKinds[name].type]: { schema: z.string() } } },
    401: unauthorized,
    404: notFound,
    409: problem('There is no page: the request has not ended, or it failed'),
    422: invalid,
    502: problem('The page cannot be given so: `code` and `detail` say why'),
    503: away,
  },
})
