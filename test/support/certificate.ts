import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Certificate } from './origin.ts'

/** What a certificate is to say. */
export interface Wanted {
  /** `DNS:origin.test`, `IP:127.0.0.1`; none for a certificate that says no name but its common one. */
  names: string[]
  /** Common name; `origin` by default. */
  common?: string
  /** Days for which it is valid; below zero for one that has run out. */
  days?: number
  /** Kind of key, as openssl has it; a P-256 one by default. */
  key?: string[]
  /** Whether it may sign others. */
  signs?: boolean
}

export interface Authority extends Certificate {
  /** Makes a certificate that this authority has signed. */
  issue(wanted: Wanted): Authority
}

const ellipticKey = ['ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1']

/** Makes an authority that nobody trusts unless told to: a certificate that signs itself, and others. */
export function createAuthority(common = 'test authority'): Authority {
  return make({ names: [], common, signs: true }, undefined)
}

function make(wanted: Wanted, by: Certificate | undefined): Authority {
  const folder = mkdtempSync(join(tmpdir(), 'certificate-'))
  const at = (name: string) => join(folder, name)
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore', cwd: folder })
  try {
    const { common = 'origin', key = ellipticKey, days = 30 } = wanted
    openssl('req', '-newkey', ...key, '-nodes', '-subj', `/CN=${common}`, '-keyout', 'key', '-out', 'request')
    writeFileSync(at('extensions'), extensionsOf(wanted))
    writeFileSync(at('ca'), by?.cert ?? '')
    writeFileSync(at('cakey'), by?.key ?? '')
    const signer = by ? ['-CA', 'ca', '-CAkey', 'cakey', '-CAcreateserial'] : ['-signkey', 'key']
    const terms = ['-days', String(days), '-extfile', 'extensions', '-out', 'cert']
    openssl('x509', '-req', '-in', 'request', ...signer, ...terms)
    const made = { cert: readFileSync(at('cert'), 'utf8'), key: readFileSync(at('key'), 'utf8') }
    return { ...made, issue: (next) => make(next, made) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function extensionsOf({ names, signs = false }: Wanted): string {
  const lines = [`basicConstraints = critical, CA:${signs ? 'TRUE' : 'FALSE'}`]
  if (names.length > 0) lines.push(`subjectAltName = ${names.join(',')}`)
  return lines.join('\n')
}
