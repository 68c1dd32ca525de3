import { charCodeAt } from './words.ts'

/** What a stretch of text is made of. All are counts; words as a reader tells them apart, runs of letters and digits. */
export interface Measure {
  chars: number
  words: number
  linkWords: number
  links: number
  strongWords: number
  /** Words that begin with a capital letter, and words without small letters. */
  capitalised: number
  shouted: number
  /** Words that begin with a digit. */
  numbers: number
  /** Full stops, question and exclamation marks with white space or nothing after them. */
  ends: number
  commas: number
  /** Bars, bullets, arrows and the like, which part one label from the next. */
  dividers: number
  currencies: number
  rights: number
  first: number
  last: number
}

export const createMeasure = (): Measure => ({
  chars: 0,
  words: 0,
  linkWords: 0,
  links: 0,
  strongWords: 0,
  capitalised: 0,
  shouted: 0,
  numbers: 0,
  ends: 0,
  commas: 0,
  dividers: 0,
  currencies: 0,
  rights: 0,
  first: 0,
  last: 0,
})

const Kind = {
  other: 0,
  space: 1,
  digit: 2,
  small: 3,
  capital: 4,
  end: 5,
  comma: 6,
  divider: 7,
  currency: 8,
  right: 9,
}

/** Kinds of the characters below U+3100; what is above is read by `kindAbove`. */
const kinds = new Uint8Array(0x3100).map((_, code) => kindOf(String.fromCharCode(code)))

function kindOf(char: string): number {
  if (/\s/u.test(char)) return Kind.space
  if (/\p{Lu}/u.test(char)) return Kind.capital
  if (/[\p{L}\p{M}_]/u.test(char)) return Kind.small
  if (/\p{N}/u.test(char)) return Kind.digit
  if (/\p{Sc}/u.test(char)) return Kind.currency
  if ('.!?。…؟।'.includes(char)) return Kind.end
  if (',;،、'.includes(char)) return Kind.comma
  if ('|•·»«›‹→←▶►▼▲/>✓★☆'.includes(char)) return Kind.divider
  return '©®™'.includes(char) ? Kind.right : Kind.other
}

function kindAbove(code: number): number {
  if (code === 0xff0c) return Kind.comma
  if (code === 0xff01 || code === 0xff1f) return Kind.end
  return code >= 0xff00 && code <= 0xff0f ? Kind.other : Kind.small
}

/** Adds a piece of text to what was measured before it. @returns how many words it has */
export function addText(measure: Measure, text: string): number {
  const before = measure.words
  const { length } = text
  let kind: number = Kind.space
  let hasSmall = true
  let [chars, last] = [0, measure.last]
  for (let at = 0; at < length; at += 1) {
    const code = charCodeAt.call(text, at)
    const next = code < kinds.length ? (kinds[code] as number) : kindAbove(code)
    if (next === Kind.space) {
      if (kind === Kind.end) measure.ends += 1
    } else {
      if (measure.first === 0) measure.first = code
      last = code
      chars += 1
    }
    const isWord = next >= Kind.digit && next <= Kind.capital
    if (isWord && !(kind >= Kind.digit && kind <= Kind.capital)) {
      if (!hasSmall) measure.shouted += 1
      measure.words += 1
      hasSmall = next !== Kind.capital
      if (next === Kind.capital) measure.capitalised += 1
      else if (next === Kind.digit) measure.numbers += 1
    } else if (next === Kind.small) hasSmall = true
    else if (next === Kind.comma) measure.commas += 1
    else if (next === Kind.divider) measure.dividers += 1
    else if (next === Kind.currency) measure.currencies += 1
    else if (next === Kind.right) measure.rights += 1
    kind = next
  }
  measure.chars += chars
  measure.last = last
  if (kind === Kind.end) measure.ends += 1
  if (!hasSmall) measure.shouted += 1
  return measure.words - before
}
