import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Row, tell } from './report.ts'
import { accept, type Service, startDistributed, startEmbedded } from './service.ts'

/** Clients that wait at once. */
const CLIENTS = 10_000

/** How a client waits for the end of its request, by the name that `waiters.ts` has for it. */
const ways = { wait: '?wait=60', events: '/events' }

/** Memory of those who wait for the end of one request each, and how soon all of them are told of it. */
export async function measureWaiting(): Promise<Row[]> {
  const rows: Row[] = []
  const bare = await measureBare()
  for (const start of [startEmbedded, startDistributed])
    for (const way of ['wait', 'events'] as const) {
      const service = await start('127.0.0.1:1')
      try {
        rows.push(tell(await measure(service, way, bare)))
      } finally {
        await service.close()
      }
    }
  return rows
}

/** The requests are due in an hour, so that nothing but the waiting is measured; then all are cancelled as one batch. */
async function measure(service: Service, way: keyof typeof ways, bare: number): Promise<Row> {
  const { batch_id, request_ids } = await postBatch(service)
  await accept(service, 'http://127.0.0.1:1/')
  await sleep(3000)
  const before = memoryOf(service)
  const clients = fork('bench/waiters.ts', [service.base, way, ...request_ids.map(String)])
  await once(clients, 'message')
  await sleep(3000)
  const during = memoryOf(service)
  const answered = once(clients, 'message')
  const begun = performance.now()
  await fetch(`${service.base}/batch/${batch_id}/cancel`, { method: 'POST' })
  const [failed] = (await answered) as [number]
  const seconds = (performance.now() - begun) / 1000
  clients.kill()
  if (failed > 0) throw new Error(`${failed} of those who waited were not told`)
  return {
    what: `${service.name}: resident memory that ${CLIENTS} clients of /status/{id}${ways[way]} add to the api`,
    figure: `${(during - before).toFixed(0)} MB (${before.toFixed(0)} → ${during.toFixed(0)}; all told ${seconds.toFixed(2)} s after their requests were cancelled); node:http alone ${bare.toFixed(0)} MB`,
    target: '≤ 100 MB',
  }
}

/** MB that as many unanswered requests add to a server of Node's own, with nothing behind it. */
async function measureBare(): Promise<number> {
  const server = fork('bench/silent.ts')
  const [port] = (await once(server, 'message')) as [number]
  const memory = async () => {
    const told = once(server, 'message')
    server.send('')
    return ((await told) as [number])[0] / 1e6
  }
  const before = await memory()
  const ids = Array.from({ length: CLIENTS }, (_, index) => String(index))
  const clients = fork('bench/waiters.ts', [`http://127.0.0.1:${port}`, 'wait', ...ids])
  await once(clients, 'message')
  await sleep(3000)
  const during = await memory()
  clients.kill()
  server.disconnect()
  return during - before
}

function memoryOf(service: Service): number {
  const { serve, api } = service.memory()
  return serve ?? api ?? Number.NaN
}

async function postBatch(service: Service): Promise<{ batch_id: number; request_ids: number[] }> {
  const urls = Array.from({ length: CLIENTS }, (_, index) => `http://127.0.0.1:1/${index}`)
  const response = await fetch(`${service.base}/parse_batch`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ urls, delay: 3600 }),
  })
  return (await response.json()) as { batch_id: number; request_ids: number[] }
}
