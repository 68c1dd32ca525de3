import type { Page } from '../contract/models.ts'
import type { Parser } from '../contract/parser.ts'
import { type Decoded, decode } from '../extract/decode.ts'
import { metaRefresh } from '../extract/refresh.ts'
import { titleOf } from '../extract/title.ts'
import { readContentType } from '../extract/type.ts'
import type { Fetcher } from '../fetch/page.ts'

interface Parts {
  fetcher: Fetcher
}

/** Makes the parser of this process: a URL is fetched, its bytes become text, its title is read. */
export function createParser({ fetcher }: Parts): Parser {
  return {
    async parse(url, { timeout, max_bytes }, signal): Promise<Page> {
      const timeoutMs = timeout === undefined ? undefined : timeout * 1000
      let decoded: Decoded = { text: '', encoding: '' }
      const refreshOf = (body: Uint8Array, contentType: string | null) => {
        decoded = decode(body, contentType)
        return readContentType(contentType).kind === 'html' ? metaRefresh(decoded.text) : null
      }
      const fetched = await fetcher.fetch(url, { timeoutMs, maxBytes: max_bytes, signal, refreshOf })
      const { text, encoding } = decoded
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
