import { z } from 'zod'
import { formatQuery, fromNumber, ParseOptions, queryOptions, whole } from './options.ts'
import { TargetUrl } from './target.ts'
import { waitQuery } from './waiting.ts'
import { webhookOf } from './webhooks.ts'

export { MAX_URL_LENGTH, readUrl, TargetUrl, type UrlFault } from './target.ts'

/** Names of queues: they are settings of the operator, kept short and plain. */
export const QueueName = z
  .string()
  .regex(/^[A-Za-z0-9_.:-]{1,64}$/, 'must be 1 to 64 letters, digits or _ . : -')

/** Longest that a request may wait for its time, in seconds. */
export const LONGEST_DELAY = 31_536_000

/** Where and when a request waits. */
export const turnFields = {
  queue: QueueName.optional().meta({
    description: 'The queue to wait in; one of WORKER_QUEUES, the first by default',
  }),
  priority: whole(0, 9).optional().meta({ description: 'Higher is sooner; 0 by default' }),
  delay: z
    .number('must be a number of seconds')
    .min(0, 'must be 0 or more')
    .max(LONGEST_DELAY, `must be ${LONGEST_DELAY} or less`)
    .optional()
    .meta({ description: 'Seconds before it may begin' }),
  run_at: z.iso
    .datetime({ offset: true, error: 'must be a time such as 2026-01-02T03:04:05Z' })
    .optional()
    .meta({ description: 'Time before which it may not begin, in the place of `delay`' }),
}

/** The same as a query string has them. */
export const queryTurnFields = {
  queue: turnFields.queue,
  priority: fromNumber(turnFields.priority),
  delay: fromNumber(turnFields.delay),
  run_at: turnFields.run_at,
}

/** The body of `POST /parse_async`. */
export const ParseAsyncCreate = z.strictObject({
  url: TargetUrl,
  ...turnFields,
  webhook: webhookOf('request').optional(),
  ...ParseOptions.shape,
})

/** The query of `GET /parse_sync` and of a parser's `GET /fetch`. */
export const ParseSyncQuery = z.strictObject({ url: TargetUrl, ...queryOptions })

/** The query of `GET /result/{id}`: what is not said there stays as the request has it. */
export const ResultQuery = z.strictObject({ ...formatQuery, ...waitQuery })

/** The query of the paths that give one format by itself. */
export const BareQuery = ResultQuery.pick({ main: true, select: true, remove: true })
