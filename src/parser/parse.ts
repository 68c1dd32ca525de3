import type { Page } from '../contract/models.ts'
import type { Parser } from '../contract/parser.ts'
import { decode } from '../extract/decode.ts'
import { titleOf } from '../extract/title.ts'
import type { Fetcher } from '../fetch/page.ts'

interface Parts {
  fetcher: Fetcher
}

/** Makes the parser of this process: a URL is fetched, its bytes become text, its title is read. */
export function createParser({ fetcher }: Parts): Parser {
  return {
    async parse(url, { timeout, max_bytes }, signal): Promise<Page> {
      const timeoutMs = timeout === undefined ? undefined : timeout * 1000
      const fetched = await fetcher.fetch(url, { timeoutMs, maxBytes: max_bytes, signal })
      const { text, encoding } = decode(fetched.body, fetched.contentType)
      return {
        title: titleOf(text),
        html: text,
        final_url: fetched.finalUrl,
        target_status: fetched.status,
        content_type: fetched.contentType,
        encoding,
        fetched_at: fetched.fetchedAt,
      }
    },
  }
}
