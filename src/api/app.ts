import type { FastifyInstance } from 'fastify'
import { createAuthenticate } from './auth.ts'
import { addDocs } from './docs.ts'
import { addResults } from './results.ts'
import { addRoutes, type RouteParts } from './routes.ts'

export interface AppParts extends Omit<RouteParts, 'authenticate'> {
  /** A server with its probes, on which nothing listens yet. */
  server: FastifyInstance
  apiKeys: string[]
  version: string
}

/** The gateway: everything that clients reach. */
export async function createApp({ server, apiKeys, version, ...parts }: AppParts): Promise<FastifyInstance> {
  await addDocs(server, version)
  const guarded = { ...parts, authenticate: createAuthenticate(apiKeys) }
  addRoutes(server, guarded)
  addResults(server, guarded)
  return server
}
