import type { Document } from 'domhandler'
import { PageKind } from '../contract/kind.ts'
import { readFacts } from './about.ts'
import { featureNames, featuresOf } from './blocks.ts'
import { declaredKind } from './declared.ts'
import { chanceOf, score } from './forest.ts'
import { type Outline, outline } from './layout.ts'
import type { Model } from './model.ts'
import { profileOf } from './profile.ts'
import { createScene, type Scene } from './scene.ts'
import { createSetting } from './setting.ts'

/** What a page's blocks are taken for. */
export interface Judgement extends Outline {
  /** How likely each block is main content, 0 to 1. */
  chances: Float32Array
  /** How likely the page is of each kind; together 1. */
  kinds: ReadonlyMap<string, number>
}

/**
 * Blocks of a page beyond which it is left to the rules. The longest that people were seen to read have some thousands; to
 * judge a hundred thousand takes half of all the time that a page may take.
 */
const MOST_BLOCKS = 30_000

/** Judges each block of a page by how the page is made. Reads the tree and leaves it as it is. */
export function judge(document: Document, url: string, model: Model): Judgement {
  const found = outline(document)
  if (found.blocks.length > MOST_BLOCKS) return unjudged(found)
  const facts = readFacts(document, url)
  const setting = createSetting(found, model.lexicon)
  const kinds = judgeKind(profileOf(setting, facts), model)
  const scene = createScene(setting, facts, [...kinds.values()])
  // What was learned of blocks goes by kinds that were guessed, as it was learned from such.
  const chances = judgeBlocks(scene, model)
  const declared = declaredKind(facts)
  return { ...found, chances, kinds: declared ? new Map([[declared, 1]]) : kinds }
}

/** Anything may be content or not. What is so long is a list, of whatever. */
function unjudged(found: Outline): Judgement {
  const chances = new Float32Array(found.blocks.length).fill(0.5)
  return { ...found, chances, kinds: new Map([[PageKind.listing, 1]]) }
}

/** Blocks whose features stay in the processor's nearer cache: of a hundred thousand at once most time goes by waiting. */
const BLOCKS_AT_HAND = 128

function judgeBlocks(scene: Scene, { blocks: forest }: Pick<Model, 'blocks'>): Float32Array {
  const count = scene.setting.outline.blocks.length
  const chances = new Float32Array(count)
  for (let first = 0; first < count; first += BLOCKS_AT_HAND) {
    const rows = featuresOf(scene, first, Math.min(first + BLOCKS_AT_HAND, count))
    chances.set(score(forest, rows, featureNames.length).map(chanceOf), first)
  }
  return chances
}

/** How likely a page with such a profile is of each kind. */
export function judgeKind(profile: Float32Array, { kinds }: Pick<Model, 'kinds'>): Map<string, number> {
  const chances = kinds.map(([kind, forest]): [string, number] => [
    kind,
    chanceOf(score(forest, profile, profile.length)[0] as number),
  ])
  const sum = chances.reduce((total, [, chance]) => total + chance, 0)
  return new Map(chances.map(([kind, chance]) => [kind, chance / sum]))
}
