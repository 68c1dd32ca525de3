/**
 * Markdown that is finished has to pass through the converter as if it were words. So each sign of ASCII punctuation, of
 * which there are 32, travels as one of the 32 noncharacters U+FDD0 to U+FDEF, which no text may use (Unicode, 23.7).
 */
const signs = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~'
const first = 0xfdd0
const backslash = String.fromCharCode(first + signs.indexOf('\\'))

/** Keeps a blank line of code from being taken for one too many between blocks. */
export const blankLine = '\uffff'

/** Text or Markdown that the converter is to leave as it is. */
export function seal(text: string): string {
  return text.replaceAll(/[!-/:-@[-`{-~]/g, (sign) => String.fromCharCode(first + signs.indexOf(sign)))
}

/** Text that the converter is to leave as it is, with a backslash before each sign that is to be escaped. */
export function sealText(text: string, isEscaped: (sign: string, at: number) => boolean): string {
  return text.replaceAll(/[!-/:-@[-`{-~]/g, (sign, at: number) => {
    const sealed = String.fromCharCode(first + signs.indexOf(sign))
    if (!isEscaped(sign, at)) return sealed
    return sign === '<' && !followsWord(text, at) ? seal('&lt;') : backslash + sealed
  })
}

/**
 * Whether a space, or a word after a space, stands before a sign. After anything else a tag is undone by an entity and not by
 * a backslash: where an address is written out, GFM takes the backslash for a part of it.
 */
function followsWord(text: string, at: number): boolean {
  let start = at
  while (start > 0 && at - start < 40 && /[\p{L}\p{N}]/u.test(text[start - 1] as string)) start -= 1
  return start > 0 && text[start - 1] === ' '
}

/** Undoes `seal` in what the converter made, and its leaning to blank lines. */
export function unseal(markdown: string): string {
  const lines = markdown.replaceAll(/\n{3,}/g, '\n\n')
  // More than the deepest list indents by; without a bound, a flood of spaces would be gone over again and again.
  const text = lines.includes(blankLine) ? lines.replaceAll(/ {0,100}\uffff/g, '') : lines
  return text.replaceAll(/[\ufdd0-\ufdef]/g, (mark) => signs[mark.charCodeAt(0) - first] ?? '').trim()
}

/** Text without what only sealing may use, control characters, and signs that show nothing. */
export function readable(text: string): string {
  return text.replaceAll(
    /[\ufdd0-\ufdef\ufffe\uffff\u00ad\u200b\u2060-\u2064\ufeff]|(?![\t\n\r])\p{Cc}/gu,
    '',
  )
}
