import { setTimeout as sleep } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { Agent, request } from 'undici'

// Asks a URL again and again, in a thread of its own so that nothing else holds it up. To any message it answers with the
// longest time an answer took since the last one, in ms.

const GAP_MS = 5

const url = String(workerData)
const agent = new Agent({ connections: 1 })
let longest = 0
parentPort?.on('message', () => {
  parentPort?.postMessage(longest)
  longest = 0
})
for (;;) {
  const begun = performance.now()
  await (await request(url, { dispatcher: agent })).body.dump()
  longest = Math.max(longest, performance.now() - begun)
  await sleep(GAP_MS)
}
