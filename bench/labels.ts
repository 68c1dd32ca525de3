import type { Outline } from '../src/extract/layout.ts'
import { align } from './align.ts'
import { type Truth, wordsOf } from './score.ts'

/** For each block the share of it that is main content, 0 to 1; -1 where nothing is known of it. */
export function labelBlocks({ blocks }: Outline, page: Truth): Float32Array {
  const texts = blocks.map(({ text }) => text)
  return page.text === null ? labelBySnippets(texts, page) : labelByText(texts, page.text)
}

function labelByText(texts: string[], truth: string): Float32Array {
  const words = texts.map(wordsOf)
  const matched = align(words.flat(), wordsOf(truth))
  let from = 0
  return Float32Array.from(words, ({ length }) => {
    const share =
      matched.subarray(from, from + length).reduce((sum, one) => sum + one, 0) / Math.max(1, length)
    from += length
    return share
  })
}

/** A text longer than so many words is not noise for a snippet in it. */
const MAX_NOISE_WORDS = 30

function labelBySnippets(texts: string[], page: Truth): Float32Array {
  const labels = new Float32Array(texts.length).fill(-1)
  for (const snippet of page.with) {
    const found = indexesWith(texts, snippet)
    if (found.length === 1) labels[found[0] as number] = 1
  }
  for (const snippet of page.without)
    for (const at of indexesWith(texts, snippet))
      if (labels[at] === -1 && wordsOf(texts[at] as string).length <= MAX_NOISE_WORDS) labels[at] = 0
  return labels
}

function indexesWith(texts: string[], snippet: string): number[] {
  const flat = snippet.replaceAll(/\s+/g, ' ').trim()
  return [...texts.keys()].filter((at) => (texts[at] as string).includes(flat))
}
