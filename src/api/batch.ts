import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { z } from 'zod'
import { BatchCreate, BatchCreated, BatchQuery } from '../contract/batch.ts'
import type { Bell } from '../contract/bell.ts'
import { badInput } from '../contract/errors.ts'
import { readInput } from '../contract/input.ts'
import type { NewRequest, Repository } from '../contract/repository.ts'
import type { Authenticate } from './auth.ts'
import { answerOnce } from './once.ts'
import type { Gate } from './pending.ts'
import { away, conflict, invalid, problem, unauthorized } from './problem.ts'
import { type TurnParts, toNewRequest } from './turn.ts'

export interface BatchParts extends TurnParts {
  repository: Repository
  bell: Bell
  authenticate: Authenticate
  gate: Gate
}

/** Largest body of a batch, in bytes: 10,000 URLs of 800 characters. */
export const BATCH_BODY_LIMIT = 8 * 1024 * 1024

/** Adds `POST /parse_batch`. Its other kinds of bodies are known in its own context alone. */
export async function addBatch(server: FastifyInstance, parts: BatchParts): Promise<void> {
  await server.register(async (context) => {
    for (const type of ['text/plain', 'text/csv'])
      context.addContentTypeParser(type, { parseAs: 'string' }, (_request, body, done) => done(null, body))
    addRoute(context, parts)
  })
}

function addRoute(context: FastifyInstance, parts: BatchParts): void {
  const { repository, bell, authenticate, gate } = parts
  const typed = context.withTypeProvider<ZodTypeProvider>()
  const options = { schema: parseBatch, bodyLimit: BATCH_BODY_LIMIT, preValidation: readList }
  typed.post('/parse_batch', options, async (request, reply) => {
    const caller = authenticate(request)
    const { webhook, ...body } = request.body
    const requests = toRequests(body, caller, parts)
    const { urls: _, items: __, ...shared } = body
    const group = { kind: 'batch', caller, options: shared, webhook, closed: true } as const
    await answerOnce(request, reply, { repository, gate, caller }, async (creator) => {
      gate.admit(requests.length)
      const { id, requests: ids } = await creator.createGroup(group, requests)
      return { status: 202, location: `/batch/${id}`, body: { batch_id: id, request_ids: ids } }
    })
    bell.ring()
    return reply
  })
}

/** A list of URLs as text becomes the body that the schema knows. Options in the query are those of all that say no others. */
async function readList(request: FastifyRequest): Promise<void> {
  const query = readInput(BatchQuery, request.query)
  if ('faults' in query) throw badInput(query.faults)
  const { body } = request
  const type = request.headers['content-type'] ?? ''
  // JSON may be a text, too.
  if (typeof body === 'string' && /^text\//i.test(type))
    request.body = { ...query.data, urls: await readUrls(body, type) }
  else if (isObject(body)) request.body = { ...query.data, ...body }
}

const isObject = (body: unknown): body is object =>
  typeof body === 'object' && body !== null && !Array.isArray(body)

async function readUrls(body: string, type: string): Promise<string[]> {
  const urls = /^text\/csv\b/i.test(type)
    ? await readColumn(body)
    : body.split(/[\r\n]/).map((line) => line.trim())
  return urls.filter((url) => url !== '')
}

/** The column that is called `url`, or the first where none is. */
async function readColumn(text: string): Promise<string[]> {
  const { parse, CsvError } = await import('csv-parse/sync')
  try {
    const options = { bom: true, trim: true, relax_column_count: true, skip_empty_lines: true }
    const rows: string[][] = parse(text, options)
    const named = rows[0]?.findIndex((cell) => cell.toLowerCase() === 'url') ?? -1
    const column = Math.max(0, named)
    return rows.slice(named === -1 ? 0 : 1).map((row) => row[column] ?? '')
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    throw badInput([{ path: '', message: `The body is not valid CSV: ${error.message}` }])
  }
}

/** The requests of a batch, in the order given. @param path where in the body it stands, for its faults */
export function toRequests(
  body: Omit<z.output<typeof BatchCreate>, 'webhook'>,
  caller: string | null,
  parts: TurnParts,
  path = '',
): NewRequest[] {
  const { urls, items, ...shared } = body
  // What is the same for all is judged once, at its own place.
  const first = toNewRequest({ ...shared, url: '' }, caller, parts, path)
  if (items === undefined) {
    return (urls ?? []).map((url) => ({ ...first, url }))
  }
  return items.map((item, index) =>
    toNewRequest(merge(shared, item), caller, parts, `${path}items.${index}.`),
  )
}

/** An item's own time to begin stands for both ways to say it. */
function merge<
  S extends { delay?: unknown; run_at?: unknown },
  I extends { delay?: unknown; run_at?: unknown },
>(shared: S, item: I) {
  const hasTime = item.delay !== undefined || item.run_at !== undefined
  return { ...shared, ...(hasTime ? { delay: undefined, run_at: undefined } : {}), ...item }
}

const parseBatch = {
  tags: ['many'],
  summary: 'Take many URLs and answer later',
  description:
    'All are stored for good, or none, before this answers. A body of `text/plain` has a URL on each line, one of `text/csv` in its column `url` or its first. Options may be in the query; those of a body go before them.',
  body: BatchCreate,
  querystring: BatchQuery,
  response: {
    202: BatchCreated,
    401: unauthorized,
    409: conflict,
    413: problem('The body is larger than 8 MiB'),
    415: problem('The body is neither JSON, text nor CSV'),
    422: invalid,
    503: away,
  },
}
