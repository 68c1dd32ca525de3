import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Group, GroupEvent } from '../contract/groups.ts'
import type { DetailedRequest } from '../contract/models.ts'
import type { Repository } from '../contract/repository.ts'
import { toStatus } from '../contract/responses.ts'
import { hasEnded } from '../contract/status.ts'
import { missing } from './problem.ts'
import { lastEventId, type Stream, type Streams } from './stream.ts'
import { groupNews, type Waiting } from './waiting.ts'

export interface EventParts {
  repository: Pick<Repository, 'groupEvents'>
  waiting: Waiting
  streams: Streams
}

/** A stream looks by itself now and then, in ms, should news have been lost. */
const LOOK_MS = 30_000

/**
 * Streams a request's changes of status, until it has ended. A change's id is the state it led to, so who comes again with one
 * is told what is different now; who has been told the end is answered 204, which stops browsers.
 * @param read looks at it
 */
export async function streamRequest(
  { headers }: FastifyRequest,
  reply: FastifyReply,
  read: () => Promise<DetailedRequest | undefined>,
  { waiting, streams }: EventParts,
): Promise<FastifyReply> {
  const first = await read()
  if (!first) throw missing()
  const told = lastEventId(headers)
  if (hasEnded(first.status) && told === versionOf(first)) return reply.code(204).send()
  const tickets = [waiting.open('request', first.id), waiting.open('progress', first.id)]
  const stream = streams.start(reply, () => tickets.map((ticket) => ticket.close()))
  await stream.run(async () => {
    let version = told
    while (stream.open) {
      const found = await read()
      if (!found) return
      if (versionOf(found) !== version)
        await stream.send({ id: versionOf(found), event: 'status', data: toStatus(found) })
      version = versionOf(found)
      if (hasEnded(found.status)) return
      await Promise.race(tickets.map((ticket) => ticket.news(LOOK_MS)))
    }
  })
  return reply
}

const versionOf = ({ status, attempt }: { status: string; attempt: number }) => `${attempt}-${status}`

/** A group as its kind tells it. */
export interface GroupView {
  id: number
  read: () => Promise<Group | undefined>
  tell: (group: Group) => unknown
}

/** Events read at once. */
const EVENTS_AT_ONCE = 500

/**
 * Streams the endings of a group's requests by their numbers, then that it is done. Who comes again with the number of the last
 * event misses nothing; who has been told that it is done is answered 204.
 */
export async function streamGroup(
  { headers }: FastifyRequest,
  reply: FastifyReply,
  view: GroupView,
  { repository, waiting, streams }: EventParts,
): Promise<FastifyReply> {
  const first = await view.read()
  if (!first) throw missing()
  const told = lastEventId(headers)
  if (first.done && told === doneId(first)) return reply.code(204).send()
  const ticket = waiting.open('group', view.id)
  const stream = streams.start(reply, ticket.close)
  await stream.run(async () => {
    // A number that is yet to come was not told by us.
    let seq = Math.min(Number.parseInt(told ?? '0', 10) || 0, first.seq)
    while (stream.open) {
      const looked = performance.now()
      // Before its events: then those up to its number are surely seen.
      const group = await view.read()
      if (!group) return
      const events = await repository.groupEvents(view.id, seq, EVENTS_AT_ONCE)
      for (const event of events) await sendEvent(stream, event)
      seq = events.at(-1)?.seq ?? seq
      if (events.length === EVENTS_AT_ONCE) continue
      // The last of them may have been deleted.
      seq = Math.max(seq, group.seq)
      if (group.done && seq === group.seq)
        return await stream.send({ id: doneId(group), event: 'done', data: view.tell(group) })
      await groupNews(ticket, looked, LOOK_MS)
    }
  })
  return reply
}

const doneId = ({ seq }: Group) => `${seq}-done`

function sendEvent(
  stream: Stream,
  { seq, id, url, status, error, target_status }: GroupEvent,
): Promise<void> {
  const data = {
    request_id: id,
    status,
    url,
    ...(error ? { error } : {}),
    ...(target_status === null ? {} : { target_status }),
  }
  return stream.send({ id: String(seq), event: 'request', data })
}
