import type { Element, ParentNode } from 'domhandler'
import type { Table } from '../contract/formats.ts'
import { gridOf, isLayout } from './grid.ts'
import { labelsOf } from './labels.ts'
import { elementsOf } from './walk.ts'

/** The tables of a page that hold data, in document order: their captions, and their rows of cells as text. */
export function tablesOf(document: ParentNode): Table[] {
  const texts = new Map<Element, string>()
  const labels = labelsOf(document, {
    isWanted: ({ name }) => name === 'td' || name === 'th' || name === 'caption',
    withAlt: true,
  })
  for (const { element, text } of labels) texts.set(element, text)
  const tables: Table[] = []
  for (const element of elementsOf(document)) {
    if (element.name !== 'table') continue
    const grid = gridOf(element)
    if (isLayout(element, grid)) continue
    const rows = grid.rows.map((row) => row.map((cell) => (cell ? (texts.get(cell.element) ?? '') : '')))
    const caption = grid.caption ? texts.get(grid.caption) : undefined
    if (rows.some((row) => row.some((text) => text !== '')))
      tables.push({ ...(caption ? { caption } : {}), rows })
  }
  return tables
}
