/** Characters that XML has none of (XML 1.0, 2.2). */
export const unlawful = /[^\P{Cc}\t\n\r\x7f-\x9f]|[\ufffe\uffff]/u

/** The character of a numeric reference of XML; null where there is none of that number. */
export function characterOf(digits: string, radix: 10 | 16): string | null {
  const code = Number.parseInt(digits, radix)
  const isOne = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)
  const character = isOne ? String.fromCodePoint(code) : '\0'
  return unlawful.test(character) ? null : character
}
