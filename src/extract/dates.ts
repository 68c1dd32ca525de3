import { months } from './months.ts'

/** A day, with its time where one is known. */
export interface Day {
  /** ISO 8601: `2021-05-17`, `2021-05-17T10:00:00+02:00`; without a zone where none is known. */
  iso: string
  /** Where in the text it begins. */
  at: number
  /** Where in the text it ends. */
  end: number
}

export interface DateContext {
  /** Whether numbers are written month first, as in the United States. */
  isMonthFirst: boolean
  /** Nothing is later than the day after. */
  now: Date
}

const EARLIEST = 1990
const MOST = 40

interface Found {
  at: number
  end: number
  year: number
  month: number
  day: number
}

/**
 * The dates that a text names, in their order: ISO 8601 and numbers, with the month's name in some 25 languages, and
 * as Chinese, Japanese and Korean write them. What is before 1990, later than tomorrow or no day of the calendar is none.
 */
export function findDates(text: string, context: DateContext): Day[] {
  const found = [...numericDates(text, context), ...namedDates(text)]
    .filter((date) => isPlausible(date, context.now))
    .sort((one, other) => one.at - other.at || other.end - one.end)
    .slice(0, MOST)
  const days: Day[] = []
  for (const date of found) if (date.at >= (days.at(-1)?.end ?? 0)) days.push(withTime(text, date))
  return days
}

/** The date that a value made for machines gives; null if it gives none: also seconds and milliseconds since 1970. */
export function readDate(value: string, context: DateContext): Day | null {
  const text = value.slice(0, 200)
  const stamp = /^\s*(1\d{9})(\d{3})?(?:\.\d{1,9})?\s*$/.exec(text)
  if (stamp) {
    const iso = new Date(Number(stamp[1]) * 1000).toISOString()
    const date = dateOf(0, text.length, iso.slice(0, 4), iso.slice(5, 7), iso.slice(8, 10))
    return isPlausible(date, context.now) ? { iso: `${iso.slice(0, 19)}Z`, at: 0, end: text.length } : null
  }
  const compact = /^\s*((?:19|20)\d\d)(\d\d)(\d\d)(?:[T ]?(\d\d)(\d\d)(\d\d)?)?(?!\d)/.exec(text)
  if (compact) {
    const [whole, year, month, day, hour, minute, second] = compact
    const date = dateOf(0, whole.length, year, month, day)
    const time = hour && minute ? timeText(hour, minute, second) : ''
    if (isPlausible(date, context.now)) return { iso: isoOf(date) + time, at: 0, end: whole.length }
  }
  return findDates(text, context)[0] ?? null
}

const yearFirst = /(?<![\d./-])((?:19|20)\d\d)\s?([-/.年년])\s?(\d{1,2})\s?[-/.月월]\s?(\d{1,2})(?!\d)/g
const yearLast = /(?<![\d./-])(\d{1,2})\s?([-/.])\s?(\d{1,2})\s?\2\s?((?:19|20)\d\d|\d\d)(?![\d]|[./-]\d)/g

function numericDates(text: string, { isMonthFirst }: DateContext): Found[] {
  const found: Found[] = []
  for (const match of text.matchAll(yearFirst)) {
    const [whole, year, , month, day] = match
    found.push(dateOf(match.index, match.index + whole.length, year, month, day))
  }
  for (const match of text.matchAll(yearLast)) {
    const [whole, first, mark, second, year] = match
    // 1.2.34 is a version as often as a day, 1-2-34 anything.
    if (year?.length === 2 && mark === '-') continue
    const isSwapped = mark === '/' || mark === '-' ? isMonthFirst || Number(second) > 12 : false
    const [day, month] = isSwapped && Number(first) <= 12 ? [second, first] : [first, second]
    found.push(dateOf(match.index, match.index + whole.length, longYear(year ?? ''), month, day))
  }
  return found
}

const longYear = (year: string): string => (year.length === 2 ? `20${year}` : year)

