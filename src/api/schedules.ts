import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Bell } from '../contract/bell.ts'
import { toCursor } from '../contract/cursor.ts'
import { ServiceError } from '../contract/errors.ts'
import type { Repository } from '../contract/repository.ts'
import type { Target } from '../contract/runs.ts'
import {
  RunResponse,
  ScheduleCreate,
  ScheduleCreated,
  ScheduleResponse,
  type Schedules,
  SchedulesQuery,
  SchedulesResponse,
  toBegan,
  toSchedule,
} from '../contract/schedules.ts'
import type { Authenticate } from './auth.ts'
import { BATCH_BODY_LIMIT, toRequests } from './batch.ts'
import { toPlan } from './crawl.ts'
import { answerOnce } from './once.ts'
import type { Gate } from './pending.ts'
import { away, conflict, idOf, invalid, missing, notFound, problem, readId, unauthorized } from './problem.ts'
import { type TurnParts, toNewRequest } from './turn.ts'

export interface ScheduleParts extends TurnParts {
  repository: Repository
  schedules: Schedules
  bell: Bell
  authenticate: Authenticate
  gate: Gate
  /** How many one caller may have; 0 is without bound. */
  maxSchedules: number
}

/** Adds the paths of what is asked for again and again. */
export function addSchedules(server: FastifyInstance, parts: ScheduleParts): void {
  const { repository, schedules, authenticate, gate, maxSchedules } = parts
  const typed = server.withTypeProvider<ZodTypeProvider>()
  const find = async (id: number, caller: string | null) => {
    const found = await schedules.find(id, caller)
    if (!found) throw missing()
    return found
  }

  typed.post('/schedules', { schema: create, bodyLimit: BATCH_BODY_LIMIT }, async (request, reply) => {
    const caller = authenticate(request)
    const { cron, every, timezone, webhook, only_changed: onlyChanged, ...wish } = request.body
    const target = toTarget(wish, caller, parts)
    const schedule = { caller, timing: { cron, every, timezone }, target, webhook, onlyChanged }
    return answerOnce(request, reply, { repository, gate, caller }, async (creator) => {
      const { id, next_run_at } = await creator.createSchedule(schedule, maxSchedules)
      return { status: 201, location: `/schedules/${id}`, body: { schedule_id: id, next_run_at } }
    })
  })

  typed.get('/schedules', { schema: list }, async (request) => {
    const { cursor = null, limit } = request.query
    // One more than is told says whether there are more.
    const found = await schedules.list(authenticate(request), cursor, limit + 1)
    const told = found.slice(0, limit)
    const next = found.length > limit ? (told.at(-1)?.id ?? null) : null
    return { schedules: told.map(toSchedule), next_cursor: toCursor(next) }
  })

  typed.get('/schedules/:id', { schema: one }, async (request) =>
    toSchedule(await find(readId(request.params.id), authenticate(request))),
  )

  typed.delete('/schedules/:id', { schema: remove }, async (request, reply) => {
    if (!(await schedules.remove(readId(request.params.id), authenticate(request)))) throw missing()
    return reply.code(204).send(null)
  })

  for (const [word, paused] of [['pause', true] as const, ['resume', false] as const]) {
    typed.post(`/schedules/:id/${word}`, { schema: paused ? pause : resume }, async (request) => {
      const caller = authenticate(request)
      const id = readId(request.params.id)
      if (!(await schedules.pause(id, caller, paused))) throw missing()
      return toSchedule(await find(id, caller))
    })
  }

  addRun(server, parts, find)
}

