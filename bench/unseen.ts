import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { readModel, type StoredModel } from '../src/extract/model.ts'
import { type Page, type Run, readPages, rowsOf, runAll } from './extract.ts'
import { createOurs } from './extractors.ts'
import { toLesson } from './learn.ts'
import { type Row, tell } from './report.ts'
import { createSample, FOLDS, foldOf } from './samples.ts'
import { learn } from './stored.ts'

/**
 * Scores our extractor on sites that its model knows nothing of: five times, it is learned without a fifth of the sites, and
 * reads their pages. `--pages DIR` as for `extract`, `--models FOLDER` keeps what was learned, or takes it from there, so that
 * a change of rules is judged in seconds; `--out FILE` takes the outputs as JSON lines.
 */
export async function measureUnseen(args: string[]): Promise<Row[]> {
  const { values } = parseArgs({
    args,
    options: { pages: { type: 'string' }, models: { type: 'string' }, out: { type: 'string' } },
  })
  if (values.pages === undefined) throw new Error('--pages DIR is missing')
  const pages = readPages(values.pages, 'all')
  const run: Run = { name: 'ours', outputs: [], times: new Map() }
  for (let fold = 0; fold < FOLDS; fold += 1) {
    const learned = readModel(modelWithout(fold, pages, values.models))
    const unseen = pages.filter(({ truth }) => foldOf(truth) === fold)
    const { outputs, times } = await runAll('ours', createOurs(learned), unseen)
    run.outputs.push(...outputs)
    for (const [id, time] of times) run.times.set(id, time)
  }
  if (values.out !== undefined)
    writeFileSync(values.out, run.outputs.map((one) => JSON.stringify(one)).join('\n'))
  return rowsOf('all', pages, [run]).map(tell)
}

function modelWithout(fold: number, pages: Page[], folder: string | undefined): StoredModel {
  const file = folder === undefined ? undefined : join(folder, `without-${fold}.json`)
  if (file !== undefined && existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as StoredModel
  const seen = pages.filter(({ truth }) => foldOf(truth) !== fold)
  const model = learn(toLesson(seen.map(({ truth, html }) => createSample(truth, html))))
  if (file !== undefined && folder !== undefined) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(file, JSON.stringify(model))
  }
  return model
}
