import { createRequire } from 'node:module'
import type { Selector as Token } from 'css-what'
import { z } from 'zod'

/** Most processes never see a selector, and what reads them takes megabytes. */
const load = createRequire(import.meta.url)

/** What is wrong with a CSS selector, in words that quote it; null if nothing is. Needs no page. */
export function checkSelector(css: string): string | null {
  const { compile }: typeof import('css-select') = load('css-select')
  const { isTraversal, parse }: typeof import('css-what') = load('css-what')
  try {
    const lists = parse(css)
    const fault = faultIn(lists, isTraversal)
    if (fault === null) compile(lists)
    return fault === null ? null : quote(css, fault)
  } catch (fault) {
    return quote(css, fault instanceof Error ? fault.message : String(fault))
  }
}

function quote(css: string, reason: string): string {
  return `${JSON.stringify(css)} is no CSS selector that is understood: ${reason}`
}

/** What the parser lets pass although it can match nothing. */
function faultIn(lists: Token[][], isTraversal: (token: Token) => boolean): string | null {
  if (lists.length === 0 || lists.some((tokens) => tokens.length === 0)) return 'Empty selector'
  for (const tokens of lists) {
    const last = tokens.at(-1)
    if (last && isTraversal(last)) return 'Nothing follows the last combinator'
    for (const token of tokens) {
      if (token.type === 'attribute' && token.action === 'element' && token.value === '') return 'Empty name'
      const inner =
        token.type === 'pseudo' && Array.isArray(token.data) ? faultIn(token.data, isTraversal) : null
      if (inner !== null) return inner
    }
  }
  return null
}

/** A CSS selector (level 4, as far as it looks at a page that no script has changed). */
export const Selector = z
  .string('must be a CSS selector')
  .min(1, 'must not be empty')
  .max(500, 'must not be longer than 500 characters')
  .superRefine((css, context) => {
    const fault = css === '' || css.length > 500 ? null : checkSelector(css)
    if (fault !== null) context.addIssue({ code: 'custom', message: fault, input: css })
  })
