import { z } from 'zod'
import { Selector } from './selector.ts'

/** How deep fields may stand in fields, and how many there may be in all. */
const MAX_DEPTH = 5
const MAX_FIELDS = 100

export const fieldTypes = ['text', 'number', 'boolean', 'url', 'html', 'markdown', 'date'] as const
export type FieldType = (typeof fieldTypes)[number]

/** One thing to take from a page. */
export interface Field {
  selector: string
  /** The attribute whose value is meant, instead of what is in the element. */
  attribute?: string | undefined
  type?: FieldType | undefined
  /** Whether all that matches is meant, as a list; else the first. */
  many?: boolean | undefined
  /** What to take from within each match. */
  fields?: FieldMap | undefined
}

export type FieldMap = { [name: string]: Field }

const members = {
  selector: Selector.meta({ description: 'CSS selector; within `fields`, relative to the match' }),
  attribute: z
    .string('must be the name of an attribute')
    .regex(/^[^\s"'<>/=\0]{1,100}$/, 'is not a name that an attribute can have')
    .meta({ description: 'Take the value of this attribute' })
    .optional(),
  type: z
    .enum(fieldTypes, `must be one of ${fieldTypes.join(', ')}`)
    .meta({ description: 'What to make of it; `text` if not given' })
    .optional(),
  many: z.boolean('must be true or false').meta({ description: 'Take all that match, as a list' }).optional(),
}

const Name = z.string().min(1, 'must have a name').max(100, 'must not be longer than 100 characters')

/** Levels are written out, so that the depth of what is sent is bounded before it is looked at. */
function mapOf(depth: number): z.ZodType<FieldMap> {
  const message = forType('must be an object with a selector')
  const field: z.ZodType<Field> =
    depth > 1
      ? z.strictObject({ ...members, fields: mapOf(depth - 1).optional() }, message)
      : z.strictObject(members, message)
  return z.record(Name, field.superRefine(agree), forType('must be an object of names and fields'))
}

/** Words for what is of another type. Other faults have words of their own. */
function forType(message: string) {
  return { error: (issue: { code?: string }) => (issue.code === 'invalid_type' ? message : undefined) }
}

function agree({ attribute, type, fields }: Field, context: z.RefinementCtx): void {
  if (fields && (attribute !== undefined || type !== undefined))
    context.addIssue({ code: 'custom', message: 'must have either fields, or an attribute and a type' })
  if (attribute !== undefined && (type === 'html' || type === 'markdown'))
    context.addIssue({ code: 'custom', message: `must not make ${type} of an attribute` })
}

/** What to take from a page: names, and for each where it stands and what it is. */
export const FieldMap = mapOf(MAX_DEPTH)
  .refine((map) => countOf(map) <= MAX_FIELDS, `must not have more than ${MAX_FIELDS} fields in all`)
  .meta({
    description: `Names, and for each where it stands on the page. At most ${MAX_FIELDS} fields in all, ${MAX_DEPTH} deep`,
    examples: [{ title: { selector: 'h1' }, links: { selector: 'a', type: 'url', many: true } }],
  })

function countOf(map: FieldMap): number {
  const fields = Object.values(map)
  return fields.reduce((count, { fields: inner }) => count + (inner ? countOf(inner) : 0), fields.length)
}
