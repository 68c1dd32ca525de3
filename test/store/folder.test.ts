import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { makeFolder } from '../../src/store/folder.ts'
import { run } from '../support/process.ts'

describe('the data folder', () => {
  const root = mkdtempSync(join(tmpdir(), 'parsegate-folder-'))
  after(() => rmSync(root, { recursive: true }))

  test('is made with those above it, and may be there already', () => {
    const path = join(root, 'a', 'b', 'c')
    makeFolder(path)
    makeFolder(path)
    assert.ok(existsSync(path))
  })

  test('is refused where a file is in the way, or where the system makes none', () => {
    writeFileSync(join(root, 'file'), '')
    assert.throws(() => makeFolder(join(root, 'file')), { code: 'EEXIST' })
    assert.throws(() => makeFolder(join(root, 'file', 'below')))
    if (existsSync('/proc/self')) assert.throws(() => makeFolder('/proc/none/below'), { code: 'ENOENT' })
  })

  test('that cannot be used ends the start with a sentence that names it', async () => {
    const path = join(root, 'file', 'below')
    for (const command of ['serve', 'migrate']) {
      const { DATABASE_URL: _, REDIS_URL: __, ...env } = process.env
      const one = run(process.execPath, ['src/main.ts', command], {
        env: { ...env, PORT: '0', DATA_DIR: path },
      })
      assert.notEqual(await one.ended, 0)
      assert.match(
        one.output(),
        /DATA_DIR .*below cannot be used \(.+\); name a folder that may be written to/,
      )
      assert.doesNotMatch(one.output(), /\n\s+at /)
    }
  })
})
