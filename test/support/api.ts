import { pino } from 'pino'
import { Registry } from 'prom-client'
import { createApp } from '../../src/api/app.ts'
import { createAuthenticate } from '../../src/api/auth.ts'
import type { Bell } from '../../src/contract/bell.ts'
import type { Parser } from '../../src/contract/parser.ts'
import type { Repository } from '../../src/contract/repository.ts'
import type { Schedules } from '../../src/contract/schedules.ts'
import type { Deliveries } from '../../src/contract/webhooks.ts'
import { createExtractor } from '../../src/extract/extractor.ts'
import { createThreads } from '../../src/extract/threads.ts'
import { createPermit } from '../../src/fetch/permit.ts'
import { addFetch } from '../../src/parser/app.ts'
import { addProbes, createServer, type Probe, type Server } from '../../src/server.ts'
import { embeddedBell } from '../../src/store/bell.ts'

export interface ApiParts {
  repository: Repository
  parser: Parser
  bell?: Bell
  queues?: string[]
  apiKeys?: string[]
  maxPending?: number
  maxSchedules?: number
  deliveries?: Deliveries
  schedules?: Schedules
  probes?: Record<string, Probe>
}

/** A store in which there are none. */
const noDeliveries: Deliveries = {
  claim: async () => [],
  tried: async () => {},
  find: async () => undefined,
  list: async () => [],
  replay: async () => undefined,
}

const noSchedules: Schedules = {
  find: async () => undefined,
  list: async () => [],
  pause: async () => false,
  remove: async () => false,
  due: async () => [],
  fire: async () => undefined,
}

/** The server of `serve`, put together in the same order, over parts of a test's own. Nothing listens on it. */
export async function buildServer(parts: ApiParts): Promise<Server> {
  const {
    repository,
    parser,
    bell = embeddedBell(),
    queues = ['api'],
    apiKeys = [],
    maxPending = 0,
    maxSchedules = 0,
    deliveries = noDeliveries,
    schedules = noSchedules,
    probes = {},
  } = parts
  const permit = createPermit({ proxies: [], tlsErrors: false })
  const server = createServer(pino({ level: 'silent' }))
  const threads = createThreads({ threads: 2, mostWaiting: 10 })
  const extractor = createExtractor(threads, { deadlineMs: 20_000 })
  server.addHook('onClose', () => threads.close())
  const stored = { repository, deliveries, schedules, bell }
  const shared = { parser, extractor, queues, apiKeys, permit, maxPending, maxSchedules }
  await createApp({ server, ...stored, ...shared, version: '0.0.0' })
  addFetch(server, parser, createAuthenticate(apiKeys), 10_000_000)
  addProbes(server, { metrics: new Registry(), probes })
  await server.ready()
  return server
}
