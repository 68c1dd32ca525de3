import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { decode } from '../src/extract/decode.ts'

/** A page that people labelled: `text` is its main content, `with` and `without` what that must and must not hold. */
export interface Labelled {
  id: string
  url: string
  type: string
  text: string | null
  with: string[]
  without: string[]
}

/** The labelled pages of a folder: `truth.jsonl.gz` has a line a page, `ID.html.gz` each page. */
export function readTruth(folder: string): Labelled[] {
  const lines = gunzipSync(readFileSync(join(folder, 'truth.jsonl.gz')))
    .toString()
    .split('\n')
  return lines.filter(Boolean).map((line) => JSON.parse(line) as Labelled)
}

export function readPage(folder: string, { id, url }: Labelled): string {
  const bytes = gunzipSync(readFileSync(join(folder, `${id}.html.gz`)))
  return decode(bytes, null, URL.parse(url)?.hostname ?? null).text
}

/** Three in ten pages are kept apart to check by: those whose hashed id begins low. */
export function isForValidation(id: string): boolean {
  return (createHash('sha256').update(id).digest()[0] as number) < 77
}
