/** Where a run of text stands, as far as it decides what would be read as markup. */
export interface Place {
  in: 'paragraph' | 'heading' | 'cell'
  /** Whether markup for emphasis is written into the run, so that signs of its own could pair with it. */
  isStyled: boolean
  /** Where in the run something else begins: a link, emphasis, or what follows it. */
  edges: readonly number[]
}

/** Stands for what is markup already: an image, code, a formula. */
export const atom = '\ufffc'

/**
 * Says of each sign in a run of text whether Markdown would read it as markup if it were not escaped (CommonMark 0.31 and
 * GFM). Signs that mean nothing where they stand are left alone: `snake_case`, `5 * 3`, `[1]`, `C#`, `a - b`.
 * @param text the run, its lines divided by `\n`, white space collapsed
 */
export function createJudge(text: string, place: Place): (at: number, isInLink: boolean) => boolean {
  const pairs = {
    '*': place.isStyled || countOpen(text, '*') > 1,
    _: countOpen(text, '_') > 1,
    '~': place.isStyled || countOpen(text, '~') > 1,
  }
  const closing = place.in === 'heading' ? closingOf(text) : -1
  const canBegin = place.in === 'paragraph'
  const isInAddress = createFinder(text, place.edges)
  return (at, isInLink) => {
    const sign = text[at] as string
    if (!isInLink && isInAddress(at)) return sign === '`' || (sign === '|' && place.in === 'cell')
    if (canBegin && (at === 0 || text[at - 1] === '\n') && beginsBlock(text, at)) return true
    switch (sign) {
      case '`':
        return true
      case '*':
      case '_':
      case '~':
        return pairs[sign] && isOpen(text, at)
      case '\\':
        return isSign(text[at + 1])
      case '[':
        return isInLink || text[at + 1] === '^'
      case ']':
        return isInLink || isOneOf(text[at + 1], '([:')
      case '!':
        return text[at + 1] === '['
      case '<':
        return /[a-z/!?]/i.test(text[at + 1] ?? '')
      case '&':
        return /&(?:#\d{1,7}|#x[\da-f]{1,6}|[a-z][a-z\d]{1,31});/iy.test(text.slice(at, at + 40))
      case '|':
        return place.in === 'cell'
      case '#':
        return at === closing
      case '.':
      case ')':
        return canBegin && isNumbering(text, at)
      default:
        return false
    }
  }
}

/**
 * Says of places in a text, asked for in their order, whether they are within an address that is written out. GFM makes a
 * link of it as it stands, backslashes included.
 */
function createFinder(text: string, edges: readonly number[]): (at: number) => boolean {
  if (!/:\/\/|www\./i.test(text)) return () => false
  const addresses = text.matchAll(/(?:https?:\/\/|www\.)[^\s<\ufffc]+/gi)
  let [start, end, edge] = [-1, -1, 0]
  return (at) => {
    while (at >= end && start < text.length) {
      const next = addresses.next().value
      start = next?.index ?? text.length
      end = next ? next.index + next[0].length : text.length
      while ((edges[edge] ?? Number.POSITIVE_INFINITY) <= start) edge += 1
      end = Math.min(end, edges[edge] ?? text.length)
    }
    return at >= start && at < end
  }
}

/** How many signs of a kind could open or close emphasis; two are enough to count. */
function countOpen(text: string, sign: string): number {
  let count = 0
  for (let at = text.indexOf(sign); at !== -1 && count < 2; at = text.indexOf(sign, at + 1))
    if (isOpen(text, at)) count += 1
  return count
}

/** Whether a sign could open or close emphasis where it stands; an underscore cannot within a word. */
function isOpen(text: string, at: number): boolean {
  const [before, after] = [text[at - 1], text[at + 1]]
  if (isSpace(before) && isSpace(after)) return false
  return text[at] !== '_' || !(isWord(before) && isWord(after))
}

/** Whether what begins a line here would make a list, a quote, a heading, a rule, a table or code of it. */
function beginsBlock(text: string, at: number): boolean {
  const end = text.indexOf('\n', at)
  const line = text.slice(at, end === -1 ? text.length : Math.min(end, at + 1000))
  if (/^(?:>|[-+*](?:\s|$)|#{1,6}(?:\s|$)|~~~|\[[ x]\]\s)/i.test(line)) return true
  // A line of such signs alone is a rule, underlines a heading, or divides the head of a table from its rows.
  return /^[-=*_:|][-=*_:|\s]*$/.test(line)
}

/**
 * Whether a full stop or parenthesis ends a number at the start of a line and so would begin a list. Up to three digits
 * that is what the text looks like anyway; a year is no number of an item.
 */
function isNumbering(text: string, at: number): boolean {
  if (!isSpace(text[at + 1])) return false
  const before = text.slice(Math.max(at - 10, 0), at)
  return /(?:^|\n)\d{4,9}$/.test(before) && (at <= 9 || before.includes('\n'))
}

/** Where signs begin that would count as the end of a heading, not as its text; -1 if none do. */
function closingOf(text: string): number {
  let at = text.length
  while (text[at - 1] === '#') at -= 1
  return at < text.length && isSpace(text[at - 1]) ? at : -1
}

function isSpace(sign: string | undefined): boolean {
  return sign === undefined || sign === ' ' || sign === '\n'
}

export function isWord(sign: string | undefined): boolean {
  return sign !== undefined && /[\p{L}\p{M}\p{N}]/u.test(sign)
}

/** Whether a sign beside emphasis keeps punctuation in it from ending it: anything but space and punctuation. */
export function isJoined(sign: string | undefined): boolean {
  return sign !== undefined && !/[\s\p{P}\p{S}]/u.test(sign)
}

export function hasWords(text: string): boolean {
  return /[\p{L}\p{N}]/u.test(text)
}

function isSign(sign: string | undefined): boolean {
  return sign !== undefined && /[!-/:-@[-`{-~]/.test(sign)
}

function isOneOf(sign: string | undefined, signs: string): boolean {
  return sign !== undefined && signs.includes(sign)
}
