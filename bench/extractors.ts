import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Readability } from '@mozilla/readability'
import { DefuddleClass } from 'defuddle/node'
import { parseHTML } from 'linkedom'
import { htmlToMarkdown, initSync } from 'mdream/wasm'
import { baseOf } from '../src/extract/base.ts'
import { findContent } from '../src/extract/content.ts'
import { toMarkdown } from '../src/extract/markdown.ts'
import { readMetadata } from '../src/extract/metadata.ts'
import { type Model, model } from '../src/extract/model.ts'
import { partWords } from '../src/extract/seams.ts'
import { toText } from '../src/extract/text.ts'
import { parseTree } from '../src/extract/tree.ts'
import type { Output } from './score.ts'

// The build of mdream that is there on every machine.
initSync({
  module: readFileSync(fileURLToPath(import.meta.resolve('mdream/wasm/mdream_edge_bg.wasm'))),
})

/** Everything that is made of a decoded page. */
export type Extractor = (html: string, url: string) => Omit<Output, 'id'>

/** Ours and the two that are in wide use, by name. Only the time of what a caller of theirs would do is theirs too. */
export const extractors: Record<string, Extractor> = { ours: createOurs(model), readability, defuddle }

/** Ours, with a model that may be another than the one in use. */
export function createOurs(learned: Model): Extractor {
  return (html, url) => {
    const tree = partWords(parseTree(html))
    const { headline, author, published } = readMetadata(html, url, new Date(), tree)
    const base = baseOf(tree, url)
    const { root, kind } = findContent(tree, { url, base }, learned)
    const text = toText(root)
    return { kind, text, title: headline, author, date: published, markdown: toMarkdown(root, base) }
  }
}

function readability(html: string): Omit<Output, 'id'> {
  const found = new Readability(parseHTML(html).document).parse()
  const content = found?.content ?? ''
  return {
    ...textOf(content),
    title: found?.title,
    author: found?.byline,
    date: found?.publishedTime,
  }
}

function defuddle(html: string, url: string): Omit<Output, 'id'> {
  const found = new DefuddleClass(parseHTML(html).document, { url, useAsync: false }).parse()
  return { ...textOf(found.content), title: found.title, author: found.author, date: found.published }
}

function textOf(content: string): Pick<Output, 'text' | 'markdown'> {
  return { text: toText(parseTree(content)), markdown: htmlToMarkdown(content, {}) }
}
