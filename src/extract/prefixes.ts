/** A name as namespaces have it. */
export interface Expanded {
  /** '' for none. */
  namespace: string
  /** Without its prefix. */
  name: string
}

/** Whether an attribute of this name says what a prefix, or none, stands for. */
export const declaresPrefix = (name: string): boolean => name === 'xmlns' || name.startsWith('xmlns:')

/**
 * What the prefixes of an XML text stand for at its current element (Namespaces in XML 1.0). Each declaration is kept once,
 * so that elements without number in one another, each with declarations of its own, cost no more than their sum.
 */
export class Prefixes {
  readonly #bound = new Map<string, string[]>()
  /** The prefixes that each open element binds; most bind none. */
  readonly #own: (readonly string[])[] = []

  /** Takes a start tag. */
  open(qualified: string, attributes: ReadonlyMap<string, string>): Expanded {
    let own = none
    for (const [name, namespace] of attributes) {
      if (!declaresPrefix(name)) continue
      const prefix = name.slice(6)
      const bound = this.#bound.get(prefix)
      if (bound) bound.push(namespace)
      else this.#bound.set(prefix, [namespace])
      if (own === none) own = [prefix]
      else own.push(prefix)
    }
    this.#own.push(own)
    return this.#expand(qualified)
  }

  #expand(qualified: string): Expanded {
    const colon = qualified.indexOf(':')
    const prefix = colon === -1 ? '' : qualified.slice(0, colon)
    const namespace = this.#bound.get(prefix)?.at(-1)
    return { namespace: namespace ?? (prefix === '' ? '' : UNBOUND), name: qualified.slice(colon + 1) }
  }

  /** Takes an end tag. */
  close(): void {
    for (const prefix of this.#own.pop() ?? none) this.#bound.get(prefix)?.pop()
  }
}

const none: string[] = []

/** Where a prefix stands for nothing. */
const UNBOUND = 'unbound'
