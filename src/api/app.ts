import type { FastifyInstance } from 'fastify'
import type { Bell } from '../contract/bell.ts'
import type { Parser } from '../contract/parser.ts'
import type { Repository } from '../contract/repository.ts'
import type { Schedules } from '../contract/schedules.ts'
import type { Deliveries } from '../contract/webhooks.ts'
import type { Extractor } from '../extract/extractor.ts'
import { createAuthenticate } from './auth.ts'
import { addBatch } from './batch.ts'
import { addCrawl } from './crawl.ts'
import { addDeliveries } from './deliveries.ts'
import { addDocs } from './docs.ts'
import { addFirecrawl } from './firecrawl.ts'
import { addGroups } from './groups.ts'
import { createLobby } from './lobby.ts'
import { addMap } from './map.ts'
import { createGate } from './pending.ts'
import { refuseUnknown } from './query.ts'
import { addReader } from './reader.ts'
import { addRequests } from './requests.ts'
import { addResults } from './results.ts'
import { addRoutes } from './routes.ts'
import { addSchedules } from './schedules.ts'
import { createStreams } from './stream.ts'
import type { TurnParts } from './turn.ts'
import { createWaiting } from './waiting.ts'

export interface AppParts extends TurnParts {
  /** A server with its probes, on which nothing listens yet. */
  server: FastifyInstance
  repository: Repository
  bell: Bell
  /** Answers /parse_sync and /map. */
  parser: Parser
  /** Makes formats of pages that come without: from the store, or from another's parser. */
  extractor: Extractor
  deliveries: Deliveries
  schedules: Schedules
  apiKeys: string[]
  /** How many requests may be pending; 0 is without bound. */
  maxPending: number
  /** How many schedules one caller may have; 0 is without bound. */
  maxSchedules: number
  version: string
}

/** The gateway: everything that clients reach. */
export async function createApp({ server, ...parts }: AppParts): Promise<FastifyInstance> {
  const lobby = createLobby(server.server)
  server.addHook('onResponse', async ({ raw }) => lobby.answered(raw))
  const waiting = createWaiting({ ...parts, lobby })
  const streams = createStreams(server.log)
  // Before the server waits for the answers that are under way: these would take their time.
  server.addHook('preClose', async () => {
    waiting.close()
    streams.close()
    await lobby.close()
  })
  const authenticate = createAuthenticate(parts.apiKeys)
  const gate = createGate(parts.repository, parts.maxPending)
  const all = { ...parts, authenticate, gate, waiting, streams }
  await addDocs(server, parts.version)
  await server.register(async (locked) => {
    // Before a body is read: a stranger's is not. Who it is, each route asks again where it matters.
    locked.addHook('onRequest', async (request) => void authenticate(request))
    refuseUnknown(locked)
    addRoutes(locked, all)
    addResults(locked, all)
    addRequests(locked, all)
    addDeliveries(locked, all)
    await addBatch(locked, all)
    addGroups(locked, 'batch', all)
    addMap(locked, all)
    addCrawl(locked, all)
    addGroups(locked, 'crawl', all)
    addSchedules(locked, all)
    await addFirecrawl(locked, all)
    addReader(locked, all)
  })
  return server
}
