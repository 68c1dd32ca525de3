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

/**
 * Most that each half of the young heap may grow to, in MB. Node lets it have 64, and keeps what a burst made of it: where ten
 * thousand clients come to wait that was half of the memory they took, and a busy parser is 120 MB smaller, no slower.
 */
const YOUNG_MB = 16

// Old Nodes leave this undefined.
if (import.meta.main !== false) await startUp()

async function startUp(): Promise<void> {
  if (Number.parseInt(process.versions.node, 10) < NEEDED) return startOnNewerNode()
  // Started by hand with flags, it stays as it is.
  if (process.execve && process.execArgv.length === 0) startAgain()
  // What is allocated while modules load would widen the heap for good.
  v8.setFlagsFromString('--semi-space-growth-factor=1')
  const { run } = await import('./commands.ts')
  await run(onReady)
}

function onReady(role: string): void {
  v8.setFlagsFromString('--semi-space-growth-factor=2')
  // Pages pass through a worker in buffers, and V8 goes over the whole heap for every 64 MB of those, which was a third of the time of
  // one with pages of 170 KB. Counted as part of the heap, they may be 150 MB more at the worst.
  if (role === 'worker') v8.setFlagsFromString('--external-memory-accounted-in-global-limit')
  // Clients that wait for the store outlive what is young, and then leave much that is old: an api collects it at half again as
  // much as it holds, or ten thousand who come to wait leave 40 MB. Roles that work on pages would be a fifth slower by that.
  if (role === 'api') v8.setFlagsFromString('--heap-growing-percent=50')
}

/**
 * Puts a process in the place of this one (same id) whose young heap is bounded, which cannot be done to one that runs, and
 * that finds its modules compiled: Node's stripping of types takes 18 MB and gives none of it back.
 */
function startAgain(): void {
  const { execve, execPath, argv, env } = process
  const cache = import.meta.filename.endsWith('.ts') && !env.NODE_COMPILE_CACHE ? openCache() : undefined
  const compiled = cache ? { ...env, NODE_COMPILE_CACHE: cache } : env
  execve?.(execPath, [execPath, `--max-semi-space-size=${YOUNG_MB}`, ...argv.slice(1)], compiled)
}

/** @returns the folder where compiled modules are kept; undefined where it cannot be written */
function openCache(): string | undefined {
  return module.enableCompileCache(CACHE).directory && CACHE
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
