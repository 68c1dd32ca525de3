import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freshDatabase } from './postgres.ts'
import { eventually, freePort, type Running, run } from './process.ts'
import { sharedRedis } from './redis.ts'

/** The whole service, with a store of its own. */
export interface Service {
  base: string
  /** What its processes have written so far. */
  output(): string
  close(): Promise<void>
}

/** Starts the service and waits until it answers. @param env its settings */
type Start = (env: Record<string, string>) => Promise<Service>

/** Both shapes, to run one suite on each. */
export const services: Record<string, Start> = {
  'in one process': async (env) => {
    const folder = mkdtempSync(join(tmpdir(), 'parsegate-service-'))
    const port = await freePort()
    const service = await startRole('serve', port, { DATA_DIR: folder, ...env })
    return {
      base: `http://127.0.0.1:${port}`,
      output: service.output,
      async close() {
        await service.stop()
        rmSync(folder, { recursive: true })
      },
    }
  },
  'over Postgres and Redis': async (env) => {
    const ports = { api: await freePort(), worker: await freePort(), parser: await freePort() }
    const name = randomUUID()
    const settings = {
      DATABASE_URL: await freshDatabase(),
      REDIS_URL: sharedRedis(),
      TASK_QUEUE: `tasks:${name}`,
      RESULT_PREFIX: `results:${name}:`,
      PARSER_URL: `http://127.0.0.1:${ports.parser}`,
      ...env,
    }
    await run(process.execPath, ['src/main.ts', 'migrate'], { env: { ...process.env, ...settings } }).ended
    const roles = await Promise.all(
      (['api', 'worker', 'parser'] as const).map((role) => startRole(role, ports[role], settings)),
    )
    return {
      base: `http://127.0.0.1:${ports.api}`,
      output: () => roles.map((role) => role.output()).join(''),
      close: async () => void (await Promise.all(roles.map((role) => role.stop()))),
    }
  },
}

async function startRole(role: string, port: number, env: Record<string, string>): Promise<Running> {
  const { DATABASE_URL: _, REDIS_URL: __, ...others } = process.env
  const settings = { ...others, PORT: String(port), ...env }
  const running = run(process.execPath, ['src/main.ts', role], { env: settings })
  await eventually(role, async () => (await fetch(`http://127.0.0.1:${port}/ready`)).ok)
  return running
}
