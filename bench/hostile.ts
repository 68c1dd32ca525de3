import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { request } from 'undici'
import { formatNames } from '../src/contract/formats.ts'
import { hostileShapes } from '../test/support/shapes.ts'
import type { Row } from './report.ts'
import { startEmbedded } from './service.ts'

// Pages that are made to take their reader's time, through the whole service, while the health check is asked.

const HEALTH_GAP_MS = 5

/** What becomes of each shape with all formats at once, in what time, and how long /health takes meanwhile. */
export async function measureHostile(): Promise<Row[]> {
  const origin = createServer((asked, response) => {
    const shape = hostileShapes[decodeURIComponent(asked.url?.slice(1) ?? '')]
    response.writeHead(200, { 'content-type': 'text/html' }).end(shape?.() ?? '<p>text</p>')
  })
  await once(origin.listen(0, '127.0.0.1'), 'listening')
  const host = `127.0.0.1:${(origin.address() as AddressInfo).port}`
  const service = await startEmbedded(host)
  await parse(service.base, `http://${host}/`)
  const rows: Row[] = []
  for (const name of Object.keys(hostileShapes)) {
    const url = `http://${host}/${encodeURIComponent(name)}`
    const [answer, health] = await asking(service.base, parse(service.base, url))
    rows.push({
      what: `hostile: ${name}`,
      figure: `${answer.said} in ${answer.ms.toFixed(0)} ms; /health ≤ ${health.toFixed(0)} ms; ${memory(service.memory())}`,
      target: '/health ≤ 50 ms',
    })
  }
  await service.close()
  origin.close()
  return rows
}

const memory = (roles: Record<string, number>) => `${Object.values(roles)[0]?.toFixed(0)} MB`

async function parse(base: string, url: string): Promise<{ said: string; ms: number }> {
  const query = new URLSearchParams({ url, formats: formatNames.join(',') })
  const begun = performance.now()
  const { statusCode, body } = await request(`${base}/parse_sync?${query}`)
  const text = await body.text()
  const ms = performance.now() - begun
  return {
    said:
      statusCode === 200 ? `${(text.length / 1e6).toFixed(1)} MB` : (/"code":"(\w+)"/.exec(text)?.[1] ?? ''),
    ms,
  }
}

/** Asks for the health again and again until `work` is done. @returns the longest it took, in ms */
async function asking<Result>(base: string, work: Promise<Result>): Promise<[Result, number]> {
  let isDone = false
  const done = work.finally(() => {
    isDone = true
  })
  let longest = 0
  while (!isDone) {
    const begun = performance.now()
    await (await request(`${base}/health`)).body.dump()
    longest = Math.max(longest, performance.now() - begun)
    await new Promise((resolve) => setTimeout(resolve, HEALTH_GAP_MS))
  }
  return [await done, longest]
}
