import { z } from 'zod'
import { Cursor, limitOf } from './cursor.ts'
import type { Group } from './groups.ts'
import { ParseOptions, queryOptions } from './options.ts'
import { queryTurnFields, TargetUrl, turnFields } from './requests.ts'
import { ResultResponse } from './responses.ts'
import { webhookOf } from './webhooks.ts'

/** Most URLs in one batch. */
export const MOST_URLS = 10_000

const many = <T extends z.ZodType>(item: T) =>
  z
    .array(item, 'must be a list')
    .min(1, 'must not be empty')
    .max(MOST_URLS, `must not have more than ${MOST_URLS} members`)

/** One page of a batch, with what is its own. */
export const BatchItem = z.strictObject({ url: TargetUrl, ...turnFields, ...ParseOptions.shape })

/** The pages of a batch. @param item what one of them may say for itself */
export const batchPages = <Item extends z.ZodType>(item: Item) => ({
  urls: many(TargetUrl).optional(),
  items: many(item).optional().meta({
    description: 'In the place of `urls`, where some need options of their own; these go before those of all',
  }),
})

export const oneList = { message: 'is needed, or items in its place, and not both', path: ['urls'] }
export const isOneList = ({ urls, items }: { urls?: unknown; items?: unknown }) =>
  (urls === undefined) !== (items === undefined)

/** The body of `POST /parse_batch`. */
export const BatchCreate = z
  .strictObject({
    ...batchPages(BatchItem),
    webhook: webhookOf('batch').optional(),
    ...turnFields,
    ...ParseOptions.shape,
  })
  .refine(isOneList, oneList)

/** The query of `POST /parse_batch`: a body that is a list of URLs and nothing else has no other place for options. */
export const BatchQuery = z.strictObject({ ...queryTurnFields, ...queryOptions })

const Id = z
  .int()
  .positive()
  .meta({ examples: [3] })

export const BatchCreated = z.object({
  batch_id: Id,
  request_ids: z.array(z.int()).meta({ description: 'In the order in which the URLs were given' }),
})

const count = z.int().min(0)

const groupFields = {
  counts: z.object({
    pending: count,
    processing: count,
    success: count,
    failure: count,
    cancelled: count,
  }),
  total: count,
  done: z.boolean().meta({ description: 'All requests have ended, and no more will come' }),
  cancelled: z.boolean().meta({ description: 'It was cancelled as a whole' }),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
}

/** The answers about a group; `idName` is what its id is called. */
export function groupForms(idName: string): { state: z.ZodType<object>; results: z.ZodType<object> } {
  return {
    state: z.object({ [idName]: Id, ...groupFields }),
    results: z.object({
      [idName]: Id,
      results: z
        .array(ResultResponse)
        .meta({ description: 'Of the requests that have ended, in the order they did' }),
      next_cursor: z.string().nullable().meta({
        description: 'Where to go on, now or when more have ended; null when all there will be has been told',
      }),
    }),
  }
}

/** A group as its path tells it. */
export function toGroup(idName: string, group: Group) {
  const { id, counts, total, done, cancelled, created_at, updated_at } = group
  return { [idName]: id, counts, total, done, cancelled, created_at, updated_at }
}

/** The query of `GET /batch/{id}/results`. */
export const ResultsQuery = z.strictObject({
  cursor: Cursor.optional(),
  limit: limitOf(100, 20),
  format: z.enum(['json', 'ndjson'], 'must be json or ndjson').optional().meta({
    description:
      'ndjson: all that have ended so far, each a line; the same as `Accept: application/x-ndjson`',
  }),
})
