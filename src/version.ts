import { readFileSync } from 'node:fs'

const { version: own } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string
}

/** The version of this program, from package.json: the same file beside src/ and beside dist/. */
export const version = own