const dayBefore =
  /(?<!\d)(\d{1,2})(?:\s?(?:st|nd|rd|th|er|º|ª|°|ο|\.|-|\/))?(?:\s+(?:de|of|del|d['’]))?[\s,.-]*$/i
const yearAfter =
  /^\.?(?:\s?[,./-]|\s+(?:de|del|of)\s)?\s*((?:19|20)\d\d|['’]\d\d|\d\d(?=\s*[,|·-]|\s*$))(?!\d)/i
const dayAfter =
  /^\.?\s*(\d{1,2})(?:st|nd|rd|th|\.)?(?!\d)(?:,|\s)\s*(?:(?:de|del|of|at)\s+)?((?:19|20)\d\d)(?!\d)/i
const yearBefore = /((?:19|20)\d\d)\.?,?\s+$/

/** Dates around the name of a month. What is before and after it is looked at no further than a date reaches. */
function namedDates(text: string): Found[] {
  const found: Found[] = []
  for (const word of text.matchAll(/\p{L}{3,14}/gu)) {
    const month = months.get(word[0].toLowerCase())
    if (month === undefined) continue
    const start = word.index
    const after = start + word[0].length
    const left = text.slice(Math.max(0, start - 16), start)
    const right = text.slice(after, after + 24)
    const date = around(left, right, start, after, month)
    if (date) found.push(date)
  }
  return found
}

function around(left: string, right: string, start: number, after: number, month: number): Found | null {
  const before = dayBefore.exec(left)
  const year = yearAfter.exec(right)
  if (before && year) {
    const full = (year[1] ?? '').replace(/^['’]/, '')
    return dateOf(
      start - left.length + before.index,
      after + year[0].length,
      longYear(full),
      String(month),
      before[1],
    )
  }
  const next = dayAfter.exec(right)
  if (next) return dateOf(start, after + next[0].length, next[2], String(month), next[1])
  const yearFirst = yearBefore.exec(left)
  const day = /^\.?\s*(\d{1,2})(?!\d)/.exec(right)
  if (yearFirst && day)
    return dateOf(
      start - left.length + yearFirst.index,
      after + day[0].length,
      yearFirst[1],
      String(month),
      day[1],
    )
  return null
}

function dateOf(at: number, end: number, year = '', month = '', day = ''): Found {
  return { at, end, year: Number(year), month: Number(month), day: Number(day) }
}

function isPlausible({ year, month, day }: Found, now: Date): boolean {
  if (year < EARLIEST || month < 1 || month > 12 || day < 1) return false
  const date = new Date(Date.UTC(year, month - 1, day))
  return date.getUTCDate() === day && date.getTime() <= now.getTime() + 86_400_000
}

const two = (value: number): string => String(value).padStart(2, '0')
const isoOf = ({ year, month, day }: Found): string => `${year}-${two(month)}-${two(day)}`

const clock =
  /^日?(?:T|,|\s|·|\||-|–|—|at|um|à|a las|alle|ore|kl\.?|o|\(|klo)*\s*(\d{1,2})(?::|h|\.(?=\d\d\s?(?:uhr|h))|時)(\d\d)(?::(\d\d)(?:[.,]\d{1,9})?)?\s*(am|pm|a\.m\.|p\.m\.)?\s*(?:uhr\s*)?(z(?![a-z])|utc|gmt|[+-]\d\d:?\d\d)?/i

function withTime(text: string, date: Found): Day {
  const match = clock.exec(text.slice(date.end, date.end + 48))
  const day: Day = { iso: isoOf(date), at: date.at, end: date.end }
  if (!match) return day
  const [whole, hours = '', minute = '', second, half = '', zone = ''] = match
  const hour = (Number(hours) % (half ? 12 : 24)) + (/^p/i.test(half) ? 12 : 0)
  if (Number(hours) > 24 || Number(minute) > 59 || Number(second ?? 0) > 59) return day
  return {
    ...day,
    iso: day.iso + timeText(String(hour), minute, second) + zoneText(zone),
    end: date.end + whole.length,
  }
}

const timeText = (hour: string, minute: string, second = '00'): string =>
  `T${hour.padStart(2, '0')}:${minute}:${second}`

function zoneText(zone: string): string {
  if (zone === '') return ''
  const offset = /^([+-]\d\d):?(\d\d)$/.exec(zone)
  return offset ? `${offset[1]}:${offset[2]}` : 'Z'
}
