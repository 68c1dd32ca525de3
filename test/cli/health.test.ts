import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { describe, test } from 'node:test'
import { askHealth } from '../../src/cli/health.ts'
import { freePort, run } from '../support/process.ts'

async function whileServing<T>(answer: RequestListener, step: (port: number) => Promise<T>): Promise<T> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    return await step((server.address() as { port: number }).port)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

const say =
  (status: number): RequestListener =>
  (_request, response) =>
    void response.writeHead(status).end('{}')

describe('the health check', () => {
  for (const host of ['127.0.0.1', '0.0.0.0', '::', 'localhost']) {
    test(`asks this machine where the service listens on ${host}`, async () => {
      const { up, said } = await whileServing(say(200), (port) => askHealth(host, port))
      assert.equal(up, true, said)
    })
  }

  test('is not content with any other answer', async () => {
    const { up, said } = await whileServing(say(503), (port) => askHealth('127.0.0.1', port))
    assert.equal(up, false)
    assert.match(said, /answers 503/)
  })

  test('says that nothing answers', async () => {
    const { up, said } = await askHealth('127.0.0.1', await freePort())
    assert.equal(up, false)
    assert.match(said, /does not answer: .*ECONNREFUSED/)
  })

  test('is a command whose exit code tells', async () => {
    const health = (port: number) =>
      run(process.execPath, ['src/main.ts', 'health'], { env: { ...process.env, PORT: String(port) } }).ended
    assert.equal(await whileServing(say(200), health), 0)
    assert.equal(await health(await freePort()), 1)
  })
})
