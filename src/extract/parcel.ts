import { setImmediate as nextTurn } from 'node:timers/promises'
import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import { isHeavy } from '../contract/json.ts'

/** Characters, about, that are taken out of a port in one go where they are not of one text. */
const PART_CHARS = 131_072

/** Most items of a list in a part. */
const RUN = 500

/** Levels of nesting that are taken apart; what is deeper is one part. */
const DEEPEST = 16

type Key = string | number

/** What stands at the end of a path: a value, or more items of a list. */
type Part = { path: Key[]; value: unknown } | { path: Key[]; items: unknown[] }

/**
 * Puts a heavy value of plain objects, lists and texts into a port, in parts. In one message it would be made anew in one
 * go where it arrives, for 10 MB of links in a quarter of a second.
 */
export function pack(value: unknown): MessagePort {
  const { port1, port2 } = new MessageChannel()
  for (const part of partsOf(value, [])) port1.postMessage(part)
  return port2
}

function* partsOf(value: unknown, path: Key[]): Generator<Part> {
  const isWhole = typeof value === 'string' || path.length > DEEPEST || !isHeavy(value, PART_CHARS)
  if (isWhole) yield { path, value }
  else if (Array.isArray(value)) yield* partsOfItems(value, path)
  else yield* partsOfMembers(value as object, path)
}

function* partsOfMembers(value: object, path: Key[]): Generator<Part> {
  yield { path, value: {} }
  for (const [name, member] of Object.entries(value)) yield* partsOf(member, [...path, name])
}

function* partsOfItems(items: unknown[], path: Key[]): Generator<Part> {
  yield { path, value: [] }
  for (let at = 0; at < items.length; at += RUN) {
    const run = items.slice(at, at + RUN)
    if (!isHeavy(run, PART_CHARS)) yield { path, items: run }
    else for (const [index, item] of run.entries()) yield* partsOf(item, [...path, at + index])
  }
}

/** Takes out what was put into a port: one part in each turn of the process. */
export async function unpack(port: MessagePort): Promise<unknown> {
  const whole: { value?: unknown } = {}
  for (let got = receiveMessageOnPort(port); got; got = receiveMessageOnPort(port)) {
    put(whole, got.message as Part)
    await nextTurn()
  }
  port.close()
  return whole.value
}

function put(whole: object, { path, ...part }: Part): void {
  const way: Key[] = ['value', ...path]
  if ('items' in part) {
    const list = at(whole, way) as unknown[]
    for (const item of part.items) list.push(item)
  } else {
    const name = way.pop() as Key
    // Defined, because to set `__proto__` would set the prototype.
    const member = { value: part.value, writable: true, enumerable: true, configurable: true }
    Object.defineProperty(at(whole, way), name, member)
  }
}

function at(whole: object, way: Key[]): object {
  return way.reduce<object>((inner, name) => (inner as Record<Key, object>)[name] as object, whole)
}
