import { Parser } from 'htmlparser2'
import type { Formats } from '../contract/formats.ts'
import type { PageText } from './extractor.ts'
import { squeeze } from './words.ts'

/** Characters of a text in which a title is looked for: it stands before the rest. */
const LOOKED_AT = 65_536

/**
 * The title of what is no page: of a feed its channel's, of other XML that of its first `title`, of JSON a `title` or
 * `name` at the top, of Markdown its first heading; '' if there is none.
 * @param mediaType `type/subtype` in lower case
 */
export function plainTitle(text: string, mediaType: string): string {
  if (/[/+]xml$/.test(mediaType)) return squeeze(xmlTitle(text.slice(0, LOOKED_AT)))
  if (/[/+]json$/.test(mediaType)) return squeeze(jsonTitle(text))
  return mediaType.endsWith('markdown') ? squeeze(markdownTitle(text.slice(0, LOOKED_AT))) : ''
}

/** The first heading of the first level. The signs that may close it are cut by hand: an expression tries each run of them. */
function markdownTitle(text: string): string {
  const line = /^#[ \t]+([^ \t].*)$/m.exec(text)?.[1] ?? ''
  let end = line.length
  while (end > 0 && ' \t#'.includes(line[end - 1] as string)) end -= 1
  return line.slice(0, end)
}

/** The text of the first element whose name is title, with whatever prefix; what is nested in it counts too. */
function xmlTitle(xml: string): string {
  let title = ''
  let depth = 0
  let isDone = false
  const parser = new Parser(
    {
      onopentagname: (name) => {
        if (depth > 0 || (!isDone && /^(?:[\w-]+:)?title$/.test(name))) depth += 1
      },
      ontext: (piece) => {
        if (depth > 0) title += piece
      },
      onclosetag: () => {
        if (depth === 0) return
        depth -= 1
        if (depth > 0) return
        isDone = true
        parser.reset()
      },
    },
    { xmlMode: true, decodeEntities: true },
  )
  // In pieces, so that nothing is read far past the title.
  for (let at = 0; at < xml.length && !isDone; at += 1024) parser.write(xml.slice(at, at + 1024))
  return title
}

function jsonTitle(text: string): string {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null) return ''
    const { title, name } = value as { title?: unknown; name?: unknown }
    const found = typeof title === 'string' ? title : name
    return typeof found === 'string' ? found.slice(0, 1000) : ''
  } catch {
    return ''
  }
}

const markup =
  /^(?:text\/html|application\/(?:xhtml\+xml|(?:x-)?pdf|vnd\.openxmlformats-officedocument\.wordprocessingml\.\w+))$/

/** Whether the text of a kind is HTML: of a page, or made of a document. A kind that is not known is taken for a page. */
export function isMarkup(mediaType: string | null): boolean {
  return mediaType === null || markup.test(mediaType)
}

/** The formats of what is no page: its text as it stands, and nothing that only pages have. */
export function plainFormats({ html: text, mediaType }: PageText): Formats {
  return {
    markdown: plainMarkdown(text, mediaType ?? ''),
    text,
    content: `<pre>${escaped(text)}</pre>`,
    links: [],
    images: [],
    headings: [],
    tables: [],
    json_ld: [],
    feed: [],
  }
}

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

// What could become an element, a character reference or the scheme of a link that runs.
const active = /<[a-z!/?]|&#?\w+;|(?:script|data|file|blob)[\s\\]*:/i

/**
 * Text that cannot do anything when it is shown as Markdown stays as it is; anything else is shown as code, and so safe
 * and unchanged.
 */
function plainMarkdown(text: string, mediaType: string): string {
  const [, language = ''] = /[/+](xml|json)$/.exec(mediaType) ?? []
  if (language === '' && !active.test(text)) return text
  const longest = Math.max(2, ...runsOfBackticks(text))
  const fence = '`'.repeat(longest + 1)
  return `${fence}${language}\n${text.replace(/\n$/, '')}\n${fence}\n`
}

function runsOfBackticks(text: string): number[] {
  return [...new Set(Array.from(text.matchAll(/`+/g), ([run]) => run.length))]
}
