import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

/** A service of compose.yaml, as far as tests look at it. */
export interface ComposeService {
  image?: string
  build?: string
  command?: string[]
  environment?: Record<string, string | number>
  depends_on?: Record<string, { condition: string }>
  networks: string[]
  ports?: string[]
  volumes?: string[]
  restart: string
  init?: boolean
  read_only?: boolean
  cap_drop?: string[]
  security_opt?: string[]
  stop_grace_period?: string
  mem_limit?: string
  healthcheck?: { test: string[]; interval: string; timeout: string; retries: number; disable?: boolean }
}

interface Compose {
  services: Record<string, ComposeService>
  networks: Record<string, { internal?: boolean }>
  volumes: Record<string, object>
}

export const composeText = readFileSync(join(import.meta.dirname, '../../compose.yaml'), 'utf8')
export const compose = parse(composeText, { merge: true }) as Compose

export function composeService(name: string): ComposeService {
  const found = compose.services[name]
  assert.ok(found, name)
  return found
}

/** Fills in `${NAME}`, `${NAME:-default}` and `${NAME:?message}` as compose does. */
export function fill(value: string | number, env: Record<string, string>): string {
  return String(value).replaceAll(
    /\$\{(\w+)(?::([-?])([^}]*))?\}/g,
    (_, name: string, kind, rest: string) => {
      if (env[name]) return env[name]
      assert.notEqual(kind, '?', `${name} is required`)
      return rest ?? ''
    },
  )
}
