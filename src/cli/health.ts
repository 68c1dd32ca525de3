import { get } from 'node:http'

/** Longest wait for an answer, in ms. */
const LIMIT_MS = 3000

/**
 * Asks this machine's own server whether it is up, for health checks in images without curl.
 * @returns a word for people, and whether it is up
 */
export function askHealth(host: string, port: number): Promise<{ up: boolean; said: string }> {
  const local = ['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host
  return new Promise((resolve) => {
    const request = get({ host: local, port, path: '/health', timeout: LIMIT_MS }, (response) => {
      response.resume()
      resolve({ up: response.statusCode === 200, said: `${local}:${port} answers ${response.statusCode}` })
    })
    request.on('timeout', () => request.destroy(new Error(`no answer within ${LIMIT_MS / 1000} s`)))
    request.on('error', ({ message }) =>
      resolve({ up: false, said: `${local}:${port} does not answer: ${message}` }),
    )
  })
}
