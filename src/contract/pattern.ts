import { z } from 'zod'

/** Longest pattern, in characters, and most wildcards in one: both bound the time of a match. */
const MAX_LENGTH = 200
const MAX_WILDCARDS = 10

/** Most patterns in one list. */
const MAX_PATTERNS = 20

/**
 * Which pages of a site are meant: `*` is anything within one part of a path, `**` anything at all, all else itself. With
 * a `?` the query counts too, without one any query fits.
 */
export const Pattern = z
  .string('must be a text')
  .min(1, 'must not be empty')
  .max(MAX_LENGTH, `must not be longer than ${MAX_LENGTH} characters`)
  .superRefine((text, context) => {
    const fault = faultOf(text)
    if (fault) context.addIssue(fault)
  })
  .meta({ examples: ['/blog/**'] })

export const Patterns = z
  .array(Pattern, 'must be a list of patterns')
  .max(MAX_PATTERNS, `must not have more than ${MAX_PATTERNS} patterns`)

function faultOf(text: string): string | undefined {
  if (!/^[/*]/.test(text)) return 'must begin with / or *: it is compared with a path such as /blog/2024'
  if (/[\s#\p{Cc}]/u.test(text)) return 'must not have white space or #'
  if (text.includes('***')) return 'must not have more than two * in a row'
  if (wildcards(text) > MAX_WILDCARDS) return `must not have more than ${MAX_WILDCARDS} wildcards`
  return undefined
}

const wildcards = (text: string) => text.match(/\*+/g)?.length ?? 0

/** Compiles a pattern that `Pattern` has let pass. @returns whether it fits an absolute URL */
export function compilePattern(pattern: string): (href: string) => boolean {
  const takesQuery = pattern.includes('?')
  // In the spelling that URLs have; the host is of no account.
  const spelled = pattern.split('*').map(spell).join('*')
  const tokens = spelled.split(/(\*{1,2})/).filter((token) => token !== '')
  const [start = ''] = tokens
  return (href) => {
    const { pathname, search } = new URL(href)
    const text = takesQuery ? pathname + search : pathname
    // Most are done with here.
    if (!start.startsWith('*') && !text.startsWith(start)) return false
    return fits(tokens, text)
  }
}

/** A literal percent-encoded as in a URL; what is encoded already stays. */
function spell(literal: string): string {
  return literal.toWellFormed().replaceAll(/[^\x21-\x7e]+/g, encodeURIComponent)
}

/**
 * Keeps the set of places that the tokens so far can have come to, so that each token passes over the text once: no
 * pattern and no URL makes it go back.
 */
function fits(tokens: string[], text: string): boolean {
  let places = new Uint8Array(text.length + 1)
  places[0] = 1
  for (const token of tokens) places = advance(places, token, text)
  return places[text.length] === 1
}

function advance(places: Uint8Array, token: string, text: string): Uint8Array<ArrayBuffer> {
  const next = new Uint8Array(text.length + 1)
  const isWild = token === '*' || token === '**'
  for (let at = 0, open = false; at <= text.length; at += 1) {
    // Within a wildcard one goes on from any place before; a single one ends at a slash.
    open = (open && (token === '**' || text[at - 1] !== '/')) || places[at] === 1
    if (isWild && open) next[at] = 1
    else if (!isWild && places[at] === 1 && text.startsWith(token, at)) next[at + token.length] = 1
  }
  return next
}

/** Whether a URL is wanted: by one of `include`, if there are any, and by none of `exclude`. */
export function createFilter(
  include: readonly string[],
  exclude: readonly string[],
): (href: string) => boolean {
  const [wanted, unwanted] = [include.map(compilePattern), exclude.map(compilePattern)]
  return (href) =>
    (wanted.length === 0 || wanted.some((fit) => fit(href))) && !unwanted.some((fit) => fit(href))
}
