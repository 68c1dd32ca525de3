import type { Element, ParentNode } from 'domhandler'
import { elementsOf, isElement, isImage, isText, levelOf, nodesOf } from './walk.ts'

/** HTML Standard, 4.9.12: no cell is wider. */
const MAX_SPAN = 1000

/** Most places that the spans of one table may fill beyond its cells; what spans further counts as one place. */
const MAX_FILLED = 20_000

export interface Cell {
  element: Element
  isHeader: boolean
  /** How the cell comes to stand here: it begins here, or it spans from the left, or from above. */
  from: 'here' | 'left' | 'above'
}

export interface Grid {
  caption?: Element
  /** Rows of places, a cell in each place that it spans; null where a cell from above leaves a gap before it. */
  rows: (Cell | null)[][]
  /** Whether the first row is set apart as the head of the table. */
  hasHead: boolean
}

/** The cells of a table in rows, each in every place that it spans (HTML Standard, 4.9.12). Inner tables are not looked into. */
export function gridOf(table: Element): Grid {
  const { caption, rows: elements } = partsOf(table)
  const spans: Spans = { below: new Map(), room: MAX_FILLED }
  const rows = elements.map((row, index) => fillRow(row, elements.length - index, spans))
  return {
    ...(caption ? { caption } : {}),
    rows: rows.filter((row) => row.length > 0),
    hasHead: hasHead(elements),
  }
}

function partsOf(table: Element): { caption?: Element; rows: Element[] } {
  const parts: { caption?: Element; rows: Element[] } = { rows: [] }
  for (const child of table.children.filter(isElement)) {
    if (child.name === 'caption') parts.caption ??= child
    else if (child.name === 'tr') parts.rows.push(child)
    else if (/^(?:thead|tbody|tfoot)$/.test(child.name)) {
      for (const row of child.children) if (isElement(row) && row.name === 'tr') parts.rows.push(row)
    }
  }
  return parts
}

function isCell(node: unknown): node is Element {
  return node instanceof Object && 'name' in node && (node.name === 'td' || node.name === 'th')
}

function spanOf({ attribs }: Element, name: 'colspan' | 'rowspan'): number {
  const span = Number.parseInt(attribs[name] ?? '1', 10)
  // A rowspan of 0 reaches to the end of the group.
  if (span === 0 && name === 'rowspan') return Number.MAX_SAFE_INTEGER
  return Number.isNaN(span) || span < 1 ? 1 : span
}

interface Spans {
  /** What reaches down into the next row, by column, and into how many rows it still does. */
  below: Map<number, { cell: Cell; left: number }>
  /** How many more places spans may fill. */
  room: number
}

/** @param rowsLeft how many rows there are from this one on */
function fillRow(row: Element, rowsLeft: number, spans: Spans): (Cell | null)[] {
  const places: (Cell | null)[] = []
  for (const element of row.children.filter(isCell)) {
    takeFromAbove(places, spans)
    const width = Math.min(spanOf(element, 'colspan'), MAX_SPAN, spans.room + 1)
    const height = Math.min(spanOf(element, 'rowspan'), rowsLeft)
    const isWhole = width * height - 1 <= spans.room
    spans.room -= isWhole ? width * height - 1 : width - 1
    place(element, places, spans, width, isWhole ? height : 1)
  }
  closeRow(places, spans)
  return places
}

/** Fills the places from here on that cells of rows above reach down to. */
function takeFromAbove(places: (Cell | null)[], { below }: Spans): void {
  for (let from = below.get(places.length); from; from = below.get(places.length)) {
    from.left -= 1
    if (from.left === 0) below.delete(places.length)
    places.push(from.cell)
  }
}

function place(
  element: Element,
  places: (Cell | null)[],
  { below }: Spans,
  width: number,
  height: number,
): void {
  const isHeader = element.name === 'th'
  for (let at = 0; at < width; at += 1) {
    const cell: Cell = { element, isHeader, from: at === 0 ? 'here' : 'left' }
    if (height > 1) below.set(places.length, { cell: { ...cell, from: 'above' }, left: height - 1 })
    places.push(cell)
  }
}

/** What reaches down into this row beyond its own cells stands behind a gap. */
function closeRow(places: (Cell | null)[], spans: Spans): void {
  for (const column of [...spans.below.keys()].sort((a, b) => a - b)) {
    const gap = Math.max(column - places.length, 0)
    if (gap > spans.room) {
      spans.below.clear()
      return
    }
    spans.room -= gap
    for (let at = 0; at < gap; at += 1) places.push(null)
    takeFromAbove(places, spans)
  }
}

function hasHead(rows: Element[]): boolean {
  const first = rows[0]
  if (!first) return false
  const isInHead = first.parent && isElement(first.parent) && first.parent.name === 'thead'
  const cells = first.children.filter(isCell)
  return isInHead || (cells.length > 0 && cells.every(({ name }) => name === 'th'))
}

/** Elements that stand in tables which only put things in their places. */
const layoutSigns: ReadonlySet<string> = new Set([...['table', 'article', 'section', 'main', 'nav', 'aside']])

/** Whether a table holds no data: it has a single row or column, or holds what is larger than a cell. */
export function isLayout(table: Element, { rows, caption }: Grid): boolean {
  const role = table.attribs.role?.toLowerCase()
  if (role === 'presentation' || role === 'none' || rows.length === 0) return true
  const widest = Math.max(...rows.slice(0, 1000).map((row) => row.length))
  const isPlain = !caption && !rows.some((row) => row.some((cell) => cell?.isHeader))
  if (isPlain && (widest < 2 || rows.length < 2 || !rows.some(hasTwo))) return true
  return holdsMore(table)
}

/** Whether two cells of a row hold something: empty ones beside it only keep their distance. */
function hasTwo(row: (Cell | null)[]): boolean {
  return row.filter((cell) => cell?.from === 'here' && isFilled(cell.element)).length > 1
}

function isFilled(cell: Element): boolean {
  for (const node of nodesOf(cell)) if (isText(node) ? node.data.trim() !== '' : isImage(node)) return true
  return false
}

function holdsMore(table: ParentNode): boolean {
  let headings = 0
  for (const element of elementsOf(table)) {
    if (layoutSigns.has(element.name)) return true
    if (levelOf(element) > 0) headings += 1
    if (headings > 2) return true
  }
  return false
}
