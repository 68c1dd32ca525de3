import { z } from 'zod'
import { BatchItem, batchPages, isOneList, oneList } from './batch.ts'
import { crawlFields, isOnePlace, onePlace } from './crawl.ts'
import { Cursor, limitOf } from './cursor.ts'
import { ParseOptions } from './options.ts'
import { TargetUrl, turnFields } from './requests.ts'
import type { Run, Target } from './runs.ts'
import { type Timing, timing } from './timing.ts'
import { eventsOf, isOf, type Webhook, type WebhookEvent, webhookOf } from './webhooks.ts'

export const scheduleKinds = ['url', 'batch', 'crawl'] as const
export type ScheduleKind = (typeof scheduleKinds)[number]

const { queue, priority } = turnFields
const asked = { queue, priority, ...ParseOptions.shape }

/** A batch of a schedule: that of `POST /parse_batch` without what says when, or whom to tell. */
const ScheduledBatch = z
  .strictObject({ ...batchPages(BatchItem.omit({ delay: true, run_at: true })), ...asked })
  .refine(isOneList, oneList)

/** The body of `POST /schedules`. */
export const ScheduleCreate = z
  .strictObject({
    ...timing,
    url: TargetUrl.optional(),
    batch: ScheduledBatch.optional().meta({
      description: 'In the place of `url`: many pages, as `POST /parse_batch` takes them',
    }),
    crawl: z.strictObject(crawlFields).refine(isOnePlace, onePlace).optional().meta({
      description: 'In the place of `url`: a site, as `POST /crawl` takes it',
    }),
    webhook: webhookOf('schedule').optional(),
    only_changed: z.boolean('must be true or false').default(false).meta({
      description: 'Tell the webhook of pages that changed and of nothing else',
    }),
    ...asked,
  })
  .superRefine(agree)

type Body = Timing & {
  url?: unknown
  batch?: unknown
  crawl?: unknown
  max_age?: unknown
  webhook?: Webhook | undefined
  only_changed: boolean
}

function agree(body: Body, context: z.RefinementCtx): void {
  const { cron, every, timezone, url, batch, crawl, webhook } = body
  const refuse = (path: (string | number)[], message: string) =>
    context.addIssue({ code: 'custom', path, message })
  if ((cron === undefined) === (every === undefined))
    refuse(['cron'], 'is needed, or every in its place, and not both')
  if (timezone !== undefined && cron === undefined) refuse(['timezone'], 'is of use with cron alone')
  if ([url, batch, crawl].filter((one) => one !== undefined).length !== 1)
    refuse(['url'], 'is needed, or one of batch and crawl in its place')
  if (crawl !== undefined && body.max_age !== undefined) refuse(['max_age'], 'is not for crawls')
  const kind = batch !== undefined ? 'batch' : crawl !== undefined ? 'crawl' : 'request'
  const events: readonly WebhookEvent[] = [...eventsOf[kind], 'schedule.changed']
  for (const [at, event] of (webhook?.events ?? []).entries())
    if (!events.includes(event)) refuse(['webhook', 'events', at], isOf(events))
  if (!body.only_changed) return
  if (webhook === undefined) refuse(['webhook'], 'is needed with only_changed')
  if (webhook?.events !== undefined)
    refuse(['webhook', 'events'], 'cannot be given together with only_changed')
}

const Id = z
  .int()
  .positive()
  .meta({ examples: [3] })
const Time = z.iso.datetime()
const NextRun = Time.nullable().meta({ description: 'UTC; null while it is paused' })

export const ScheduleCreated = z.object({ schedule_id: Id, next_run_at: NextRun })

/** What a run of a schedule made. */
const runFields = {
  request_id: Id.optional().meta({ description: 'Of a schedule of a URL' }),
  batch_id: Id.optional(),
  crawl_id: Id.optional(),
}

export const RunResponse = z.object({ schedule_id: Id, ...runFields })

