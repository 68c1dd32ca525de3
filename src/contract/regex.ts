/** Most patterns that one regular expression may become, by what stands beside `|` in it. */
const MOST_BRANCHES = 20

/** A piece of a branch: a text that stands for itself, a wildcard, or an anchor. */
type Piece = { text: string } | { wild: '*' | '**' } | { anchor: '^' | '$' }

/**
 * Puts a regular expression that is searched for in a path into patterns (see pattern.ts) that fit the same paths. Those
 * are understood that are made of text, `.*`, `[^/]*`, anchors at the ends, and `|`, alone or within one group.
 * @returns the patterns, of which one has to fit; or why there are none, in words
 */
export function toPatterns(regex: string): string[] | { fault: string } {
  const branches = branchesOf(regex)
  if ('fault' in branches) return branches
  const patterns: string[] = []
  for (const branch of branches) {
    const pieces = piecesOf(branch)
    if ('fault' in pieces) return pieces
    const pattern = toPattern(pieces)
    if (typeof pattern !== 'string') return pattern
    patterns.push(pattern)
  }
  return patterns
}

/** Each alternative by itself, with what is around its group. */
function branchesOf(regex: string): string[] | { fault: string } {
  const open = indexOfBare(regex, '(', 0)
  const close = indexOfBare(regex, ')', 0)
  if (open === -1 && close === -1) return bounded(splitBare(regex))
  const [before, after] = [regex.slice(0, open), regex.slice(close + 1)]
  const inner = regex.slice(open + 1, close).replace(/^\?:/, '')
  const isOne =
    open !== -1 && close > open && ![before, inner, after].some((part) => /(?<!\\)[()]/.test(part))
  if (!isOne || /^[*+?{]/.test(after) || inner.startsWith('?'))
    return { fault: 'may have one group such as (a|b), and nothing that repeats it' }
  if (splitBare(before).length > 1 || splitBare(after).length > 1)
    return { fault: 'may have | within its group or without a group, and not both' }
  return bounded(splitBare(inner).map((branch) => before + branch + after))
}

function bounded(branches: string[]): string[] | { fault: string } {
  if (branches.length <= MOST_BRANCHES) return branches
  return { fault: `must not have more than ${MOST_BRANCHES} alternatives` }
}

/** Where a character stands that no backslash precedes; -1 if nowhere. */
function indexOfBare(regex: string, wanted: string, from: number): number {
  for (let at = from; at < regex.length; at += 1) {
    if (regex[at] === '\\') at += 1
    else if (regex[at] === wanted) return at
  }
  return -1
}

function splitBare(regex: string): string[] {
  const parts: string[] = []
  let start = 0
  for (let at = indexOfBare(regex, '|', 0); at !== -1; at = indexOfBare(regex, '|', start)) {
    parts.push(regex.slice(start, at))
    start = at + 1
  }
  return [...parts, regex.slice(start)]
}

/** What a branch may be made of, tried in this order. */
const forms: [form: RegExp, make: (found: string) => Piece][] = [
  [/\.\*\??/y, () => ({ wild: '**' })],
  [/\[\^\\?\/\]\*\??/y, () => ({ wild: '*' })],
  [/[\^$]/y, (found) => ({ anchor: found === '^' ? '^' : '$' })],
  [/\\[./\-_~:@!&=,;%+()[\]{}|^$]/y, (found) => ({ text: found.slice(1) })],
  [/[^\\.[\](){}*+?^$|\s]/uy, (found) => ({ text: found })],
]

function piecesOf(branch: string): Piece[] | { fault: string } {
  const pieces: Piece[] = []
  for (let at = 0; at < branch.length; ) {
    const found = matchAt(branch, at)
    if (!found || /[*+?{]/.test(branch[found.end] ?? ''))
      return {
        fault: `has ${JSON.stringify(branch.slice(at, at + 10))}, which cannot be put into a pattern: text (with \\. for a dot), .*, [^/]*, ^, $ and | can`,
      }
    pieces.push(found.piece)
    at = found.end
  }
  return pieces
}

function matchAt(branch: string, at: number): { piece: Piece; end: number } | undefined {
  for (const [form, make] of forms) {
    form.lastIndex = at
    const [found] = form.exec(branch) ?? []
    if (found !== undefined) return { piece: make(found), end: at + found.length }
  }
  return undefined
}

/** What has no anchor at an end may go on there. Wildcards beside each other are the widest of them. */
function toPattern(pieces: Piece[]): string | { fault: string } {
  const inner = pieces.slice(isAnchor(pieces[0], '^') ? 1 : 0, isAnchor(pieces.at(-1), '$') ? -1 : undefined)
  if (inner.some((piece) => 'anchor' in piece))
    return { fault: 'may have ^ at its beginning and $ at its end alone' }
  const open: Piece = { wild: '**' }
  const whole = [
    ...(isAnchor(pieces[0], '^') ? [] : [open]),
    ...inner,
    ...(isAnchor(pieces.at(-1), '$') ? [] : [open]),
  ]
  let text = ''
  for (const [at, piece] of whole.entries()) {
    const wild = wildOf(piece)
    if (wild === undefined) text += 'text' in piece ? piece.text : ''
    // One of them says it all.
    else if (wildOf(whole[at - 1]) === undefined) text += wild
    else if (wild === '**') text = `${text.replace(/\*+$/, '')}**`
  }
  return text
}

const wildOf = (piece: Piece | undefined) => (piece !== undefined && 'wild' in piece ? piece.wild : undefined)

const isAnchor = (piece: Piece | undefined, anchor: '^' | '$') =>
  piece !== undefined && 'anchor' in piece && piece.anchor === anchor
