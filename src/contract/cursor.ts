import { z } from 'zod'
import { fromNumber, whole } from './options.ts'

/** A number that stands for a place in a list, in a form that promises nothing of what is in it. */
export function toCursor(place: number | null): string | null {
  return place === null ? null : Buffer.from(`v1.${place}`).toString('base64url')
}

/** A cursor as it was given out. */
export const Cursor = z
  .string()
  .transform((text, context) => {
    const place = /^v1\.(\d{1,16})$/.exec(Buffer.from(text, 'base64url').toString('latin1'))?.[1]
    if (place !== undefined && Number.isSafeInteger(Number(place))) return Number(place)
    context.addIssue('must be a next_cursor that was answered before')
    return z.NEVER
  })
  .meta({ description: 'Where to go on: the `next_cursor` of the answer before' })

/** How many in one answer. */
export const limitOf = (most: number, unset: number) =>
  fromNumber(whole(1, most))
    .default(unset)
    .meta({ description: `How many, up to ${most}` })
