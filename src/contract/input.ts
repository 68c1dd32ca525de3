import { z } from 'zod'
import type { ErrorCode, InputFault } from './errors.ts'

/**
 * Reads what came from outside.
 * @returns what a schema makes of it, or all of its faults
 */
export function readInput<Schema extends z.ZodType>(
  schema: Schema,
  given: unknown,
): { data: z.output<Schema> } | { faults: InputFault[] } {
  const { error, data } = schema.safeParse(given, { error: wordsFor })
  return error ? { faults: error.issues.flatMap(toFaults) } : { data }
}

/** Names that are not known are a fault each. */
function toFaults(issue: z.core.$ZodIssue): InputFault[] {
  const path = issue.path.map(String)
  const { message } = issue
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: [...path, key].join('.'), message }))
  const code: ErrorCode | undefined = issue.code === 'custom' ? issue.params?.code : undefined
  // Of all that is read as an object, a body alone may be none.
  const isBody = path.length === 0 && issue.code === 'invalid_type' && issue.expected === 'object'
  return [
    { path: path.join('.'), message: isBody ? `The body ${message}` : message, ...(code ? { code } : {}) },
  ]
}

/** Words for the faults of which a schema does not say by itself how they are told. */
const wordsFor: z.core.$ZodErrorMap = (issue) => {
  const path = issue.path ?? []
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined && path.length > 0 ? 'is needed' : wordsForType(issue)
    case 'unrecognized_keys':
      return `is not known here; ${takes(namesOf(issue))}`
    case 'invalid_value':
      return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`
    case 'too_small':
      return sizeOf(issue.origin, `${issue.minimum} or more`)
    case 'too_big':
      return sizeOf(issue.origin, `${issue.maximum} or less`)
    case 'invalid_union':
      return [...new Set(issue.errors.flatMap(([first]) => first?.message ?? []))].join(', or ')
    default:
      return 'is not of the form that is taken'
  }
}

type Raw<Code> = Extract<z.core.$ZodRawIssue, { code: Code }>

const typeWords: Record<string, string> = {
  string: 'must be a text',
  number: 'must be a number',
  int: 'must be a whole number',
  boolean: 'must be true or false',
  array: 'must be a list',
  record: 'must be an object',
}

function wordsForType(issue: Raw<'invalid_type'>): string {
  if (issue.expected !== 'object') return typeWords[issue.expected] ?? 'is of another type than is taken'
  const names = namesOf(issue)
  return names.length === 0 ? 'must be an object' : `must be an object, with ${names.join(', ')}`
}

/** The members that an object takes. */
function namesOf({ inst }: z.core.$ZodRawIssue): string[] {
  return inst instanceof z.ZodObject ? Object.keys(inst.shape) : []
}

const takes = (names: string[]) => (names.length === 0 ? 'nothing is' : `takes ${names.join(', ')}`)

function sizeOf(origin: string, size: string): string {
  if (origin === 'string') return `must have ${size} characters`
  return origin === 'array' ? `must have ${size} members` : `must be ${size}`
}
