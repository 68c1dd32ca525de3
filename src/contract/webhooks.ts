import { z } from 'zod'
import { Cursor, limitOf } from './cursor.ts'
import { fromNumber } from './options.ts'
import { TargetUrl } from './target.ts'

const ofRequest = ['request.success', 'request.failure', 'request.cancelled'] as const

/** What a webhook can be told of. */
const webhookEvents = [...ofRequest, 'batch.done', 'crawl.done', 'schedule.changed'] as const
export type WebhookEvent = (typeof webhookEvents)[number]

/** What can come of each thing that may have a webhook; a schedule tells of its kind's runs. */
export const eventsOf = {
  request: ofRequest,
  batch: [...ofRequest, 'batch.done'],
  crawl: [...ofRequest, 'crawl.done'],
  schedule: webhookEvents,
} as const satisfies Record<string, readonly WebhookEvent[]>

export const isOf = (events: readonly WebhookEvent[]) => `must be of ${events.join(', ')}`

/** A secret in the form of Standard Webhooks: `whsec_` and the base64 of 24 to 64 bytes. */
const Secret = z
  .string('must be a text such as whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')
  .refine(isSecret, 'must be whsec_ and the base64 of 24 to 64 bytes')

function isSecret(text: string): boolean {
  if (!/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/.test(text)) return false
  const { length } = Buffer.from(text.slice('whsec_'.length), 'base64')
  return length >= 24 && length <= 64
}

const secrets = z
  .union([Secret, z.array(Secret).min(1, 'must not be empty').max(3, 'must not have more than 3 members')])
  .transform((given) => [given].flat())
  .optional()
  .meta({
    description:
      'Signs each delivery (Standard Webhooks). While a secret is being replaced, both: each signs, up to three',
  })

/** Where to tell of what. */
export interface Webhook {
  url: string
  events?: WebhookEvent[] | undefined
  secret?: string[] | undefined
}

/** The option of one kind of thing. */
export function webhookOf(thing: keyof typeof eventsOf) {
  const events: readonly WebhookEvent[] = eventsOf[thing]
  return z.strictObject({
    url: TargetUrl,
    events: z
      .array(z.enum(events, isOf(events)))
      .min(1, 'must name at least one event')
      .max(events.length, 'must name each event once')
      .optional()
      .meta({
        description:
          'What to be told of. If not given: the end of a request, or that a batch or crawl is done; of a schedule also that its page changed',
      }),
    secret: secrets,
  })
}

export const deliveryStatuses = ['pending', 'delivered', 'failed'] as const
export type DeliveryStatus = (typeof deliveryStatuses)[number]

/** One try to deliver: when, how long it took in ms, and what came of it. */
export const DeliveryAttempt = z.object({
  at: z.iso.datetime(),
  ms: z.int(),
  status: z.int().nullable().meta({ description: 'What the receiver answered; null where it did not' }),
  error: z.string().nullable(),
})
export type DeliveryAttempt = z.infer<typeof DeliveryAttempt>

const Id = z.int().positive()
const idOf = (thing: string) => z.int(`must be the id of ${thing}`).positive(`must be the id of ${thing}`)

/** A delivery as its caller sees it. Secrets and payload are not told. */
export const DeliveryResponse = z.object({
  id: Id,
  url: z.string(),
  event: z.enum(webhookEvents),
  request_id: Id.nullable(),
  group_id: Id.nullable().meta({ description: 'The batch or crawl that it tells of' }),
  status: z.enum(deliveryStatuses),
  attempts: z.array(DeliveryAttempt).meta({ description: 'The last 30' }),
  created_at: z.iso.datetime(),
  next_attempt_at: z.iso.datetime().nullable(),
})
export type Delivery = z.infer<typeof DeliveryResponse>

/** The query of `GET /webhooks`. */
export const DeliveriesQuery = z.strictObject({
  status: z.enum(deliveryStatuses, `must be one of ${deliveryStatuses.join(', ')}`).optional(),
  request: fromNumber(idOf('a request'))
    .optional()
    .meta({ description: 'Deliveries that tell of this request alone' }),
  group: fromNumber(idOf('a batch or crawl'))
    .optional()
    .meta({ description: 'Deliveries of this batch or crawl alone' }),
  cursor: Cursor.optional(),
  limit: limitOf(1000, 100),
})

export const DeliveriesResponse = z.object({
  deliveries: z.array(DeliveryResponse).meta({ description: 'The youngest first' }),
  next_cursor: z.string().nullable().meta({ description: 'Null where there are no more' }),
})

/** A delivery in the hands of a worker. */
export interface DueDelivery {
  id: number
  url: string
  secrets: string[]
  payload: string
  /** How often it was tried before. */
  tried: number
  /** Milliseconds since it was made, by the store's clock. */
  ageMs: number
}

/** What is asked of the store for deliveries. Each is a durable row, made in the transaction that brought its event about. */
export interface Deliveries {
  /** Takes up to `limit` due deliveries for `leaseMs`; after that they are due again. */
  claim(limit: number, leaseMs: number): Promise<DueDelivery[]>
  /** Writes what came of a try: `retryMs` is when it is due again; null ends it. */
  tried(
    id: number,
    attempt: DeliveryAttempt,
    outcome: { status: DeliveryStatus; retryMs: number | null },
  ): Promise<void>
  find(id: number, caller: string | null): Promise<Delivery | undefined>
  /** The newest first, older than `before`. */
  list(filter: DeliveryFilter): Promise<Delivery[]>
  /** Makes an ended delivery due once more, for another day. @returns false where it is pending; undefined where there is none */
  replay(id: number, caller: string | null): Promise<boolean | undefined>
}

export interface DeliveryFilter {
  caller: string | null
  status?: DeliveryStatus | undefined
  request?: number | undefined
  group?: number | undefined
  before?: number | undefined
  limit: number
}

/** Sends a text by POST. @throws ServiceError what the address guard or the way there found */
export type Post = (
  url: string,
  body: string,
  headers: Record<string, string>,
  signal: AbortSignal,
) => Promise<{ status: number; retryAfterMs: number | null }>
