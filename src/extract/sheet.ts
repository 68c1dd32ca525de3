import type { Element } from 'domhandler'
import { codeInTable } from './code.ts'
import { type Cell, type Grid, gridOf, isLayout } from './grid.ts'
import { writeInline } from './inline.ts'
import { labelOf } from './labels.ts'
import { gatherPhrase } from './phrase.ts'
import { addCode, type Block, type Shape, type Surrounding } from './shape.ts'
import type { Span } from './spans.ts'

/** Widest table that is written as one. */
const MAX_COLUMNS = 100

/** A table of data as one; what a table only puts in its places goes on without it. */
export function addTable(table: Element, within: Surrounding, shape: Shape, found: Block[]): void {
  const listing = codeInTable(table)
  if (listing) {
    addCode(listing, found)
    return
  }
  const grid = gridOf(table)
  if (grid.caption) shape(grid.caption.children, within, found)
  const width = grid.rows.reduce((widest, row) => Math.max(widest, row.length), 0)
  if (width > MAX_COLUMNS || isLayout(table, grid)) {
    for (const cell of cellsOf(grid)) shape(cell.element.children, within, found)
    return
  }
  // No table is within: the cells are read more than once.
  const ranking = within.room > 0 ? rankingOf(grid) : null
  if (ranking) addRanking(ranking, within, found)
  else addData(grid, width, within, found)
}

/** A table that only numbers what stands in it: from where on, and the cells with text of each item. */
interface Ranking {
  start: number
  items: Element[][]
}

/**
 * A table as a list if each row has one cell with text, and before it the next number with a full stop or nothing: then it
 * belongs to the row before.
 */
function rankingOf({ rows }: Grid): Ranking | null {
  const items: Element[][] = []
  let start = 0
  for (const row of rows) {
    const cells = row.filter((cell) => cell?.from === 'here' && labelOf(cell.element) !== '') as Cell[]
    if (cells.length === 0) continue
    const [first, second] = cells as [Cell, Cell?]
    const number = first === row[0] ? /^(\d{1,6})\.$/.exec(labelOf(first.element))?.[1] : undefined
    if (items.length === 0) start = Number(number)
    const isNext = Number(number) === start + items.length
    if (cells.length > 2 || cells.some(({ isHeader }) => isHeader)) return null
    if (number !== undefined && isNext && second) items.push([second.element])
    else if (number === undefined && first !== row[0] && !second && items.length > 0)
      items.at(-1)?.push(first.element)
    else return null
  }
  return items.length > 1 ? { start, items } : null
}

function addRanking({ start, items }: Ranking, { survey }: Surrounding, found: Block[]): void {
  const lineOf = ({ children }: Element) => {
    const spans: Span[] = []
    gatherPhrase(children, { survey, style: 0, link: null, in: 'item' }, spans)
    return writeInline(spans, 'paragraph')
  }
  const html = items.map((cells) => `<li>${cells.map(lineOf).join('<br>')}</li>`)
  found.push({ kind: 'list', html: html.join(''), begin: `<ol start="${start}">` })
}

function cellsOf({ rows }: Grid): Cell[] {
  return rows.flat().filter((cell) => cell?.from === 'here') as Cell[]
}

/** The first row is the head, as a table in Markdown has to have one; it alone has to be as wide as the table. */
function addData({ rows }: Grid, width: number, within: Surrounding, found: Block[]): void {
  const textOf = createReader(within)
  const texts = rows.map((row) => row.map(textOf))
  const [head, ...body] = texts.filter((row) => row.some((text) => text !== ''))
  if (!head) return
  while (head.length < width) head.push('')
  const html = body.map((row) => rowHtml(row, 'td')).join('')
  found.push({
    kind: 'other',
    html: `<table><thead>${rowHtml(head, 'th')}</thead><tbody>${html}</tbody></table>`,
  })
}

function rowHtml(row: string[], name: 'td' | 'th'): string {
  return `<tr>${row.map((text) => `<${name}>${text}</${name}>`).join('')}</tr>`
}

/** Longest text that is told again, in characters: a table may have thousands of rows. */
const MOST_AGAIN = 1000

/** Reads cells. One that spans several rows is told of in each, unless it is long; one that spans several columns, once. */
function createReader({ survey }: Surrounding): (cell: Cell | null) => string {
  const known = new Map<Element, string>()
  return (cell) => {
    if (!cell || cell.from === 'left') return ''
    const before = known.get(cell.element)
    if (before !== undefined) return before.length > MOST_AGAIN ? '' : before
    const spans: Span[] = []
    gatherPhrase(cell.element.children, { survey, style: 0, link: null, in: 'cell' }, spans)
    const text = writeInline(spans, 'cell')
    known.set(cell.element, text)
    return text
  }
}
