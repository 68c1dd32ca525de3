import { availableParallelism, cpus } from 'node:os'

/** One measured thing: the figure, with what it was measured against, and what is wanted of it. */
export interface Row {
  what: string
  figure: string
  target: string
}

export const median = (values: number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

/** Prints a row as soon as there is one. @returns the row */
export function tell(row: Row): Row {
  process.stdout.write(`${row.what}: ${row.figure}${row.target === '' ? '' : `, wanted ${row.target}`}\n`)
  return row
}

/** All rows as a page of Markdown. */
export function report(rows: Row[]): string {
  const machine = `${cpus()[0]?.model ?? 'unknown'}, ${availableParallelism()} cores, Node ${process.version}`
  const table = rows.map(({ what, figure, target }) => `| ${what} | ${figure} | ${target} |`)
  return [
    '# Results of the benchmark',
    '',
    `Written by \`npm run bench -- --write\` on ${new Date().toISOString().slice(0, 10)}; ${machine}. Client, origin,`,
    'service and stores share the machine. Ratios are medians of several rounds with the range in brackets.',
    '',
    '| what | measured | wanted |',
    '|---|---|---|',
    ...table,
    '',
  ].join('\n')
}
