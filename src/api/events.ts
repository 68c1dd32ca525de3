import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Group, GroupEvent } from '../contract/groups.ts'
import type { DetailedRequest } from '../contract/models.ts'
import type { Repository } from '../contract/repository.ts'
import { toStatus } from '../contract/responses.ts'
import { hasEnded } from '../contract/status.ts'
import { missing } from './problem.ts'
import { lastEventId, type Source, type StreamEvent, type Streams } from './stream.ts'
import { admit, LOOK_AGAIN_MS, look, versionOf, type Waiting } from './waiting.ts'

export interface EventParts {
  repository: Pick<Repository, 'groupEvents'>
  waiting: Waiting
  streams: Streams
}

/**
 * Streams a request's changes of status, until it has ended. A change's id is the state it led to, so who comes again with one
 * is told what is different now; who has been told the end is answered 204, which stops browsers.
 * @param wanted which one, and what looks at it
 */
export async function streamRequest(
  { headers }: FastifyRequest,
  reply: FastifyReply,
  wanted: { id: number; read: () => Promise<DetailedRequest | undefined> },
  { waiting, streams }: EventParts,
): Promise<FastifyReply> {
  await admit(waiting, reply)
  const told = lastEventId(headers)
  const source = sourceOfRequest(wanted, told, waiting)
  try {
    const first = await look(waiting, source.look)
    if (!first) throw missing()
    if (hasEnded(first.status) && told === versionOf(first)) return reply.code(204).send()
    await streams.start(reply, source)
  } finally {
    source.close()
  }
  return reply
}

interface RequestSource extends Source {
  /** What is seen is told first, and not read again, unless there is news meanwhile. */
  look(): Promise<DetailedRequest | undefined>
  /** Ends what was not started. */
  close(): void
}

/** @param told the version that was told last */
function sourceOfRequest(
  { id, read }: { id: number; read: () => Promise<DetailedRequest | undefined> },
  told: string | undefined,
  waiting: Waiting,
): RequestSource {
  let last = told
  let seen: DetailedRequest | undefined
  let isNew = false
  let call: (() => void) | undefined
  // Before the first look, or what happens after it would not be heard.
  const leave = waiting.watch('progress', id, (version) => {
    if (version !== undefined && version === last) return
    isNew = true
    call?.()
  })
  return {
    async look() {
      seen = await read()
      return seen
    },
    async tell(send) {
      const found = seen && !isNew ? seen : await read()
      seen = undefined
      if (!found) return 'last'
      const version = versionOf(found)
      if (version !== last) send({ id: version, event: 'status', data: toStatus(found) })
      last = version
      return hasEnded(found.status) ? 'last' : 'all'
    },
    watch(started) {
      call = started
      return leave
    },
    close() {
      if (!call) leave()
    },
  }
}

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
  await admit(waiting, reply)
  const first = await look(waiting, view.read)
  if (!first) throw missing()
  const told = lastEventId(headers)
  if (first.done && told === doneId(first)) return reply.code(204).send()
  // A number that is yet to come was not told by us.
  const after = Math.min(Number.parseInt(told ?? '0', 10) || 0, first.seq)
  await streams.start(reply, sourceOfGroup(view, after, repository, waiting))
  return reply
}

/** @param after the number of the event that was told last */
function sourceOfGroup(
  { id, read, tell }: GroupView,
  after: number,
  repository: EventParts['repository'],
  waiting: Waiting,
): Source {
  let seq = after
  return {
    async tell(send) {
      // Before its events: then those up to its number are surely seen.
      const group = await read()
      if (!group) return 'last'
      const events = await repository.groupEvents(id, seq, EVENTS_AT_ONCE)
      for (const event of events) send(toEvent(event))
      seq = events.at(-1)?.seq ?? seq
      if (events.length === EVENTS_AT_ONCE) return 'more'
      // The last of them may have been deleted.
      seq = Math.max(seq, group.seq)
      if (!group.done || seq > group.seq) return 'all'
      send({ id: doneId(group), event: 'done', data: tell(group) })
      return 'last'
    },
    watch: (call) => waiting.watch('group', id, () => call()),
    pauseMs: LOOK_AGAIN_MS,
  }
}

const doneId = ({ seq }: Group) => `${seq}-done`

function toEvent({ seq, id, url, status, error, target_status }: GroupEvent): StreamEvent {
  const data = {
    request_id: id,
    status,
    url,
    ...(error ? { error } : {}),
    ...(target_status === null ? {} : { target_status }),
  }
  return { id: String(seq), event: 'request', data }
}
