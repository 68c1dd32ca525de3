import type { Page } from '../contract/models.ts'
import type { Parser } from '../contract/parser.ts'
import type { ParseOptions } from '../contract/requests.ts'
import { type Decoded, decode } from '../extract/decode.ts'
import { metaRefresh } from '../extract/refresh.ts'
import { titleOf } from '../extract/title.ts'
import { readContentType } from '../extract/type.ts'
import type { Fetcher, FetchOptions } from '../fetch/page.ts'

interface Parts {
  fetcher: Fetcher
}

/** Makes the parser of this process: a URL is fetched, its bytes become text, its title is read. */
export function createParser({ fetcher }: Parts): Parser {
  return {
    async parse(url, options, signal): Promise<Page> {
      let decoded: Decoded = { text: '', encoding: '' }
      const refreshOf = (body: Uint8Array, contentType: string | null) => {
        decoded = decode(body, contentType)
        return readContentType(contentType).kind === 'html' ? metaRefresh(decoded.text) : null
      }
      const fetched = await fetcher.fetch(url, { ...toFetchOptions(options), signal, refreshOf })
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

function toFetchOptions({ timeout, max_bytes, user_agent, accept_language }: ParseOptions): FetchOptions {
  return {
    timeoutMs: timeout === undefined ? undefined : timeout * 1000,
    maxBytes: max_bytes,
    userAgent: user_agent,
    acceptLanguage: accept_language,
  }
}
