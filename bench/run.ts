import { writeFileSync } from 'node:fs'
import { measureExtract } from './extract.ts'
import { measureFair } from './fair.ts'
import { measureFetch } from './fetch.ts'
import { measureFlood } from './flood.ts'
import { measureHostile } from './hostile.ts'
import { measureMany } from './many.ts'
import { measurePipeline } from './pipeline.ts'
import { type Row, report } from './report.ts'
import { measureShare } from './share.ts'
import { measureUnseen } from './unseen.ts'
import { measureWaiting } from './waiting.ts'

// Every figure is a ratio to, or a difference from, something measured in the same run.
// Usage: run.ts [NAME…] [--write] [--OPTION…]; where none is named, all but those that need pages or judge none of our
// speed. Suites are given what follows the names.

const suites: Record<string, (args: string[]) => Promise<Row[]>> = {
  fetch: measureFetch,
  fair: measureFair,
  pipeline: measurePipeline,
  many: measureMany,
  share: measureShare,
  waiting: measureWaiting,
  flood: measureFlood,
  extract: measureExtract,
  hostile: measureHostile,
  unseen: measureUnseen,
}
const onlyByName = ['extract', 'hostile', 'flood', 'unseen']

const given = process.argv.slice(2)
const firstOption = given.findIndex((word) => word.startsWith('-'))
const [names, args] =
  firstOption === -1 ? [given, []] : [given.slice(0, firstOption), given.slice(firstOption)]

const unknown = names.filter((name) => !Object.hasOwn(suites, name))
if (unknown.length > 0) {
  process.stderr.write(`no suite ${unknown.join(', ')}; there are ${Object.keys(suites).join(', ')}\n`)
  process.exit(1)
}

const rows: Row[] = []
for (const [name, measure] of Object.entries(suites))
  if (names.includes(name) || (names.length === 0 && !onlyByName.includes(name)))
    rows.push(...(await measure(args)))
if (args.includes('--write')) writeFileSync('bench/RESULTS.md', report(rows))
