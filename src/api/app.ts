import type { FastifyInstance } from 'fastify'
import { createAuthenticate } from './auth.ts'
import { addDocs } from './docs.ts'
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
  addRoutes(server, { ...parts, authenticate: createAuthenticate(apiKeys) })
  return server
}
