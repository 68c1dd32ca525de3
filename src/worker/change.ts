import { hash } from 'node:crypto'
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff'
import { isContent } from '../contract/flags.ts'
import { type Change, type Claimed, type NewPage, type Page, storable } from '../contract/models.ts'
import type { Repository } from '../contract/repository.ts'

/** Longest texts that a diff is made of, both together, in characters. */
const LONGEST_TEXTS = 2_000_000

/** Longest diff kept, in characters, and the most edits that are looked for. */
const LONGEST_DIFF = 100_000
const MOST_EDITS = 4000

/** Milliseconds for the search: two long texts that have nothing in common take long to compare, and the worker waits. */
const DIFF_MS = 100

/**
 * Adds to a page of a schedule what became of it since the run before. One that stands in the place of the page that was
 * asked for is compared with nothing.
 */
export async function withChange(
  { id, schedule_id }: Pick<Claimed, 'id' | 'schedule_id'>,
  page: Page,
  repository: Pick<Repository, 'previous'>,
): Promise<NewPage> {
  if (schedule_id === null || !isContent(page.page_flags)) return page
  const before = await repository.previous(id)
  const text = page.formats?.text
  // Parsers that were not written here may give none: then it is the HTML that is compared, of both.
  const hasText = text !== undefined && before?.text !== null
  const [then, now] = hasText ? [before?.text, text] : [before?.html, page.html]
  const change = changeOf(then === undefined || then === null ? null : storable(then), storable(now))
  return { ...page, change: { ...change, previous_request_id: before?.id ?? null } }
}

/**
 * Compares the text of a page with what it was.
 * @param before null where it was not looked at before
 */
export function changeOf(before: string | null, after: string): Omit<Change, 'previous_request_id'> {
  const digest = hash('sha256', after, 'hex')
  if (before === null || before === after) return { changed: false, hash: digest, diff: null }
  // Its time bounds the search for edits alone: millions of short lines take seconds before that.
  if (before.length + after.length > LONGEST_TEXTS) return { changed: true, hash: digest, diff: null }
  const options = {
    ...{ context: 3, maxEditLength: MOST_EDITS, timeout: DIFF_MS },
    headerOptions: FILE_HEADERS_ONLY,
  }
  const names = ['before', 'after'] as const
  const diff = createTwoFilesPatch(...names, asLines(before), asLines(after), undefined, undefined, options)
  return {
    changed: true,
    hash: digest,
    diff: diff !== undefined && diff.length <= LONGEST_DIFF ? diff : null,
  }
}

/** A text as a file has it: its last line ends as the others do, so that no diff speaks of that. */
const asLines = (text: string) => (text === '' || text.endsWith('\n') ? text : `${text}\n`)
