// Characters that show nothing, or turn around what follows; those that join letters stay.
const unseen = /[\p{Cc}\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/gu

/**
 * To be called for each character of a text. What a text calls it by is looked up anew each time where texts of many kinds
 * come by (the engine has a dozen: pieces, joined ones, wide ones), and that takes twice as long as the rest.
 */
export const { charCodeAt } = String.prototype

/** The words of a list with spaces between. */
export const setOf = (list: string): ReadonlySet<string> => new Set(list.split(' '))

// Single spaces are let be: most white space is.
const spaces = /[^\S ]\s*| \s+/g

/** Each run of white space as one space. */
export const collapse = (text: string): string => text.replaceAll(spaces, ' ')

/** White space collapsed, and none at the ends. */
export const squeeze = (text: string): string => collapse(text).trim()

/** A text as it is read: white space collapsed, what is unseen gone, well formed, bounded. */
export function cleanText(text: string, maxChars = 2_000): string {
  return (
    text
      .slice(0, maxChars * 4)
      .replaceAll(spaces, ' ')
      .replaceAll(unseen, '')
      // What is gone now may have stood between two.
      .replaceAll(spaces, ' ')
      .trim()
      .slice(0, maxChars)
      .toWellFormed()
  )
}

/**
 * The words of a text in lower case: runs of letters, digits and marks. Those of ASCII need no look into a long list. What
 * is longer than any word comes in pieces: the engine remembers each letter of a run, and one of 10 MB is more than it can.
 */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/(?:[a-z\d]|[\p{L}\p{N}\p{M}]){1,1000}/gu) ?? []
}

/** How often each of the values is there. */
export function countOf<Value>(values: readonly Value[]): Map<Value, number> {
  const counts = new Map<Value, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}

/** A text as it is compared: its words alone. */
export const plain = (text: string): string => wordsOf(text).join(' ')
