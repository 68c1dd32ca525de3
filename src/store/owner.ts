import { randomInt } from 'node:crypto'
import { OWNER_LOCK_CLASS } from './dialect.ts'
import { openSession } from './session.ts'

/** A worker's identity in the store: what it holds is told from what the dead have left by this number. */
export interface Owner {
  readonly id: number
  /** False while the proof that it lives is missing: a claim made now could be taken over at once. */
  readonly alive: boolean
  close(): Promise<void>
}

/** Any number of a signed 32-bit integer above 0, as the advisory lock takes it. */
const newOwnerId = () => randomInt(1, 2 ** 31 - 1)

/** An owner for an embedded store: one process has the file, so a new number makes all earlier ones the dead. */
export function embeddedOwner(): Owner {
  return { id: newOwnerId(), alive: true, close: async () => {} }
}

/** An owner proved by a session advisory lock, which Postgres drops the moment the process or the network dies. */
export function postgresOwner(url: string): Owner {
  const id = newOwnerId()
  const session = openSession({ url, setUp: [`select pg_advisory_lock(${OWNER_LOCK_CLASS}, ${id})`] })
  return {
    id,
    get alive() {
      return session.open
    },
    close: () => session.close(),
  }
}
