/**
 * The page for htmlparser2's tokenizer (12.0), of the same length, with single letters changed where it would read on
 * to the end of the page and browsers do not: `<![CDATA[` outside of SVG and MathML is a comment that ends with the first
 * `>` (HTML Standard, 13.2.5.42), and what a `noscript` holds ends with it, a frame that is not closed included.
 */
export function mend(html: string): string {
  let mended = ''
  let from = 0
  let isForeign = false
  let isUnscripted = false
  for (const { 0: mark, index } of html.matchAll(/<(?:!\[CDATA\[|\/?(?:svg|math|noscript)\b|iframe\b)/gi)) {
    const name = mark.toLowerCase()
    if (name === '<![cdata[' ? !isForeign : name === '<iframe' && isUnscripted) {
      // `<!-CDATA[` is a comment of the kind that ends with `>`, and a `jframe` has no text of its own.
      const at = index + (name === '<iframe' ? 1 : 2)
      mended += `${html.slice(from, at)}${name === '<iframe' ? 'j' : '-'}`
      from = at + 1
    } else if (name.endsWith('noscript')) isUnscripted = name === '<noscript'
    else if (name !== '<iframe' && name !== '<![cdata[') isForeign = !name.startsWith('</')
  }
  return mended + html.slice(from)
}
