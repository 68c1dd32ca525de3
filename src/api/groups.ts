import { Readable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { groupForms, ResultsQuery, toGroup } from '../contract/batch.ts'
import type { Bell, News } from '../contract/bell.ts'
import { toCursor } from '../contract/cursor.ts'
import { ServiceError } from '../contract/errors.ts'
import type { Group, GroupKind } from '../contract/groups.ts'
import type { Ended, Repository } from '../contract/repository.ts'
import { toResult } from '../contract/responses.ts'
import { WaitQuery } from '../contract/waiting.ts'
import type { Authenticate } from './auth.ts'
import { streamGroup } from './events.ts'
import { away, conflict, idOf, invalid, missing, notFound, readId, unauthorized } from './problem.ts'
import type { Streams } from './stream.ts'
import { untilEnded, type Waiting } from './waiting.ts'

export interface GroupParts {
  repository: Repository
  bell: Bell
  authenticate: Authenticate
  waiting: Waiting
  streams: Streams
}

/** HTML read at once for an answer, in bytes. */
const RESULT_BYTES = 16 * 1024 * 1024
const STREAM_BYTES = 4 * 1024 * 1024
const STREAM_ROWS = 100

/** Requests cancelled in one transaction. */
const CANCEL_AT_ONCE = 500

/**
 * Adds the paths of one kind of group, such as `/batch/{id}`: its state, results, events, and its end.
 * @param kind the kind, which is the path too; its id is called `KIND_id`
 */
export function addGroups(server: FastifyInstance, kind: GroupKind, parts: GroupParts): void {
  const { repository, authenticate, waiting } = parts
  const typed = server.withTypeProvider<ZodTypeProvider>()
  const idName = `${kind}_id`
  const schemas = schemasOf(kind, idName)
  const tell = (group: Group) => toGroup(idName, group)
  const find = async (id: number, caller: string | null) => {
    const group = await repository.group(id, kind, caller)
    if (!group) throw missing()
    return group
  }

  typed.get(`/${kind}/:id`, { schema: schemas.state }, async (request, reply) => {
    const caller = authenticate(request)
    const id = readId(request.params.id)
    const read = () => repository.group(id, kind, caller)
    const wanted = { of: 'group', id, read, hasEnded: ({ done }: Group) => done } as const
    const group = await untilEnded(waiting, wanted, request.query.wait, reply)
    if (!group) throw missing()
    return tell(group)
  })

  typed.get(`/${kind}/:id/results`, { schema: schemas.results }, async (request, reply) => {
    const { id } = await find(readId(request.params.id), authenticate(request))
    const { cursor = 0, limit, format } = request.query
    const asked =
      format ?? (/\bapplication\/x-ndjson\b/i.test(request.headers.accept ?? '') ? 'ndjson' : 'json')
    if (asked === 'ndjson')
      return reply.type('application/x-ndjson').send(Readable.from(lines(repository, id, cursor)))
    return { [idName]: id, ...(await readPart(parts, id, kind, { cursor, limit })) }
  })

  typed.get(`/${kind}/:id/events`, { schema: schemas.events }, async (request, reply) => {
    const caller = authenticate(request)
    const id = readId(request.params.id)
    return streamGroup(request, reply, { id, read: () => repository.group(id, kind, caller), tell }, parts)
  })

  typed.post(`/${kind}/:id/cancel`, { schema: schemas.cancel }, async (request) => {
    const caller = authenticate(request)
    const { id, done } = await find(readId(request.params.id), caller)
    if (done) throw new ServiceError('already_ended', 'All of its requests have ended already.')
    await cancelGroup(id, parts)
    return tell(await find(id, caller))
  })
}

/** Ends all that a group has under way. */
export async function cancelGroup(
  id: number,
  { repository, bell }: Pick<GroupParts, 'repository' | 'bell'>,
): Promise<void> {
  await repository.markCancelled(id)
  for (;;) {
    const ended = await repository.cancelSome(id, CANCEL_AT_ONCE)
    bell.tell([...ended.flatMap(newsOf), { of: 'group', id }])
    if (ended.length < CANCEL_AT_ONCE) return
    await nextTurn()
  }
}

function newsOf({ id, from }: Ended): News[] {
  const working: News[] = from === 'processing' ? [{ of: 'cancelled', id }] : []
  return [...working, { of: 'request', id }]
}

async function readPart(
  { repository }: GroupParts,
  id: number,
  kind: GroupKind,
  { cursor, limit }: { cursor: number; limit: number },
) {
  // Before the results: if it is done by then, they are all there.
  const group = await repository.group(id, kind, null)
  const rows = await repository.groupResults(id, cursor, limit, RESULT_BYTES)
  const last = rows.at(-1)?.seq ?? cursor
  const isLast = group?.done === true && (rows.length === 0 || last >= group.seq)
  return {
    results: rows.map(({ result }) => toResult(result, result.options)),
    next_cursor: isLast ? null : toCursor(last),
  }
}

/** Read as fast as the client takes them. */
async function* lines(repository: Repository, id: number, after: number): AsyncGenerator<string> {
  for (let last = after; ; ) {
    const rows = await repository.groupResults(id, last, STREAM_ROWS, STREAM_BYTES)
    for (const { result } of rows) yield `${JSON.stringify(toResult(result, result.options))}\n`
    const end = rows.at(-1)
    if (!end) return
    last = end.seq
  }
}

function schemasOf(kind: GroupKind, idName: string) {
  const { state, results } = groupForms(idName)
  const params = idOf(`A ${idName}`)
  const common = { tags: ['many'], params }
  const errors = { 401: unauthorized, 404: notFound, 503: away }
  return {
    state: {
      ...common,
      summary: `How far a ${kind} is`,
      querystring: WaitQuery,
      response: { 200: state, ...errors, 422: invalid },
    },
    results: {
      ...common,
      summary: `What the requests of a ${kind} found, as far as they have ended`,
      querystring: ResultsQuery,
      response: { 200: results, ...errors, 422: invalid },
    },
    events: {
      ...common,
      summary: `The endings of a ${kind}'s requests as they come`,
      description:
        'Server-sent events: `request` for each that ends, with the number of its ending as `id`, then `done`. With `Last-Event-ID` it goes on after that one; 204 when `done` was told.',
      response: { ...errors },
    },
    cancel: {
      ...common,
      summary: `End all that a ${kind} has under way`,
      response: { 200: state, ...errors, 409: conflict },
    },
  }
}
