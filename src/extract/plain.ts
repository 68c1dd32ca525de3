import { Parser } from 'htmlparser2'

/** Characters of a text in which a title is looked for: it stands before the rest. */
const LOOKED_AT = 65_536

/**
 * The title of what is no page: of a feed its channel's, of other XML that of its first `title`, of JSON a `title` or
 * `name` at the top, of Markdown its first heading; '' if there is none.
 * @param mediaType `type/subtype` in lower case
 */
export function plainTitle(text: string, mediaType: string): string {
  if (/[/+]xml$/.test(mediaType)) return collapse(xmlTitle(text.slice(0, LOOKED_AT)))
  if (/[/+]json$/.test(mediaType)) return collapse(jsonTitle(text))
  if (mediaType.endsWith('markdown'))
    return collapse(/^#[ \t]+(.+?)[ \t#]*$/m.exec(text.slice(0, LOOKED_AT))?.[1] ?? '')
  return ''
}

const collapse = (title: string) => title.replaceAll(/\s+/g, ' ').trim()

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