export const ScheduleResponse = z.object({
  schedule_id: Id,
  cron: z.string().optional(),
  every: z.number().optional(),
  timezone: z.string().optional(),
  kind: z.enum(scheduleKinds),
  url: z.string().nullable().meta({ description: 'The page, or where the crawl begins; null for a batch' }),
  requests: z.int().meta({ description: 'How many requests a run begins with' }),
  webhook: z.string().nullable().meta({ description: 'The URL that is told' }),
  only_changed: z.boolean(),
  paused: z.boolean(),
  next_run_at: NextRun,
  due: z.boolean().meta({
    description:
      'Its time has come and it has not run yet: for want of a worker, or of room in the queue (MAX_PENDING)',
  }),
  created_at: Time,
  last_run: z
    .object({
      at: Time,
      ...runFields,
      changed: z.boolean().nullable().meta({
        description:
          'Whether the page differs from the run before; null until it is there, and for many pages',
      }),
      hash: z.string().nullable().meta({ description: 'SHA-256 of its text, in hex' }),
    })
    .nullable(),
})

/** The query of `GET /schedules`. */
export const SchedulesQuery = z.strictObject({ cursor: Cursor.optional(), limit: limitOf(1000, 100) })

export const SchedulesResponse = z.object({
  schedules: z.array(ScheduleResponse).meta({ description: 'The youngest first' }),
  next_cursor: z.string().nullable().meta({ description: 'Null where there are no more' }),
})

/** A schedule to be stored. */
export interface NewSchedule {
  /** Whose it is; null where there are no API keys. */
  caller: string | null
  timing: Timing
  target: Target
  webhook: Webhook | undefined
  onlyChanged: boolean
}

/** A schedule as it is stored, without what its runs ask for. Times are UTC, ISO 8601 with Z. */
export interface Schedule {
  id: number
  timing: Timing
  kind: ScheduleKind
  url: string | null
  /** How many requests a run begins with. */
  size: number
  webhook: Webhook | null
  onlyChanged: boolean
  paused: boolean
  next_run_at: string | null
  /** Its time has come, by the store's clock. */
  due: boolean
  created_at: string
  last: LastRun | null
}

/** The rows that a run made: one of the two ids. */
export interface Began {
  kind: Run['kind']
  requestId: number | null
  groupId: number | null
}

/** A run that has begun, with how many requests. */
export interface Fired extends Began {
  requests: number
}

export interface LastRun extends Began {
  at: string
  changed: boolean | null
  hash: string | null
}

/** What is asked of the store for schedules that there are. With `caller` null all are meant, else the caller's own. */
export interface Schedules {
  find(id: number, caller: string | null): Promise<Schedule | undefined>
  /** The youngest first, with ids below `before`. */
  list(caller: string | null, before: number | null, limit: number): Promise<Schedule[]>
  /** Pauses, or goes on with the first run that is still to come. @returns whether there is one */
  pause(id: number, caller: string | null, paused: boolean): Promise<boolean>
  /** @returns whether there was one */
  remove(id: number, caller: string | null): Promise<boolean>
  /** Up to `limit` ids of those that are due. */
  due(limit: number): Promise<number[]>
  /**
   * Runs one that is due, once whoever asks: its rows and its next time are one transaction. Runs that were missed count as
   * one, and one that falls due while the run before is under way is passed over.
   * @returns what it made; undefined where it is not due, another has it in hand, or it was passed over
   */
  fire(id: number): Promise<Fired | undefined>
}

/** A schedule as its caller sees it. Secrets, and what its runs ask for, are not told. */
export function toSchedule(schedule: Schedule): z.infer<typeof ScheduleResponse> {
  const { id, kind, url, size, webhook, onlyChanged, paused, next_run_at, due, created_at, last } = schedule
  const { cron, every, timezone } = schedule.timing
  return {
    schedule_id: id,
    ...(cron === undefined ? {} : { cron }),
    ...(every === undefined ? {} : { every }),
    ...(timezone === undefined ? {} : { timezone }),
    kind,
    url,
    requests: size,
    webhook: webhook?.url ?? null,
    only_changed: onlyChanged,
    paused,
    next_run_at,
    due,
    created_at,
    last_run: last && { at: last.at, ...toBegan(last), changed: last.changed, hash: last.hash },
  }
}

/** What a run made, by the name that its kind has for it. */
export function toBegan({ kind, requestId, groupId }: Began) {
  if (requestId !== null) return { request_id: requestId }
  if (groupId === null) return {}
  return kind === 'batch' ? { batch_id: groupId } : { crawl_id: groupId }
}
