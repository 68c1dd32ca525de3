/** Rows of binned features, row after row, with what is to be learned. */
export interface Table {
  width: number
  bins: Uint8Array
  /** The share of each row that is wanted, 0 to 1. */
  labels: Float32Array
  weights: Float32Array
}

export interface Node {
  feature: number
  /** Rows whose bin is no greater go to the left. */
  bin: number
  left: Tree
  right: Tree
}

/** A leaf is what it adds to the log-odds. */
export type Tree = Node | number

export interface Plan {
  trees: number
  leaves: number
  rate: number
  /** The least sum of second derivatives in a leaf. */
  minWeight: number
  lambda: number
  /** Shares of the columns and of the rows that each tree is grown on. */
  columnShare: number
  rowShare: number
  seed: number
}

export interface GrownForest {
  bias: number
  trees: Tree[]
}

export const BINS = 64

/** Pseudo-random numbers in [0, 1), the same for the same seed (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let value = Math.imul(state ^ (state >>> 15), 1 | state)
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296
  }
}

/** Up to BINS - 1 borders a column, at equal shares of its values in some rows. A value is in the first bin whose border it does not pass. */
export function findBorders(rows: Float32Array[], width: number): Float32Array[] {
  return Array.from({ length: width }, (_, column) => {
    const values = Float32Array.from(rows, (row) => row[column] as number).sort()
    const distinct = values.filter((value, at) => at === 0 || value !== values[at - 1])
    if (distinct.length <= BINS)
      return distinct.subarray(0, -1).map((value, at) => (value + (distinct[at + 1] as number)) / 2)
    const cuts = Array.from(
      { length: BINS - 1 },
      (_, at) => values[Math.floor(((at + 1) * values.length) / BINS)] as number,
    )
    return Float32Array.from(new Set(cuts))
  })
}

export function toBins(rows: Float32Array, borders: Float32Array[]): Uint8Array {
  const width = borders.length
  const bins = new Uint8Array(rows.length)
  for (let at = 0; at < rows.length; at += 1)
    bins[at] = binOf(rows[at] as number, borders[at % width] as Float32Array)
  return bins
}

export function binOf(value: number, borders: Float32Array): number {
  let [low, high] = [0, borders.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (value <= (borders[middle] as number)) high = middle
    else low = middle + 1
  }
  return low
}

/** Gradient boosted trees with the logistic loss, each grown leaf by leaf where it gains the most. */
export function boost(table: Table, plan: Plan): GrownForest {
  const { labels, weights } = table
  const random = createRandom(plan.seed)
  const all = weights.reduce((sum, weight) => sum + weight, 0)
  const wanted = labels.reduce((sum, label, row) => sum + label * (weights[row] as number), 0)
  const bias = Math.log(wanted / (all - wanted))
  const scores = new Float32Array(labels.length).fill(bias)
  const slopes = new Float32Array(labels.length)
  const curves = new Float32Array(labels.length)
  const trees: Tree[] = []
  for (let count = 0; count < plan.trees; count += 1) {
    for (let row = 0; row < labels.length; row += 1) {
      const chance = 1 / (1 + Math.exp(-(scores[row] as number)))
      slopes[row] = (chance - (labels[row] as number)) * (weights[row] as number)
      curves[row] = chance * (1 - chance) * (weights[row] as number)
    }
    const tree = growTree(table, slopes, curves, plan, random)
    for (let row = 0; row < labels.length; row += 1)
      scores[row] = (scores[row] as number) + evaluate(tree, table, row)
    trees.push(tree)
  }
  return { bias, trees }
}

export function evaluate(tree: Tree, { bins, width }: Pick<Table, 'bins' | 'width'>, row: number): number {
  let node = tree
  while (typeof node !== 'number')
    node = (bins[row * width + node.feature] as number) <= node.bin ? node.left : node.right
  return node
}

/** Log-odds of each row. */
export function predict({ bias, trees }: GrownForest, table: Pick<Table, 'bins' | 'width'>): Float32Array {
  const scores = new Float32Array(table.bins.length / table.width).fill(bias)
  for (const tree of trees)
    for (let row = 0; row < scores.length; row += 1)
      scores[row] = (scores[row] as number) + evaluate(tree, table, row)
  return scores
}

interface Leaf {
  rows: Int32Array
  sums: Float64Array
  slope: number
  curve: number
  best: Split | null
  /** Where it hangs. */
  place: { node: { left: Tree; right: Tree }; side: 'left' | 'right' }
}

