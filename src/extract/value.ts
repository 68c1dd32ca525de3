import { findDates } from './dates.ts'

/** Separators that stand between groups of three digits. */
const spaces = /[\s\u00a0\u202f'’]/g

/**
 * The first number in a text: `1,299.00`, `1.299,00`, `1 299`, `−5` and `12 reviews` are read. Where one kind of separator
 * stands once, a comma before just three digits divides thousands, and anything else is a decimal point.
 */
export function readNumber(text: string): number | null {
  const found = /[-−–]?[.,]?\d[\d.,'’\u00a0\u202f ]*/.exec(text.slice(0, 1000))
  if (!found) return null
  const sign = /^[-−–]/.test(found[0]) && !/\d\s*$/.test(text.slice(0, found.index)) ? -1 : 1
  const digits = found[0].replace(/^[-−–]/, '').replace(/[^\d]+$/, '')
  return sign * Number(withPoint(inGroups(digits)))
}

/** Spaces divide groups of three digits and nothing else: `4 5` are two numbers. */
function inGroups(digits: string): string {
  const [first = '', ...rest] = digits.split(spaces)
  if (first.length > 3) return first
  const end = rest.findIndex((group) => !/^\d{3}(?!\d)/.test(group))
  return first + rest.slice(0, end === -1 ? rest.length : end).join('')
}

function withPoint(digits: string): string {
  const [comma, point] = [digits.lastIndexOf(','), digits.lastIndexOf('.')]
  if (comma !== -1 && point !== -1) {
    const thousands = comma > point ? '.' : ','
    return digits.replaceAll(thousands, '').replace(',', '.')
  }
  const separator = comma === -1 ? '.' : ','
  const count = digits.split(separator).length - 1
  if (count > 1 || (separator === ',' && /^\d{1,3},\d{3}$/.test(digits)))
    return digits.replaceAll(separator, '')
  return digits.replace(',', '.')
}

/** False for what says no; true for anything else, as it is there. */
export function readBoolean(text: string): boolean {
  return !/^\s*(?:false|no|off|0|n|✗|✘|❌)\s*$/i.test(text.slice(0, 20))
}

/** What is to come is a date as well. */
const endOfTime = new Date('9999-01-01')

/**
 * The first day or moment that a text names, in ISO 8601: as it is given if it is given so, else as in `findDates`, days
 * before months; null if it names none.
 */
export function readDate(text: string): string | null {
  const start = text.slice(0, 1000)
  const found = /\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?/.exec(
    start,
  )
  if (found && !Number.isNaN(Date.parse(found[0]))) return found[0].replace(' ', 'T')
  return findDates(start, { isMonthFirst: false, now: endOfTime })[0]?.iso ?? readOther(text)
}

/** English dates before those that pages are dated by. */
function readOther(text: string): string | null {
  const isDated = /[a-z]/i.test(text) && /\b\d{4}\b/.test(text) && text.length < 40
  const time = isDated ? Date.parse(`${text} UTC`) : Number.NaN
  return Number.isNaN(time) ? null : new Date(time).toISOString().slice(0, 10)
}
