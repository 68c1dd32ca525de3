import { hash } from 'node:crypto'
import { createTwoFilesPatch } from 'diff'

/** What became of a page since it was looked at before. */
export interface Change {
  /** False too where it was not looked at before. */
  changed: boolean
  /** SHA-256 of its text, in hex. */
  hash: string
  /** Unified diff of its text; null where nothing changed or too much did. */
  diff: string | null
}

/** Longest diff kept, in characters, and the most edits that are looked for. */
const LONGEST_DIFF = 100_000
const MOST_EDITS = 4000

/** Milliseconds for a diff: two long texts that have nothing in common take long to compare. */
const DIFF_MS = 300

/**
 * Compares the text of a page with what it was.
 * @param before null where it was not looked at before
 */
export function changeOf(before: string | null, after: string): Change {
  const digest = hash('sha256', after, 'hex')
  if (before === null || before === after) return { changed: false, hash: digest, diff: null }
  const options = { context: 3, maxEditLength: MOST_EDITS, timeout: DIFF_MS }
  const diff = createTwoFilesPatch('before', 'after', before, after, undefined, undefined, options)
  return {
    changed: true,
    hash: digest,
    diff: diff !== undefined && diff.length <= LONGEST_DIFF ? diff : null,
  }
}
