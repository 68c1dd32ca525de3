/**
 * Trees of decisions as columns, one tree after another, a node before those below it. A leaf has -1 for a feature and
 * what it adds for a border; a row whose value is no greater than the border goes on to the next node, any other to `more`.
 */
export interface Forest {
  bias: number
  features: Int16Array
  borders: Float32Array
  more: Uint32Array
  /** The first node of each tree. */
  roots: Uint32Array
}

/** A forest as it is stored: its columns (16-bit features, 32-bit borders) in Base64, little-endian. */
export interface StoredForest {
  bias: number
  features: string
  borders: string
}

/** @throws RangeError where the stored columns are not whole trees */
export function readForest({ bias, features: storedFeatures, borders: storedBorders }: StoredForest): Forest {
  const features = new Int16Array(bytesOf(storedFeatures))
  const borders = new Float32Array(bytesOf(storedBorders))
  if (features.length !== borders.length) throw new RangeError('A forest needs as many features as borders')
  const more = new Uint32Array(features.length)
  const roots: number[] = []
  for (let at = 0; at < features.length; ) {
    roots.push(at)
    at = linkTree(features, more, at)
  }
  return { bias, features, borders, more, roots: Uint32Array.from(roots) }
}

/** A copy of its own, so that it begins where wide numbers may. */
function bytesOf(base64: string): ArrayBuffer {
  const bytes = Buffer.from(base64, 'base64')
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer
}

/** Finds where the second branch of each node of a tree begins. @returns where the tree ends */
function linkTree(features: Int16Array, more: Uint32Array, root: number): number {
  const waiting: number[] = []
  let at = root
  for (;;) {
    if (at >= features.length) throw new RangeError('A tree of the forest is not whole')
    if ((features[at] as number) >= 0) waiting.push(at)
    else {
      const node = waiting.pop()
      if (node === undefined) return at + 1
      more[node] = at + 1
    }
    at += 1
  }
}

/**
 * The log-odds that a forest gives each row of features. A tree is done with before the next one begins: it stays in the
 * processor's nearest cache meanwhile, which all trees together do not.
 * @param width columns of a row
 */
export function score(forest: Forest, rows: Float32Array, width: number): Float64Array {
  const { bias, features, borders, more, roots } = forest
  const sums = new Float64Array(Math.floor(rows.length / width)).fill(bias)
  for (const root of roots)
    for (let row = 0; row < sums.length; row += 1) {
      const from = row * width
      let node = root
      for (let feature = features[node] as number; feature >= 0; feature = features[node] as number)
        node =
          (rows[from + feature] as number) <= (borders[node] as number) ? node + 1 : (more[node] as number)
      sums[row] = (sums[row] as number) + (borders[node] as number)
    }
  return sums
}

export const chanceOf = (logOdds: number): number => 1 / (1 + Math.exp(-logOdds))
