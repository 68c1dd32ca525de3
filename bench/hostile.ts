import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { request } from 'undici'
import { formatNames } from '../src/contract/formats.ts'
import { hostileShapes } from '../test/support/shapes.ts'
import type { Row } from './report.ts'
import { type Service, startEmbedded } from './service.ts'

// Pages that are made to take their reader's time, one after the other through the whole service, with all formats at
// once, while the health check is asked.

/** What becomes of each, in what time, and how long /health takes meanwhile. */
export async function measureHostile(): Promise<Row[]> {
  const origin = createServer((asked, response) => {
    const shape = hostileShapes[decodeURIComponent(asked.url?.slice(1) ?? '')]
    response.writeHead(200, { 'content-type': 'text/html' }).end(shape?.() ?? '<p>text</p>')
  })
  await once(origin.listen(0, '127.0.0.1'), 'listening')
  const host = `127.0.0.1:${(origin.address() as AddressInfo).port}`
  const service = await startEmbedded(host)
  const pulse = new Worker(new URL('./pulse.ts', import.meta.url), { workerData: `${service.base}/health` })
  const rows: Row[] = []
  try {
    await parse(service, `http://${host}/`)
    for (const name of Object.keys(hostileShapes)) {
      await longest(pulse)
      const answer = await parse(service, `http://${host}/${encodeURIComponent(name)}`)
      const figure = `${answer}; /health ≤ ${(await longest(pulse)).toFixed(0)} ms; ${memory(service)}`
      rows.push({ what: `hostile: ${name}`, figure, target: '/health ≤ 50 ms' })
      process.stdout.write(`${name}: ${figure}\n`)
    }
    await sleep(10_000)
    rows.push({ what: 'hostile: 10 s after all of them', figure: memory(service), target: '' })
    process.stdout.write(`after 10 s: ${memory(service)}\n`)
  } finally {
    await pulse.terminate()
    await service.close()
    origin.close()
  }
  return rows
}

const memory = (service: Service) => `${Object.values(service.memory())[0]?.toFixed(0)} MB`

async function longest(pulse: Worker): Promise<number> {
  pulse.postMessage('')
  const [ms] = (await once(pulse, 'message')) as [number]
  return ms
}

async function parse({ base }: Service, url: string): Promise<string> {
  const query = new URLSearchParams({ url, formats: formatNames.join(',') })
  const begun = performance.now()
  const { statusCode, body } = await request(`${base}/parse_sync?${query}`)
  const text = await body.text()
  const ms = performance.now() - begun
  const what = statusCode === 200 ? `${(text.length / 1e6).toFixed(1)} MB` : /"code":"(\w+)"/.exec(text)?.[1]
  return `${what} in ${ms.toFixed(0)} ms`
}
