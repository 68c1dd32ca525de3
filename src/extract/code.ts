import type { Element } from 'domhandler'
import { CLASS_CHARS, isElement, walk } from './walk.ts'

/** Names of languages as they follow the fence; anything else in that place is none. */
const nameForm = /^[a-z0-9][a-z0-9+#._-]{0,29}$/

const plainNames: ReadonlySet<string> = new Set([
  ...[
    'text',
    'plain',
    'plaintext',
    'none',
    'nohighlight',
    'no-highlight',
    'default',
    'txt',
    'auto',
    'raw',
    'code',
  ],
])

/** Classes that highlighters put a language into. */
const prefixed =
  /^(?:language|lang|highlight-source|highlight-text|highlight|brush|src|code|syntax)[-:]([\w+#.-]+)$/

/** Classes that tell that another of the same element is the bare name of a language. */
const besideName =
  /^(?:hljs|sourcecode|prettyprint|highlight|code|src|shiki|chroma|syntaxhighlighter|brush:?)$/
const noName: ReadonlySet<string> = new Set([
  ...[
    'linenums',
    'line-numbers',
    'highlighted',
    'notranslate',
    'block',
    'wrap',
    'copyable',
    'hljs',
    'example',
  ],
  ...[
    'literal',
    'highlighter-rouge',
    'numbersource',
    'numberlines',
    'codeblock',
    'container',
    'theme',
    'dark',
    'light',
  ],
])

/** Gutters: what numbers lines, whatever highlighter wrote it. */
const gutter =
  /^(?:linenos?|lineno|linenr|ln|lnt|ln-num|line-?num(?:ber)?s?(?:-rows)?|gutter|rouge-gutter|blob-num|hljs-ln-n(?:umbers?)?|crayon-nums?|code-line-number|react-syntax-highlighter-line-number|copy-?(?:btn|button)?)$/

/** The language that is said of a piece of code, by it or what stands close around it; empty if none is. */
export function languageOf(code: Element): string {
  let at: Element | null = code
  for (let depth = 0; at && depth < 4; depth += 1) {
    const language = languageIn(at)
    if (language !== null) return language
    at = at.parent && isElement(at.parent) ? at.parent : null
  }
  return ''
}

function languageIn({ attribs, name }: Element): string | null {
  const classes = (attribs.class ?? '')
    .slice(0, CLASS_CHARS)
    .toLowerCase()
    .replaceAll(/brush:\s*/g, 'brush:')
    .split(/[\s;]+/, 30)
  const stated =
    attribs['data-lang'] ?? attribs['data-language'] ?? (name === 'pre' ? attribs.lang : undefined)
  const found = classes.map((word) => prefixed.exec(word)?.[1]).find((word) => word !== undefined)
  const isMarked = (name === 'pre' || name === 'code') && classes.some((word) => besideName.test(word))
  const beside = isMarked ? classes.find((word) => isName(word)) : undefined
  const language = stated?.toLowerCase() ?? found ?? beside
  if (language === undefined || !nameForm.test(language)) return null
  return plainNames.has(language) ? '' : language
}

function isName(word: string): boolean {
  return /^[a-z][a-z0-9+#]{0,14}$/.test(word) && !besideName.test(word) && !noName.has(word)
}

/** Elements that are lines, or hold some, though no line break is written. */
const lines: ReadonlySet<string> = new Set(['div', 'p', 'li', 'tr', 'ol', 'ul', 'table', 'pre'])

/** The text of a piece of code as it is written, without the numbers of its lines. */
export function codeText(root: Element): string {
  let text = ''
  // To look at the end of the text itself would write it anew each time.
  let isLineBegun = false
  const add = (piece: string) => {
    if (piece === '') return
    text += piece
    isLineBegun = !piece.endsWith('\n')
  }
  const endLine = () => {
    if (isLineBegun) add('\n')
  }
  walk(root, {
    enter: (element) => {
      if (isGutter(element)) return false
      if (element.name === 'br') add('\n')
      if (lines.has(element.name)) endLine()
      return true
    },
    leave: (element) => {
      if (lines.has(element.name) || endsLine(element)) endLine()
    },
    text: add,
  })
  return text
    .replaceAll('\r\n', '\n')
    .replaceAll('\u00a0', ' ')
    .replace(/^(?:[ \t]*\n)+/, '')
    .trimEnd()
}

function isGutter({ name, attribs }: Element): boolean {
  if (name === 'button' || name === 'script' || name === 'style' || attribs['aria-hidden'] === 'true')
    return true
  return (attribs.class ?? '')
    .toLowerCase()
    .split(/\s+/, 30)
    .some((word) => gutter.test(word))
}

/** Lines may be elements that a style puts below each other. */
function endsLine({ attribs, next }: Element): boolean {
  if (!isLine(attribs.class)) return false
  return next !== null && isElement(next) && isLine(next.attribs.class)
}

function isLine(classes: string | undefined): boolean {
  return /(?:^|\s)(?:line|code-line|token-line|view-line|cl)(?:\s|$)/.test(classes ?? '')
}

/** How far into a table is looked for line numbers. Tables nest, so that looking at all of each would take the square. */
const MAX_SEEN = 200

/**
 * The cell of a table that holds code beside a column of line numbers; null if the table is none. Where each line has a row
 * of its own, the table itself.
 */
export function codeInTable(table: Element): Element | null {
  const isMarked = /(?:highlight|rouge|hljs|code|syntax|lineno|lntable|blob|crayon)/i.test(
    table.attribs.class ?? '',
  )
  const pres: Element[] = []
  let [cells, seen] = [0, 0]
  let hasGutter = false
  walk(table, {
    enter: (element) => {
      if (element.name === 'td' || element.name === 'th') cells += 1
      if (element.name === 'td' && isGutter(element)) hasGutter = true
      if (element.name === 'pre') pres.push(element)
      seen += 1
      return element.name !== 'pre' && seen < MAX_SEEN
    },
    leave: () => {},
    text: () => {},
  })
  if (cells === 2 && pres.length > 0 && (hasGutter || isMarked)) return pres.at(-1) ?? null
  return hasGutter && (isMarked || pres.length > 0) ? table : null
}
