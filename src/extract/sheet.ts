import type { Element } from 'domhandler'
import { codeInTable } from './code.ts'
import { type Cell, type Grid, gridOf, isLayout } from './grid.ts'
import { writeInline } from './inline.ts'
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
  if (width <= MAX_COLUMNS && !isLayout(table, grid)) addData(grid, width, within, found)
  else for (const cell of cellsOf(grid)) shape(cell.element.children, within, found)
}

function cellsOf({ rows }: Grid): Cell[] {
  return rows.flat().filter((cell) => cell?.from === 'here') as Cell[]
}

/** The first row is the head, as a table in Markdown has to have one; it alone has to be as wide as the table. */
function addData({ rows }: Grid, width: number, within: Surrounding, found: Block[]): void {
  const texts = rows.map((row) => row.map((cell) => cellText(cell, within)))
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

/** A cell that spans several rows is told of in each; one that spans several columns, once. */
function cellText(cell: Cell | null, { survey }: Surrounding): string {
  if (!cell || cell.from === 'left') return ''
  const spans: Span[] = []
  gatherPhrase(cell.element.children, { survey, style: 0, link: null, in: 'cell' }, spans)
  return writeInline(spans, 'cell')
}
