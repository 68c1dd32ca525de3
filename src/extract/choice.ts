/** One answer a page may give, with all that speaks for it or against it. */
export interface Candidate {
  text: string
  /** Where it was found first: for readers of the answer. */
  source: string
  /** Index of the line on which it stands, if it is on the screen. */
  line: number | undefined
  traits: Set<string>
}

/** How much each trait speaks for a candidate. */
export type Weights = Readonly<Record<string, number>>

/** Gathers candidates; what is the same by its key is one. */
export class Ballot {
  readonly #candidates = new Map<string, Candidate>()
  readonly #most: number

  constructor(most = 80) {
    this.#most = most
  }

  /** Adds traits to the candidate of a key. The first one gives the text and the source. */
  add(
    key: string,
    text: string,
    source: string,
    traits: readonly string[],
    line?: number,
  ): Candidate | undefined {
    let candidate = this.#candidates.get(key)
    if (candidate === undefined) {
      if (key === '' || this.#candidates.size >= this.#most) return undefined
      candidate = { text, source, line, traits: new Set() }
      this.#candidates.set(key, candidate)
    }
    candidate.line ??= line
    for (const trait of traits) candidate.traits.add(trait)
    return candidate
  }

  get keys(): string[] {
    return [...this.#candidates.keys()]
  }

  get entries(): [key: string, candidate: Candidate][] {
    return [...this.#candidates.entries()]
  }

  get candidates(): Candidate[] {
    return [...this.#candidates.values()]
  }
}

export function weigh({ traits }: { traits: Iterable<string> }, weights: Weights): number {
  let sum = 0
  for (const trait of traits) sum += weights[trait] ?? 0
  return sum
}

/** The heaviest candidate; of equal ones the first. */
export function heaviest(candidates: readonly Candidate[], weights: Weights): Candidate | undefined {
  let best: Candidate | undefined
  let most = Number.NEGATIVE_INFINITY
  for (const candidate of candidates) {
    const weight = weigh(candidate, weights)
    if (weight > most) {
      best = candidate
      most = weight
    }
  }
  return best
}

/** How many kinds of source name a candidate: the first words of its traits. */
export function kindsOf({ traits }: Candidate, kinds: ReadonlySet<string>): number {
  const found = new Set<string>()
  for (const trait of traits) {
    const kind = trait.slice(0, trait.indexOf(' '))
    if (kinds.has(kind)) found.add(kind)
  }
  return found.size
}

/** How far below the headline something stands, in words that are traits. */
export function placeOf(line: number, headline: number | undefined): string {
  if (headline === undefined) return 'nowhere'
  const below = line - headline
  if (below < 0) return below < -8 ? 'far above' : below < -2 ? 'above' : 'just above'
  return below <= 3 ? 'just below' : below <= 8 ? 'below' : below <= 20 ? 'some below' : 'far below'
}
