import { z } from 'zod'
import { Cursor, limitOf } from './cursor.ts'
import { fromNumber } from './options.ts'
import { StatusSummary } from './responses.ts'
import { Status } from './status.ts'

/** The query of `GET /requests`. */
export const ListQuery = z.strictObject({
  status: z
    .enum(Status, `must be one of ${Object.values(Status).join(', ')}`)
    .optional()
    .meta({ description: 'Requests in this state alone' }),
  host: z
    .string()
    .min(1, 'must not be empty')
    .max(300, 'must not be longer than 300 characters')
    .optional()
    .meta({
      description: 'Requests for this host alone, on one port where one is named',
      examples: ['example.com'],
    }),
  batch: fromNumber(z.int('must be the id of a batch').positive('must be the id of a batch'))
    .optional()
    .meta({ description: 'Requests of this batch alone' }),
  schedule: fromNumber(z.int('must be the id of a schedule').positive('must be the id of a schedule'))
    .optional()
    .meta({ description: 'Requests of the runs of this schedule alone' }),
  since: z.iso
    .datetime({ offset: true, error: 'must be a time such as 2026-01-02T03:04:05Z' })
    .transform((text) => new Date(text).toISOString())
    .optional()
    .meta({ description: 'Requests made at this time or later' }),
  cursor: Cursor.optional(),
  limit: limitOf(1000, 100),
})

export const ListResponse = z.object({
  requests: z.array(StatusSummary).meta({ description: 'The youngest first' }),
  next_cursor: z.string().nullable().meta({ description: 'Null where there are no more' }),
})
