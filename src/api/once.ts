import { hash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { badInput } from '../contract/errors.ts'
import type { Answer, Creator, Repository } from '../contract/repository.ts'
import type { Gate } from './pending.ts'

/** A key as clients may choose it: printable ASCII, as header fields take it. */
const KEY = /^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/

/**
 * Answers a request that creates something. With an `Idempotency-Key` it is done once: whoever sends the same again within 24
 * hours is given the same answer.
 * @param gate lets in what is created
 * @param caller whose key it is
 * @throws ServiceError `invalid_request` for a key that is none, `idempotency_mismatch`, `idempotency_in_progress`
 */
export async function answerOnce(
  request: FastifyRequest,
  reply: FastifyReply,
  { repository, gate, caller }: { repository: Repository; gate: Gate; caller: string | null },
  work: (creator: Creator) => Promise<Answer>,
): Promise<FastifyReply> {
  const key = readKey(request)
  await gate.look()
  const once = () => repository.once({ caller, key: key ?? '', digest: digestOf(request) }, work)
  const { status, location, body } = await (key === undefined ? work(repository) : once())
  if (location !== null) reply.header('location', location)
  return reply.code(status).send(body)
}

function readKey({ headers }: FastifyRequest): string | undefined {
  const key = headers['idempotency-key'] ?? headers['x-idempotency-key']
  if (key === undefined) return undefined
  if (typeof key === 'string' && KEY.test(key)) return key
  const message = 'must be 1 to 255 printable ASCII characters'
  throw badInput([{ path: 'Idempotency-Key', message }])
}

/** Equal for the same path with the same content, however that was written down: it has been read by its schema. */
function digestOf({ method, url, body }: FastifyRequest): string {
  return hash('sha256', JSON.stringify([method, url, body]), 'base64url')
}
