import type { Page } from '../contract/models.ts'
import { decode } from './decode.ts'
import { flagsOf } from './flags.ts'
import { plainTitle } from './plain.ts'
import { titleOf } from './title.ts'
import { toHtml } from './xhtml.ts'

/** A body that is text, with what is known of it. */
export interface TextBody {
  bytes: Uint8Array
  /** The Content-Type field as it was sent. */
  contentType: string | null
  /** The kind that it was taken for, `type/subtype` in lower case. */
  mediaType: string
  /** What that is: a page where it is `html` or `xhtml`. */
  kind: string
  /** Where it was asked for, and where it was found. */
  url: string
  finalUrl: string
}

/** What a page says: as text, with its title and what it seems to be. */
export type ReadPage = Pick<Page, 'title' | 'html' | 'encoding' | 'encoding_source' | 'page_flags'>

/**
 * Reads a text from its first byte to its last, in time that grows with it and no faster.
 * @param decoded if it is already
 * @param markup the text in HTML's syntax, where there is one already
 */
export function readPage(
  body: TextBody,
  decoded = decodeBody(body),
  markup = toHtml(decoded.text, body.mediaType),
): ReadPage {
  const { text, encoding, source } = decoded
  const { kind, mediaType, url, finalUrl } = body
  const isPage = kind === 'html' || kind === 'xhtml'
  const title = isPage ? titleOf(markup) : plainTitle(text, mediaType)
  const page_flags = isPage ? flagsOf({ html: markup, title, url, finalUrl }) : []
  return { title, html: text, encoding, encoding_source: source, page_flags }
}

/** Its text, by what it says of its encoding and where it is from. */
export const decodeBody = ({ bytes, contentType, finalUrl }: TextBody) =>
  decode(bytes, contentType, new URL(finalUrl).hostname)

/** The job of a thread. Its bytes go as soon as they are text: by the time that they were collected, more would have come. */
export default async function run(body: TextBody): Promise<ReadPage> {
  const decoded = decodeBody(body)
  ;(body.bytes.buffer as ArrayBuffer).transfer(0)
  return readPage(body, decoded)
}
