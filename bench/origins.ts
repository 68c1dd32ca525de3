import { once } from 'node:events'
import { run } from '../test/support/process.ts'

/** Starts the origin of pages, in a process of its own. */
export async function startOrigin(): Promise<{ base: string; stop: () => Promise<unknown> }> {
  const origin = run(process.execPath, ['bench/origin.ts'])
  await once(origin.child.stdout ?? origin.child, 'data')
  return { base: `http://127.0.0.1:${origin.output().trim()}`, stop: () => origin.stop() }
}
