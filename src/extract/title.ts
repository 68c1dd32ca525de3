import { decodeHTML } from 'entities'
import { hasRawText, Markup } from './markup.ts'
import { Nesting } from './nesting.ts'

/**
 * The title of a page as a browser's `document.title` gives it with scripting on: the text of the first title element of
 * HTML (not one of SVG or MathML, nor in a template), its entities decoded, ASCII white space stripped and collapsed; ''
 * if there is none. One that is not closed takes the rest of the page.
 *
 * No tree is built, and nothing is read past the title. htmlparser2's Parser finds tags too, but takes time squared
 * on nested ones (0.4 s for 80,000 of <b>, 8 s to close as many others) and knows neither noscript nor escaped scripts.
 */
export function titleOf(html: string): string {
  if (!/<title[\t\n\f\r />]/i.test(html)) return ''
  return decodeHTML(titleText(html))
    .replaceAll(/[\t\n\f\r ]+/g, ' ')
    .replaceAll(/^ | $/g, '')
}

function titleText(html: string): string {
  const markup = new Markup(html)
  const nesting = new Nesting()
  for (;;) {
    const tag = markup.next(nesting.isForeign)
    if (tag === null) return ''
    if (tag.isEnd) nesting.close(tag.name)
    else if (nesting.open(tag) === 'html') {
      if (endsTitles(tag.name, markup, nesting)) return ''
      const text = hasRawText(tag.name) ? markup.skipRawText(tag.name) : ''
      if (tag.name === 'title' && !nesting.isInTemplate) return text
    }
  }
}

/** Nothing after <plaintext> is markup, and a page of frames has no titles but those before its <frameset>. */
function endsTitles(name: string, { hasText }: Markup, { isFramesetOk }: Nesting): boolean {
  return name === 'plaintext' || (name === 'frameset' && !hasText && isFramesetOk)
}
