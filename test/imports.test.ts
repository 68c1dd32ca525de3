import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, test } from 'node:test'

/** What each folder of src/ may import of ours. The files beside the folders put the parts together: they import all. */
const mayImport: Record<string, string[]> = {
  contract: [],
  store: ['contract'],
  fetch: ['contract'],
  extract: ['contract'],
  render: ['contract', 'fetch'],
  parser: ['contract', 'fetch', 'extract', 'render'],
  api: ['contract', 'extract'],
  worker: ['contract'],
  cli: ['contract'],
  mcp: ['contract'],
  dashboard: ['contract'],
}

/** Which shape runs is known where the parts are put together, and nowhere else. */
const knowsShape = ['config.ts', 'roles.ts', 'commands.ts']
const readsEnvironment = ['main.ts', 'commands.ts']

const folderOf = (path: string) => (path.includes('/') ? (path.split('/')[0] as string) : '')

function importsOf(source: string): string[] {
  const code = source.replaceAll(/\/\*.*?\*\//gs, '').replaceAll(/^\s*\/\/.*$/gm, '')
  const patterns = [/\bfrom\s*['"](\.[^'"]+)['"]/g, /\bimport\s*\(?\s*['"](\.[^'"]+)['"]/g]
  return patterns.flatMap((pattern) => [...code.matchAll(pattern)].map(([, path]) => path ?? ''))
}

/** @param files source by path below src/. @returns what breaks the rules, in words */
function check(files: Record<string, string>): string[] {
  return Object.entries(files).flatMap(([path, source]) => [
    ...checkPlace(path),
    ...importsOf(source).flatMap((target) => checkImport(path, normalize(join(dirname(path), target)))),
    ...(/process\.env\b/.test(source) && !readsEnvironment.includes(path)
      ? [`${path} reads the environment`]
      : []),
    ...(/\bconfig\.(DATABASE|REDIS)_URL|\b(DATABASE|REDIS)_URL\b.*=/.test(source) &&
    !knowsShape.includes(path)
      ? [`${path} knows which shape runs`]
      : []),
  ])
}

function checkPlace(path: string): string[] {
  const folder = folderOf(path)
  if (folder !== '' && !(folder in mayImport)) return [`${path} is in a folder that has no rule`]
  const isDeep = path.split('/').length > 2 && !path.startsWith('store/migrations/') && folder !== 'dashboard'
  return isDeep ? [`${path} is deeper than src/x/y.ts`] : []
}

function checkImport(path: string, target: string): string[] {
  const [from, to] = [folderOf(path), folderOf(target)]
  if (from === '' || from === to || mayImport[from]?.includes(to)) return []
  return [`${path} imports ${target}`]
}

function sources(): Record<string, string> {
  const root = join(import.meta.dirname, '..', 'src')
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  )
  return Object.fromEntries(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]))
}

describe('the table of imports', () => {
  test('is kept by every file', () => {
    const files = sources()
    assert.ok(Object.keys(files).length > 40)
    assert.deepEqual(check(files), [])
  })

  const broken: [name: string, path: string, source: string, fault: string][] = [
    [
      'static',
      'worker/loop.ts',
      `import { a } from '../store/bell.ts'`,
      'worker/loop.ts imports store/bell.ts',
    ],
    ['of a type', 'api/x.ts', `import type { A } from "../store/x.ts"`, 'api/x.ts imports store/x.ts'],
    ['dynamic', 'contract/x.ts', `await import('../log.ts')`, 'contract/x.ts imports log.ts'],
    ['for its effect', 'fetch/x.ts', `import '../extract/x.ts'`, 'fetch/x.ts imports extract/x.ts'],
    ['passed on', 'store/x.ts', `export * from '../worker/x.ts'`, 'store/x.ts imports worker/x.ts'],
    [
      'over several lines',
      'cli/x.ts',
      `import {\n  a,\n} from '../fetch/x.ts'`,
      'cli/x.ts imports fetch/x.ts',
    ],
    [
      'to another root file',
      'parser/x.ts',
      `import { a } from '../config.ts'`,
      'parser/x.ts imports config.ts',
    ],
    ['of a deep file', 'api/a/b.ts', '', 'api/a/b.ts is deeper than src/x/y.ts'],
    ['of an unknown folder', 'utils/x.ts', '', 'utils/x.ts is in a folder that has no rule'],
    ['of the environment', 'fetch/x.ts', 'process.env.PROXY', 'fetch/x.ts reads the environment'],
    ['of the shape', 'api/x.ts', 'if (config.REDIS_URL) x()', 'api/x.ts knows which shape runs'],
  ]
  for (const [name, path, source, fault] of broken)
    test(`does not let an import pass: ${name}`, () => assert.deepEqual(check({ [path]: source }), [fault]))

  test('lets what it allows pass', () => {
    const source = `import { a } from '../contract/x.ts'\nimport { b } from './y.ts'\n// import { c } from '../api/z.ts'`
    assert.deepEqual(check({ 'worker/x.ts': source, 'main.ts': `import './worker/x.ts'` }), [])
  })
})
