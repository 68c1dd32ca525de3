import { type FormatOptions, formatOptions } from '../contract/formats.ts'
import type { Page } from '../contract/models.ts'
import type { ParseOptions } from '../contract/options.ts'
import type { Parser } from '../contract/parser.ts'
import type { Extractor } from '../extract/extractor.ts'
import { addTime, rounded } from '../fetch/timings.ts'

/**
 * Adds to a parser's pages the formats that a request asks for. The parser knows nothing of them, so that requests which
 * differ in formats alone may share a fetch.
 * @param maxBytes formats that are larger in all, as JSON, are left to be made when they are read
 */
export function withFormats(
  parser: Parser,
  extractor: Extractor,
  maxBytes = Number.POSITIVE_INFINITY,
): Parser {
  return {
    async parse(url, options, signal, handedOn) {
      const { fetching, wanted } = divide(options)
      const page = await parser.parse(url, fetching, signal, handedOn)
      if (page.not_modified) return page
      const timings = { ...page.timings }
      const began = performance.now()
      const formats = await extractor.make(toText(url, page), wanted, { signal, maxBytes })
      addTime(timings, 'parse', began)
      return formats === null ? page : { ...page, formats, timings: rounded(timings) }
    },
  }
}

function divide(options: ParseOptions): { fetching: ParseOptions; wanted: FormatOptions } {
  const entries = Object.entries(options)
  const isOfFormats = ([name]: [string, unknown]) => Object.hasOwn(formatOptions, name)
  return {
    fetching: Object.fromEntries(entries.filter((entry) => !isOfFormats(entry))),
    wanted: Object.fromEntries(entries.filter(isOfFormats)),
  }
}

const toText = (url: string, { html, title, final_url, media_type }: Page) => ({
  html,
  title,
  url: final_url ?? url,
  mediaType: media_type,
})
