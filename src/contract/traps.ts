import { queryOf } from './urls.ts'

// Sites that make ever new addresses for ever the same: by mistake, by calendars and filters, or to catch crawlers.

/** Bounds of one address: characters of its path and of its query, parts of its path, parameters. */
const LONGEST_PATH = 1024
const LONGEST_QUERY = 512
const MOST_PARTS = 20
const MOST_PARAMETERS = 12

/** How often one part may be in a path, and how often a run of parts may follow itself. */
const MOST_OF_A_PART = 4
const MOST_OF_A_RUN = 2

/** Whether an address looks made by a machine that knows no end, by itself alone. */
export function isTrap(href: string): boolean {
  const { pathname, search } = new URL(href)
  if (pathname.length > LONGEST_PATH || search.length > LONGEST_QUERY) return true
  if (search.split('&').length > MOST_PARAMETERS) return true
  const parts = pathname.split('/').filter((part) => part !== '')
  return parts.length > MOST_PARTS || repeats(parts)
}

/** As a link without its first slash makes them: /a/b/a/b/a/b. */
function repeats(parts: string[]): boolean {
  const counts = new Map<string, number>()
  for (const part of parts) counts.set(part, (counts.get(part) ?? 0) + 1)
  if (Math.max(0, ...counts.values()) > MOST_OF_A_PART) return true
  return parts.some((_, end) =>
    [1, 2, 3, 4, 5].some((length) => runs(parts, end + 1, length) > MOST_OF_A_RUN),
  )
}

/** How often the `length` parts before `end` follow each other there. */
function runs(parts: string[], end: number, length: number): number {
  const run = parts.slice(end - length, end)
  let count = 0
  for (
    let at = end;
    at >= length && run.every((part, index) => parts[at - length + index] === part);
    at -= length
  )
    count += 1
  return count
}

/** A family of addresses that may grow without end, and how many of it are taken in one crawl. */
export interface Family {
  name: string
  most: number
}

/** Addresses of one path that differ by their query: with one parameter, as lists have, and with more, as filters have. */
const MOST_LISTED = 1000
const MOST_FILTERED = 100

/** Addresses that differ by numbers alone: those with a date, as calendars have, and any other. */
const MOST_DATED = 200
const MOST_NUMBERED = 2000

/** The families that an address belongs to; none for most. */
export function familiesOf(href: string): Family[] {
  const { host, pathname, search } = new URL(href)
  const query = queryOf(search)
  const shape = `${host}${pathname}?${query}`.replaceAll(/\d+/g, '0')
  const isNumbered = /\d/.test(pathname + query)
  return [
    ...(query === ''
      ? []
      : [{ name: `query ${host}${pathname}`, most: query.includes('&') ? MOST_FILTERED : MOST_LISTED }]),
    ...(isNumbered
      ? [{ name: `shape ${shape}`, most: isDated(`${pathname}?${query}`) ? MOST_DATED : MOST_NUMBERED }]
      : []),
  ]
}

const date =
  /(?<!\d)(?:19|20|21)\d\d(?:[-/_.]?(?:0?[1-9]|1[0-2])(?:[-/_.]?(?:0?[1-9]|[12]\d|3[01]))?)?(?!\d)/g

/** A date or a parameter that is named for one, and no number beside it that could be somebody's. */
function isDated(address: string): boolean {
  const rest = address.replaceAll(date, '')
  const isNamed = /[?&](?:date|day|month|year|week|from|start|cal\w*|tribe-bar-date)=/i.test(address)
  return (isNamed || rest.length < address.length) && !/\d{3}/.test(rest)
}
