import { setPriority } from 'node:os'
import { type MessagePort, parentPort } from 'node:worker_threads'
import { isHeavy } from '../contract/json.ts'
import type { ReadDocument } from './document.ts'
import type { FormatsMade, FormatsTask } from './formats.ts'
import type { ReadPage, TextBody } from './page.ts'
import type { ReadTask } from './reader.ts'

// What a thread of threads.ts runs. The code of a job is loaded by the first of its tasks.

/** What each job takes and gives. */
export interface Jobs {
  document: { task: ReadTask; result: ReadDocument }
  formats: { task: FormatsTask; result: FormatsMade }
  page: { task: TextBody; result: ReadPage }
}

export type JobName = keyof Jobs

type Work<Name extends JobName> = (task: Jobs[Name]['task']) => Promise<Jobs[Name]['result']>

const jobs: { [Name in JobName]: () => Promise<{ default: Work<Name> }> } = {
  document: () => import('./reader.ts'),
  formats: () => import('./formats.ts'),
  page: () => import('./page.ts'),
}

/** A task on its way into a thread. */
export interface Sent<Name extends JobName> {
  id: number
  job: Name
  task: Jobs[Name]['task']
}

/** What the thread says when it has everything loaded and begins with a task. */
export interface Begun {
  begun: number
}

const NICE = 10

// On Linux this is the priority of the calling thread alone. Those who wait for an answer of the main thread, the health
// check among them, go before pages that are being taken apart.
if (process.platform === 'linux') setPriority(NICE)

/** Runs one task of a job. @returns its result; a heavy one in a port (see parcel.ts) */
export default async function run<Name extends JobName>({
  id,
  job,
  task,
}: Sent<Name>): Promise<Jobs[Name]['result'] | MessagePort> {
  const { default: work } = await jobs[job]()
  parentPort?.postMessage({ begun: id } satisfies Begun)
  const result = await work(task)
  return isHeavy(result) ? send(result) : result
}

async function send(result: unknown): Promise<MessagePort> {
  const [{ move }, { pack }] = await Promise.all([import('piscina'), import('./parcel.ts')])
  return move(pack(result)) as MessagePort
}
