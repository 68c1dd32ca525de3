import { Readable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createSerializerCompiler } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { HEAVY_CHARS, isHeavy, jsonPieces, slicesOf } from './contract/json.ts'

type Compiler = ReturnType<typeof createSerializerCompiler>

/**
 * Makes what turns replies into JSON by their schema. A heavy one becomes a stream that makes its JSON piece by piece, so
 * that the health check, and whoever else asks, is answered meanwhile.
 */
export function createSerializer(): Compiler {
  const compile = createSerializerCompiler()
  return (route) => {
    const toJson = compile(route)
    const { schema } = route
    if (!(schema instanceof z.ZodType)) return toJson
    // Fastify sends whatever a serializer gives as it would a handler's payload; its types know of text alone.
    const toStream = (data: unknown) => streamOf(jsonPieces(z.encode(schema, data))) as unknown as string
    return (data: unknown) => (isHeavy(data) ? toStream(data) : toJson(data))
  }
}

/** A text to be sent: as it is, or as a stream where it is heavy. */
export function sendable(payload: unknown): unknown {
  return typeof payload === 'string' && payload.length > HEAVY_CHARS ? streamOf(slicesOf(payload)) : payload
}

/** One piece in each turn of the process. */
function streamOf(pieces: Iterable<string>): Readable {
  return Readable.from(oneByOne(pieces), { objectMode: false })
}

async function* oneByOne(pieces: Iterable<string>): AsyncGenerator<Buffer> {
  for (const piece of pieces) {
    yield Buffer.from(piece)
    await nextTurn()
  }
}