interface Split {
  gain: number
  feature: number
  bin: number
}

function growTree(
  table: Table,
  slopes: Float32Array,
  curves: Float32Array,
  plan: Plan,
  random: () => number,
): Tree {
  const columns = Int32Array.from({ length: table.width }, (_, column) => column).filter(
    () => random() < plan.columnShare,
  )
  const rows = Int32Array.from({ length: table.labels.length }, (_, row) => row).filter(
    () => random() < plan.rowShare,
  )
  const root: { left: Tree; right: Tree } = { left: 0, right: 0 }
  const grow = (kept: Int32Array, sums: Float64Array, place: Leaf['place']): Leaf => {
    const [slope, curve] = totals(kept, slopes, curves)
    const leaf: Leaf = { rows: kept, sums, slope, curve, best: null, place }
    leaf.best = findSplit(leaf, columns, plan)
    place.node[place.side] = (-plan.rate * slope) / (curve + plan.lambda)
    return leaf
  }
  const leaves = [grow(rows, sumUp(table, rows, columns, slopes, curves), { node: root, side: 'left' })]
  while (leaves.length < plan.leaves) {
    const chosen = leaves.reduce((best, leaf) =>
      (leaf.best?.gain ?? 0) > (best.best?.gain ?? 0) ? leaf : best,
    )
    if (!chosen.best) break
    leaves.splice(leaves.indexOf(chosen), 1)
    const { feature, bin } = chosen.best
    const node: Node = { feature, bin, left: 0, right: 0 }
    chosen.place.node[chosen.place.side] = node
    const [less, more] = part(chosen.rows, table, feature, bin)
    const [small, large] = less.length < more.length ? [less, more] : [more, less]
    const smallSums = sumUp(table, small, columns, slopes, curves)
    const largeSums = chosen.sums.map((sum, at) => sum - (smallSums[at] as number))
    leaves.push(grow(small, smallSums, { node, side: small === less ? 'left' : 'right' }))
    leaves.push(grow(large, largeSums, { node, side: large === less ? 'left' : 'right' }))
  }
  return root.left
}

function totals(rows: Int32Array, slopes: Float32Array, curves: Float32Array): [number, number] {
  let [slope, curve] = [0, 0]
  for (const row of rows) {
    slope += slopes[row] as number
    curve += curves[row] as number
  }
  return [slope, curve]
}

/** Sums of both derivatives by column and bin. */
function sumUp(
  { bins, width }: Table,
  rows: Int32Array,
  columns: Int32Array,
  slopes: Float32Array,
  curves: Float32Array,
): Float64Array {
  const sums = new Float64Array(columns.length * BINS * 2)
  for (let index = 0; index < rows.length; index += 1) {
    const row = rows[index] as number
    const [slope, curve, base] = [slopes[row] as number, curves[row] as number, row * width]
    for (let column = 0; column < columns.length; column += 1) {
      const at = (column * BINS + (bins[base + (columns[column] as number)] as number)) * 2
      sums[at] = (sums[at] as number) + slope
      sums[at + 1] = (sums[at + 1] as number) + curve
    }
  }
  return sums
}

function findSplit(
  { sums, slope, curve }: Leaf,
  columns: Int32Array,
  { lambda, minWeight }: Plan,
): Split | null {
  const whole = (slope * slope) / (curve + lambda)
  let best: Split | null = null
  for (const [column, feature] of columns.entries()) {
    let [left, leftCurve] = [0, 0]
    for (let bin = 0; bin < BINS - 1; bin += 1) {
      const at = (column * BINS + bin) * 2
      left += sums[at] as number
      leftCurve += sums[at + 1] as number
      if (leftCurve < minWeight) continue
      if (curve - leftCurve < minWeight) break
      const gain =
        (left * left) / (leftCurve + lambda) + (slope - left) ** 2 / (curve - leftCurve + lambda) - whole
      if (gain > (best?.gain ?? 1e-9)) best = { gain, feature, bin }
    }
  }
  return best
}

function part(
  rows: Int32Array,
  { bins, width }: Table,
  feature: number,
  bin: number,
): [Int32Array, Int32Array] {
  const isLess = (row: number) => (bins[row * width + feature] as number) <= bin
  return [rows.filter(isLess), rows.filter((row) => !isLess(row))]
}
