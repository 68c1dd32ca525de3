#!/usr/bin/env node
import { execFileSync, spawn } from 'node:child_process'
import module from 'node:module'
import { fileURLToPath } from 'node:url'
import v8 from 'node:v8'

// This file runs on any Node, so it imports nothing that an old one lacks.

/** The major version of Node that everything else needs. */
const NEEDED = 24

/** Where compiled code is kept: beside the code itself, and trusted as much. `npm ci` fills it. */
const CACHE = fileURLToPath(new URL('../node_modules/.cache/parsegate', import.meta.url))

// Old Nodes leave this undefined.
if (import.meta.main !== false) await startUp()

async function startUp(): Promise<void> {
  if (Number.parseInt(process.versions.node, 10) < NEEDED) return startOnNewerNode()
  if (isFromSource() && !process.env.NODE_COMPILE_CACHE) startFromCache()
  // What is allocated while modules load would widen the heap for good.
  v8.setFlagsFromString('--semi-space-growth-factor=1')
  const { run } = await import('./commands.ts')
  await run(() => v8.setFlagsFromString('--semi-space-growth-factor=2'))
}

/** Whether Node has to strip types; a built main.js needs none of that. Started by hand with flags, it stays as it is. */
function isFromSource(): boolean {
  return import.meta.filename.endsWith('.ts') && process.execArgv.length === 0
}

/**
 * Puts a process in the place of this one (same id) that finds its modules compiled: Node's stripping of types takes
 * 18 MB and gives none of it back. Returns where that is impossible, as on Windows or where the cache cannot be written.
 */
function startFromCache(): void {
  const { directory } = module.enableCompileCache(CACHE)
  if (!directory || !process.execve) return
  const env = { ...process.env, NODE_COMPILE_CACHE: CACHE }
  process.execve(process.execPath, [process.execPath, ...process.argv.slice(1)], env)
}

/** Runs the same command on a Node that npm fetches, and ends as it ends. */
function startOnNewerNode(): void {
  process.stderr.write(`parsegate: Node ${process.version} is too old; using Node ${NEEDED} through npx\n`)
  const path = execFileSync('npx', ['--yes', '-p', `node@${NEEDED}`, 'node', '-p', 'process.execPath'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const child = spawn(path.trim(), process.argv.slice(1), { stdio: 'inherit' })
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal))
  child.on('exit', (code) => process.exit(code ?? 1))
}
