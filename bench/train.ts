import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { chooseBlocks } from '../src/extract/keep.ts'
import { readPages } from './extract.ts'
import { type Binned, chancesOf, kindNames, partInFolds, toLesson, trainBlocks } from './learn.ts'
import { createSample, type Sample } from './samples.ts'
import { type Output, scorePages } from './score.ts'
import { learn } from './stored.ts'

// Learns which blocks of a page are its content, and writes src/extract/model.json. Usage:
//   train.ts --pages DIR [--split development|all] [--dry] [--dump FILE]
// DIR as for `run.ts extract`. The figures are those of pages that were not learned from, nor others of their sites.

const MODEL = new URL('../src/extract/model.json', import.meta.url)

const { values } = parseArgs({
  options: {
    pages: { type: 'string' },
    split: { type: 'string', default: 'development' },
    dry: { type: 'boolean', default: false },
    dump: { type: 'string' },
  },
})
if (values.pages === undefined) throw new Error('--pages DIR is missing')
if (values.split !== 'development' && values.split !== 'all') throw new Error('--split is development or all')

const samples = readPages(values.pages, values.split).map(({ truth, html }) => createSample(truth, html))
const lesson = toLesson(samples)
const right = samples.filter(({ kind, kinds }) => kindNames[kinds.indexOf(Math.max(...kinds))] === kind)
console.log(`kind: ${((100 * right.length) / samples.length).toFixed(1)} % right`)
const chances = crossValidate(lesson.blocks, samples)
for (const [name, value] of scorePages(
  samples.map(({ truth }) => truth),
  samples.map((sample) => outputOf(sample, chances)),
))
  if (/word F1|snippet/.test(name)) console.log(`${name}: ${value.toFixed(3)}`)
if (values.dump !== undefined) writeFileSync(values.dump, dump(samples, chances))
if (!values.dry) writeFileSync(MODEL, `${JSON.stringify(learn(lesson), null, 2)}\n`)

/** How likely each block is content, by what was learned from the pages of other folds. */
function crossValidate(binned: Binned, all: Sample[]): Map<Sample, Float32Array> {
  return new Map(
    partInFolds(all).flatMap(([train, check]) => {
      const forest = trainBlocks(binned, train)
      return check.map((sample): [Sample, Float32Array] => [sample, chancesOf(binned, forest, sample)])
    }),
  )
}

function outputOf(sample: Sample, all: Map<Sample, Float32Array>): Output {
  const { blocks: found } = sample.outline
  const kept = chooseBlocks({ ...sample.outline, chances: all.get(sample) as Float32Array })
  return { id: sample.truth.id, text: found.flatMap(({ text }, at) => (kept[at] ? [text] : [])).join('\n') }
}

function dump(all: Sample[], found: Map<Sample, Float32Array>): string {
  const round = (value: number) => Number(value.toFixed(3))
  return JSON.stringify(
    all.map((sample) => ({
      id: sample.truth.id,
      type: sample.truth.type,
      p: Array.from(found.get(sample) as Float32Array, round),
      y: Array.from(sample.labels, round),
      kept: Array.from(chooseBlocks({ ...sample.outline, chances: found.get(sample) as Float32Array })),
    })),
  )
}
