import { Parser } from 'htmlparser2'
import { hasRawText, Markup } from './markup.ts'
import { Nesting } from './nesting.ts'

/** Characters of a page in which a refresh is looked for: it stands in the head. */
const LOOKED_AT = 65_536

/**
 * The `content` of the first `<meta http-equiv=refresh>` of a page, its character references decoded; null if there is
 * none. As in a browser with scripting on, one in a noscript or a template is none.
 * @param html only its first 65,536 characters are looked at
 */
export function metaRefresh(html: string): string | null {
  const start = html.slice(0, LOOKED_AT)
  // Hardly a page has one: most are done with here.
  if (!/http-equiv[\t\n\f\r ]{0,9}=[\t\n\f\r "']{0,9}refresh/i.test(start)) return null
  const markup = new Markup(start)
  const nesting = new Nesting()
  for (let tag = markup.next(false); tag; tag = markup.next(nesting.isForeign)) {
    if (tag.isEnd) nesting.close(tag.name)
    else if (nesting.open(tag) === 'html') {
      if (hasRawText(tag.name)) markup.skipRawText(tag.name)
      const { attributes } = tag
      const isRefresh = tag.name === 'meta' && attributes.get('http-equiv')?.toLowerCase() === 'refresh'
      const content = isRefresh && !nesting.isInTemplate ? attributes.get('content') : undefined
      if (content !== undefined) return decodeValue(content)
    }
  }
  return null
}

/** Character references decoded as in an attribute's value. */
function decodeValue(value: string): string {
  let decoded = ''
  const parser = new Parser({
    onattribute: (_name, text) => {
      decoded = text
    },
  })
  parser.end(`<a b="${value.replaceAll('"', '&quot;')}">`)
  return decoded
}
