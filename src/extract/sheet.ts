import type { Element } from 'domhandler'
import { codeInTable } from './code.ts'
import { type Cell, type Grid, gridOf, isLayout } from './grid.ts'
import { writeInline } from './inline.ts'
import { gatherPhrase } from './phrase.ts'
import { type Block, code, type Shape, type Surrounding } from './shape.ts'
import type { Span } from './spans.ts'

/** Widest table that is written as one. */
const MAX_COLUMNS = 100

/** A table of data as one; what a table only puts in its places goes on without it. */
export function writeTable(table: Element, within: Surrounding, shape: Shape): Block[] {
  const listing = codeInTable(table)
  if (listing) return code(listing)
  const grid = gridOf(table)
  const width = Math.max(0, ...grid.rows.slice(0, 10_000).map((row) => row.length))
  const caption = grid.caption ? shape(grid.caption.children, within) : []
  const isData = width <= MAX_COLUMNS && !isLayout(table, grid)
  return [...caption, ...(isData ? written(grid, width, within) : takenApart(grid, within, shape))]
}

function takenApart({ rows }: Grid, within: Surrounding, shape: Shape): Block[] {
  const cells = rows.flat().filter((cell) => cell?.from === 'here')
  return cells.flatMap((cell) => (cell ? shape(cell.element.children, within) : []))
}

/** The first row is the head, as a table in Markdown has to have one; it alone has to be as wide as the table. */
function written({ rows }: Grid, width: number, within: Surrounding): Block[] {
  const texts = rows
    .map((row) => row.map((cell) => cellText(cell, within)))
    .filter((row) => row.some((text) => text !== ''))
  const [head, ...body] = texts
  if (!head) return []
  while (head.length < width) head.push('')
  const html = `<table><thead>${rowHtml(head, 'th')}</thead><tbody>${body.map((row) => rowHtml(row, 'td')).join('')}</tbody></table>`
  return [{ kind: 'other', html }]
}

function rowHtml(row: string[], name: 'td' | 'th'): string {
  return `<tr>${row.map((text) => `<${name}>${text}</${name}>`).join('')}</tr>`
}

/** A cell that spans several rows is told of in each; one that spans several columns, once. */
function cellText(cell: Cell | null, { base, notes }: Surrounding): string {
  if (!cell || cell.from === 'left') return ''
  const spans: Span[] = []
  gatherPhrase(cell.element.children, { base, notes, style: 0, link: null, isInCell: true }, spans)
  return writeInline(spans, 'cell')
}
