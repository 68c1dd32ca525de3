import { z } from 'zod'
import { ServiceError } from '../contract/errors.ts'
import { Problem } from '../contract/responses.ts'

/** An answer of a route that is an error. */
export const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: Problem } },
})

export const invalid = problem('The input has faults: `errors` lists each with its path')
export const unauthorized = problem('A key is needed')
export const notFound = problem('Nothing has this id')
export const away = problem('The store does not answer, or as many requests wait as may; see Retry-After')
export const conflict = problem('It is in a state that does not let this happen; `code` says which')

export const missing = () => new ServiceError('not_found', 'Not found')

/** An id is a positive integer. Whatever else stands in its place names nothing, which is a 404 and no 422. */
export function readId(text: string): number {
  const id = Number(text)
  if (!/^[1-9]\d*$/.test(text) || !Number.isSafeInteger(id)) throw missing()
  return id
}

export const idOf = (description: string) =>
  z.object({ id: z.string().meta({ description, examples: ['17'] }) })
