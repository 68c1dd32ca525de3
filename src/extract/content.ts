import type { Document } from 'domhandler'
import { PageKind } from '../contract/kind.ts'
import { gather } from './gather.ts'
import { judge } from './judge.ts'
import { chooseBlocks } from './keep.ts'
import { model } from './model.ts'

export interface Content {
  kind: PageKind
  /** The main content alone, in the page's order, its elements with their names and attributes. */
  root: Document
}

/** What is known of a page besides its tree. */
export interface Facts {
  /** The address that it came from, after redirects. */
  url: string
  headline?: string | undefined
}

/**
 * Finds what a page's reader came for: all of it, and nothing that is around it. In time that grows with the page.
 * @param document the tree of the whole page; it stays as it is
 */
export function findContent(document: Document, { url }: Facts): Content {
  const judgement = judge(document, url, model)
  return { kind: likeliestKind(judgement.kinds), root: gather(document, judgement, chooseBlocks(judgement)) }
}

function likeliestKind(kinds: ReadonlyMap<string, number>): PageKind {
  let [best, most]: [PageKind, number] = [PageKind.article, 0]
  for (const kind of Object.values(PageKind)) {
    const chance = kinds.get(kind) ?? 0
    if (chance > most) [best, most] = [kind, chance]
  }
  return best
}
