/** Characters of a piece: what is done with one takes a fraction of a millisecond. */
const PIECE_CHARS = 65_536

/** What a member, an item or a number counts as, in characters. */
const VALUE_CHARS = 8

/** Levels of nesting that are taken apart; what is deeper is one piece. Pages have their weight in the first few. */
const DEEPEST = 16

/** Characters as JSON from which on a value had better not be handled in one go. */
export const HEAVY_CHARS = 1_048_576

/** Whether a value has more than `most` characters as JSON, about. It is looked at as far as is needed to know. */
export function isHeavy(value: unknown, most = HEAVY_CHARS): boolean {
  const stack = [value]
  let left = most
  while (stack.length > 0) {
    const one = stack.pop()
    left -= typeof one === 'string' ? one.length : VALUE_CHARS
    if (left < 0) return true
    if (typeof one !== 'object' || one === null) continue
    const inner = Array.isArray(one) ? one : Object.values(one)
    if (inner.length * VALUE_CHARS > left) return true
    for (const child of inner) stack.push(child)
  }
  return false
}

/**
 * The JSON of a value as `JSON.stringify` gives it, in pieces of about 64 Ki characters, each made when it is asked for: a
 * page of 10 MB is not turned into one text of as much while all else waits.
 */
export function* jsonPieces(value: unknown): Generator<string> {
  let piece = ''
  for (const part of partsOf(value, 0)) {
    piece += part
    if (piece.length < PIECE_CHARS) continue
    yield piece
    piece = ''
  }
  if (piece !== '') yield piece
}

function* partsOf(value: unknown, depth: number): Generator<string> {
  if (depth > DEEPEST || !isHeavy(value, PIECE_CHARS)) yield JSON.stringify(value) ?? 'null'
  else if (typeof value === 'string') yield* partsOfText(value)
  else if (Array.isArray(value)) yield* partsOfItems(value, depth)
  else yield* partsOfMembers(value as object, depth)
}

function* partsOfItems(items: unknown[], depth: number): Generator<string> {
  let before = '['
  for (const item of items) {
    yield before
    yield* partsOf(item, depth + 1)
    before = ','
  }
  yield items.length === 0 ? '[]' : ']'
}

function* partsOfMembers(value: object, depth: number): Generator<string> {
  let before = '{'
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue
    yield `${before}${JSON.stringify(name)}:`
    yield* partsOf(member, depth + 1)
    before = ','
  }
  yield before === '{' ? '{}' : '}'
}

function* partsOfText(text: string): Generator<string> {
  yield '"'
  for (const slice of slicesOf(text)) yield JSON.stringify(slice).slice(1, -1)
  yield '"'
}

/** A text in slices of about 64 Ki characters, none of which ends within a surrogate pair. */
export function* slicesOf(text: string): Generator<string> {
  for (let at = 0; at < text.length; ) {
    const end = at + PIECE_CHARS
    const isInPair = end < text.length && (text.charCodeAt(end - 1) & 0xfc00) === 0xd800
    const next = isInPair ? end - 1 : end
    yield text.slice(at, next)
    at = next
  }
}