/** Adds the run beside a schedule's times. */
function addRun(
  server: FastifyInstance,
  { repository, bell, authenticate, gate }: ScheduleParts,
  find: (id: number, caller: string | null) => Promise<{ size: number }>,
): void {
  const typed = server.withTypeProvider<ZodTypeProvider>()
  typed.post('/schedules/:id/run', { schema: run }, async (request, reply) => {
    const caller = authenticate(request)
    const id = readId(request.params.id)
    const { size } = await find(id, caller)
    await answerOnce(request, reply, { repository, gate, caller }, async (creator) => {
      gate.admit(size)
      const began = await creator.runSchedule(id, caller)
      if (began === undefined) throw missing()
      if (began === null) throw new ServiceError('not_ended', 'The run before has not ended yet.')
      return { status: 202, location: `/schedules/${id}`, body: { schedule_id: id, ...toBegan(began) } }
    })
    bell.ring()
    return reply
  })
}

type Wish = Omit<z.output<typeof ScheduleCreate>, 'cron' | 'every' | 'timezone' | 'webhook' | 'only_changed'>

/**
 * What each run asks for. Options of the schedule are those of all its pages; a batch, its items and a crawl may have their own.
 * @throws ServiceError where one of its requests would be refused
 */
function toTarget(body: Wish, caller: string | null, parts: TurnParts): Target {
  const { url, batch, crawl, ...shared } = body
  const asked = toAsked(shared, caller, parts)
  if (crawl) {
    const plan = toPlan({ ...shared, ...crawl }, caller, parts, 'crawl.')
    return { kind: 'crawl', url: crawl.url, sitemap: crawl.sitemap, plan }
  }
  if (!batch) return { kind: 'url', url: url ?? '', asked }
  const { urls, items, ...own } = batch
  const all = { ...shared, ...own }
  // Each page is judged now, at the place where it stands.
  toRequests({ ...all, urls, items }, caller, parts, 'batch.')
  const pages = items?.map(({ url: page, queue, priority, ...options }) => ({
    url: page,
    queue,
    priority,
    options,
  }))
  return {
    kind: 'batch',
    asked: toAsked(all, caller, parts),
    pages: pages ?? (urls ?? []).map((page) => ({ url: page })),
  }
}

function toAsked(
  wish: Omit<Parameters<typeof toNewRequest>[0], 'url'>,
  caller: string | null,
  parts: TurnParts,
) {
  const { queue, priority, options } = toNewRequest({ ...wish, url: '' }, caller, parts)
  return { queue, priority, options }
}

const tags = ['schedules']
const common = { tags, params: idOf('A schedule_id') }
const errors = { 401: unauthorized, 404: notFound, 503: away }

const create = {
  tags,
  summary: 'Ask for a page, a batch or a site again and again',
  description:
    'By `cron` in a time zone, or `every` so many seconds. A run that falls due while the one before is under way is passed over, and runs that were missed while nothing ran count as one. The results of a run tell what changed since the one before.',
  body: ScheduleCreate,
  response: {
    201: ScheduleCreated,
    401: unauthorized,
    409: conflict,
    413: problem('The body is larger than 8 MiB'),
    415: problem('The body is not JSON'),
    422: invalid,
    503: away,
  },
}

const list = {
  tags,
  summary: 'Schedules, the youngest first',
  description: 'With keys in use, those of the caller alone.',
  querystring: SchedulesQuery,
  response: { 200: SchedulesResponse, 401: unauthorized, 422: invalid, 503: away },
}

const one = {
  ...common,
  summary: 'A schedule, when it runs next, and what its last run found',
  response: { 200: ScheduleResponse, ...errors },
}

const remove = {
  ...common,
  summary: 'Delete a schedule; what its runs stored stays',
  response: { 204: z.null().meta({ description: 'It is gone' }), ...errors },
}

const pause = {
  ...common,
  summary: 'Let a schedule rest',
  response: { 200: ScheduleResponse, ...errors },
}

const resume = {
  ...common,
  summary: 'Let it go on with the next of its times',
  description: 'What would have run meanwhile is not made up for.',
  response: { 200: ScheduleResponse, ...errors },
}

const run = {
  ...common,
  summary: 'Run a schedule now, beside its times',
  description: 'It may be paused. While the run before is under way, this is refused.',
  response: { 202: RunResponse, ...errors, 409: conflict, 422: invalid },
}
