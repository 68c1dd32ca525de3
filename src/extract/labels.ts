import type { Element, ParentNode } from 'domhandler'
import { blocks, unseen, walk } from './walk.ts'
import { cleanText } from './words.ts'

/** Most characters of one label. Labels may nest, so that without a bound they could be larger than their page by far. */
const MAX_LABEL = 10_000

const MAX_TEXT = 100_000

/** Most characters of all labels: twice what a page may hold, so that only those of labels in labels are cut. */
const MAX_LABELS = 20_000_000

export interface Labelled {
  element: Element
  /** Its text on one line. */
  text: string
}

interface Wishes {
  /** Which elements are to be labelled. */
  isWanted: (element: Element) => boolean
  /** Elements whose text does not count; those that no reader sees never do. */
  isLeftOut?: (element: Element) => boolean
  /** Whether an image counts as its `alt`. */
  withAlt?: boolean
}

/** The text of each of some elements, in document order. One pass over the tree, however they nest. */
export function labelsOf(root: ParentNode, wishes: Wishes): Labelled[] {
  const found: { element: Element; start: number; end: number }[] = []
  const open: number[] = []
  const { pieces, add } = gather()
  walk(root, {
    enter: (element) => {
      if (blocks.has(element.name)) add(' ')
      if (wishes.withAlt && element.name === 'img') add(` ${element.attribs.alt ?? ''} `)
      if (wishes.isWanted(element)) {
        open.push(found.length)
        found.push({ element, start: add(''), end: 0 })
      }
      return !(unseen.has(element.name) || wishes.isLeftOut?.(element))
    },
    leave: (element) => {
      const last = found[open.at(-1) ?? -1]
      if (last?.element === element) {
        last.end = add('')
        open.pop()
      }
      if (blocks.has(element.name)) add(' ')
    },
    text: (text) => add(text),
  })
  const whole = pieces.join('')
  let left = MAX_LABELS
  return found.map(({ element, start, end }) => {
    const length = Math.min(end - start, MAX_LABEL, left)
    left -= length
    return { element, text: oneLine(whole.slice(start, start + length)) }
  })
}

/** The text below a node on one line, as a reader sees it; at most 100,000 characters of it. */
export function labelOf(root: ParentNode): string {
  const { pieces, add } = gather()
  const around = ({ name }: Element) => {
    if (blocks.has(name)) add(' ')
    return !unseen.has(name)
  }
  walk(root, { enter: around, leave: around, text: (text) => add(text) })
  return oneLine(pieces.join(''), MAX_TEXT)
}

/** Text in pieces, and how long it is so far. */
function gather(): { pieces: string[]; add: (text: string) => number } {
  const pieces: string[] = []
  let length = 0
  return {
    pieces,
    add: (text) => {
      if (text !== '') pieces.push(text)
      length += text.length
      return length
    },
  }
}

/** Text as a reader sees it on one line, at most 10,000 characters of it. */
export function oneLine(text: string, most: number = MAX_LABEL): string {
  return cleanText(text.slice(0, most), most)
}
