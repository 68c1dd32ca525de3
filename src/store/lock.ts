import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { makeFolder } from './folder.ts'

/**
 * Holds a lock file in `dataDir` until released or until the process ends, however it ends: the lock is SQLite's own on
 * an otherwise empty file, so the system drops it at kill -9 and no stale one is ever left.
 * @param waitMs how long to wait for another holder
 * @returns a function that releases it, or undefined when another process holds it
 */
export function lockFolder(dataDir: string, name: string, waitMs: number): (() => void) | undefined {
  makeFolder(dataDir)
  const file = new DatabaseSync(join(dataDir, `${name}.lock`))
  try {
    // The transaction stays open, which holds the lock. Not `locking_mode = EXCLUSIVE`: there, two that begin at once
    // each keep the shared lock that the other waits for.
    file.exec(`PRAGMA busy_timeout = ${waitMs}; BEGIN EXCLUSIVE`)
    return () => file.close()
  } catch (error) {
    file.close()
    if (((error as { errcode?: number }).errcode ?? 0) % 256 === SQLITE_BUSY) return undefined
    throw error
  }
}

const SQLITE_BUSY = 5
