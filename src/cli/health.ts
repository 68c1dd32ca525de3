import { request } from 'undici'

/**
 * Asks this machine's own server whether it is up, for health checks in images without curl.
 * @returns a word for people, and whether it is up
 */
export async function askHealth(host: string, port: number): Promise<{ up: boolean; said: string }> {
  const local = ['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host
  try {
    const { statusCode, body } = await request(
      `http://${local.includes(':') ? `[${local}]` : local}:${port}/health`,
      {
        headersTimeout: 3000,
        bodyTimeout: 3000,
      },
    )
    await body.dump()
    return { up: statusCode === 200, said: `${local}:${port} answers ${statusCode}` }
  } catch (error) {
    return { up: false, said: `${local}:${port} does not answer: ${(error as Error).message}` }
  }
}
