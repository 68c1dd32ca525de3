import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually, freePort, run } from './process.ts'

/** The whole service as one process, with a store of its own. */
export interface Service {
  base: string
  close(): Promise<void>
}

/** Starts `serve` and waits until it answers. @param env its settings */
export async function startService(env: Record<string, string>): Promise<Service> {
  const folder = mkdtempSync(join(tmpdir(), 'parsegate-service-'))
  const port = await freePort()
  const base = `http://127.0.0.1:${port}`
  const { DATABASE_URL: _, REDIS_URL: __, ...others } = process.env
  const settings = { ...others, PORT: String(port), DATA_DIR: folder, ...env }
  const service = run(process.execPath, ['src/main.ts', 'serve'], { env: settings })
  await eventually('the service', async () => (await fetch(`${base}/health`)).ok)
  return {
    base,
    async close() {
      await service.stop()
      rmSync(folder, { recursive: true })
    },
  }
}
